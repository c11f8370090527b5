import {
  BUCKET_MS,
  type BucketRow,
  type BucketStep,
  MOST_SERIES_ROWS,
  type RawRow,
  type SeriesAnswer,
  type SeriesQuery,
} from "../model/series.ts";
import {
  addToBucket,
  type Bucket,
  bucketRow,
  emptyBucket,
  parseSeriesCursor,
  type SeriesPlace,
} from "../wire/series-buckets.ts";
import { type Columns, createColumns } from "./codec.ts";

/** Rows that one chunk may bring to an answer. */
export interface Source {
  readonly t0: number;
  readonly late: boolean;
  readonly id: number;
  readonly rows: number;
  /** Puts all its rows into `columns` from row `at` on. */
  load(columns: Columns, at: number): void;
}

/** Rows in order, some at a time; no time is in two of them. */
interface Span extends Columns {
  readonly n: number;
}

/** `sources` come in order of (t0, id). */
export function readSeries(
  query: SeriesQuery,
  sources: (range: { from: number; to: number }) => Iterable<Source>,
): SeriesAnswer {
  const limit = Math.max(1, Math.min(query.limit, MOST_SERIES_ROWS));
  const place = parseSeriesCursor(query.cursor);
  const from = Math.max(query.from, place.t);
  const spans = mergedSpans(sources({ from, to: query.to }), from, query.to);
  if (query.step === "raw") return readRaw(spans, place, limit);
  return bucketPage(bucketRows(bucketsOf(spans, BUCKET_MS[query.step])), query.step, limit);
}

/** The rows of `from` ≤ t < `to` by lengths of time. */
export const readBuckets = (sources: Iterable<Source>, from: number, to: number, width: number) =>
  bucketsOf(mergedSpans(sources, from, to), width);

function readRaw(spans: Iterable<Span>, place: SeriesPlace, limit: number): SeriesAnswer {
  const rows: RawRow[] = [];
  let skip = place.rows;
  let at: SeriesPlace = place;
  for (const { n, t, v, s, flags } of spans) {
    for (let i = 0; i < n; i++) {
      const time = t[i] as number;
      if (time === place.t && skip-- > 0) continue;
      if (rows.length === limit) return { step: "raw", rows, next: `${at.t}/${at.rows}` };
      rows.push({ t: time, v: known(v[i] as number), s: s[i] as number, flags: flags[i] as number });
      at = { t: time, rows: time === at.t ? at.rows + 1 : 1 };
    }
  }
  return { step: "raw", rows, next: null };
}

const known = (value: number): number | null => (Number.isNaN(value) ? null : value);

function* bucketsOf(spans: Iterable<Span>, width: number): Generator<Bucket> {
  let bucket: Bucket | null = null;
  for (const { n, t, v, s } of spans) {
    for (let i = 0; i < n; i++) {
      const time = t[i] as number;
      const start = Math.floor(time / width) * width;
      if (bucket === null || start !== bucket.t) {
        if (bucket !== null) yield bucket;
        bucket = emptyBucket(start);
      }
      addToBucket(bucket, time, v[i] as number, s[i] as number);
    }
  }
  if (bucket !== null) yield bucket;
}

function* bucketRows(buckets: Iterable<Bucket>): Generator<BucketRow> {
  for (const bucket of buckets) yield bucketRow(bucket);
}

export function bucketPage(buckets: Iterable<BucketRow>, step: BucketStep, limit: number): SeriesAnswer {
  const rows: BucketRow[] = [];
  for (const bucket of buckets) {
    if (rows.length === limit) return { step, rows, next: `${bucket.t}/0` };
    rows.push(bucket);
  }
  return { step, rows, next: null };
}

interface Held {
  columns: Columns;
  /** Place of each row in the order of arrival among rows of its time. */
  rank: Float64Array;
  n: number;
}

/**
 * The rows of overlapping sources in order of (time, arrival), each (t, v, s) once. Rows are let go when no
 * later source can have one of their time: memory holds what overlaps, not the range.
 */
function* mergedSpans(sources: Iterable<Source>, from: number, to: number): Generator<Span> {
  let held: Held = { columns: createColumns(0), rank: new Float64Array(0), n: 0 };
  for (const [source, next] of withNext(sources)) {
    held = withSource(held, source, from, to);
    const { span, rest } = split(ordered(held), next?.t0 ?? Number.POSITIVE_INFINITY);
    if (span.n > 0) yield withoutRepeats(span);
    held = rest;
  }
}

function* withNext<T>(items: Iterable<T>): Generator<[T, T | null]> {
  let before: T | null = null;
  for (const item of items) {
    if (before !== null) yield [before, item];
    before = item;
  }
  if (before !== null) yield [before, null];
}

/** Late rows of a time came after those in order; of either kind, chunks came in order of their ids. */
const LATE = 2 ** 40;

function withSource(held: Held, source: Source, from: number, to: number): Held {
  const columns = createColumns(held.n + source.rows);
  copyRows(held.columns, columns, held.n);
  source.load(columns, held.n);
  const rank = new Float64Array(held.n + source.rows);
  rank.set(held.rank.subarray(0, held.n));
  const rankHere = source.id + (source.late ? LATE : 0);
  let n = held.n;
  for (let i = held.n; i < columns.t.length; i++) {
    const t = columns.t[i] as number;
    if (t < from || t >= to) continue;
    moveRow(columns, i, columns, n);
    rank[n++] = rankHere;
  }
  return { columns, rank, n };
}

function copyRows(source: Columns, target: Columns, n: number): void {
  target.t.set(source.t.subarray(0, n));
  target.v.set(source.v.subarray(0, n));
  target.s.set(source.s.subarray(0, n));
  target.flags.set(source.flags.subarray(0, n));
}

function moveRow(source: Columns, i: number, target: Columns, to: number): void {
  target.t[to] = source.t[i] as number;
  target.v[to] = source.v[i] as number;
  target.s[to] = source.s[i] as number;
  target.flags[to] = source.flags[i] as number;
}

function ordered(held: Held): Held {
  const { columns, rank, n } = held;
  if (isOrdered(columns.t, rank, n)) return held;
  const order = Array.from({ length: n }, (_, i) => i);
  const t = columns.t as Float64Array<ArrayBuffer>;
  // Rows of one chunk have one rank; a stable sort leaves them as they came.
  order.sort((a, b) => (t[a] as number) - (t[b] as number) || (rank[a] as number) - (rank[b] as number));
  const sorted: Held = { columns: createColumns(n), rank: new Float64Array(n), n };
  order.forEach((i, to) => {
    moveRow(columns, i, sorted.columns, to);
    sorted.rank[to] = rank[i] as number;
  });
  return sorted;
}

function isOrdered(t: Float64Array, rank: Float64Array, n: number): boolean {
  for (let i = 1; i < n; i++) {
    const step = (t[i] as number) - (t[i - 1] as number);
    if (step < 0 || (step === 0 && (rank[i] as number) < (rank[i - 1] as number))) return false;
  }
  return true;
}

/** Rows before `horizon` can go; the others wait for the next source. */
function split({ columns, rank, n }: Held, horizon: number): { span: Span; rest: Held } {
  let end = n;
  while (end > 0 && (columns.t[end - 1] as number) >= horizon) end--;
  return {
    span: { ...columns, n: end },
    rest: { columns: part(columns, end, n), rank: rank.subarray(end, n), n: n - end },
  };
}

const part = ({ t, v, s, flags }: Columns, from: number, to: number): Columns => ({
  t: t.subarray(from, to),
  v: v.subarray(from, to),
  s: s.subarray(from, to),
  flags: flags.subarray(from, to),
});

/** Of rows with the same (t, v, s) the first: reading a message twice changes nothing (contract §3, Time). */
function withoutRepeats(span: Span): Span {
  const { t, v, s } = span;
  let n = 0;
  let sameTime = 0;
  for (let i = 0; i < span.n; i++) {
    if (n === 0 || t[n - 1] !== t[i]) sameTime = n;
    if (isAmong(v, s, sameTime, n, v[i] as number, s[i] as number)) continue;
    if (n !== i) moveRow(span, i, span, n);
    n++;
  }
  return { ...span, n };
}

function isAmong(v: Float64Array, s: Uint32Array, from: number, to: number, value: number, state: number) {
  for (let i = from; i < to; i++) {
    if (s[i] === state && Object.is(v[i], value)) return true;
  }
  return false;
}
