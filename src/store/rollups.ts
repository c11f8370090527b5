import { BUCKET_MS } from "../model/series.ts";
import { DAY, HOUR } from "../model/time.ts";
import { type Bucket, mergeBuckets } from "../wire/series-buckets.ts";
import type { SeriesRetention } from "./api.ts";
import { SEAL_SPAN } from "./open-chunks.ts";
import { decodeRollup, encodeRollup } from "./rollup-codec.ts";
import type { Kept, RollupRow, RollupTable } from "./rollup-table.ts";
import type { StatTable } from "./stat-table.ts";

/** What is rolled up is by so much; hours are made of it when they are asked for. */
export const ROLLED = BUCKET_MS["5m"];
/** A day is rolled up when no chunk in order can still hold rows of it. */
const AFTER = SEAL_SPAN + HOUR;
/** Rows of the last days stay, whatever the quota: without them nothing could be rolled up. */
const LEAST = 2 * DAY;
const SERIES_A_DROP = 64;
const DAYS_A_DROP = 256;
/** So much of the oldest buckets goes at a time where rows alone do not make room. */
const BUCKETS_A_QUOTA = 30 * DAY;

export interface RollupParts {
  readonly table: RollupTable;
  readonly stats: StatTable;
  readonly retention: SeriesRetention;
  /** How many series there are; their numbers are 1 to that. */
  readonly count: () => number;
  /** All rows of the series in this time, in the file and in memory, by five minutes. */
  readonly fold: (series: number, from: number, to: number) => Iterable<Bucket>;
  /** Those of chunks of the file after this one; null = some are in memory only. */
  readonly foldAfter: (
    series: number,
    from: number,
    to: number,
    chunk: number,
  ) => { readonly buckets: Iterable<Bucket>; readonly upto: number } | null;
  /** The first moment at which the file has rows of the series from here on; null = it has none before `to`. */
  readonly firstIn: (series: number, from: number, to: number) => number | null;
  readonly lastChunk: () => number;
  readonly transaction: <T>(work: () => T) => T;
}

/**
 * Keeps the history short: days become five-minute buckets, rows go when they are old or the quota asks for it, and
 * buckets when they are very old. Each call does one small piece, so that rows that arrive never wait for it.
 */
export function createRollups(parts: RollupParts) {
  const { table, stats, retention } = parts;
  /** Series by number that have nothing to roll up before this moment. */
  const idle = new Map<number, number>();
  let turn = 0;
  /** Series that still have to give rows up, and when it was last asked whether any has. */
  let dropping = 0;
  let askedAt = Number.NEGATIVE_INFINITY;
  /** Nothing more can go, though the quota asks for it. */
  let stuck = false;

  function again(row: RollupRow): boolean {
    const { series, day } = row;
    if (day >= table.kept().rows) {
      roll(series, day);
      return true;
    }
    // Its rows are gone: what came late is added to what they made.
    const late = parts.foldAfter(series, day, day + DAY, row.upto);
    if (late === null) return false;
    const buckets = merged([...decodeRollup(row, row.buckets), ...late.buckets]);
    table.put({ ...row, ...encodeRollup(buckets), buckets: buckets.length, dirty: false, upto: late.upto });
    return true;
  }

  function roll(series: number, day: number): void {
    const buckets = [...parts.fold(series, day, day + DAY)];
    const sheets = encodeRollup(buckets);
    table.put({ series, day, dirty: false, upto: parts.lastChunk(), buckets: buckets.length, ...sheets });
    stats.dropCovered(
      series,
      buckets.map(({ t }) => t),
    );
  }

  /** The next day of the series whose turn it is. */
  function rollNext(now: number): boolean {
    const ready = Math.floor((now - AFTER) / DAY) * DAY;
    for (let tries = parts.count(); tries > 0; tries--) {
      turn = (turn % parts.count()) + 1;
      if ((idle.get(turn) ?? Number.NEGATIVE_INFINITY) >= ready) continue;
      const first = parts.firstIn(turn, Math.max(table.rolledTo(turn), table.kept().rows), ready);
      if (first === null) {
        idle.set(turn, ready);
        continue;
      }
      const day = Math.max(Math.floor(first / DAY) * DAY, table.rolledTo(turn));
      parts.transaction(() => {
        roll(turn, day);
        table.done(turn, day);
      });
      return true;
    }
    return false;
  }

  /** Old rows and old buckets: once an hour, and at once while there are too many; a part of them a call. */
  function drop(now: number): boolean {
    if (dropping === 0 && !asksAgain(now)) return false;
    for (let i = 0; i < SERIES_A_DROP && dropping > 0; i++) {
      stats.drop(dropping, table.kept().buckets);
      table.dropRows(dropping--);
    }
    if (dropping === 0 && table.dropDays(DAYS_A_DROP) === DAYS_A_DROP) dropping = 1;
    return true;
  }

  function asksAgain(now: number): boolean {
    if (now - askedAt < HOUR && (stuck || table.used() <= retention.bytes)) return false;
    const before = table.kept();
    const next = limits(now, before);
    askedAt = now;
    stuck = next.rows === before.rows && next.buckets === before.buckets;
    if (!stuck) table.keep(next);
    dropping = parts.count();
    return true;
  }

  /** What is kept by age, and less where the quota is not enough: first rows go, then the oldest buckets. */
  function limits(now: number, kept: Kept): Kept {
    const today = Math.floor(now / DAY) * DAY;
    const rows = Math.max(kept.rows, today - Math.max(retention.rows, LEAST));
    const buckets = Math.max(kept.buckets, today - Math.max(retention.buckets, retention.rows));
    if (table.used() <= retention.bytes) return { rows, buckets };
    const first = Math.floor((table.firstRow() ?? today) / DAY) * DAY;
    const next = Math.max(rows, first) + DAY;
    if (next <= today - LEAST) return { rows: next, buckets };
    const oldest = Math.max(buckets, table.firstDay() ?? buckets) + BUCKETS_A_QUOTA;
    return oldest <= rows ? { rows, buckets: oldest } : { rows, buckets };
  }

  return {
    /** One piece of work; false = there is none now. */
    work(now: number): boolean {
      if (table.dirty().some(again)) return true;
      return rollNext(now) || drop(now);
    },
    /** Five-minute buckets of a series, from rolled-up days where they hold all there is, else from its rows. */
    *read(series: number, from: number, to: number, isWhole: (day: number) => boolean): Generator<Bucket> {
      const { rows } = table.kept();
      let at = from;
      for (const day of table.days(series, Math.floor(from / DAY) * DAY, to)) {
        const begin = day.day;
        const gone = begin < rows;
        const exact = begin >= from && begin + DAY <= to && !day.dirty && isWhole(begin);
        if (!gone && !exact) continue;
        if (begin > at) yield* parts.fold(series, at, begin);
        for (const bucket of decodeRollup(day, day.buckets))
          if (bucket.t + ROLLED > from && bucket.t < to) yield bucket;
        at = begin + DAY;
      }
      if (at < to) yield* parts.fold(series, at, to);
    },
  };
}

/** Buckets of the same five minutes are one. */
function merged(buckets: Bucket[]): Bucket[] {
  buckets.sort((a, b) => a.t - b.t);
  const merged: Bucket[] = [];
  for (const bucket of buckets) {
    const last = merged.at(-1);
    if (last?.t === bucket.t) merged[merged.length - 1] = mergeBuckets(last, bucket);
    else merged.push(bucket);
  }
  return merged;
}
