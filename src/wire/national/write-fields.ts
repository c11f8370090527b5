import type { MineCode } from "../../model/mine.ts";
import type { Instant } from "../../model/time.ts";
import type { Dialect } from "../config/dialect-file.ts";
import { numberText, plainCode, plainText, type RecordTexts, timeText } from "./write.ts";

/** How one mine is written to one platform. */
export interface Writing {
  readonly dialect: Dialect;
  /** Our code of the mine, and theirs: what begins with ours begins with theirs in the files. */
  readonly ours: MineCode;
  readonly theirs: MineCode;
}

/** A value as it was sent; NaN = none. */
export interface Said {
  readonly t: Instant;
  readonly v: number;
  readonly s: number;
}

/** Null = the file has no words for it: its code holds a separator, or its type is no national one. */
export type Written = RecordTexts | null;

const NATIONAL_TYPE = /^\d{4}$/;
export const isNationalType = (type: string): boolean => NATIONAL_TYPE.test(type);

export function codeText(code: string, { dialect, ours, theirs }: Writing): string | null {
  const own = ours !== theirs && code.startsWith(ours) ? theirs + code.slice(ours.length) : code;
  return plainCode(own, dialect);
}

export const text = (value: string | null | undefined, { dialect }: Writing): string =>
  plainText(value ?? "", dialect);
export const number = (value: number | null | undefined): string =>
  value === null || value === undefined || Number.isNaN(value) ? "" : numberText(value);
export const time = (value: Instant | null | undefined, { dialect }: Writing): string =>
  value === null || value === undefined ? "" : timeText(value, dialect);
export const flag = (value: boolean | undefined): string => (value === undefined ? "" : value ? "1" : "0");

/**
 * What the platform says instead of our word: a dialect's table read backwards, else the norm's own. Null = it has no
 * word for it, or the norm's word means something else there.
 */
export function worded<T>(table: Readonly<Record<string, T>>, ours: T, norm: string | null): string | null {
  const theirs = Object.keys(table).find((word) => table[word] === ours);
  return theirs ?? (norm !== null && Object.hasOwn(table, norm) ? null : norm);
}
