import type { Alarm } from "../../model/alarm.ts";
import type { StatRow } from "../../model/input.ts";
import type { PointDef, PointKind } from "../../model/point.ts";
import { UNKNOWN_BITS } from "../../model/reading.ts";
import type { Instant } from "../../model/time.ts";
import { SENSOR_NAMES } from "./type-names.ts";
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

const KINDS: Readonly<Record<PointKind, string>> = { analog: "MN", switch: "KG", total: "LJ", state: "DT" };
/** 系统编码 that a source names; of others the field stays empty. */
const SYSTEMS: Readonly<Record<string, string>> = { safety: "01" };
/** Longer than this the reader takes the relation apart. */
const MOST_RELATION = 200;

export function pointRecord(def: PointDef, system: string, at: Instant | null, writing: Writing): Written {
  const code = codeText(def.code, writing);
  if (code === null || !isNationalType(def.type)) return null;
  const [x, y, z] = def.xyz ?? [];
  return {
    测点编码: code,
    系统编码: SYSTEMS[system] ?? "",
    分站编码: codeText(def.substation ?? "", writing) ?? text(def.substation, writing),
    传感器类型: def.type,
    数值类型: KINDS[def.kind],
    单位: text(def.unit, writing),
    高量程: number(def.high),
    低量程: number(def.low),
    上限报警: number(def.alarmHigh),
    上限解报: number(def.alarmHighClear),
    下限报警: number(def.alarmLow),
    下限解报: number(def.alarmLowClear),
    上限断电: number(def.cutHigh),
    上限复电: number(def.restoreHigh),
    下限断电: number(def.cutLow),
    下限复电: number(def.restoreLow),
    开描述: text(def.onText, writing),
    停描述: text(def.offText, writing),
    安装位置: text(def.place, writing),
    区域: text(def.place, writing),
    类型: def.type,
    X: number(x),
    Y: number(y),
    Z: number(z),
    关联关系: relation(def, writing),
    数据时间: time(at, writing),
  };
}

function relation(def: PointDef, writing: Writing): string {
  const cuts = (def.cuts ?? []).flatMap((code) => codeText(code, writing) ?? []);
  const own = (def.relation ?? "").replaceAll(`D-${writing.ours}`, `D-${writing.theirs}`);
  const said = own === "" ? cuts.map((code) => `D-${code}`).join(",") : own;
  return text(said, writing).slice(0, MOST_RELATION * 20);
}

/** CDSS: a value that the state says nothing is known of is not written down as one. */
export function readingRecord(
  code: string,
  def: PointDef | null,
  { t, v, s }: Said,
  writing: Writing,
): Written {
  const written = codeText(code, writing);
  const state = worded(writing.dialect.states, s, String(s));
  if (written === null || state === null || (def !== null && !isNationalType(def.type))) return null;
  const name = def === null ? "" : (SENSOR_NAMES[def.type] ?? "");
  return {
    测点编码: written,
    传感器类型名称: text(name, writing),
    安装位置: text(def?.place, writing),
    测点值: (s & UNKNOWN_BITS) !== 0 ? "" : number(v),
    单位: text(def?.unit, writing),
    状态: state,
    数据时间: time(t, writing),
  };
}

/** KGBH. */
export function switchRecord(code: string, { t, v }: Said, writing: Writing): Written {
  const written = codeText(code, writing);
  return written === null ? null : { 测点编码: written, 测点值: number(v), 数据时间: time(t, writing) };
}

/** TJSJ. */
export function statRecord(stat: StatRow, def: PointDef | null, writing: Writing): Written {
  const code = codeText(stat.p, writing);
  if (code === null || (def !== null && !isNationalType(def.type))) return null;
  return {
    测点编码: code,
    传感器类型名称: text(def === null ? "" : SENSOR_NAMES[def.type], writing),
    安装位置: text(def?.place, writing),
    单位: text(def?.unit, writing),
    开始时间: time(stat.from, writing),
    结束时间: time(stat.to, writing),
    最大值: number(stat.max),
    最大值时刻: time(stat.maxAt, writing),
    最小值: number(stat.min),
    最小值时刻: time(stat.minAt, writing),
    平均值: number(stat.avg),
    数据时间: time(stat.to, writing),
  };
}

/** 异常类型 of an alarm of one point (domain.md §2.4); null = the table has none for it. */
export function eventCode(alarm: Pick<Alarm, "class" | "type">): string | null {
  if (alarm.type === "3006") return "006";
  if (alarm.type === "3007") return "005";
  switch (alarm.class) {
    case "over-limit":
      return "001";
    case "cut":
      return "002";
    case "feed-anomaly":
      return "003";
    case "sensor-fault":
      return "004";
    case "calibration":
      return "007";
    case "link":
    case "fan":
    case "person":
    case "ring":
    case "logic":
    case "mine-system":
    case "gateway":
    case "test":
      return null;
  }
}

/** YCBJ: an alarm as it stands; with its end once it returned. */
export function alarmRecord(alarm: Alarm, point: string, at: Instant, writing: Writing): Written {
  const norm = eventCode(alarm);
  const kind = norm === null ? null : worded(writing.dialect.eventKinds, norm, norm);
  const code = codeText(point, writing);
  if (kind === null || code === null) return null;
  const { peak, limit, cause } = alarm;
  // The worst of an alarm at a lower limit is the least value; without a limit nobody says which it is.
  const isHigh = peak !== null && limit !== null && peak.value >= limit;
  const isLow = peak !== null && limit !== null && peak.value < limit;
  return {
    测点编码: code,
    传感器类型名称: text(alarm.type === null ? "" : SENSOR_NAMES[alarm.type], writing),
    安装位置: text(alarm.place, writing),
    单位: text(alarm.unit, writing),
    异常类型: kind,
    开始时间: time(alarm.raisedAt, writing),
    结束时间: time(alarm.returnedAt ?? alarm.endedAt, writing),
    最大值: isHigh ? number(peak.value) : "",
    最大值时刻: isHigh ? time(peak.at, writing) : "",
    最小值: isLow ? number(peak.value) : "",
    最小值时刻: isLow ? time(peak.at, writing) : "",
    异常原因: text(cause?.text, writing).slice(0, 1000),
    处理措施: text(cause?.measure, writing).slice(0, 1000),
    录入时间: time(cause?.at, writing),
    录入人: text(cause?.by, writing).slice(0, 200),
    数据时间: time(at, writing),
  };
}

/** FZDY and RYJZ. */
export function stationRecord(def: PointDef, writing: Writing): Written {
  const code = codeText(def.code, writing);
  if (code === null) return null;
  const [x, y, z] = def.xyz ?? [];
  const place = text(def.place, writing).slice(0, 190);
  return {
    分站编码: code,
    基站编码: code,
    安装位置: place,
    基站名称: place,
    X: number(x),
    Y: number(y),
    Z: number(z),
  };
}

/** FZSS and JZSS; `run` and `supply` are the contract's numbers. */
export function stationStateRecord(
  station: string,
  state: { readonly run: number; readonly supply: number | null; readonly t: Instant },
  writing: Writing,
): Written {
  const code = codeText(station, writing);
  if (code === null) return null;
  return {
    分站编码: code,
    基站编码: code,
    运行状态: String(state.run),
    供电状态: number(state.supply),
    数据时间: time(state.t, writing),
  };
}
