import { BUCKET_MS, type BucketRow, type StatSpan } from "../model/series.ts";
import { type Bucket, bucketRow, emptyBucket, mergeBuckets } from "./series-buckets.ts";

/** Which bucket a statistic may stand in: five minutes where it is no longer than that, else an hour. */
export interface StatPlace {
  readonly width: number;
  readonly bucket: number;
}

export const SHORT_STAT = BUCKET_MS["5m"];
export const LONG_STAT = BUCKET_MS["1h"];

/** By its middle: a mine's five minutes need not begin where ours do. */
export function placeOfStat({ from, to }: StatSpan): StatPlace {
  const width = to - from <= SHORT_STAT ? SHORT_STAT : LONG_STAT;
  return { width, bucket: Math.floor((from + (to - from) / 2) / width) * width };
}

export interface PlacedStat extends StatPlace {
  readonly stat: StatSpan;
}

/**
 * A bucket with what stood in it. Its mean, where statistics are in it, is `total / time`: each five minutes of
 * readings count as such, each statistic by its own length, for how many readings it was made of nobody says.
 */
export interface Filled {
  readonly bucket: Bucket;
  readonly told: boolean;
  readonly total: number;
  readonly time: number;
}

/** Buckets of readings, and statistics where there is none: readings win. Both come in order of time, of one width. */
export function* filled(buckets: Iterable<Filled>, stats: Iterable<PlacedStat>): Generator<Filled> {
  const told = joinedBy(ofStats(stats), (t) => t)[Symbol.iterator]();
  let next = told.next();
  for (const one of buckets) {
    for (; !next.done && next.value.bucket.t < one.bucket.t; next = told.next()) yield next.value;
    if (!next.done && next.value.bucket.t === one.bucket.t) next = told.next();
    yield one;
  }
  for (; !next.done; next = told.next()) yield next.value;
}

export function* ofReadings(buckets: Iterable<Bucket>): Generator<Filled> {
  for (const bucket of buckets) {
    const time = bucket.used === 0 ? 0 : SHORT_STAT;
    yield { bucket, told: false, total: time === 0 ? 0 : (bucket.sum / bucket.used) * time, time };
  }
}

/** Hours of five-minute buckets, in order. */
export const hoursOf = (buckets: Iterable<Filled>): Generator<Filled> =>
  joinedBy(buckets, (t) => Math.floor(t / LONG_STAT) * LONG_STAT);

export function filledRow({ bucket, told, total, time }: Filled): BucketRow {
  const row = bucketRow(bucket);
  return told ? { ...row, avg: total / time, source: bucket.n === 0 ? "stats" : "both" } : row;
}

function* ofStats(stats: Iterable<PlacedStat>): Generator<Filled> {
  for (const { stat, bucket: t } of stats) {
    const { from, to, min, minAt, max, maxAt, avg } = stat;
    const bucket = { ...emptyBucket(t), used: 1, min, minAt, max, maxAt, sum: avg };
    yield { bucket, told: true, total: avg * (to - from), time: to - from };
  }
}

/** Those that follow each other and begin, cut to it, at the same time are one. */
function* joinedBy(parts: Iterable<Filled>, cut: (t: number) => number): Generator<Filled> {
  let whole: Filled | null = null;
  for (const part of parts) {
    const t = cut(part.bucket.t);
    const one = { ...part, bucket: { ...part.bucket, t } };
    if (whole !== null && whole.bucket.t !== t) {
      yield whole;
      whole = null;
    }
    whole = whole === null ? one : joined(whole, one);
  }
  if (whole !== null) yield whole;
}

const joined = (a: Filled, b: Filled): Filled => ({
  bucket: mergeBuckets(a.bucket, b.bucket),
  told: a.told || b.told,
  total: a.total + b.total,
  time: a.time + b.time,
});
