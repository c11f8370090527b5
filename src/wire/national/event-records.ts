import { MINUTE } from "../../model/time.ts";
import { LONGEST_STAT } from "../payloads.ts";
import { iso } from "../time.ts";
import { DOORS } from "./door.ts";
import { type Element, RAW } from "./element.ts";
import { type Wrong, wrong } from "./reasons.ts";
import type { Beside, RecordRules } from "./record.ts";
import { capacityKind, eventKind } from "./states.ts";
import { momentOf, number, plainCode, pointCode, textOf, time } from "./values.ts";

const start = { key: "start", read: time, need: "always" } as const;
const end = { key: "end", read: time, need: "given" } as const;

/** YCBJ and the warnings of water systems: contract §3 `events`. */
export const EVENT_RECORDS: RecordRules = {
  door: DOORS.events,
  fields: {
    测点编码: { key: "p", read: pointCode, need: "always" },
    异常类型: { key: "kind", read: eventKind, need: "always" },
    开始时间: start,
    结束时间: end,
    最大值: { key: "max", read: number, need: "soft" },
    最大值时刻: { key: "maxAt", read: time, need: "soft" },
    异常原因: { key: "cause", read: textOf(1000), need: "soft" },
    处理措施: { key: "measure", read: textOf(1000), need: "soft" },
    录入人: { key: "by", read: textOf(200), need: "soft" },
    处理人: { key: "by", read: textOf(200), need: "soft" },
  },
  // A water system's warning has a level and no kind: the contract's tables name none for it.
  finish: ({ kind, p, ...rest }) => ({ kind: kind ?? "warning", p: p as string, ...rest }),
};

/** TJSJ and WFSJ: contract §3 `stats`. */
export const STAT_RECORDS: RecordRules = {
  door: DOORS.stats,
  fields: {
    测点编码: { key: "p", read: pointCode, need: "always" },
    开始时间: { key: "from", read: time, need: "always" },
    结束时间: { key: "to", read: time, need: "always" },
    最大值: { key: "max", read: number, need: "always" },
    最大值时刻: { key: "maxAt", read: time, need: "always" },
    最小值: { key: "min", read: number, need: "always" },
    最小值时刻: { key: "minAt", read: time, need: "always" },
    平均值: { key: "avg", read: number, need: "always" },
    数据时间: { key: null, read: time, need: "soft" },
    传感器类型名称: { key: null, read: textOf(200), need: "soft" },
    安装位置: { key: null, read: textOf(200), need: "soft" },
    单位: { key: null, read: textOf(200), need: "soft" },
  },
  finish: finishStat,
};

function finishStat(element: Element, beside: Beside): Element | Wrong {
  const stat = element["from"] === undefined ? withWindow(element, beside) : element;
  const at = (key: string) => momentOf(stat[key]);
  if (at("to") <= at("from")) return wrong("time-order", "结束时间不晚于开始时间");
  if (at("to") - at("from") > LONGEST_STAT) return wrong("time-order", "统计时段超过一小时");
  if ((stat["min"] as number) > (stat["max"] as number)) return wrong("value-order", "最小值大于最大值");
  if (stat !== element) {
    const inside = (moment: number) => moment >= at("from") && moment <= at("to");
    if (!inside(at("maxAt")) || !inside(at("minAt"))) {
      const span = `${shown(stat["from"])}至${shown(stat["to"])}`;
      return wrong("time-order", `最大、最小值的时刻不在文件头时间之前的五分钟(${span})之内`);
    }
  }
  return stat;
}

const WINDOW = 5 * MINUTE;
const shown = (value: unknown): string => String(value).slice(11, 19);

/** 五分数据 names no beginning and end: the last five minutes of the clock before the header's time. */
function withWindow({ p, ...rest }: Element, { moment }: Beside): Element {
  const to = Math.floor(moment / WINDOW) * WINDOW;
  return { p: p as string, from: iso(to - WINDOW), to: iso(to), ...rest };
}

const KINDS: Readonly<Record<string, string>> = {
  RYCS: "overtime",
  RYCY: "over-capacity",
  RYQJ: "sos",
  RYXZ: "restricted",
};

/** RYCS, RYCY, RYQJ, RYXZ: contract §3 `events` of the personnel system. */
export const PEOPLE_EVENTS: RecordRules = {
  door: DOORS.events,
  fields: {
    报警类型: { key: "of", read: capacityKind, need: "always" },
    人员卡编码: { key: "card", read: plainCode, need: "always" },
    区域编码: { key: "area", read: plainCode, need: "given" },
    报警开始: start,
    报警结束: end,
    求救开始: start,
    求救结束: end,
  },
  finish: finishPeopleEvent,
};

function finishPeopleEvent(element: Element, beside: Beside): Element | Wrong {
  const { of, card, area, [RAW]: raw, ...times } = element;
  const event: Element = { kind: KINDS[beside.type] as string };
  if (card !== undefined) event["card"] = card;
  if (of === "area" && area === undefined) return wrong("missing", "区域超员没有区域编码");
  // Of the whole mine's over-capacity an area would make an area's.
  if (area !== undefined && of !== "mine") event["area"] = area;
  const kept = of === "mine" && area !== undefined ? { ...(raw as object), 区域编码: String(area) } : raw;
  Object.assign(event, times);
  if (kept !== undefined) event[RAW] = kept as Record<string, string>;
  return event;
}
