import { partsOfPoint } from "../model/mine.ts";
import { UNKNOWN_BITS } from "../model/reading.ts";
import type { BucketStep } from "../model/series.ts";
import type { Range } from "./reader.ts";
import { STATS } from "./stat-line.ts";

/** The smallest state that hides a value: below it no bit of 16, 32, 64, 128 is set. */
const LEAST_UNKNOWN = 16;
/** What a database of nanoseconds can name. */
const LEAST_MS = -9_223_372_036_854;
const MOST_MS = 9_223_372_036_854;

/** InfluxQL that versions 1, 2 and 3 all know: one statement each, and no arithmetic on bits. */
export const statements = {
  raw: (range: Range, limit: number, offset: number): string =>
    `SELECT "v", "s", "flags", "t" ${from(range)} ORDER BY time ASC LIMIT ${limit} OFFSET ${offset}`,
  first: (range: Range): string => `SELECT first("s") AS "s" ${from(range)}`,
  counts: (range: Range, step: BucketStep): string =>
    `SELECT count("s") AS "n", count("flags") AS "marked", count("t") AS "timed" ${from(range)} ${by(step)}`,
  states: (range: Range, step: BucketStep): string =>
    `SELECT distinct("s") AS "s" ${from(range)} ${by(step)}`,
  /** With their own moments, the first of equals. */
  extreme: (which: "top" | "bottom", range: Range, step: BucketStep): string =>
    `SELECT ${which}("v", 1) AS "v" ${from(range)} AND "s" < ${LEAST_UNKNOWN} ${by(step)}`,
  means: (range: Range, step: BucketStep): string =>
    `SELECT mean("v") AS "v", count("v") AS "n" ${from(range)} AND "s" < ${LEAST_UNKNOWN} ${by(step)}`,
  stats: (range: Range, limit: number, offset: number): string =>
    `SELECT "to", "max", "maxAt", "min", "minAt", "avg", "t" ${fromStats(range)} ORDER BY time ASC LIMIT ${limit} OFFSET ${offset}`,
  firstStat: (range: Range): string => `SELECT first("to") AS "to" ${fromStats(range)}`,
  tellsValue: (state: number): boolean => state < LEAST_UNKNOWN,
  hidesValue: (state: number): boolean => (state & UNKNOWN_BITS) !== 0,
};

function from(range: Range): string {
  const { mine, system, code } = partsOfPoint(range.id);
  return source(system, [`"mine" = ${text(mine)}`, `"point" = ${text(code)}`], range);
}

function fromStats(range: Range): string {
  const { mine, system, code } = partsOfPoint(range.id);
  const tags = [`"mine" = ${text(mine)}`, `"point" = ${text(code)}`, `"system" = ${text(system)}`];
  return source(STATS, tags, range);
}

function source(measurement: string, tags: readonly string[], { from, to }: Range): string {
  const ms = (t: number) => `${Math.max(LEAST_MS, Math.min(MOST_MS, t))}ms`;
  const where = [...tags, `time >= ${ms(Math.floor(from))}`, `time < ${ms(Math.ceil(to))}`];
  return `FROM ${name(measurement)} WHERE ${where.join(" AND ")}`;
}

const by = (step: BucketStep): string => `GROUP BY time(${step}) fill(none)`;

const name = (word: string): string => `"${word.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
const text = (word: string): string => `'${word.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
