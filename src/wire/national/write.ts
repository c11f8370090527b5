import type { MineCode } from "../../model/mine.ts";
import type { Instant } from "../../model/time.ts";
import type { Dialect } from "../config/dialect-file.ts";
import { encodeGb18030 } from "../gb18030.ts";
import { iso } from "../time.ts";
import { FILE_TYPES, type FileType } from "./layouts.ts";

/**
 * The file types that can be written, what things are before what they say. The others have fields nobody knows, or
 * nothing here that would fill them.
 */
export const WRITTEN_TYPES = [
  "CDDY",
  "ZKYL",
  "FZDY",
  "RYJZ",
  "RYQY",
  "RYXX",
  "KGBH",
  "CDSS",
  "CGKCDSS",
  "ZKSS",
  "FZSS",
  "JZSS",
  "TJSJ",
  "YCBJ",
  "CGKCDYC",
  "RYSS",
  "RYCS",
  "RYCY",
  "RYQJ",
  "RYXZ",
] as const;
export type WrittenType = (typeof WRITTEN_TYPES)[number];

/** One record by the names of its fields (`layouts.ts`); a field that is not named stays empty. */
export type RecordTexts = Readonly<Record<string, string>>;

export interface OutgoingFile {
  /** As the file names it. */
  readonly mine: MineCode;
  readonly mineName: string;
  readonly type: WrittenType;
  readonly moment: Instant;
  readonly records: readonly RecordTexts[];
}

/**
 * A national text file as `readNationalFile` of the same dialect reads it (domain.md §2.2). Pure: the same values are
 * the same bytes. Texts come from `write-fields.ts` and hold no separator.
 */
export function writeNationalFile(file: OutgoingFile, dialect: Dialect): { name: string; bytes: Uint8Array } {
  const { fields } = layoutOf(file.type, dialect);
  const lines = [
    headerOf(file, dialect),
    ...file.records.map((record) => fields.map((name) => record[name] ?? "")),
  ];
  const body = lines.map((texts) => `${texts.join(dialect.field)}${dialect.record}`).join("");
  const text = `${body}${dialect.end}`;
  const bytes = dialect.encoding === "gb18030" ? encodeGb18030(text) : encoder.encode(text);
  return { name: `${file.mine}_${typeName(file.type, dialect)}_${compact(file.moment)}.txt`, bytes };
}

const encoder = new TextEncoder();

function layoutOf(type: WrittenType, { layouts }: Dialect): { readonly fields: readonly string[] } {
  const own = Object.hasOwn(layouts, type) ? layouts[type] : undefined;
  if (own !== undefined) return { fields: own };
  const [norm] = (FILE_TYPES[type] as FileType).layouts;
  if (norm === undefined) throw new Error("must hold: a type that is written has a layout");
  return norm;
}

const HEADER = ["mine", "name", "time"] as const;
/** Of RYXX the norm has eight; what the five before the time are no public text says. */
const HEADERS: Readonly<Partial<Record<WrittenType, NonNullable<Dialect["header"]>>>> = {
  RYXX: ["mine", "name", "-", "-", "-", "-", "-", "time"],
};

function headerOf({ mine, mineName, type, moment, records }: OutgoingFile, dialect: Dialect): string[] {
  const time = timeText(moment, dialect);
  const name = plainText(mineName, dialect);
  const texts = { mine, name, time, count: String(records.length), "-": "" };
  return (dialect.header ?? HEADERS[type] ?? HEADER).map((what) => texts[what]);
}

/** The name the dialect's platform has for a type. */
function typeName(type: WrittenType, { types }: Dialect): string {
  return Object.keys(types).find((named) => types[named] === type) ?? type;
}

/** A moment to its second, in China's time; the files have no part of one. */
export function timeText(t: Instant, { time }: Pick<Dialect, "time">): string {
  const text = iso(Math.floor(t / 1000) * 1000)
    .slice(0, 19)
    .replace("T", " ");
  switch (time) {
    case "national":
      return text;
    case "slashes":
      return text.replaceAll("-", "/");
    case "compact":
      return text.replaceAll(/\D/g, "");
  }
}

const compact = (t: Instant): string => timeText(t, { time: "compact" });

/** A decimal number that every reader takes. */
export function numberText(value: number): string {
  const text = String(value + 0);
  return /^-?\d{21}/.test(text) ? value.toExponential() : text;
}

/**
 * A text without anything that separates: neither what this dialect cuts at, nor the norm's own signs and their full
 * width, which mislead other readers (domain.md §2.2).
 */
export function plainText(text: string, dialect: Dialect): string {
  const cuts = cutsOf(dialect);
  let plain = "";
  for (const character of text.replaceAll(UNPRINTABLE, " ")) {
    plain += cuts.signs.has(character) ? cuts.instead : character;
  }
  return plain.trim();
}

/** Control characters, ends of lines, halves of characters. */
const UNPRINTABLE = /\p{Cc}|\p{Cs}|\p{Zl}|\p{Zp}|\ufeff/gu;

/** Null = it cannot be said: another code would be another point's, or another person's. */
export function plainCode(code: string, dialect: Dialect): string | null {
  const { signs } = cutsOf(dialect);
  const spoilt = [...code].some((character) => signs.has(character));
  return spoilt || !/^\S{1,64}$/.test(code) || dialect.none.includes(code) ? null : code;
}

interface Cuts {
  readonly signs: ReadonlySet<string>;
  readonly instead: string;
}

const known = new WeakMap<Dialect, Cuts>();

function cutsOf(dialect: Dialect): Cuts {
  const before = known.get(dialect);
  if (before !== undefined) return before;
  const signs = new Set([...`;；~～|｜${dialect.field}${dialect.record}${dialect.end}`]);
  const instead = ["，", "、", "/"].find((sign) => !signs.has(sign)) ?? " ";
  const cuts = { signs, instead };
  known.set(dialect, cuts);
  return cuts;
}
