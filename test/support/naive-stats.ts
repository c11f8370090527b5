import { BUCKET_MS, type BucketRow, type BucketStep, type StatSpan } from "../../src/model/series.ts";
import { addToBucket, type Bucket, bucketRow, emptyBucket } from "../../src/wire/series-buckets.ts";

export type NaiveRow = readonly [t: number, v: number, s: number];

interface Question {
  readonly step: BucketStep;
  readonly from: number;
  readonly to: number;
}

const FIVE = BUCKET_MS["5m"];

/** What an answer of buckets must be, looked up bucket by bucket in everything that was ever sent. */
export function naiveBuckets(
  rows: readonly NaiveRow[],
  stats: readonly StatSpan[],
  { step, from, to }: Question,
): BucketRow[] {
  const width = BUCKET_MS[step];
  const inRange = rows.filter(([t]) => t >= from && t < to);
  const last = [...new Map(stats.map((stat) => [`${stat.from}/${stat.to}`, stat])).values()];
  const starts = new Set([
    ...inRange.map(([t]) => begin(t, width)),
    ...last.map((stat) => begin((stat.from + stat.to) / 2, width)),
  ]);
  return [...starts]
    .sort((a, b) => a - b)
    .flatMap((t) => bucketAt(t, width, inRange, step === "1m" ? [] : last, { from, to }) ?? []);
}

const begin = (t: number, width: number): number => Math.floor(t / width) * width;

function bucketAt(
  t: number,
  width: number,
  rows: readonly NaiveRow[],
  stats: readonly StatSpan[],
  { from, to }: { from: number; to: number },
): BucketRow | null {
  const here = rows.filter((row) => begin(row[0], width) === t);
  const standing = stats.filter((stat) => {
    const length = stat.to - stat.from <= FIVE ? FIVE : BUCKET_MS["1h"];
    const start = begin((stat.from + stat.to) / 2, length);
    if (length > width || begin(start, width) !== t || start < from || start + length > to) return false;
    return !here.some((row) => begin(row[0], length) === start);
  });
  // What is told of five minutes goes before what is told of the hour.
  const short = standing.filter((stat) => stat.to - stat.from <= FIVE);
  const told = short.length > 0 ? short : here.length > 0 ? [] : standing;
  if (here.length === 0 && told.length === 0) return null;
  const readings = bucketOf(t, here);
  if (told.length === 0) return bucketRow(readings);
  const parts = [...new Set(here.map((row) => begin(row[0], FIVE)))]
    .map((start) =>
      bucketOf(
        start,
        here.filter((row) => begin(row[0], FIVE) === start),
      ),
    )
    .filter(({ used }) => used > 0);
  const time = FIVE * parts.length + told.reduce((sum, stat) => sum + stat.to - stat.from, 0);
  const total =
    parts.reduce((sum, part) => sum + (part.sum / part.used) * FIVE, 0) +
    told.reduce((sum, stat) => sum + stat.avg * (stat.to - stat.from), 0);
  const least = extreme(
    [...told.map(({ min, minAt }) => ({ v: min, at: minAt })), ...own(readings, "min")],
    -1,
  );
  const most = extreme(
    [...told.map(({ max, maxAt }) => ({ v: max, at: maxAt })), ...own(readings, "max")],
    1,
  );
  return {
    t,
    n: here.length,
    min: least.v,
    minAt: least.at,
    max: most.v,
    maxAt: most.at,
    avg: total / time,
    s: readings.s,
    source: here.length === 0 ? "stats" : "both",
  };
}

function bucketOf(t: number, rows: readonly NaiveRow[]): Bucket {
  const bucket = emptyBucket(t);
  for (const [at, v, s] of rows) addToBucket(bucket, at, v, s);
  return bucket;
}

interface Extreme {
  readonly v: number;
  readonly at: number;
}

const own = (bucket: Bucket, which: "min" | "max"): Extreme[] =>
  bucket.used === 0 ? [] : [{ v: bucket[which], at: bucket[`${which}At`] }];

/** Of equals the earlier. */
function extreme(all: readonly Extreme[], sign: 1 | -1): Extreme {
  return all.reduce((a, b) => (sign * (b.v - a.v) > 0 || (b.v === a.v && b.at < a.at) ? b : a));
}

/** Sums of the same numbers in another order differ in their last digits. */
export const rounded = (rows: readonly BucketRow[]): BucketRow[] =>
  rows.map((row) => ({ ...row, avg: row.avg === null ? null : Number(row.avg.toPrecision(10)) }));
