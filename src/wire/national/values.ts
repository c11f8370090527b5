import type { Instant } from "../../model/time.ts";
import type { Dialect } from "../config/dialect-file.ts";
import { POINT_CODE, POINT_CODE_WORDS } from "../point-code.ts";
import { isEpochMs, iso, parseTime } from "../time.ts";
import type { Value } from "./element.ts";
import { quoted, type Wrong, wrong } from "./reasons.ts";

/**
 * How the text of one field becomes a value of the contract. `undefined` = the field says that there is none.
 * Each answers what is wrong in words that name the field; none of them guesses.
 */
export type Read = (text: string, field: string, dialect: Dialect) => Value | Wrong | undefined;

export const isNone = (text: string, dialect: Dialect): boolean => text === "" || dialect.none.includes(text);

export const pointCode: Read = (text, field) =>
  POINT_CODE.test(text) ? text : wrong("point-code", `${field}${quoted(text)}不合格,应为${CODE_WORDS}`);
const CODE_WORDS = POINT_CODE_WORDS.replace("letters, digits, CJK or", "位字母、数字、汉字或");

/** A code of a card, an area or a station: any text without blanks, at most 64 characters. */
export const plainCode: Read = (text, field) =>
  /^\S{1,64}$/.test(text) ? text : wrong("code", `${field}${quoted(text)}不合格,应为1到64个字符且没有空格`);

export const textOf =
  (most: number): Read =>
  (text, field) =>
    text.length <= most ? text : wrong("text-too-long", `${field}有${text.length}个字符,最多${most}个`);

/** A decimal number, also as programs write it: `.5`, `5.`, `+5`, `1.2E-05`. */
export const number: Read = (text, field) => {
  const value = NUMBER.test(text) ? Number(text) + 0 : Number.NaN;
  if (Number.isFinite(value)) return value;
  if (FULL_WIDTH.test(text)) return wrong("full-width", `${field}${quoted(text)}用了全角字符,应为半角数字`);
  return wrong("number", `${field}${quoted(text)}不是数字`);
};
const NUMBER = /^[+-]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][+-]?\d{1,3})?$/;
const FULL_WIDTH = /[０-９．－＋]/;

export const wholeNumber: Read = (text, field) =>
  /^\d{1,9}$/.test(text) ? Number(text) : wrong("number", `${field}${quoted(text)}不是整数`);

/** A moment, in the mine's own words where they are the contract's already. */
export const time: Read = (text, field, dialect) => {
  if (text === lastText && dialect.time === lastForm) return lastTime;
  const value = readTime(text, field, dialect);
  lastText = text;
  lastForm = dialect.time;
  lastTime = value;
  return value;
};

/** The records of one file say the same moment again and again. */
let lastText = "";
let lastForm: Dialect["time"] = "national";
let lastTime: string | number | Wrong | undefined;

function readTime(text: string, field: string, dialect: Dialect): string | number | Wrong | undefined {
  if (NO_TIME.test(text)) return undefined;
  const t = instantOf(text, dialect);
  if (t !== null) return NATIONAL.test(text) ? text : iso(t);
  const parsed = parseTime(text);
  if (!parsed.ok && parsed.reason === "time-in-seconds") {
    return wrong("time-in-seconds", `${field}${quoted(text)}像是秒,应为毫秒(13位)或${SHAPES[dialect.time]}`);
  }
  return wrong("time", `${field}${quoted(text)}不是${SHAPES[dialect.time]}${hint(text, dialect)}`);
}

/** `xxxx-xx-xx xx:xx:xx` stands for no time, in Sichuan an `X` (domain.md §2.2, §2.5). */
const NO_TIME = /^[xX]{4}[-/][xX]{2}[-/][xX]{2}( [xX]{2}:[xX]{2}:[xX]{2})?$|^[xX]$/;
const NATIONAL = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

export const SHAPES: Readonly<Record<Dialect["time"], string>> = {
  national: "“yyyy-MM-dd HH:mm:ss”",
  slashes: "“yyyy/MM/dd HH:mm:ss”",
  compact: "“yyyyMMddHHmmss”",
};

function hint(text: string, { time: form }: Dialect): string {
  if (FULL_WIDTH.test(text) || text.includes("：")) return ":用了全角字符";
  const like = form !== "slashes" && SLASHES.test(text) ? "slashes" : COMPACT.test(text) ? "compact" : null;
  return like === null || like === form ? "" : `:像是${SHAPES[like]},可在该矿方言里写 time: ${like}`;
}

const SLASHES = /^(\d{4})\/(\d{1,2})\/(\d{1,2}) (\d{1,2}):(\d\d):(\d\d)$/;
const COMPACT = /^\d{14}$/;

/** The moment a text says in the form the dialect gives times; null = it says none. */
export function instantOf(text: string, dialect: Dialect): Instant | null {
  if (dialect.time === "compact" && COMPACT.test(text)) return compactTime(text);
  if (dialect.time === "slashes") {
    const [, year = "", ...rest] = SLASHES.exec(text) ?? [];
    const [month, day, hour, minute, second] = rest.map((digits) => digits.padStart(2, "0"));
    if (year !== "") return moment(`${year}-${month}-${day} ${hour}:${minute}:${second}`);
  }
  if (/^\d{13}$/.test(text)) return isEpochMs(Number(text)) ? Number(text) : null;
  return moment(text);
}

function moment(text: string): Instant | null {
  const parsed = parseTime(text);
  return parsed.ok ? parsed.t : null;
}

/** The moment of a value that `time` gave; NaN = none. */
export function momentOf(value: unknown): Instant {
  const parsed = parseTime(value);
  return parsed.ok ? parsed.t : Number.NaN;
}

/** yyyyMMddHHmmss as the moment it is in China. */
export function compactTime(digits: string): number | null {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits) ?? [];
  const time = parseTime(`${year}-${month}-${day} ${hour}:${minute}:${second}`);
  return time.ok ? time.t : null;
}

/** 0 or 1, as the files say no and yes. */
export const yesNo: Read = (text, field) =>
  text === "1" || text === "是"
    ? true
    : text === "0" || text === "否"
      ? false
      : wrong("unknown-code", `${field}${quoted(text)}不认识;认识的有:0 否、1 是`);

/** One of a table of codes; the refusal lists them. */
export const oneOf =
  (table: Readonly<Record<string, readonly [value: Value, words: string]>>, where: string): Read =>
  (text, field) => {
    if (Object.hasOwn(table, text)) return (table[text] as readonly [Value, string])[0];
    const known = Object.entries(table).map(([code, [, words]]) =>
      words === code ? code : `${code} ${words}`,
    );
    return wrong("unknown-code", `${field}${quoted(text)}不认识;认识的有:${known.join("、")}${where}`);
  };
