import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { createLineWriter } from "../../src/influx/line-bytes.ts";
import { createRowLines } from "../../src/influx/row-lines.ts";
import { nodeDisk } from "../../src/log/disk.ts";
import { readLog } from "../../src/log/segment-log.ts";
import { pointId } from "../../src/model/mine.ts";
import { decode } from "../../src/wire/decode.ts";
import { encodeInput } from "../../src/wire/input-codec.ts";
import { type SpooledReadings, spooledReadings, verdictOf } from "../../src/wire/spool-rows.ts";
import { type GatewayProcess, startGateway } from "../support/gateway-process.ts";
import { noInfluxToKill, type RealInflux, startInflux } from "../support/influx-real.ts";
import { memoryOf } from "../support/process-figures.ts";
import { runLoadApart } from "./load.ts";

const print = (what: string, figure: string): void => console.log(`influx ${what.padEnd(56)} ${figure}`);

const READINGS = 64;
/** 20,000 readings a second. */
const MESSAGES_A_SECOND = 312.5;

/** `config` has the limits of a mine out of the way. */
export async function benchInflux(config: string, outageSeconds: number): Promise<void> {
  benchLines();
  if (noInfluxToKill !== null) console.log(`influx skipped: ${noInfluxToKill}`);
  else await benchOutage(config, outageSeconds);
}

/** From columns to lines, and from a record of the spool to lines; 5,000 points of 20 mines. */
function benchLines(): void {
  const records = Array.from({ length: 5_000 }, (_, i) => aRecord(i));
  const readings = records.map((record) => spooledReadings(record) as SpooledReadings);
  const rows = createRowLines();
  rows.label(
    readings.flatMap(({ mine, system, columns }) =>
      columns.codes.map((code) => ({
        mine,
        system,
        code,
        type: "0001",
        loc: "CF_FACE",
        place: "1101采煤工作面",
        twoValued: false,
      })),
    ),
  );
  const lines = createLineWriter();
  const perSecond = (put: () => void): string => {
    const best = Math.min(
      ...Array.from({ length: 5 }, () => {
        lines.clear();
        const from = performance.now();
        put();
        return performance.now() - from;
      }),
    );
    return `${((lines.n / best) * 1_000) | 0}`;
  };
  print(
    "lines/s from decoded readings",
    perSecond(() => {
      for (const one of readings) rows.put(one, lines);
    }),
  );
  print(
    "lines/s from records of the spool, decoded",
    perSecond(() => {
      for (const record of records) rows.put(spooledReadings(record) as SpooledReadings, lines);
    }),
  );
}

function aRecord(seq: number) {
  const mine = String(520_523_017_300 + (seq % 20));
  const ts = Date.UTC(2026, 10, 21) + seq * 50;
  const readings = Array.from({ length: READINGS }, (_, i) => ({
    p: `T${(seq * READINGS + i) % 250}`,
    v: Math.round(60 + 25 * Math.sin((seq + i) / 90)) / 100,
  }));
  const payload = new TextEncoder().encode(JSON.stringify({ ts, readings }));
  const topic = `mine/v1/${mine}/safety/readings`;
  const body = decode("readings", "safety", payload);
  const about = {
    mine,
    system: "safety",
    topicKind: "readings",
    qos: 1,
    connection: 1,
    digest: seq,
  } as const;
  const encoded = encodeInput({ type: "packet", seq, now: ts, ...about, body }, { topic, payload }, null);
  return { seq, type: encoded.type, body: Buffer.concat(encoded.body) };
}

/** InfluxDB stopped under 20,000 readings a second, and started again while they come on. */
async function benchOutage(config: string, seconds: number): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "davylamp-bench-influx-"));
  const real = await startInflux(join(dir, "influx"));
  const gateway = await startGateway({
    data: join(dir, "data"),
    config: await configured(join(dir, "config"), config, real),
  });
  try {
    // What a gateway grows by in its first minutes under any load is not what an outage costs.
    const warm = Math.max(10, Math.min(300, seconds / 2));
    const most = seconds + warm + 60;
    const load = runLoadApart({
      port: gateway.mqttPort,
      readings: READINGS,
      rate: MESSAGES_A_SECOND,
      points: 500,
      warmMs: 1_000,
      measureMs: most * 1_000,
    });
    await wait(warm * 1_000);
    const before = await memoryOf(gateway.child.pid);
    await real.stop("SIGKILL");
    let peak = before;
    for (const end = performance.now() + seconds * 1_000; performance.now() < end; await wait(500))
      peak = Math.max(peak, await memoryOf(gateway.child.pid));
    await real.start();
    const from = performance.now();
    const first = await figure(gateway, "lines_written");
    while ((await figure(gateway, "records_waiting")) > 2 * MESSAGES_A_SECOND) {
      peak = Math.max(peak, await memoryOf(gateway.child.pid));
      await wait(100);
    }
    const took = (performance.now() - from) / 1_000;
    const written = (await figure(gateway, "lines_written")) - first;
    const live = MESSAGES_A_SECOND * READINGS;
    print(`${seconds} s of outage at ${live} readings/s: memory`, `+${(peak - before).toFixed(0)} MiB`);
    print(
      "caught up with readings coming on",
      `${took.toFixed(1)} s, ${(written / took / 1_000).toFixed(0)} k lines/s, ${(written / took / live).toFixed(1)} × live`,
    );
    const { acknowledged, latency } = await load;
    await drained(gateway);
    await gateway.kill("SIGTERM");
    print("PUBACK p50, p99 over all of it", `${latency.p50.toFixed(1)}, ${latency.p99.toFixed(1)} ms`);
    print(`${acknowledged} messages: rows missing in InfluxDB, by point`, await missing(dir, real));
  } finally {
    await gateway.kill("SIGKILL");
    await real.close();
    await rm(dir, { recursive: true, force: true });
  }
}

async function configured(dir: string, from: string, { url, bucket, org }: RealInflux): Promise<string> {
  await cp(from, dir, { recursive: true });
  const path = join(dir, "gateway.yaml");
  const gateway = parse(await readFile(path, "utf8")) as Record<string, unknown>;
  await writeFile(path, stringify({ ...gateway, influx: { url, bucket, org } }));
  return dir;
}

async function figure({ http }: GatewayProcess, what: string): Promise<number> {
  const text = await (await fetch(`${http}/metrics`)).text();
  return Number(new RegExp(`^davylamp_influx\\{what="${what}"\\} (\\S+)$`, "m").exec(text)?.[1] ?? 0);
}

async function drained(gateway: GatewayProcess): Promise<void> {
  const text = await (await fetch(`${gateway.http}/metrics`)).text();
  const head = Number(/^davylamp_spool_head (\S+)$/m.exec(text)?.[1]);
  while ((await figure(gateway, "spool_saved")) < head) await wait(100);
}

/** Counts compared point by point. */
async function missing(dir: string, real: RealInflux): Promise<string> {
  const want = new Map<string, number>();
  for await (const batch of readLog(
    { dir: join(dir, "data", "spool"), extension: "spl", disk: nodeDisk },
    1,
  )) {
    for (const record of batch) {
      const readings = spooledReadings(record);
      if (readings === null || typeof readings === "string") continue;
      const { mine, system, columns } = readings;
      for (let i = 0; i < columns.n; i++) {
        if (verdictOf(readings, i) < 0) continue;
        const id = pointId(mine, system, columns.codes[i] as string);
        want.set(id, (want.get(id) ?? 0) + 1);
      }
    }
  }
  let rows = 0;
  let wrong = 0;
  for (const [id, n] of want) {
    const [mine = "", system = "", code = ""] = id.split(":");
    const asked = `SELECT count("s") FROM "${system}" WHERE "mine" = '${mine}' AND "point" = '${code}'`;
    const [row] = await real.ask(asked);
    rows += n;
    wrong += Math.abs(n - Number(row?.[1] ?? 0));
  }
  return `${wrong} of ${rows}, ${want.size} points`;
}
