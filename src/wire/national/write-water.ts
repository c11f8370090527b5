import type { Alarm } from "../../model/alarm.ts";
import type { PointDef } from "../../model/point.ts";
import { UNKNOWN_BITS } from "../../model/reading.ts";
import type { Level } from "../../model/rule.ts";
import type { Instant } from "../../model/time.ts";
import type { Dialect } from "../config/dialect-file.ts";
import {
  codeText,
  isNationalType,
  number,
  type Said,
  text,
  time,
  type Writing,
  type Written,
  worded,
} from "./write-fields.ts";

/** CGKCDSS: the level in an observation hole. What else its sensor measures is a point of its own: left empty. */
export function boreRecord(code: string, { t, v, s }: Said, writing: Writing): Written {
  const written = codeText(code, writing);
  const flags = flagsText(s, writing.dialect);
  if (written === null || flags === null) return null;
  return {
    测点编码: written,
    状态串: flags,
    水位: (s & UNKNOWN_BITS) !== 0 ? "" : number(v),
    数据时间: time(t, writing),
  };
}

/**
 * Eight flags, one a character. Which end is bit 1 nobody says: without a word in the dialect only a row that reads
 * the same both ways can be said.
 */
function flagsText(s: number, { flags, states }: Dialect): string | null {
  const rows = Object.fromEntries(Object.entries(states).filter(([text]) => /^[01]{8}$/.test(text)));
  return worded(rows, s, s > 0xff ? null : flagsOf(s, flags));
}

function flagsOf(s: number, flags: Dialect["flags"]): string | null {
  const bits = s.toString(2).padStart(8, "0");
  const mirrored = [...bits].reverse().join("");
  if (bits === mirrored || flags === "first-is-128") return bits;
  return flags === "first-is-1" ? mirrored : null;
}

/** 预警级别: of the four only what blue is has been seen in a file; of the others the field stays empty. */
const LEVELS: Readonly<Record<Level, string>> = { none: "", blue: "4", yellow: "", orange: "", red: "" };

/** CGKCDYC: the level in an observation hole over one of its limits. */
export function boreWarningRecord(alarm: Alarm, point: string, at: Instant, writing: Writing): Written {
  const code = codeText(point, writing);
  if (code === null) return null;
  const { cause } = alarm;
  return {
    测点编码: code,
    安装位置: text(alarm.place, writing),
    预警内容: text(alarm.title, writing),
    开始时间: time(alarm.raisedAt, writing),
    预警级别: LEVELS[alarm.level],
    异常原因: text(cause?.text, writing).slice(0, 1000),
    处理人: text(cause?.by, writing).slice(0, 200),
    结束时间: time(alarm.returnedAt ?? alarm.endedAt, writing),
    数据时间: time(at, writing),
  };
}

/** ZKYL: of how deep the hole is, since when, and its first stress nobody told us. */
export function stressPointRecord(def: PointDef, writing: Writing): Written {
  const code = codeText(def.code, writing);
  if (code === null || !isNationalType(def.type)) return null;
  const [x, y, z] = def.xyz ?? [];
  return {
    测点编码: code,
    类型: def.type,
    安装位置: text(def.place, writing),
    X: number(x),
    Y: number(y),
    Z: number(z),
  };
}

/** ZKSS. */
export function stressRecord(code: string, def: PointDef, { t, v, s }: Said, writing: Writing): Written {
  const written = codeText(code, writing);
  const state = worded(writing.dialect.states, s, String(s));
  if (written === null || state === null) return null;
  return {
    测点编码: written,
    类型: def.type,
    安装位置: text(def.place, writing),
    测点值: (s & UNKNOWN_BITS) !== 0 ? "" : number(v),
    状态: state,
    数据时间: time(t, writing),
  };
}
