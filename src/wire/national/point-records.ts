import { POINT_CODE } from "../point-code.ts";
import { DOORS } from "./door.ts";
import { type Element, RAW } from "./element.ts";
import { quoted, type Wrong, wrong } from "./reasons.ts";
import type { Beside, RecordRules } from "./record.ts";
import type { Field } from "./row.ts";
import { pointKind } from "./states.ts";
import { number, pointCode, type Read, textOf, time } from "./values.ts";

const typeCode: Read = (text, field) =>
  /^\d{4}$/.test(text) ? text : wrong("type-code", `${field}${quoted(text)}应为4位数字的类型编码,例如0001`);

const limit = (key: string): Field => ({ key, read: number, need: "given" });
const words = (key: string): Field => ({ key, read: textOf(200), need: "soft" });
const place = (key: string): Field => ({ key, read: number, need: "soft" });

/** CDDY, ZKYL and the point tables of water systems: rows of contract §3 `points`. */
export const POINT_RECORDS: RecordRules = {
  door: DOORS.points,
  fields: {
    测点编码: { key: "code", read: pointCode, need: "always" },
    传感器类型: { key: "type", read: typeCode, need: "always" },
    类型: { key: "type", read: typeCode, need: "soft" },
    数值类型: { key: "kind", read: pointKind, need: "always" },
    单位: words("unit"),
    高量程: limit("high"),
    低量程: limit("low"),
    上限报警: limit("alarmHigh"),
    上限解报: limit("alarmHighClear"),
    下限报警: limit("alarmLow"),
    下限解报: limit("alarmLowClear"),
    上限断电: limit("cutHigh"),
    上限复电: limit("restoreHigh"),
    下限断电: limit("cutLow"),
    下限复电: limit("restoreLow"),
    开描述: words("onText"),
    停描述: words("offText"),
    安装位置: words("place"),
    区域: words("place"),
    分站编码: words("substation"),
    关联关系: { key: "relation", read: textOf(4000), need: "soft" },
    X: place("x"),
    Y: place("y"),
    Z: place("z"),
    数据时间: { key: null, read: time, need: "soft" },
  },
  finish: finishPoint,
};

function finishPoint(element: Element, beside: Beside): Element | Wrong {
  const { code, x, y, z, relation, ...rest } = element;
  const coded = partsOf(String(code), beside.mine);
  const type = rest["type"] ?? coded?.type;
  if (type === undefined) {
    return wrong("type-code", `没有传感器类型,测点编码${quoted(String(code))}里也读不出`);
  }
  if (coded !== null && coded.type !== type) {
    beside.note("type-differs", `测点${String(code)}的编码里类型是${coded.type},记录里是${String(type)}`);
  }
  const kind = rest["kind"] ?? coded?.kind ?? (rest["onText"] === undefined ? "analog" : "switch");
  const point: Element = { code: code as string, type, kind, ...without(rest) };
  const raw = { ...(rest[RAW] as Record<string, string> | undefined) };
  relate(point, raw, relation as string | undefined);
  locate(point, raw, { X: x, Y: y, Z: z });
  if (Object.keys(raw).length > 0) point[RAW] = raw;
  return point;
}

function without({ type: _type, kind: _kind, [RAW]: _raw, ...rest }: Element): Element {
  return rest;
}

const MOST_RELATION = 200;
const MOST_CUTS = 64;

/** `D-<测点编码>` = cuts power through that point (domain.md §2.3). */
function relate(point: Element, raw: Record<string, string>, relation: string | undefined): void {
  if (relation === undefined) return;
  if (relation.length <= MOST_RELATION) {
    point["relation"] = relation;
    return;
  }
  const devices = relation.split(/[,|\s]+/).flatMap((word) => (word.startsWith("D-") ? [word.slice(2)] : []));
  const cuts = devices.filter((code) => POINT_CODE.test(code)).slice(0, MOST_CUTS);
  if (cuts.length > 0) point["cuts"] = cuts;
  raw["关联关系"] = relation;
}

/** Three coordinates or none: two tell no place. */
export function locate(point: Element, raw: Record<string, string>, at: Record<string, unknown>): void {
  const given = Object.entries(at).filter(([, value]) => value !== undefined);
  if (given.length === 3) point["xyz"] = given.map(([, value]) => value as number);
  else for (const [name, value] of given) raw[name] = String(value);
}

const NATIONAL = /^(\d{2})(MN|KG|LJ|DT)(\d{4}).{1,8}$/;
const KINDS: Readonly<Record<string, string>> = { MN: "analog", KG: "switch", LJ: "total", DT: "state" };

/** 煤矿编码 + 系统编码(2) + 数值类型(2) + 传感器类型(4) + 原系统测点号(≤8) (domain.md §2.3). */
function partsOf(code: string, mine: string): { type: string; kind: string } | null {
  const own = code.startsWith(mine) ? code.slice(mine.length) : code.slice(MINE_DIGITS);
  const [, , kind = "", type = ""] = NATIONAL.exec(own) ?? [];
  return type === "" ? null : { type, kind: KINDS[kind] as string };
}
const MINE_DIGITS = 12;
