import { join } from "node:path";
import { setTimeout as timer } from "node:timers/promises";
import { pointLine, rowFields } from "../influx/line.ts";
import { createLineWriter } from "../influx/line-bytes.ts";
import { influxIds } from "../influx/points.ts";
import { readSeries } from "../influx/reader.ts";
import { createRefusedFile } from "../influx/refused-file.ts";
import { createServer, type InfluxServer } from "../influx/server.ts";
import { statFields, statPrefix } from "../influx/stat-line.ts";
import { readStats } from "../influx/stat-reader.ts";
import { createWriter, type Lines } from "../influx/writer.ts";
import { EXIT, Refusal } from "../lib/refusal.ts";
import { MOST_SERIES_ROWS, type RawRow, type SeriesAnswer, type StatSpan } from "../model/series.ts";
import { lockDataDirectory } from "../store/lock.ts";
import { openSeries } from "../store/series.ts";
import { influxServer } from "../wire/config/influx-file.ts";
import { loadConfig } from "../wire/config/load.ts";
import { faultLine, secretOf } from "./check.ts";
import { readConfigFiles } from "./config-files.ts";
import { openHistory } from "./history/stored.ts";

type End = "embedded" | "influx";

export interface CopyOptions {
  readonly from: End;
  readonly to: End;
  readonly data: string;
  readonly config: string;
}

/**
 * `davylamp copy`: every reading of one back end into the other, then the count of every point in both. A row that is
 * there already stays as it is, so what was interrupted is simply run again.
 */
export async function copy(options: CopyOptions, tell: (line: string) => void): Promise<number> {
  const { from, to, data } = options;
  if (from === to)
    throw new Refusal(EXIT.usage, `--from and --to are both ${from}: one embedded, one influx`);
  const server = await serverOf(options.config);
  try {
    return to === "influx" ? await toInflux(data, server, tell) : await toEmbedded(data, server, tell);
  } finally {
    server.close();
  }
}

/** From the embedded store: beside the gateway or without it. */
async function toInflux(data: string, server: InfluxServer, tell: (line: string) => void): Promise<number> {
  const history = await openHistory(data);
  const counts = new Map<string, number>();
  const statCounts = new Map<string, number>();
  const batches = batchesOf();

  function* batchesOf(): Generator<Lines> {
    for (const [i, id] of history.ids.entries()) {
      const point = pointLine(history.label(id));
      for (const { rows } of rawPages((query) => history.query({ id, ...query }))) {
        counts.set(id, (counts.get(id) ?? 0) + rows.length);
        // The batch before this one is still on its way.
        const lines = createLineWriter();
        for (const { t, v, s, flags } of rows)
          lines.put(point.prefix, rowFields(point.twoValued, t, v ?? Number.NaN, s, flags));
        yield { lines, to: { spool: i + 1, journal: 0, now: 0 } };
      }
      for (const some of inPieces(history.stats(id, EVER.from, EVER.to), MOST_SERIES_ROWS)) {
        statCounts.set(id, (statCounts.get(id) ?? 0) + some.length);
        const lines = createLineWriter();
        const prefix = Buffer.from(`${statPrefix(id)} `);
        for (const stat of some) lines.put(prefix, statFields(stat));
        yield { lines, to: { spool: i + 1, journal: 0, now: 0 } };
      }
    }
  }

  try {
    const refused = createRefusedFile(join(data, "influx-refused"));
    const progress = progressOf(history.ids.length, tell);
    const writer = createWriter({
      async next() {
        const { value, done } = batches.next();
        return done ? null : value;
      },
      more: async () => writer.close(),
      write: (lines) => server.write(lines),
      refused: (lines) => refused.put(lines),
      reached: async ({ spool }) => progress(spool, writer.stats().written),
      trouble: (trouble) =>
        tell(trouble === null ? "InfluxDB takes lines again" : `InfluxDB: ${trouble.detail}; tried again`),
      newSecret: async () => {},
      wait: (ms) => timer(ms),
      wall: Date.now,
    });
    await writer.run();
    const { written, refused: left } = writer.stats();
    tell(
      `${written} rows written, ${left} refused${left > 0 ? " (influx-refused/ says which and why)" : ""}`,
    );
    const statsThere = async (id: string) => (await influxStats(server, id)).length;
    return await compare(
      { what: "rows", counts, there: (id) => count(server, id) },
      { what: "statistics", counts: statCounts, there: statsThere },
      "InfluxDB",
      tell,
    );
  } finally {
    history.close();
  }
}

/** Into the embedded store, which no gateway may hold meanwhile. */
async function toEmbedded(data: string, server: InfluxServer, tell: (line: string) => void): Promise<number> {
  const lock = await lockDataDirectory(data);
  const series = await openSeries(join(data, "series.db"));
  try {
    const ids = await influxIds((statement) => server.query(statement));
    const cursor = series.cursor() ?? { epoch: "", spool: 0 };
    const progress = progressOf(ids.length, tell);
    const counts = new Map<string, number>();
    const statCounts = new Map<string, number>();
    let rows = 0;
    for (const [i, id] of ids.entries()) {
      const number = series.number(id);
      for await (const page of influxPages(server, id)) {
        for (const { t, v, s, flags } of page) series.append(number, t, v ?? Number.NaN, s, flags);
        rows += page.length;
        if (series.unsaved >= FLUSH_ROWS) series.flush(cursor);
      }
      counts.set(id, await count(server, id));
      const stats = await influxStats(server, id);
      for (const stat of stats) series.appendStat(number, stat);
      if (stats.length > 0) statCounts.set(id, stats.length);
      progress(i + 1, rows);
    }
    series.flush(cursor);
    const own = async (id: string) => {
      let n = 0;
      for (const page of rawPages((query) => series.query({ id, ...query }))) n += page.rows.length;
      return n;
    };
    const ownStats = async (id: string) => [...series.stats(id, EVER.from, EVER.to)].length;
    return await compare(
      { what: "rows", counts, there: own },
      { what: "statistics", counts: statCounts, there: ownStats },
      "the embedded store",
      tell,
    );
  } finally {
    series.close();
    lock.release();
  }
}

const FLUSH_ROWS = 500_000;
const EVER = { from: -8.64e12, to: 8.64e12, step: "raw", limit: MOST_SERIES_ROWS } as const;
type RawQuery = typeof EVER & { readonly cursor: string | null };
type RawAnswer = { readonly rows: readonly RawRow[]; readonly next: string | null };

const rawOnly = (answer: SeriesAnswer): RawAnswer => {
  if (answer.step !== "raw") throw new Error("must hold: raw rows were asked for");
  return answer;
};

function* rawPages(ask: (query: RawQuery) => SeriesAnswer): Generator<RawAnswer> {
  let cursor: string | null = null;
  do {
    const page: RawAnswer = rawOnly(ask({ ...EVER, cursor }));
    yield page;
    cursor = page.next;
  } while (cursor !== null);
}

async function* influxPages(server: InfluxServer, id: string): AsyncGenerator<readonly RawRow[]> {
  let cursor: string | null = null;
  do {
    const page: RawAnswer = rawOnly(
      await readSeries({ id, ...EVER, cursor }, (statement) => server.query(statement)),
    );
    yield page.rows;
    cursor = page.next;
  } while (cursor !== null);
}

const influxStats = async (server: InfluxServer, id: string): Promise<StatSpan[]> =>
  (await readStats({ id, ...EVER }, (statement) => server.query(statement))).map(({ stat }) => stat);

function* inPieces<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let piece: T[] = [];
  for (const item of items) {
    piece.push(item);
    if (piece.length < size) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
}

async function count(server: InfluxServer, id: string): Promise<number> {
  let n = 0;
  for await (const rows of influxPages(server, id)) n += rows.length;
  return n;
}

/** A back end that had rows of its own has more; fewer is a fault. */
async function compare(
  rows: Counted,
  stats: Counted,
  where: string,
  tell: (line: string) => void,
): Promise<number> {
  const short = new Set<string>();
  for (const { what, counts, there } of [rows, stats]) {
    for (const [id, expected] of counts) {
      const found = await there(id);
      if (found >= expected) continue;
      short.add(id);
      tell(`${id}: ${expected} ${what}, ${found} in ${where}`);
    }
  }
  const [points, sum] = [new Set([...rows.counts.keys(), ...stats.counts.keys()]).size, total(rows)];
  const beside = total(stats) === 0 ? "" : ` and ${total(stats)} statistics`;
  tell(
    short.size === 0
      ? `${points} points, ${sum} rows${beside}: all are in ${where}`
      : `${short.size} of ${points} points lack rows in ${where}`,
  );
  return short.size === 0 ? EXIT.well : EXIT.faults;
}

/** How many of a kind each point has here, and how many there. */
interface Counted {
  readonly what: "rows" | "statistics";
  readonly counts: ReadonlyMap<string, number>;
  readonly there: (id: string) => Promise<number>;
}

const total = ({ counts }: Counted): number => [...counts.values()].reduce((sum, n) => sum + n, 0);

function progressOf(points: number, tell: (line: string) => void): (done: number, rows: number) => void {
  let told = 0;
  return (done, rows) => {
    if (rows - told < 1_000_000) return;
    told = rows;
    tell(`point ${done} of ${points}, ${rows} rows …`);
  };
}

async function serverOf(dir: string): Promise<InfluxServer> {
  const loaded = loadConfig(await readConfigFiles(dir), secretOf, Date.now());
  if (!loaded.ok) {
    const faults = loaded.faults.map((fault) => faultLine(dir, fault));
    throw new Refusal(EXIT.refused, `the configuration is refused\n${faults.join("\n")}`);
  }
  const { influx } = loaded.gateway;
  if (influx === undefined)
    throw new Refusal(EXIT.usage, `gateway.yaml in ${dir} names no influx; docs/OPERATIONS.md says how`);
  const { server: settings, secret } = influxServer(influx);
  const server = createServer(settings);
  server.token(secret === null ? null : (secretOf(secret) ?? null));
  return server;
}
