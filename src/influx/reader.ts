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
import { statements } from "./influxql.ts";
import type { InfluxServer, QueryTable } from "./server.ts";
import { readStats } from "./stat-reader.ts";

type Query = InfluxServer["query"];

/** The same question as the embedded store answers, and the same answer (contract §6, §9). */
export async function readSeries(query: SeriesQuery, ask: Query): Promise<SeriesAnswer> {
  const limit = Math.max(1, Math.min(query.limit, MOST_SERIES_ROWS));
  const place = parseSeriesCursor(query.cursor);
  const range = { id: query.id, from: Math.max(query.from, place.t), to: query.to };
  return query.step === "raw"
    ? readRaw(rawRows(range, ask, limit), place, limit)
    : readBuckets(range, query.step, limit, ask);
}

export interface Range {
  readonly id: string;
  /** `from` ≤ t < `to`. */
  readonly from: number;
  readonly to: number;
}

async function readRaw(
  pages: AsyncIterable<readonly RawRow[]>,
  place: SeriesPlace,
  limit: number,
): Promise<SeriesAnswer> {
  const rows: RawRow[] = [];
  let skip = place.rows;
  let at = place;
  for await (const page of pages) {
    for (const row of page) {
      if (row.t === place.t && skip-- > 0) continue;
      if (rows.length === limit) return { step: "raw", rows, next: `${at.t}/${at.rows}` };
      rows.push(row);
      at = { t: row.t, rows: row.t === at.t ? at.rows + 1 : 1 };
    }
  }
  return { step: "raw", rows, next: null };
}

/** Rows in order, each (t, v, s) once; a page ends between two milliseconds. */
async function* rawRows(range: Range, ask: Query, expected: number): AsyncGenerator<RawRow[]> {
  const size = Math.min(expected + 64, MOST_SERIES_ROWS);
  let from = range.from;
  let given = 0;
  let held: Stored[] = [];
  for (let more = true; more; ) {
    const page = storedRows(await ask(statements.raw({ ...range, from }, size, given)));
    more = page.length === size;
    held.push(...page);
    const last = held.at(-1)?.ms;
    // The next page begins in this one's last millisecond, behind the rows of it that are known.
    given = last === undefined ? 0 : held.length - firstOf(held, last);
    const whole = more ? held.slice(0, held.length - given) : held;
    held = more ? held.slice(held.length - given) : [];
    from = last ?? from;
    const rows = distinct(whole).filter(({ t }) => t >= range.from && t < range.to);
    if (rows.length > 0) yield rows;
  }
}

interface Stored extends RawRow {
  /** The time by which the database knows it, cut to the millisecond. */
  readonly ms: number;
}

function storedRows(table: QueryTable): Stored[] {
  const at = columnsOf(table);
  return table.values.map((row) => {
    const ms = Number(row[at("time")]);
    return {
      ms,
      t: numberOr(row[at("t")], ms),
      v: row[at("v")] === null ? null : Number(row[at("v")]),
      s: numberOr(row[at("s")], 0),
      flags: numberOr(row[at("flags")], 0),
    };
  });
}

const columnsOf =
  ({ columns }: QueryTable) =>
  (name: string): number =>
    columns.indexOf(name);

const numberOr = (value: unknown, otherwise: number): number =>
  typeof value === "number" ? value : otherwise;

const firstOf = (rows: readonly Stored[], ms: number): number => {
  let first = rows.length;
  while (first > 0 && rows[first - 1]?.ms === ms) first--;
  return first;
};

/** In the order of the times as sent; of rows with the same (t, v, s) the first. */
function distinct(stored: readonly Stored[]): RawRow[] {
  const rows: RawRow[] = [];
  for (let from = 0, to = 0; from < stored.length; from = to) {
    while (to < stored.length && stored[to]?.ms === stored[from]?.ms) to++;
    const group = stored.slice(from, to).sort((a, b) => a.t - b.t);
    for (const [i, { t, v, s, flags }] of group.entries()) {
      const known = group.slice(0, i).some((row) => row.t === t && row.s === s && Object.is(row.v, v));
      if (!known) rows.push({ t, v, s, flags });
    }
  }
  return rows;
}

async function readBuckets(range: Range, step: BucketStep, limit: number, ask: Query): Promise<SeriesAnswer> {
  const width = BUCKET_MS[step];
  const rows: BucketRow[] = [];
  for (let from: number | null = range.from; from !== null && rows.length <= limit; ) {
    const first = isShort(range, from, width, limit) ? from : await firstTime({ ...range, from }, step, ask);
    if (first === null) break;
    const start = Math.max(from, Math.floor(first / width) * width);
    const most = limit + 1 - rows.length;
    const to = Math.min(range.to, (Math.floor(start / width) + most) * width);
    rows.push(...(await rowsIn({ ...range, from: start, to }, step, ask)));
    from = to < range.to ? to : null;
  }
  const beyond = rows[limit];
  return { step, rows: rows.slice(0, limit), next: beyond === undefined ? null : `${beyond.t}/0` };
}

const isShort = ({ to }: Range, from: number, width: number, limit: number): boolean =>
  to - from <= width * limit;

/** Before which there is nothing, neither readings nor statistics that the step shows. */
async function firstTime(range: Range, step: BucketStep, ask: Query): Promise<number | null> {
  const first = async (statement: string): Promise<number[]> => {
    const table = await ask(statement);
    const time = table.values[0]?.[columnsOf(table)("time")];
    return typeof time === "number" ? [time] : [];
  };
  const readings = first(statements.first(range));
  const stats = step === "1m" ? [] : first(statements.firstStat({ ...range, from: range.from - LONG_STAT }));
  const times = [...(await readings), ...(await stats)];
  return times.length === 0 ? null : Math.min(...times);
}

async function rowsIn(range: Range, step: BucketStep, ask: Query): Promise<BucketRow[]> {
  const stats = step === "1m" ? [] : await readStats(range, ask);
  const buckets = await bucketsIn(range, step, ask);
  if (stats.length === 0) return buckets.map(bucketRow);
  const short = stats.filter(({ width }) => width === SHORT_STAT);
  const long = stats.filter(({ width }) => width === LONG_STAT);
  const rows =
    step === "5m"
      ? filled(ofReadings(buckets), short)
      : filled(await hoursIn(range, buckets, short, ask), long);
  return [...rows].map(filledRow);
}

/** Hours in which statistics stand for five minutes without readings are put together of five minutes. */
async function hoursIn(
  range: Range,
  hours: readonly Bucket[],
  stats: readonly PlacedStat[],
  ask: Query,
): Promise<Filled[]> {
  const hasReadings = new Set(hours.map(({ t }) => t));
  const hourOf = (t: number) => Math.floor(t / LONG_STAT) * LONG_STAT;
  const known = await fiveMinutesWithReadings(
    range,
    stats.filter(({ bucket }) => hasReadings.has(hourOf(bucket))),
    ask,
  );
  const standing = stats.filter(({ bucket }) => !known.has(bucket));
  const mixed = new Set(standing.map(({ bucket }) => hourOf(bucket)));
  const fine: Bucket[] = [];
  for (const hour of mixed) {
    if (!hasReadings.has(hour)) continue;
    const within = { from: Math.max(range.from, hour), to: Math.min(range.to, hour + LONG_STAT) };
    fine.push(...(await bucketsIn({ ...range, ...within }, "5m", ask)));
  }
  const plain = ofReadings(hours.filter(({ t }) => !mixed.has(t)));
  const together = hoursOf(filled(ofReadings(fine), standing));
  return [...plain, ...together].sort((a, b) => a.bucket.t - b.bucket.t);
}

/** Of the buckets of these statistics those that have readings. */
async function fiveMinutesWithReadings(
  range: Range,
  stats: readonly PlacedStat[],
  ask: Query,
): Promise<Set<number>> {
  const [first, last] = [stats[0], stats.at(-1)];
  if (first === undefined || last === undefined) return new Set();
  const within = { from: first.bucket, to: last.bucket + SHORT_STAT };
  const table = await ask(statements.counts({ ...range, ...within }, "5m"));
  const known = new Set<number>();
  each(table, (cell) => {
    if (numberOr(cell("n"), 0) > 0) known.add(numberOr(cell("time"), 0));
  });
  return known;
}

/** What the database says of each bucket, as far as it can: a bucket with rows it does not understand is read itself. */
async function bucketsIn(range: Range, step: BucketStep, ask: Query): Promise<Bucket[]> {
  const [counts, states, least, most, means] = await Promise.all([
    ask(statements.counts(range, step)),
    ask(statements.states(range, step)),
    ask(statements.extreme("bottom", range, step)),
    ask(statements.extreme("top", range, step)),
    ask(statements.means(range, step)),
  ]);
  const width = BUCKET_MS[step];
  const buckets = new Map<number, Told>();
  each(counts, (cell) => {
    const n = numberOr(cell("n"), 0);
    const odd = numberOr(cell("marked"), 0) + numberOr(cell("timed"), 0) > 0;
    if (n > 0) buckets.set(numberOr(cell("time"), 0), { ...emptyBucket(numberOr(cell("time"), 0)), n, odd });
  });
  const of = (cell: Cell): Told | undefined =>
    buckets.get(Math.floor(numberOr(cell("time"), 0) / width) * width);
  each(states, (cell) => {
    const bucket = of(cell);
    const state = numberOr(cell("s"), 0);
    if (bucket === undefined) return;
    bucket.s = (bucket.s | state) >>> 0;
    bucket.odd ||= !statements.tellsValue(state) && !statements.hidesValue(state);
  });
  each(least, (cell) => {
    const bucket = of(cell);
    if (bucket !== undefined)
      Object.assign(bucket, { min: numberOr(cell("v"), Number.NaN), minAt: cell("time") });
  });
  each(most, (cell) => {
    const bucket = of(cell);
    if (bucket !== undefined)
      Object.assign(bucket, { max: numberOr(cell("v"), Number.NaN), maxAt: cell("time") });
  });
  each(means, (cell) => {
    const bucket = of(cell);
    const used = numberOr(cell("n"), 0);
    if (bucket !== undefined) Object.assign(bucket, { used, sum: numberOr(cell("v"), 0) * used });
  });
  const told = [...buckets.values()].sort((a, b) => a.t - b.t);
  await readOdd(told, range, width, ask);
  return told;
}

/** A bucket, and whether it has rows that must be looked at one by one: late, of a used time, of a state beyond ours. */
interface Told extends Bucket {
  odd: boolean;
}

type Cell = (name: string) => string | number | boolean | null | undefined;

function each(table: QueryTable, take: (cell: Cell) => void): void {
  const at = columnsOf(table);
  for (const row of table.values) take((name) => row[at(name)]);
}

async function readOdd(told: Told[], range: Range, width: number, ask: Query): Promise<void> {
  for (let i = 0; i < told.length; i++) {
    if (told[i]?.odd !== true) continue;
    let last = i;
    while (told[last + 1]?.odd === true && told[last + 1]?.t === (told[last]?.t ?? 0) + width) last++;
    const from = Math.max(range.from, told[i]?.t ?? 0);
    const to = Math.min(range.to, (told[last]?.t ?? 0) + width);
    const read = await bucketsOf({ ...range, from, to }, width, ask);
    for (; i < last; i++)
      told[i] = { ...(read.get(told[i]?.t ?? 0) ?? emptyBucket(told[i]?.t ?? 0)), odd: true };
    told[last] = { ...(read.get(told[last]?.t ?? 0) ?? emptyBucket(told[last]?.t ?? 0)), odd: true };
  }
}

async function bucketsOf(range: Range, width: number, ask: Query): Promise<Map<number, Bucket>> {
  const buckets = new Map<number, Bucket>();
  for await (const page of rawRows(range, ask, MOST_SERIES_ROWS)) {
    for (const { t, v, s } of page) {
      const start = Math.floor(t / width) * width;
      const bucket = buckets.get(start) ?? emptyBucket(start);
      buckets.set(start, bucket);
      addToBucket(bucket, t, v ?? Number.NaN, s);
    }
  }
  return buckets;
}
