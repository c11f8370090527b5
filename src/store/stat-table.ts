import type { StatSpan } from "../model/series.ts";
import { LONG_STAT, type PlacedStat, placeOfStat, SHORT_STAT } from "../wire/series-stats.ts";
import type { Database } from "./sqlite.ts";

/** Statistics of the mines themselves, by the bucket they may stand in; one that is sent again takes its own place. */
export const STATS_SCHEMA = `
  CREATE TABLE stat (
    series INTEGER NOT NULL, width INTEGER NOT NULL, bucket REAL NOT NULL,
    t0 REAL NOT NULL, t1 REAL NOT NULL,
    max REAL NOT NULL, max_at REAL NOT NULL, min REAL NOT NULL, min_at REAL NOT NULL, avg REAL NOT NULL,
    PRIMARY KEY (series, width, bucket, t0, t1)
  ) WITHOUT ROWID;
`;

/** Buckets of a width that lie whole within `from` ≤ t < `to`. */
export interface StatRange {
  readonly series: number;
  readonly width: number;
  readonly from: number;
  readonly to: number;
}

export interface StatTable {
  /** Within the transaction that moves the cursor. */
  put(series: number, stats: Iterable<PlacedStat>): void;
  /** In order of their buckets. */
  read(range: StatRange): Generator<PlacedStat>;
  /** Those of a series that begin before this moment go. */
  drop(series: number, before: number): void;
  /** Those that could stand only where readings are go: they are never asked for. */
  dropCovered(series: number, buckets: readonly number[]): void;
}

const PAGE = 1_024;

export function openStatTable(db: Database): StatTable {
  const sql = statements(db);
  return {
    put(series, stats) {
      for (const { width, bucket, stat } of stats) {
        const { from, to, max, maxAt, min, minAt, avg } = stat;
        sql.put.run(series, width, bucket, from, to, max, maxAt, min, minAt, avg);
      }
    },
    *read({ series, width, from, to }) {
      let after = { bucket: Math.ceil(from / width) * width, from: -Infinity, to: -Infinity };
      for (let page = PAGE; page === PAGE; ) {
        const { bucket, from: t0, to: t1 } = after;
        const rows = sql.read.all(series, width, bucket, t0, t1, to - width, PAGE) as StoredStat[];
        for (const { bucket, ...stat } of rows) yield { width, bucket, stat };
        after = rows.at(-1) ?? after;
        page = rows.length;
      }
    },
    drop(series, before) {
      for (const width of [SHORT_STAT, LONG_STAT]) sql.drop.run(series, width, before);
    },
    dropCovered(series, buckets) {
      sql.dropCovered.run(series, SHORT_STAT, JSON.stringify(buckets));
      const hours = new Set(buckets.map((t) => Math.floor(t / LONG_STAT) * LONG_STAT));
      sql.dropCovered.run(series, LONG_STAT, JSON.stringify([...hours]));
    },
  };
}

type StoredStat = StatSpan & { readonly bucket: number };

const statements = (db: Database) => ({
  put: db.prepare("INSERT OR REPLACE INTO stat VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
  read: db.prepare(
    `SELECT bucket, t0 AS "from", t1 AS "to", max, max_at AS maxAt, min, min_at AS minAt, avg FROM stat
     WHERE series = ? AND width = ? AND (bucket, t0, t1) > (?, ?, ?) AND bucket <= ? ORDER BY bucket, t0, t1 LIMIT ?`,
  ),
  drop: db.prepare("DELETE FROM stat WHERE series = ? AND width = ? AND bucket < ?"),
  dropCovered: db.prepare(
    "DELETE FROM stat WHERE series = ? AND width = ? AND bucket IN (SELECT value FROM json_each(?))",
  ),
});

/** Those that are not in the file yet, the last word of each. */
export interface NewStats {
  readonly size: number;
  add(series: number, stat: StatSpan): void;
  all(): Iterable<readonly [number, Iterable<PlacedStat>]>;
  of(range: StatRange): PlacedStat[];
  clear(): void;
}

export function createNewStats(): NewStats {
  const bySeries = new Map<number, Map<string, PlacedStat>>();
  let size = 0;
  return {
    get size() {
      return size;
    },
    add(series, stat) {
      const stats = bySeries.get(series) ?? new Map<string, PlacedStat>();
      bySeries.set(series, stats);
      stats.set(`${stat.from}/${stat.to}`, { ...placeOfStat(stat), stat });
      size++;
    },
    *all() {
      for (const [series, stats] of bySeries) yield [series, stats.values()];
    },
    of: ({ series, width, from, to }) =>
      [...(bySeries.get(series)?.values() ?? [])]
        .filter((one) => one.width === width && one.bucket >= from && one.bucket + width <= to)
        .sort(inOrder),
    clear() {
      bySeries.clear();
      size = 0;
    },
  };
}

const inOrder = (a: PlacedStat, b: PlacedStat): number =>
  a.bucket - b.bucket || a.stat.from - b.stat.from || a.stat.to - b.stat.to;

/** What the file has, and instead of it, or beside it, what is newer. */
export function* withNewer(
  stored: Iterable<PlacedStat>,
  newer: readonly PlacedStat[],
): Generator<PlacedStat> {
  let n = 0;
  for (const one of stored) {
    for (let next = newer[n]; next !== undefined && inOrder(next, one) < 0; next = newer[++n]) yield next;
    const same = newer[n];
    if (same !== undefined && inOrder(same, one) === 0) {
      n++;
      yield same;
    } else yield one;
  }
  yield* newer.slice(n);
}
