import { areasOf } from "./areas.ts";
import type { MinePlan } from "./plan.ts";
import { FAN_STATES, LINK_STATES, point, type SimPoint } from "./sim-point.ts";

export function fanPoints(): SimPoint[] {
  const set = "MAIN";
  const house = "主通风机房";
  const bearing = {
    type: "0026",
    kind: "analog",
    unit: "℃",
    resolution: 0.1,
    low: 0,
    high: 150,
    alarmHigh: 75,
    alarmHighClear: 70,
  } as const;
  return [
    point("fan", {
      code: "F1-RUN",
      type: "1010",
      ...FAN_STATES,
      place: `${house}1#主要通风机`,
      set,
      machine: "1#",
    }),
    point("fan", {
      code: "F2-RUN",
      type: "1010",
      ...FAN_STATES,
      place: `${house}2#主要通风机`,
      set,
      machine: "2#",
    }),
    point("fan", {
      code: "F-NP",
      type: "0006",
      kind: "analog",
      unit: "Pa",
      resolution: 10,
      low: 0,
      high: 5_000,
      place: "风硐负压",
      set,
    }),
    point("fan", {
      code: "F-Q",
      type: "0019",
      kind: "analog",
      unit: "m³/min",
      resolution: 1,
      low: 0,
      high: 12_000,
      place: "风硐风量",
      set,
    }),
    point("fan", {
      code: "F1-BT",
      ...bearing,
      place: `${house}1#电机驱动端轴承`,
      set,
      machine: "1#",
      part: "motorDrive",
    }),
    point("fan", {
      code: "F2-BT",
      ...bearing,
      place: `${house}2#电机驱动端轴承`,
      set,
      machine: "2#",
      part: "motorDrive",
    }),
  ];
}

export function stationPoints(plan: MinePlan): SimPoint[] {
  if (plan.crew === 0) return [];
  return areasOf(plan).map(({ station, name }) =>
    point("person", {
      code: station,
      type: "baseStation",
      kind: "state",
      states: LINK_STATES,
      place: `${name}读卡基站`,
    }),
  );
}

export const switchCode = (index: number): string => `SW-${String(index + 1).padStart(2, "0")}`;

export function ringPoints(plan: MinePlan): SimPoint[] {
  const set = "RING-1";
  const place = "工业环网";
  const switches = Array.from({ length: plan.switches }, (_, i) =>
    point("ring", {
      code: switchCode(i),
      type: "switchOnline",
      kind: "state",
      states: { "0": "lost", "1": "ok" },
      place: `${place}${i + 1}号交换机`,
      set,
      machine: switchCode(i),
    }),
  );
  const states = { "0": "closed", "1": "open", "2": "broken" } as const;
  return [
    ...switches,
    point("ring", {
      code: "RING-STATE",
      type: "ringState",
      kind: "state",
      states,
      place: `${place}状态`,
      set,
    }),
    point("ring", {
      code: "RING-CO",
      type: "changeOver",
      kind: "total",
      unit: "次",
      resolution: 1,
      place: `${place}倒换次数`,
      set,
    }),
    point("ring", {
      code: "RING-COMS",
      type: "changeOverMs",
      kind: "analog",
      unit: "ms",
      resolution: 1,
      place: `${place}倒换时间`,
      set,
    }),
    point("ring", {
      code: "RING-LOSS",
      type: "loss",
      kind: "analog",
      unit: "%",
      resolution: 0.01,
      low: 0,
      high: 100,
      place: `${place}丢包率`,
      set,
    }),
    point("ring", {
      code: "UPS-01",
      type: "upsMode",
      kind: "state",
      states: { "1": "battery", "2": "mains" },
      place: "环网机房UPS",
    }),
    point("ring", {
      code: "UPS-01-MIN",
      type: "upsMinutes",
      kind: "analog",
      unit: "min",
      resolution: 1,
      place: "环网机房UPS剩余时间",
    }),
  ];
}

/** The tailings pond of the stopped mine (GB 39496-2020, 5.5): seepage line, level, rain, displacement. */
export function pondPoints(): SimPoint[] {
  const analog = (code: string, type: string, place: string, unit: string, rest: number, sigma: number) =>
    point(
      "tailings",
      { code, type, kind: "analog", unit, resolution: 0.01, place },
      { rest: { value: rest, sigma } },
    );
  return [
    analog("P1-JRX", "0030", "尾矿库1#剖面浸润线埋深", "m", 9.2, 0.03),
    analog("P2-JRX", "0030", "尾矿库2#剖面浸润线埋深", "m", 8.7, 0.03),
    analog("WL", "0007", "尾矿库库水位", "m", 1284.6, 0.02),
    analog("RAIN", "0031", "尾矿库降雨量", "mm", 0, 0),
    analog("D1", "0021", "尾矿库坝体1#位移", "mm", 3.1, 0.05),
  ];
}
