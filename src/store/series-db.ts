import type { PlacedStat } from "../wire/series-stats.ts";
import type { ChunkStats, OpenChunk } from "./open-chunks.ts";
import { SEAL_SPAN } from "./open-chunks.ts";
import { openRollupTable, type RollupTable } from "./rollup-table.ts";
import { type Database, openDatabase, type SqlValue } from "./sqlite.ts";
import { openStatTable, STATS_SCHEMA, type StatTable } from "./stat-table.ts";

const SCHEMA = `
  CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    newest REAL                       -- time of the last row of its sealed in-order chunks
  );
  CREATE TABLE chunk (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL,
    late INTEGER NOT NULL,
    sealed INTEGER NOT NULL,
    t0 REAL NOT NULL, t1 REAL NOT NULL,
    rows INTEGER NOT NULL,
    count INTEGER NOT NULL, min REAL, max REAL, sum REAL, states INTEGER NOT NULL,
    data BLOB NOT NULL
  );
  CREATE INDEX chunk_by_time ON chunk (series, t0, id);
  CREATE INDEX chunk_open ON chunk (id) WHERE sealed = 0;
  CREATE TABLE cursor (one INTEGER PRIMARY KEY CHECK (one = 1), epoch TEXT NOT NULL, spool INTEGER NOT NULL);
`;

/**
 * Five-minute buckets, a day (UTC) of a series in a row: history when the rows are gone, and quick to read before.
 * `dirty`: rows came to the day since; `upto`: the last chunk that is in it. `rolled`: up to this day it was done.
 */
const ROLLUPS = `
  ALTER TABLE series ADD COLUMN rolled REAL;
  CREATE TABLE rollup (
    series INTEGER NOT NULL, day REAL NOT NULL,
    dirty INTEGER NOT NULL, upto INTEGER NOT NULL, buckets INTEGER NOT NULL,
    mins BLOB NOT NULL, maxes BLOB NOT NULL, sums BLOB NOT NULL,
    PRIMARY KEY (series, day)
  ) WITHOUT ROWID;
  CREATE INDEX rollup_dirty ON rollup (series, day) WHERE dirty = 1;
  CREATE INDEX rollup_by_day ON rollup (day);
  CREATE TABLE kept (one INTEGER PRIMARY KEY CHECK (one = 1), rows_from REAL NOT NULL, buckets_from REAL NOT NULL);
  INSERT INTO kept VALUES (1, 0, 0);
`;

/** A chunk in the file, without its rows. */
export interface ChunkRow {
  readonly id: number;
  readonly t0: number;
  readonly t1: number;
  readonly late: boolean;
  readonly rows: number;
}

export interface SeriesDb {
  cursor(): { epoch: string; spool: number } | null;
  series(): { id: number; name: string; newest: number | null }[];
  open(): Omit<OpenChunk, "place" | "room" | "tail" | "changed">[];
  lastChunkId(): number;
  /** Sealed chunks that may have rows in `from` ≤ t < `to`, in order of (t0, id), after `after`. */
  chunks(
    query: { series: number; from: number; to: number },
    after: ChunkRow | null,
    limit: number,
  ): ChunkRow[];
  data(id: number): Uint8Array;
  /** All of it or nothing: rule 11 of the architecture. */
  write(flush: Flush): void;
  readonly rollups: RollupTable;
  readonly stats: StatTable;
  transaction<T>(work: () => T): T;
  bytes(): number;
  close(): void;
}

export interface Flush {
  readonly cursor: { epoch: string; spool: number };
  readonly series: readonly { id: number; name: string }[];
  readonly chunks: Iterable<{ chunk: OpenChunk; sealed: boolean; data: Uint8Array; stats: ChunkStats }>;
  readonly told: Iterable<readonly [series: number, stats: Iterable<PlacedStat>]>;
}

export async function openSeriesDb(path: string): Promise<SeriesDb> {
  const db = await openDatabase(path, { durability: "full", migrations: [SCHEMA, ROLLUPS, STATS_SCHEMA] });
  const sql = statements(db);
  const rollups = openRollupTable(db);
  const stats = openStatTable(db);
  return {
    cursor: () => (sql.cursor.get() as { epoch: string; spool: number } | undefined) ?? null,
    series: () => sql.series.all() as { id: number; name: string; newest: number | null }[],
    open: () => (sql.open.all() as OpenRow[]).map(openChunk),
    lastChunkId: () => (sql.lastChunkId.get() as { id: number | null }).id ?? 0,
    chunks(query, after, limit) {
      // No chunk is longer than SEAL_SPAN: one that began before cannot reach into the range.
      const earliest = query.from - SEAL_SPAN;
      const t0 = after === null ? earliest : after.t0;
      const rows = sql.chunks.all(query.series, t0, after?.id ?? -1, query.to, query.from, limit);
      return (rows as (Omit<ChunkRow, "late"> & { late: number })[]).map((row) => ({
        ...row,
        late: row.late === 1,
      }));
    },
    data: (id) => (sql.data.get(id) as { data: Uint8Array }).data,
    write: (flush) => db.transaction(() => write(sql, rollups, stats, flush)),
    rollups,
    stats,
    transaction: db.transaction,
    bytes: db.bytes,
    close: db.close,
  };
}

type Statements = ReturnType<typeof statements>;

const statements = (db: Database) => ({
  cursor: db.prepare("SELECT epoch, spool FROM cursor"),
  series: db.prepare("SELECT id, name, newest FROM series"),
  open: db.prepare("SELECT * FROM chunk WHERE sealed = 0 ORDER BY id"),
  lastChunkId: db.prepare("SELECT max(id) AS id FROM chunk"),
  chunks: db.prepare(
    `SELECT id, t0, t1, late, rows FROM chunk
     WHERE series = ?1 AND (t0, id) > (?2, ?3) AND t0 < ?4 AND t1 >= ?5 AND sealed = 1 ORDER BY t0, id LIMIT ?6`,
  ),
  data: db.prepare("SELECT data FROM chunk WHERE id = ?"),
  addSeries: db.prepare("INSERT INTO series (id, name) VALUES (?, ?)"),
  newest: db.prepare("UPDATE series SET newest = max(ifnull(newest, ?1), ?1) WHERE id = ?2"),
  putChunk: db.prepare(
    `INSERT INTO chunk (id, series, late, sealed, t0, t1, rows, count, min, max, sum, states, data)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed, t0 = excluded.t0, t1 = excluded.t1,
       rows = excluded.rows, count = excluded.count, min = excluded.min, max = excluded.max,
       sum = excluded.sum, states = excluded.states, data = excluded.data`,
  ),
  setCursor: db.prepare(
    `INSERT INTO cursor (one, epoch, spool) VALUES (1, ?, ?)
     ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch, spool = excluded.spool`,
  ),
});

function write(sql: Statements, rollups: RollupTable, stats: StatTable, flush: Flush): void {
  const { cursor, series, chunks, told } = flush;
  for (const { id, name } of series) sql.addSeries.run(id, name);
  for (const { chunk, sealed, data, stats } of chunks) {
    sql.putChunk.run(...chunkValues(chunk, sealed, data, stats));
    rollups.touched(chunk);
    if (sealed && !chunk.late) sql.newest.run(chunk.t1, chunk.series);
  }
  for (const [id, some] of told) stats.put(id, some);
  sql.setCursor.run(cursor.epoch, cursor.spool);
}

function chunkValues(chunk: OpenChunk, sealed: boolean, data: Uint8Array, stats: ChunkStats): SqlValue[] {
  const { id, series, late, t0, t1 } = chunk;
  const extremes = stats.count === 0 ? [null, null, null] : [stats.min, stats.max, stats.sum];
  const rows = chunk.rows + chunk.tail;
  return [id, series, +late, +sealed, t0, t1, rows, stats.count, ...extremes, stats.states, data];
}

interface OpenRow {
  id: number;
  series: number;
  late: number;
  t0: number;
  t1: number;
  rows: number;
  count: number;
  min: number | null;
  max: number | null;
  sum: number | null;
  states: number;
  data: Uint8Array;
}

function openChunk(row: OpenRow): Omit<OpenChunk, "place" | "room" | "tail" | "changed"> {
  const { id, series, t0, t1, rows, data, count, states } = row;
  const stats = {
    count,
    states,
    min: row.min ?? Number.POSITIVE_INFINITY,
    max: row.max ?? Number.NEGATIVE_INFINITY,
    sum: row.sum ?? 0,
  };
  return { id, series, late: row.late === 1, t0, t1, rows, packed: data, used: data.length, stats };
}
