import { type Dialect, DialectFile, NATIONAL_DIALECT } from "../../src/wire/config/dialect-file.ts";
import { encodeGb18030 } from "../../src/wire/gb18030.ts";
import { type Known, type NationalRead, NOTHING_KNOWN } from "../../src/wire/national/file.ts";
import { readNationalFile } from "../../src/wire/national/read.ts";
import { MINE, MOMENT } from "./national-samples.ts";

/** How some mine's program writes its files, and the dialect that says so. */
export interface Writing {
  readonly name: string;
  readonly dialect: Dialect;
  readonly mine: string;
  fileName(type: string): string;
  text(type: string, records: readonly (readonly string[])[]): string;
}

const STAMP = "20260302081530";
const DATE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;
const slashed = (field: string): string =>
  DATE.test(field) ? field.replace(/^(\d+)-0?(\d+)-0?(\d+) 0?/, "$1/$2/$3 ") : field;

export const NORM: Writing = {
  name: "the norm",
  dialect: NATIONAL_DIALECT,
  mine: MINE,
  fileName: (type) => `${MINE}_${type}_${STAMP}.txt`,
  text: (type, records) => {
    const header =
      type === "RYXX" ? [MINE, "某某煤矿", "", "", "", "", "", MOMENT] : [MINE, "某某煤矿", MOMENT];
    return `${[header, ...records].map((fields) => `${fields.join(";")}~`).join("")}||`;
  },
};

const LONG = "150622B00120002000";
/** [F: MASTER] a long mine code, types with an N, other ends. */
export const PROVINCE: Writing = {
  name: "a province with ^ and ]]]",
  dialect: DialectFile.parse({
    codeLength: 18,
    record: "^",
    end: "]]]",
    types: Object.fromEntries(["CDDY", "RYSS", "RYXX"].map((type) => [`N${type}`, type])),
  }),
  mine: LONG,
  fileName: (type) => `${LONG}_${["CDDY", "RYSS", "RYXX"].includes(type) ? "N" : ""}${type}_${STAMP}.txt`,
  text: (_, records) =>
    `${[[LONG, "某某煤矿", MOMENT], ...records].map((fields) => `${fields.join(";")}^`).join("")}]]]`,
};

/** [F: KJ1031X] time and count in the header, a line each, nothing at the end; times with strokes. */
export const LINES: Writing = {
  name: "lines with time and count",
  dialect: DialectFile.parse({ end: "", header: ["time", "count"], time: "slashes", encoding: "auto" }),
  mine: MINE,
  fileName: (type) => `${MINE}_${type}_${STAMP}.TXT`,
  text: (_, records) =>
    [[MOMENT, `${records.length}`, ""], ...records]
      .map((fields) => `${fields.map(slashed).join(";")}~\r\n`)
      .join(""),
};

export const WRITINGS = [NORM, PROVINCE, LINES];

export const ENCODINGS = {
  "UTF-8": (text: string) => new TextEncoder().encode(text),
  "UTF-8 with a mark": (text: string) => new TextEncoder().encode(`\ufeff${text}`),
  GB18030: encodeGb18030,
} as const;

/** A file of the norm, read; `body` is everything behind the header. */
export function readBody(
  type: string,
  body: string,
  known: Known = NOTHING_KNOWN,
  dialect = NATIONAL_DIALECT,
) {
  const text = `${MINE};某某煤矿;${MOMENT}~${body}`;
  return readText(type, text, known, dialect);
}

export function readText(
  type: string,
  text: string,
  known: Known = NOTHING_KNOWN,
  dialect = NATIONAL_DIALECT,
) {
  const bytes = new TextEncoder().encode(text);
  return readNationalFile({ name: NORM.fileName(type), bytes, dialect }, known);
}

type Good = Extract<NationalRead, { ok: true }>;

export function good(read: NationalRead): Good {
  if (!read.ok) throw new Error(read.reason);
  return read;
}

export const bodies = ({ messages }: Good): Record<string, unknown>[] =>
  messages.map(({ payload }) => JSON.parse(new TextDecoder().decode(payload)));
