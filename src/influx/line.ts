import type { MineCode, System } from "../model/mine.ts";
import { VERDICT } from "../model/reading.ts";

/** What a row's series is called by: tags of contract §9, where they are known. */
export interface PointLabel {
  readonly mine: MineCode;
  readonly system: System;
  readonly code: string;
  readonly type: string | null;
  readonly loc: string | null;
  readonly place: string | null;
  /** A switch of two values: `b` stands beside `v` then. */
  readonly twoValued: boolean;
}

/** The part of a line that is the same for every row of a point. */
export interface PointLine {
  readonly prefix: Uint8Array;
  readonly twoValued: boolean;
}

export function pointLine({ mine, system, code, type, loc, place, twoValued }: PointLabel): PointLine {
  const prefix = seriesKey(system, { loc, mine, place, point: code, type });
  return { prefix: Buffer.from(`${prefix} `), twoValued };
}

/** A measurement and its tags; tags in the order of their names, which spares the server from sorting them. */
export function seriesKey(measurement: string, tags: Readonly<Record<string, string | null>>): string {
  let key = measurement;
  for (const [name, value] of Object.entries(tags)) {
    const text = value === null ? "" : escapedTag(value);
    if (text !== "") key += `,${name}=${text}`;
  }
  return key;
}

const MOST_TAG = 200;
const UNPRINTABLE = /\p{Cc}|\p{Cs}|\p{Zl}|\p{Zp}/gu;

/**
 * A tag is a label: what a line cannot carry is shown by what looks like it. A backslash at its end would make the
 * next sign part of it, and no version of InfluxDB takes a line end.
 */
export const escapedTag = (value: string): string =>
  value
    .slice(0, MOST_TAG)

    .replaceAll(UNPRINTABLE, " ")
    .trim()
    .replaceAll("\\", "＼")
    .replaceAll(/[,= ]/g, "\\$&");

export const escapedText = (value: string): string =>
  `"${value.replaceAll(UNPRINTABLE, " ").replaceAll("\\", "＼").replaceAll('"', '\\"')}"`;

/** With one of these a row's time may be one that its point has used before. */
const NOT_ALONE = VERDICT.outOfOrder | VERDICT.late | VERDICT.suspect | VERDICT.notNewer;

/**
 * What follows the prefix of a row. InfluxDB knows a row by series and time, and a second one takes the place of the first. So a row that is
 * newer than all before it has its own time, and any other a nanosecond within that millisecond that its value and
 * state give: nothing sent later can replace what was measured, and a line sent twice is one row.
 */
export function rowFields(twoValued: boolean, t: number, v: number, s: number, verdict: number): string {
  let fields = Number.isNaN(v) ? "" : `v=${v},`;
  if (twoValued && (v === 0 || v === 1)) fields = `b=${v === 1},${fields}`;
  if (verdict !== VERDICT.plain) {
    fields += `flags=${verdict}i,`;
    if ((verdict & VERDICT.late) !== 0) fields += "late=true,";
  }
  const whole = Math.floor(t);
  if (whole !== t) fields += `t=${t},`;
  const nanosecond = (verdict & NOT_ALONE) === 0 && whole === t ? 0 : nanosecondOf(t - whole, v, s);
  return `${fields}s=${s}i ${timestamp(whole, nanosecond)}`;
}

/** Digits put together, because no double holds nanoseconds of our century. Readings of one message share their time. */
export function timestamp(ms: number, nanosecond: number): string {
  if (ms !== lastMs) {
    lastMs = ms;
    lastDigits = String(ms);
  }
  if (ms === 0) return String(nanosecond);
  return nanosecond === 0 ? `${lastDigits}000000` : `${lastDigits}${String(nanosecond).padStart(6, "0")}`;
}

let lastMs = Number.NaN;
let lastDigits = "";

const doubles = new Float64Array(2);
const words = new Uint32Array(doubles.buffer);

/** 1 to 999,999, the same for the same fraction, value and state. */
export function nanosecondOf(fraction: number, v: number, s: number): number {
  doubles[0] = fraction;
  doubles[1] = v;
  let hash = s;
  for (const word of words) {
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0x85ebca6b);
  return 1 + (((hash ^ (hash >>> 13)) >>> 0) % 999_999);
}
