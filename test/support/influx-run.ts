import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { nodeDisk } from "../../src/log/disk.ts";
import { readLog } from "../../src/log/segment-log.ts";
import { pointId } from "../../src/model/mine.ts";
import { decodeInput, INPUT_TYPES } from "../../src/wire/input-codec.ts";
import { decodeEntry } from "../../src/wire/journal-codec.ts";
import { spooledReadings, verdictOf } from "../../src/wire/spool-rows.ts";
import { type GatewayProcess, startGateway } from "./gateway-process.ts";
import { type RealInflux, startInflux } from "./influx-real.ts";
import { createLoad } from "./kill-load.ts";
import { seeded } from "./kill-run.ts";

export interface InfluxReport {
  readonly kills: number;
  readonly outages: number;
  readonly acknowledged: number;
  /** Rows compared point by point, and steps of alarms. */
  readonly rows: number;
  readonly points: number;
  readonly steps: number;
  /** What is missing or too much, in words. Empty = nothing. */
  readonly faults: readonly string[];
}

/**
 * A gateway and a real InfluxDB under load; now the one is killed, now the other, and InfluxDB is stopped for a while
 * between. In the end InfluxDB must have what the spool has, and the spool what was acknowledged.
 */
export async function influxRun(options: {
  readonly kills: number;
  readonly seed: number;
  readonly print?: (line: string) => void;
}): Promise<InfluxReport> {
  const random = seeded(options.seed);
  const dir = await mkdtemp(join(tmpdir(), "davylamp-influx-run-"));
  const real = await startInflux(join(dir, "influx"));
  const config = await configured(dir, real);
  const data = join(dir, "data");
  let gateway = await startGateway({ data, config });
  const load = createLoad(random, [() => gateway.port()]);
  let outages = 0;
  try {
    for (let kill = 1; kill <= options.kills; kill++) {
      await wait(100 + random() * 400);
      if (kill % 2 === 1) {
        await gateway.kill("SIGKILL");
        gateway = await startGateway({ data, config });
      } else {
        // A kill, or an end in order: either way it is away for a while, and readings come on.
        await real.stop(random() < 0.7 ? "SIGKILL" : "SIGTERM");
        await wait(200 + random() * 600);
        await real.start();
        outages++;
      }
      options.print?.(`kill ${kill} of ${options.kills}`);
    }
    load.stop();
    await load.idle();
    const heads = await drained(gateway);
    await gateway.kill("SIGTERM");
    const acknowledged = load.acknowledged(0);
    return {
      kills: options.kills,
      outages,
      acknowledged: acknowledged.length,
      ...(await compared(
        data,
        real,
        heads,
        acknowledged.map(({ payload }) => String(payload)),
      )),
    };
  } finally {
    load.stop();
    load.close();
    await gateway.kill("SIGKILL");
    await real.close();
    await rm(dir, { recursive: true, force: true });
  }
}

/** The shipped configuration, writing to this database. */
async function configured(dir: string, { url, bucket, org }: RealInflux): Promise<string> {
  const config = join(dir, "config");
  await cp("config", config, { recursive: true });
  const path = join(config, "gateway.yaml");
  const gateway = parse(await readFile(path, "utf8")) as Record<string, unknown>;
  gateway["influx"] = { url, bucket, org, timeout: "5s" };
  await writeFile(path, stringify(gateway));
  return config;
}

export interface Heads {
  readonly spool: number;
  readonly journal: number;
}

/** Waits until InfluxDB has what both logs hold now. */
async function drained(gateway: GatewayProcess): Promise<Heads> {
  const begin = await figures(gateway);
  const heads = { spool: begin("davylamp_spool_head"), journal: begin("davylamp_journal_head") };
  for (;;) {
    const now = await figures(gateway);
    const spool = now('davylamp_influx{what="spool_saved"}');
    const journal = now('davylamp_influx{what="journal_saved"}');
    if (spool >= heads.spool && journal >= heads.journal) return heads;
    await wait(100);
  }
}

async function figures({ http }: GatewayProcess): Promise<(name: string) => number> {
  const text = await (await fetch(`${http}/metrics`)).text();
  const lines = text.split("\n");
  return (name) =>
    Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? Number.NaN);
}

/** What the logs of a data directory say that InfluxDB must have, held against what it has. */
export async function compared(
  data: string,
  real: RealInflux,
  heads: Heads,
  acknowledged: readonly string[],
): Promise<Pick<InfluxReport, "rows" | "points" | "steps" | "faults">> {
  const faults: string[] = [];
  const want = new Map<string, Set<string>>();
  const kept = new Set<string>();
  for await (const batch of readLog({ dir: join(data, "spool"), extension: "spl", disk: nodeDisk }, 1)) {
    for (const record of batch) {
      const decoded = record.type === INPUT_TYPES.packet ? decodeInput(record, noConfig) : null;
      if (decoded?.ok === true) kept.add(Buffer.from(decoded.payload ?? []).toString());
      const readings = spooledReadings(record);
      if (readings === null || typeof readings === "string") continue;
      const { mine, system, columns } = readings;
      for (let i = 0; i < columns.n && record.seq <= heads.spool; i++) {
        if (verdictOf(readings, i) < 0) continue;
        const id = pointId(mine, system, columns.codes[i] as string);
        const rows = want.get(id) ?? new Set();
        rows.add(`${columns.t[i]} ${columns.v[i]} ${columns.s[i]}`);
        want.set(id, rows);
      }
    }
  }
  const lost = acknowledged.filter((payload) => !kept.has(payload));
  if (lost.length > 0) faults.push(`${lost.length} acknowledged messages are not in the spool: ${lost[0]}`);
  const have = await rowsOf(real);
  for (const id of new Set([...want.keys(), ...have.keys()])) {
    const [a, b] = [want.get(id) ?? new Set(), have.get(id) ?? new Set()];
    const missing = [...a].filter((row) => !b.has(row));
    const more = [...b].filter((row) => !a.has(row));
    if (missing.length > 0) faults.push(`${id}: ${missing.length} of ${a.size} rows missing: ${missing[0]}`);
    // After the heads were taken ticks go on, readings do not.
    if (more.length > 0) faults.push(`${id}: ${more.length} rows that nobody sent: ${more[0]}`);
  }
  const steps = await stepsOf(data, heads.journal);
  const told = (await real.ask(`SELECT "id", "n" FROM "alarm"`)).map(([, id, n]) => `${id}#${n}`);
  const missing = steps.filter((step) => !told.includes(step));
  if (missing.length > 0) faults.push(`${missing.length} steps of alarms missing: ${missing[0]}`);
  if (new Set(told).size !== told.length) faults.push("steps of alarms are there twice");
  const rows = [...want.values()].reduce((sum, set) => sum + set.size, 0);
  return { rows, points: want.size, steps: steps.length, faults };
}

const noConfig = (): never => {
  throw new Error("packets need no configuration");
};

async function rowsOf(real: RealInflux): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  for (const system of ["safety", "fan"]) {
    for (const [time, v, s, mine, point] of await real.ask(
      `SELECT "v", "s", "mine", "point" FROM "${system}"`,
    )) {
      const id = pointId(String(mine), system, String(point));
      const rows = found.get(id) ?? new Set();
      rows.add(`${time} ${v ?? Number.NaN} ${s}`);
      found.set(id, rows);
    }
  }
  return found;
}

async function stepsOf(data: string, head: number): Promise<string[]> {
  const steps: string[] = [];
  for await (const batch of readLog(
    { dir: join(data, "journal"), extension: "jnl", disk: nodeDisk },
    1,
    head,
  )) {
    for (const record of batch.map(decodeEntry)) {
      if (record.type === "transition" && record.alarm.class !== "test")
        steps.push(`${record.alarm.id}#${record.transition.n}`);
    }
  }
  return steps;
}
