import type { Dialect } from "../config/dialect-file.ts";
import { MINE_CODE } from "../topic.ts";
import type { FileName } from "./file.ts";
import { TYPE_NAMES } from "./layouts.ts";
import { quoted } from "./reasons.ts";
import { compactTime } from "./values.ts";

export type ReadName =
  | { readonly ok: true; readonly name: FileName }
  | { readonly ok: false; readonly code: "name" | "type-unknown"; readonly reason: string };

const SHAPE = /^([^_]+)_([0-9A-Za-z]+)_(\d+)\.txt$/i;

/** `<煤矿编码>_<TYPE>_<yyyyMMddHHmmss>.txt` (domain.md §2.2): what can be known of a file without reading it. */
export function parseFileName(name: string, dialect: Dialect): ReadName {
  const [, mine = "", named = "", digits = ""] = SHAPE.exec(name) ?? [];
  if (mine === "") return no("name", `文件名${quoted(name)}不是“煤矿编码_类型_yyyyMMddHHmmss.txt”的形式`);
  if (!MINE_CODE.test(mine)) return no("name", `文件名里的煤矿编码${quoted(mine)}不是4到24位数字或字母`);
  const { codeLength } = dialect;
  if (codeLength !== undefined && mine.length !== codeLength) {
    return no("name", `文件名里的煤矿编码应为${codeLength}位,实为${mine.length}位(${quoted(mine)})`);
  }
  const moment = compactTime(digits);
  if (moment === null) return no("name", `文件名里的时间${quoted(digits)}不是yyyyMMddHHmmss`);
  const upper = named.toUpperCase();
  const type = Object.hasOwn(dialect.types, upper) ? (dialect.types[upper] as string) : upper;
  if (!TYPE_NAMES.includes(type)) {
    return no("type-unknown", `不认识文件类型${quoted(named)};认识的有:${TYPE_NAMES.join("、")}`);
  }
  return { ok: true, name: { mine, type, moment } };
}

const no = (code: "name" | "type-unknown", reason: string): ReadName => ({ ok: false, code, reason });
