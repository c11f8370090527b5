import type { Instant } from "../../model/time.ts";
import type { Dialect } from "../config/dialect-file.ts";
import { MINE_CODE } from "../topic.ts";
import type { FileName, Found } from "./file.ts";
import { quoted } from "./reasons.ts";
import { instantOf, SHAPES } from "./values.ts";

export interface Header {
  readonly moment: Instant;
  readonly mineName: string | null;
  readonly count: number | null;
  readonly fields: readonly string[];
  readonly form: Found["header"];
}

export type ReadHeader =
  | { readonly ok: true; readonly header: Header }
  | {
      readonly ok: false;
      readonly code: "header" | "header-mine" | "header-time";
      readonly reason: string;
    };

/**
 * The first piece of a file: the norm's `煤矿编码;煤矿名称;…;数据上传时间`, Sichuan's `时间;条数` or the longer one of
 * its point table (domain.md §2.2, §2.5), or what the dialect says.
 */
export function readHeader(text: string, name: FileName, dialect: Dialect): ReadHeader {
  const fields = withoutEmptyEnd(text.split(dialect.field).map((field) => field.trim()));
  const [first = "", second] = fields;
  const time = (at: number) => instantOf(fields[at] ?? "", dialect);
  if (dialect.header !== undefined) return configured(fields, dialect.header, name, dialect);
  if (first === name.mine) {
    const last = fields.length - 1;
    if (last < 2) return no("header", `文件头应为${NORM},实为${quoted(text)}`);
    const moment = time(last);
    if (moment === null)
      return no("header-time", `文件头的时间${quoted(fields[last] ?? "")}不是${SHAPES[dialect.time]}`);
    return yes({ moment, mineName: second ?? null, count: null, fields, form: "national" });
  }
  const begun = time(0);
  if (begun !== null) {
    return yes({ moment: begun, mineName: null, count: countOf(second), fields, form: "counted" });
  }
  const later = fields.length >= 6 ? time(3) : null;
  if (later !== null) {
    const count = sum(countOf(fields[4]), countOf(fields[5]));
    return yes({ moment: later, mineName: null, count, fields, form: "sichuan-table" });
  }
  if (fields.length === 1 && text.includes("；")) {
    return no("header", `文件头用了全角分号“；”,应为半角“${dialect.field}”`);
  }
  if (MINE_CODE.test(first)) {
    return no("header-mine", `文件头的煤矿编码${quoted(first)}与文件名的${quoted(name.mine)}不一致`);
  }
  return no("header", `文件头应为${NORM},实为${quoted(text)}`);
}

const NORM = "“煤矿编码;煤矿名称;数据上传时间”";

function configured(
  fields: readonly string[],
  form: NonNullable<Dialect["header"]>,
  name: FileName,
  dialect: Dialect,
): ReadHeader {
  if (fields.length > form.length) {
    return no("header", `文件头按配置应有${form.length}个字段,实有${fields.length}个`);
  }
  const field = (what: (typeof form)[number]) =>
    form.includes(what) ? (fields[form.indexOf(what)] ?? "") : null;
  const mine = field("mine");
  if (mine !== null && mine !== name.mine) {
    return no("header-mine", `文件头的煤矿编码${quoted(mine)}与文件名的${quoted(name.mine)}不一致`);
  }
  const time = field("time");
  const moment = time === null ? name.moment : instantOf(time, dialect);
  if (moment === null)
    return no("header-time", `文件头的时间${quoted(time ?? "")}不是${SHAPES[dialect.time]}`);
  const count = countOf(field("count") ?? undefined);
  return yes({ moment, mineName: field("name"), count, fields, form: "configured" });
}

function withoutEmptyEnd(fields: string[]): readonly string[] {
  const last = fields.findLastIndex((field) => field !== "");
  return fields.slice(0, last + 1);
}

const countOf = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,7}$/.test(text) ? Number(text) : null;
const sum = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b);
const yes = (header: Header): ReadHeader => ({ ok: true, header });
const no = (code: "header" | "header-mine" | "header-time", reason: string): ReadHeader => ({
  ok: false,
  code,
  reason,
});
