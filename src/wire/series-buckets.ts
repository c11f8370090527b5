import { UNKNOWN_BITS } from "../model/reading.ts";
import type { BucketRow } from "../model/series.ts";

/** A minute, or another length of time, on its way: `used` of its `n` rows have a value that counts. */
export interface Bucket {
  readonly t: number;
  n: number;
  used: number;
  min: number;
  minAt: number;
  max: number;
  maxAt: number;
  sum: number;
  s: number;
}

export const emptyBucket = (t: number): Bucket => ({
  t,
  n: 0,
  used: 0,
  min: Number.NaN,
  minAt: Number.NaN,
  max: Number.NaN,
  maxAt: Number.NaN,
  sum: 0,
  s: 0,
});

export function addToBucket(bucket: Bucket, t: number, value: number, state: number): void {
  bucket.n++;
  bucket.s = (bucket.s | state) >>> 0;
  if (Number.isNaN(value) || (state & UNKNOWN_BITS) !== 0) return;
  bucket.used++;
  bucket.sum += value;
  if (!(bucket.min <= value)) {
    bucket.min = value;
    bucket.minAt = t;
  }
  if (!(bucket.max >= value)) {
    bucket.max = value;
    bucket.maxAt = t;
  }
}

/** What the rows of both would have made; of equal extremes the earlier. */
export function mergeBuckets(a: Bucket, b: Bucket): Bucket {
  const least = a.used === 0 || b.min < a.min || (b.min === a.min && b.minAt < a.minAt) ? b : a;
  const most = a.used === 0 || b.max > a.max || (b.max === a.max && b.maxAt < a.maxAt) ? b : a;
  const { min, minAt } = least;
  const { max, maxAt } = most;
  const [n, used, sum, s] = [a.n + b.n, a.used + b.used, a.sum + b.sum, (a.s | b.s) >>> 0];
  return { t: Math.min(a.t, b.t), n, used, min, minAt, max, maxAt, sum, s };
}

export const bucketRow = ({ t, n, used, min, minAt, max, maxAt, sum, s }: Bucket): BucketRow =>
  used === 0
    ? { t, n, min: null, minAt: null, max: null, maxAt: null, avg: null, s }
    : { t, n, min, minAt, max, maxAt, avg: sum / used, s };

/** Where a page of series ended: the last time that was given and how many rows of it. */
export interface SeriesPlace {
  readonly t: number;
  readonly rows: number;
}

/**
 * A cursor names a place: `{t}/{rows}`. Rows that come later to the same time stand behind those given, so that no
 * page repeats or skips what was there; and it means the same to every back end.
 */
export function parseSeriesCursor(cursor: string | null): SeriesPlace {
  const [t, rows] = (cursor ?? "").split("/").map(Number);
  const valid = Number.isFinite(t) && Number.isInteger(rows);
  return valid ? { t: t as number, rows: rows as number } : { t: Number.NEGATIVE_INFINITY, rows: 0 };
}
