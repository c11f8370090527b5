import { assert } from "../lib/assert.ts";
import {
  BUCKET_MS,
  type BucketRow,
  MOST_SERIES_ROWS,
  type SeriesAnswer,
  type SeriesQuery,
  type StatSpan,
} from "../model/series.ts";
import { DAY } from "../model/time.ts";
import { parseSeriesCursor } from "../wire/series-buckets.ts";
import {
  type Filled,
  filled,
  filledRow,
  hoursOf,
  LONG_STAT,
  ofReadings,
  type PlacedStat,
  SHORT_STAT,
} from "../wire/series-stats.ts";
import type { SeriesRetention } from "./api.ts";
import { type Columns, decodeBlocks } from "./codec.ts";
import { createOpenChunks, type OpenChunk } from "./open-chunks.ts";
import { createRollups, ROLLED } from "./rollups.ts";
import { type ChunkRow, type Flush, openSeriesDb } from "./series-db.ts";
import { bucketPage, readBuckets, readSeries, type Source } from "./series-read.ts";
import { createNewStats, type StatRange, withNewer } from "./stat-table.ts";

/** Values of points over time: compressed chunks in series.db, the newest rows in memory. */
export interface Series {
  /** The last spool record whose rows are in the file, and the epoch it was in; null = nothing stored yet. */
  cursor(): { epoch: string; spool: number } | null;
  /** The number of a point id; made when it is new. */
  number(id: string): number;
  /** Every point that was ever stored. */
  ids(): Iterable<string>;
  append(series: number, t: number, v: number, s: number, flags: number): void;
  /** What the mine itself says of a length of time; of the same length the last word holds. */
  appendStat(series: number, stat: StatSpan): void;
  /** Rows appended since the last flush; a statistic takes as much memory as some. */
  readonly unsaved: number;
  /** Everything appended so far and the cursor, in one transaction. Throws when the disk refuses; nothing is lost. */
  flush(cursor: { epoch: string; spool: number }): void;
  query(query: SeriesQuery): SeriesAnswer;
  /** Statistics whose buckets lie in `from` ≤ t < `to`, except those that readings made needless. */
  stats(id: string, from: number, to: number): Iterable<StatSpan>;
  /** One small piece of what keeps the history short; false = nothing is to be done now. Throws as `flush` does. */
  tend(now: number): boolean;
  readonly openChunks: number;
  bytes(): number;
  close(): void;
}

export async function openSeries(path: string, retention: SeriesRetention = FOR_EVER): Promise<Series> {
  const db = await openSeriesDb(path);
  const numbers = new Map<string, number>();
  let newSeries: { id: number; name: string }[] = [];
  /** Sealed since the last flush. */
  let sealed: OpenChunk[] = [];
  let lastId = db.lastChunkId();
  let unsaved = 0;
  const newStats = createNewStats();
  const open = createOpenChunks(
    () => ++lastId,
    (chunk) => sealed.push(chunk),
  );

  for (const { id, name, newest } of db.series()) {
    numbers.set(name, id);
    if (newest !== null) open.restoreNewest(id, newest);
  }
  for (const chunk of db.open()) open.restore(chunk);

  const rollups = createRollups({
    table: db.rollups,
    stats: db.stats,
    retention,
    count: () => numbers.size - newSeries.length,
    fold: (series, from, to) => readBuckets(sources(series, { from, to }), from, to, ROLLED),
    foldAfter(series, from, to, chunk) {
      if (inMemory(series, { from, to }).length > 0) return null;
      const late = [...fromFile({ series, from, to })].filter(({ id }) => id > chunk);
      const upto = Math.max(chunk, ...late.map(({ id }) => id));
      return { buckets: readBuckets(late, from, to, ROLLED), upto };
    },
    firstIn(series, from, to) {
      const [first] = db.chunks({ series, from, to }, null, 1);
      return first === undefined ? null : Math.max(first.t0, from);
    },
    lastChunk: () => lastId,
    transaction: db.transaction,
  });

  function number(id: string): number {
    let series = numbers.get(id);
    if (series === undefined) {
      series = numbers.size + 1;
      numbers.set(id, series);
      newSeries.push({ id: series, name: id });
    }
    return series;
  }

  function flush(cursor: { epoch: string; spool: number }): void {
    const idle = [...open.all()].filter((chunk) => !chunk.changed && isIdle(chunk));
    for (const chunk of idle) open.seal(chunk);
    db.write({ cursor, series: newSeries, chunks: toWrite(), told: newStats.all() });
    newSeries = [];
    newStats.clear();
    sealed = [];
    unsaved = 0;
    for (const chunk of open.all()) chunk.changed = false;
  }

  /** A late chunk that got nothing since the last flush is done; one in order stays open for its next row. */
  const isIdle = (chunk: OpenChunk): boolean => chunk.late;

  function* toWrite(): Generator<Flush["chunks"] extends Iterable<infer T> ? T : never> {
    for (const chunk of sealed) yield { chunk, sealed: true, ...open.encoded(chunk) };
    for (const chunk of open.all()) {
      if (chunk.changed) yield { chunk, sealed: false, ...open.encoded(chunk) };
    }
  }

  function* sources(series: number, range: { from: number; to: number }): Generator<Source> {
    const newer = inMemory(series, range).map(fromMemory).sort(byStart);
    let next = 0;
    for (const source of fromFile({ series, ...range })) {
      for (let m = newer[next]; m !== undefined && byStart(m, source) < 0; m = newer[++next]) yield m;
      yield source;
    }
    yield* newer.slice(next);
  }

  const inMemory = (series: number, range: { from: number; to: number }): OpenChunk[] =>
    [...sealed.filter((chunk) => chunk.series === series), ...open.of(series)].filter(
      (chunk) => chunk.t0 < range.to && chunk.t1 >= range.from,
    );

  function* fromFile(query: { series: number; from: number; to: number }): Generator<Source> {
    let page: ChunkRow[];
    let after: ChunkRow | null = null;
    do {
      page = db.chunks(query, after, CHUNK_PAGE);
      for (const row of page) {
        yield { ...row, load: (columns, at) => void decodeBlocks(db.data(row.id), columns, at) };
        after = row;
      }
    } while (page.length === CHUNK_PAGE);
  }

  function fromMemory(chunk: OpenChunk): Source {
    const { t0, late, id } = chunk;
    return {
      t0,
      late,
      id,
      rows: chunk.rows + chunk.tail,
      load(columns, at) {
        const end = decodeBlocks(chunk.packed.subarray(0, chunk.used), columns, at);
        assert(end === at + chunk.rows, "a chunk decodes to as many rows as were put in");
        if (chunk.tail > 0) copyTail(open.tailOf(chunk), chunk.tail, columns, end);
      },
    };
  }

  function rolledAnswer(series: number, query: SeriesQuery, step: "5m" | "1h"): SeriesAnswer {
    const from = Math.max(query.from, parseSeriesCursor(query.cursor).t);
    const isWhole = (day: number) => inMemory(series, { from: day, to: day + DAY }).length === 0;
    const buckets = rollups.read(series, from, query.to, isWhole);
    const range = { series, from, to: query.to };
    const short = filled(ofReadings(buckets), statsOf({ ...range, width: SHORT_STAT }));
    const wide =
      step === "5m" ? short : filled(hoursOf(short), statsOf({ ...range, width: BUCKET_MS[step] }));
    return bucketPage(rowsOf(wide), step, Math.max(1, Math.min(query.limit, MOST_SERIES_ROWS)));
  }

  const statsOf = (range: StatRange): Iterable<PlacedStat> =>
    withNewer(db.stats.read(range), newStats.of(range));

  return {
    cursor: db.cursor,
    number,
    ids: () => numbers.keys(),
    append(series, t, v, s, flags) {
      open.append(series, t, v, s, flags);
      unsaved++;
    },
    appendStat(series, stat) {
      newStats.add(series, stat);
      unsaved += ROWS_A_STAT;
    },
    get unsaved() {
      return unsaved;
    },
    flush,
    query(query) {
      const series = numbers.get(query.id);
      if (series === undefined) return { step: query.step, rows: [], next: null };
      if (query.step === "5m" || query.step === "1h") return rolledAnswer(series, query, query.step);
      return readSeries(query, (range) => sources(series, range));
    },
    *stats(id, from, to) {
      const series = numbers.get(id);
      if (series === undefined) return;
      for (const width of [SHORT_STAT, LONG_STAT])
        for (const { stat } of statsOf({ series, width, from, to })) yield stat;
    },
    tend: (now) => rollups.work(now),
    get openChunks() {
      return open.count;
    },
    bytes: db.bytes,
    close: db.close,
  };
}

const CHUNK_PAGE = 256;
/** Bytes in memory, about. */
const ROWS_A_STAT = 8;
const FOR_EVER: SeriesRetention = { rows: Infinity, buckets: Infinity, bytes: Infinity };

function* rowsOf(buckets: Iterable<Filled>): Generator<BucketRow> {
  for (const bucket of buckets) yield filledRow(bucket);
}

const byStart = (a: Source, b: Source): number => a.t0 - b.t0 || a.id - b.id;

function copyTail(
  { columns, from }: { columns: Columns; from: number },
  n: number,
  into: Columns,
  at: number,
): void {
  into.t.set(columns.t.subarray(from, from + n), at);
  into.v.set(columns.v.subarray(from, from + n), at);
  into.s.set(columns.s.subarray(from, from + n), at);
  into.flags.set(columns.flags.subarray(from, from + n), at);
}
