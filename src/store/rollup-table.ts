import { DAY } from "../model/time.ts";
import type { RollupSheets } from "./rollup-codec.ts";
import type { Database } from "./sqlite.ts";

export interface RollupRow extends RollupSheets {
  readonly series: number;
  /** Begin of the day, UTC. */
  readonly day: number;
  readonly dirty: boolean;
  /** The last chunk that is in it. */
  readonly upto: number;
  readonly buckets: number;
}

/** Since when rows, and buckets, are kept; 0 = nothing was dropped yet. */
export interface Kept {
  readonly rows: number;
  readonly buckets: number;
}

export interface RollupTable {
  /** Days of a series in `from` ≤ day < `to`, in order. */
  days(series: number, from: number, to: number): RollupRow[];
  /** Some days that rows came to since they were rolled up, the newest first. */
  dirty(): RollupRow[];
  /** Before this day a series is rolled up; −∞ = nothing is. */
  rolledTo(series: number): number;
  put(row: RollupRow): void;
  /** The day is done: those before the next one are rolled up. */
  done(series: number, day: number): void;
  /** Within the transaction that writes the chunk: days it reaches into are not what they were. */
  touched(chunk: { readonly series: number; readonly t0: number; readonly t1: number }): void;
  kept(): Kept;
  /** From now on rows before `rows` are gone, and buckets before `buckets`; what is there still goes bit by bit. */
  keep(kept: Kept): void;
  /** Drops so many sealed chunks of a series, or days of any, that are not kept; answers how many went. */
  dropRows(series: number): number;
  dropDays(most: number): number;
  /** The first moment any chunk has; null = there is none. */
  firstRow(): number | null;
  /** The first day with buckets; null = there is none. */
  firstDay(): number | null;
  /** Bytes in use: what was dropped is room for what comes. */
  used(): number;
}

export function openRollupTable(db: Database): RollupTable {
  const sql = statements(db);
  const rolled = new Map<number, number>();
  for (const { id, rolled: to } of sql.rolled.all() as { id: number; rolled: number | null }[])
    if (to !== null) rolled.set(id, to);
  let kept = sql.kept.get() as Kept;
  const rolledTo = (series: number): number => rolled.get(series) ?? Number.NEGATIVE_INFINITY;

  return {
    days: (series, from, to) => (sql.days.all(series, from, to) as StoredRow[]).map(rollupRow),
    dirty: () => (sql.dirty.all() as StoredRow[]).map(rollupRow),
    rolledTo,
    put({ series, day, dirty, upto, buckets, mins, maxes, sums }) {
      sql.put.run(series, day, +dirty, upto, buckets, mins, maxes, sums);
    },
    done(series, day) {
      sql.done.run(day + DAY, series);
      rolled.set(series, day + DAY);
    },
    touched({ series, t0, t1 }) {
      const to = Math.min(t1 + 1, rolledTo(series));
      for (let day = Math.floor(t0 / DAY) * DAY; day < to; day += DAY) sql.touch.run(series, day);
    },
    kept: () => kept,
    keep(next) {
      sql.keep.run(next.rows, next.buckets);
      kept = next;
    },
    dropRows: (series) => Number(sql.dropRows.run(series, kept.rows).changes),
    dropDays: (most) => Number(sql.dropDays.run(kept.buckets, most).changes),
    firstRow: () => (sql.firstRow.get() as { t0: number | null }).t0,
    firstDay: () => (sql.firstDay.get() as { day: number | null }).day,
    used: () => (sql.used.get() as { bytes: number }).bytes,
  };
}

type StoredRow = Omit<RollupRow, "dirty"> & { readonly dirty: number };
const rollupRow = ({ dirty, ...row }: StoredRow): RollupRow => ({ ...row, dirty: dirty === 1 });

const statements = (db: Database) => ({
  rolled: db.prepare("SELECT id, rolled FROM series"),
  kept: db.prepare('SELECT rows_from AS "rows", buckets_from AS buckets FROM kept'),
  days: db.prepare("SELECT * FROM rollup WHERE series = ? AND day >= ? AND day < ? ORDER BY day"),
  dirty: db.prepare("SELECT * FROM rollup WHERE dirty = 1 ORDER BY day DESC LIMIT 64"),
  put: db.prepare(
    `INSERT INTO rollup (series, day, dirty, upto, buckets, mins, maxes, sums) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (series, day) DO UPDATE SET dirty = excluded.dirty, upto = excluded.upto,
       buckets = excluded.buckets, mins = excluded.mins, maxes = excluded.maxes, sums = excluded.sums`,
  ),
  done: db.prepare("UPDATE series SET rolled = ? WHERE id = ?"),
  touch: db.prepare(
    `INSERT INTO rollup (series, day, dirty, upto, buckets, mins, maxes, sums)
     VALUES (?, ?, 1, 0, 0, x'', x'', x'') ON CONFLICT (series, day) DO UPDATE SET dirty = 1`,
  ),
  keep: db.prepare("UPDATE kept SET rows_from = ?, buckets_from = ?"),
  dropRows: db.prepare("DELETE FROM chunk WHERE series = ?1 AND t0 < ?2 AND t1 < ?2 AND sealed = 1"),
  dropDays: db.prepare(
    "DELETE FROM rollup WHERE (series, day) IN (SELECT series, day FROM rollup WHERE day < ? LIMIT ?)",
  ),
  firstRow: db.prepare("SELECT min(t0) AS t0 FROM chunk"),
  firstDay: db.prepare("SELECT min(day) AS day FROM rollup"),
  used: db.prepare(
    `SELECT (page_count - freelist_count) * page_size AS bytes
     FROM pragma_page_count, pragma_freelist_count, pragma_page_size`,
  ),
});
