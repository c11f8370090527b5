import { existsSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import mqtt from "mqtt";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { alarmHash } from "../../src/app/hash.ts";
import { createKeeper } from "../../src/app/keeper.ts";
import { createEngine } from "../../src/core/engine.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createNow } from "../../src/lib/now.ts";
import { nodeDisk } from "../../src/log/disk.ts";
import { readLog } from "../../src/log/segment-log.ts";
import { createSnapshots } from "../../src/log/snapshot.ts";
import { decodeEntry } from "../../src/wire/journal-codec.ts";
import { spooledReadings } from "../../src/wire/spool-rows.ts";
import { startGateway } from "../support/gateway-process.ts";
import { startFake } from "../support/influx-fake.ts";
import { signIn } from "../support/screen.ts";
import { openLogs, spoolReadings, T0 } from "../support/store-logs.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-pin-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

type Gap = (from: number, to: number) => Promise<unknown>;

/** A keeper of real logs with small segments, that looks all the time. */
async function aKeeper(options: { spoolBytes: number; seriesAt: () => number; onGap: Gap }) {
  const logs = await openLogs(dir);
  const quarantine = await openLogs(join(dir, "beside"));
  const snapshots = createSnapshots({ dir: join(dir, "snapshots"), disk: nodeDisk, engineVersion: "test" });
  const keeper = createKeeper({
    ...logs,
    quarantine: quarantine.spool,
    snapshots,
    engine: createEngine({ hash: alarmHash }),
    now: createNow(systemClock),
    configHash: () => "none",
    retention: { spool: 0, spoolBytes: options.spoolBytes, quarantineBytes: 1e9 },
    seriesAt: async () => options.seriesAt(),
    onGap: options.onGap,
    log: { error: () => {} },
    pace: { ms: 1e12, bytes: 1, look: 5 },
  });
  keeper.start();
  const { spool } = logs;
  return {
    spool,
    /** Some segments more, and two snapshots behind them. */
    async grow(): Promise<void> {
      for (let more = 0; more < 2; more++) {
        for (let i = 0; i < 1_500; i++) spoolReadings(spool, [{ p: "T1", v: i, t: T0 + i }]);
        await spool.sync();
        const head = spool.head;
        while ((await snapshots.list()).at(-1)?.spoolSeq !== head) await wait(5);
      }
      // What a snapshot lets go is looked at behind it, before the next one.
      spoolReadings(spool, [{ p: "T1", v: 0, t: T0 }]);
      await spool.sync();
      while ((await snapshots.list()).at(-1)?.spoolSeq !== spool.head) await wait(5);
    },
    async stop(): Promise<void> {
      await keeper.stop();
      await Promise.all([logs.spool.close(), logs.journal.close()]);
      await Promise.all([quarantine.spool.close(), quarantine.journal.close()]);
    },
  };
}

describe("the oldest segment of the spool", () => {
  it("stays however old it is while the series are not past it, and goes without a word when they are", async () => {
    let at = 0;
    const gaps: number[][] = [];
    const onGap: Gap = async (from, to) => gaps.push([from, to]);
    const { spool, grow, stop } = await aKeeper({ spoolBytes: 1e9, seriesAt: () => at, onGap });
    await grow();
    expect(spool.first).toBe(1);
    expect(spool.bytes).toBeGreaterThan(3 * 64 * 1024);
    at = 3_000;
    await grow();
    expect(spool.first).toBeGreaterThan(1);
    expect(spool.first).toBeLessThanOrEqual(at + 1);
    expect(gaps).toEqual([]);
    await stop();
  });

  it("goes over its bound when its gap is on disk, not before: while that cannot be written it stays", async () => {
    const first = join(dir, "spool");
    const gaps: { from: number; to: number; there: boolean }[] = [];
    let full = true;
    const oldest = async () => join(first, (await readdir(first)).sort()[0] ?? "");
    const onGap: Gap = async (from, to) => {
      if (full) throw new Error("the journal takes nothing");
      const path = await oldest();
      await wait(5);
      gaps.push({ from, to, there: existsSync(path) });
    };
    const { spool, grow, stop } = await aKeeper({ spoolBytes: 200 * 1024, seriesAt: () => 700, onGap });
    await grow();
    expect(spool.first).toBeLessThanOrEqual(701);
    full = false;
    await grow();
    await stop();
    expect(gaps.length).toBeGreaterThan(0);
    expect(gaps.every(({ there }) => there)).toBe(true);
    // Every record that went and was needed is in one of them; what the series had is in none but the first's begin.
    expect(gaps.every(({ to }) => to > 700)).toBe(true);
    expect(gaps.at(-1)?.to).toBe(spool.first - 1);
    expect(gaps.slice(1).map(({ from }) => from)).toEqual(gaps.slice(0, -1).map(({ to }) => to + 1));
  });
});

/** Written on one spool segment and a part of the next. */
const MESSAGES = 85;
const FILLER = "x".repeat(900_000);
const MINE = "520523017311";

describe("a gateway whose InfluxDB is away for longer than the spool has room", () => {
  it("lets the oldest records go with a gap in the journal, an alarm, and later a gap in InfluxDB; the rest arrives", async () => {
    const fake = await startFake("2.x");
    for (let i = 0; i < 10_000; i++) fake.script.push({ status: 503, headers: { "retry-after": "1" } });
    const [data, config] = [join(dir, "data"), join(dir, "config")];
    await configured(config, fake.url);
    const gateway = await startGateway({ data, config });
    try {
      const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${gateway.mqttPort}`, {
        username: MINE,
        password: `demo-${MINE}`,
        clientId: `${MINE}-pin`,
      });
      const begin = Date.now();
      for (let i = 0; i < MESSAGES; i++) {
        const message = { ts: begin + i, filler: FILLER, readings: [{ p: "PIN", v: i }] };
        await client.publishAsync(`mine/v1/${MINE}/safety/readings`, JSON.stringify(message), { qos: 1 });
      }
      const duty = await signIn(gateway.http, "duty");
      const alarms = async () => {
        const asked = await fetch(`${gateway.http}/api/v1/alarms?class=gateway`, {
          headers: { cookie: duty.cookie },
        });
        return ((await asked.json()) as { items: { rule: string }[] }).items.map(({ rule }) => rule);
      };
      await expect.poll(alarms, { timeout: 120_000 }).toContain("GW-13");

      fake.script.length = 0;
      const written = () =>
        [...fake.rows].flatMap((line) => /,point=PIN[^ ]* v=(\d+)/.exec(line)?.[1] ?? []).map(Number);
      const missing = async () => (await readingsOf(data)).filter(({ v }) => !written().includes(v));
      await expect.poll(missing, { timeout: 120_000, interval: 1_000 }).toEqual([]);
      await client.endAsync();
      await gateway.kill("SIGTERM");

      const kept = await readingsOf(data);
      // All that is missing was in what went, and both databases of steps say what that was.
      const gaps = await gapsOf(data);
      const last = gaps.at(-1)?.to ?? 0;
      expect(gaps[0]?.from).toBe(1);
      expect(kept.length).toBeLessThan(MESSAGES);
      expect(kept[0]?.seq).toBeGreaterThan(last);
      expect(kept.map(({ v }) => v)).toEqual(
        Array.from({ length: kept.length }, (_, i) => MESSAGES - kept.length + i),
      );
      const said = (of: string) => [...fake.rows].filter((line) => line.startsWith(`gap,of=${of} `));
      expect(said("spool").map((line) => /from=(\d+)i,to=(\d+)i/.exec(line)?.slice(1).map(Number))).toEqual(
        gaps.map(({ from, to }) => [from, to]),
      );
      expect(said("influx")).toEqual([expect.stringContaining(`,to=${last}i,`)]);
    } finally {
      await gateway.kill("SIGKILL");
      await fake.close();
    }
  }, 300_000);
});

async function configured(dir: string, url: string): Promise<void> {
  await cp("config", dir, { recursive: true });
  const path = join(dir, "gateway.yaml");
  const gateway = parse(await readFile(path, "utf8")) as Record<string, Record<string, unknown>>;
  const limits = { ...gateway["limits"], bytesPerSecond: 10_000_000_000 };
  const retention = { ...gateway["retention"], spoolBytes: "66 MiB" };
  const influx = { url, bucket: "mines", org: "-" };
  await writeFile(path, stringify({ ...gateway, limits, retention, influx }));
}

async function readingsOf(data: string): Promise<{ seq: number; v: number }[]> {
  const found: { seq: number; v: number }[] = [];
  for await (const batch of readLog({ dir: join(data, "spool"), extension: "spl", disk: nodeDisk }, 1)) {
    for (const record of batch) {
      const readings = spooledReadings(record);
      if (readings === null || typeof readings === "string") continue;
      if (readings.columns.codes[0] === "PIN")
        found.push({ seq: record.seq, v: readings.columns.v[0] ?? Number.NaN });
    }
  }
  return found;
}

async function gapsOf(data: string): Promise<{ from: number; to: number }[]> {
  const found: { from: number; to: number }[] = [];
  for await (const batch of readLog({ dir: join(data, "journal"), extension: "jnl", disk: nodeDisk }, 1))
    for (const record of batch.map(decodeEntry))
      if (record.type === "gap") found.push({ from: record.from, to: record.to });
  return found;
}
