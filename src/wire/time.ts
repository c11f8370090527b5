import type { Instant } from "../model/time.ts";

export type ParsedTime =
  | { readonly ok: true; readonly t: Instant }
  | { readonly ok: false; readonly reason: "time" | "time-in-seconds" };

/** Without an offset a time is China Standard Time (contract §3). */
const DEFAULT_OFFSET_MINUTES = 8 * 60;
const ZONE_MS = DEFAULT_OFFSET_MINUTES * 60_000;
/** 1973 as milliseconds, 5138 as seconds: a whole number below it that is large enough to be a date is in seconds. */
const LEAST_MS = 100_000_000_000;
const LEAST_SECONDS = 100_000_000;
/** The end of the year 9999. */
const MOST_MS = 253_402_300_800_000;

/**
 * A time as a mine may send it: ISO 8601 with offset, `yyyy-MM-dd HH:mm:ss` (+08:00), or whole epoch
 * milliseconds. A clock that was reset to 1970 is still a time: what is odd about it is judged later.
 */
export function parseTime(value: unknown): ParsedTime {
  if (typeof value === "number") return epochTime(value);
  if (typeof value !== "string" || value.length > LONGEST) return FAULT;
  for (let i = 0; i < value.length; i++) scratch[i] = Math.min(value.charCodeAt(i), 0xff);
  const t = parseIsoBytes(scratch, 0, value.length);
  if (!Number.isNaN(t)) return { ok: true, t };
  return SECONDS_TEXT.test(value) ? IN_SECONDS : FAULT;
}

function epochTime(value: number): ParsedTime {
  if (isEpochMs(value)) return { ok: true, t: value };
  return value >= LEAST_SECONDS && value < LEAST_MS ? IN_SECONDS : FAULT;
}

export const isEpochMs = (value: number): boolean =>
  Number.isInteger(value) && value >= LEAST_MS && value < MOST_MS;

const LONGEST = 48;
const scratch = new Uint8Array(LONGEST);
const SECONDS_TEXT = /^\d{9,11}(\.\d+)?$/;
const FAULT: ParsedTime = { ok: false, reason: "time" };
const IN_SECONDS: ParsedTime = { ok: false, reason: "time-in-seconds" };

/** A moment as the outside reads it, `2026-03-01T08:00:00.000+08:00`; parses back to the same number from 1971 on. */
export function iso(t: Instant): string {
  // Whatever came in together says the same few moments again and again.
  const place = t & (WORDED - 1);
  if (wordedAt[place] === t) return worded[place] as string;
  const whole = Math.floor(t);
  const text = new Date(whole + ZONE_MS).toISOString();
  const said = `${text.slice(0, -1)}${fractionDigits(t - whole)}+08:00`;
  wordedAt[place] = t;
  worded[place] = said;
  return said;
}

const WORDED = 64;
const wordedAt = new Float64Array(WORDED).fill(Number.NaN);
const worded: string[] = new Array(WORDED).fill("");

/** What a source sent beyond the millisecond; doubles of our century hold about 0.0002 ms. */
function fractionDigits(fraction: number): string {
  return fraction === 0 ? "" : fraction.toFixed(9).slice(2).replace(/0+$/, "");
}

/**
 * `yyyy-MM-dd` (`T` or space) `HH:mm[:ss[.f…]]` [`Z` | ±HH[[:]mm]] between two places of `bytes`; NaN when it is
 * not one. Digit by digit, because this runs for every reading that carries its own time.
 */
export function parseIsoBytes(bytes: Uint8Array, from: number, to: number): number {
  if (to - from < 16) return Number.NaN;
  const year = two(bytes, from) * 100 + two(bytes, from + 2);
  const month = two(bytes, from + 5);
  const day = two(bytes, from + 8);
  const hour = two(bytes, from + 11);
  const minute = two(bytes, from + 14);
  const gap = bytes[from + 10];
  const shaped =
    bytes[from + 4] === DASH &&
    bytes[from + 7] === DASH &&
    bytes[from + 13] === COLON &&
    (gap === LETTER_T || gap === SPACE || gap === SMALL_T);
  // A digit that was none made its number NaN, and NaN fails every comparison.
  const dated = year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
  if (!shaped || !dated || !(hour <= 23 && minute <= 59)) return Number.NaN;
  let at = from + 16;
  let ms = 0;
  if (at < to && bytes[at] === COLON) {
    const second = two(bytes, at + 1);
    if (at + 3 > to || !(second <= 59)) return Number.NaN;
    ms = second * 1000;
    at += 3;
    if (at < to && (bytes[at] === DOT || bytes[at] === COMMA)) {
      const end = digitsEnd(bytes, at + 1, to);
      if (end === at + 1 || end > at + 16) return Number.NaN;
      ms += fractionMs(bytes, at + 1, end);
      at = end;
    }
  }
  const offset = offsetMinutes(bytes, at, to);
  return (daysFromCivil(year, month, day) * 1440 + hour * 60 + minute - offset) * 60_000 + ms;
}

const DASH = 0x2d;
const PLUS = 0x2b;
const COLON = 0x3a;
const DOT = 0x2e;
const COMMA = 0x2c;
const SPACE = 0x20;
const LETTER_T = 0x54;
const SMALL_T = 0x74;
const LETTER_Z = 0x5a;
const SMALL_Z = 0x7a;

function digit(bytes: Uint8Array, at: number): number {
  const value = (bytes[at] as number) - 0x30;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}

function two(bytes: Uint8Array, at: number): number {
  return digit(bytes, at) * 10 + digit(bytes, at + 1);
}

function digitsEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && !Number.isNaN(digit(bytes, at))) at++;
  return at;
}

/** Whole milliseconds and the rest apart, so that both stay exact. */
function fractionMs(bytes: Uint8Array, from: number, to: number): number {
  let whole = 0;
  let rest = 0;
  let scale = 1;
  for (let i = 0; i < Math.max(3, to - from); i++) {
    const d = from + i < to ? digit(bytes, from + i) : 0;
    if (i < 3) whole = whole * 10 + d;
    else {
      rest = rest * 10 + d;
      scale *= 10;
    }
  }
  return whole + rest / scale;
}

function offsetMinutes(bytes: Uint8Array, at: number, to: number): number {
  if (at === to) return DEFAULT_OFFSET_MINUTES;
  const sign = bytes[at];
  if (sign === LETTER_Z || sign === SMALL_Z) return at + 1 === to ? 0 : Number.NaN;
  if (sign !== PLUS && sign !== DASH) return Number.NaN;
  const length = to - at;
  const hours = length >= 3 ? two(bytes, at + 1) : Number.NaN;
  const minutes = offsetRest(bytes, at + 3, length - 3);
  if (!(hours <= 23 && minutes <= 59)) return Number.NaN;
  return (sign === DASH ? -1 : 1) * (hours * 60 + minutes);
}

function offsetRest(bytes: Uint8Array, at: number, length: number): number {
  if (length === 0) return 0;
  if (length === 2) return two(bytes, at);
  return length === 3 && bytes[at] === COLON ? two(bytes, at + 1) : Number.NaN;
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const daysIn = (year: number, month: number): number =>
  month === 2 && isLeap(year) ? 29 : (MONTH_DAYS[month - 1] ?? 0);
const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** Days since 1970-01-01 of the Gregorian calendar, years counted from March so that leap days come last. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
