import type { System } from "../../model/mine.ts";
import type { PointDef } from "../../model/point.ts";
import type { FacePlan, HeadPlan, MinePlan } from "./plan.ts";
import {
  CO,
  CO_LIMIT,
  FAN_STATES,
  HEAT,
  LIMITS,
  LINK_STATES,
  METHANE,
  point,
  type SimPoint,
  WIND,
} from "./sim-point.ts";

export function facePoints(plan: MinePlan, face: FacePlan): SimPoint[] {
  const { code, substation } = face;
  if (plan.kind === "metal") return stopePoints(face);
  const range = { high: plan.kind === "outburst" ? 40 : 4 };
  const cuts = [`${code}-CUT`];
  const relation = `D-${code}-CUT`;
  const place = `${code}采煤工作面`;
  const at = (system: System, def: Omit<PointDef, "substation">) => point(system, { ...def, substation });
  const methane = { ...METHANE, ...range, cuts, relation };
  return [
    at("safety", {
      code: `${code}-T0`,
      ...methane,
      ...LIMITS.working,
      place: `${place}回风隅角T0`,
      loc: "CF_CORNER",
    }),
    at("safety", {
      code: `${code}-T1`,
      ...methane,
      ...LIMITS.working,
      place: `${place}T1`,
      loc: plan.kind === "outburst" ? "CF_FACE_OB" : "CF_FACE",
    }),
    at("safety", {
      code: `${code}-T2`,
      ...methane,
      ...LIMITS.returning,
      place: `${place}回风巷T2`,
      loc: "CF_RETURN",
    }),
    at("safety", {
      code: `${code}-CO`,
      ...CO,
      ...CO_LIMIT,
      place: `${place}回风巷一氧化碳`,
      loc: "CF_RETURN",
    }),
    at("safety", {
      code: `${code}-WS`,
      ...WIND,
      alarmLow: 0.25,
      alarmLowClear: 0.3,
      alarmHigh: 4,
      alarmHighClear: 4,
      place: `${place}回风巷风速`,
      loc: "CF_RETURN",
    }),
    at("safety", {
      code: `${code}-TEMP`,
      ...HEAT,
      alarmHigh: 30,
      alarmHighClear: 29.5,
      place: `${place}温度`,
      loc: "CF_RETURN",
    }),
    ...powerPoints(code, `${place}`, substation),
  ];
}

function powerPoints(code: string, place: string, substation: string): SimPoint[] {
  return [
    point("safety", {
      code: `${code}-CUT`,
      type: "1009",
      kind: "switch",
      onText: "断电",
      offText: "复电",
      states: { "0": "powered", "1": "unpowered" },
      place: `${place}断电器`,
      substation,
    }),
    point("safety", {
      code: `${code}-FEED`,
      type: "1015",
      kind: "switch",
      onText: "有电",
      offText: "无电",
      states: { "0": "unpowered", "1": "powered" },
      place: `${place}馈电`,
      feeds: `${code}-CUT`,
      substation,
    }),
  ];
}

/** A stope of an underground metal mine (AQ 2031-2011: toxic gas, air speed, temperature). */
function stopePoints({ code, substation }: FacePlan): SimPoint[] {
  const place = `${code.replace("S", "-")}m中段采场`;
  return [
    point("safety", { code: `${code}-CO`, ...CO, ...CO_LIMIT, place: `${place}回风一氧化碳`, substation }),
    point("safety", {
      code: `${code}-NO2`,
      type: "0041",
      kind: "analog",
      unit: "ppm",
      resolution: 0.1,
      low: 0,
      high: 20,
      alarmHigh: 2.5,
      alarmHighClear: 2.5,
      place: `${place}回风二氧化氮`,
      substation,
    }),
    point("safety", {
      code: `${code}-WS`,
      ...WIND,
      alarmLow: 0.25,
      alarmLowClear: 0.3,
      place: `${place}风速`,
      substation,
    }),
    point("safety", {
      code: `${code}-TEMP`,
      ...HEAT,
      alarmHigh: 30,
      alarmHighClear: 29.5,
      place: `${place}温度`,
      substation,
    }),
  ];
}

/** `twin`: the heading has a standby local fan beside this one. */
export function headPoints({ code, substation }: HeadPlan, twin: boolean): SimPoint[] {
  const place = `${code}掘进工作面`;
  const cuts = [`${code}-CUT`];
  const relation = `D-${code}-CUT`;
  const methane = { ...METHANE, high: 4, cuts, relation, substation };
  return [
    point("safety", {
      code: `${code}-T1`,
      ...methane,
      ...LIMITS.working,
      place: `${place}T1`,
      loc: "DF_FACE",
    }),
    point("safety", {
      code: `${code}-T2`,
      ...methane,
      ...LIMITS.returning,
      place: `${place}回风流T2`,
      loc: "DF_RETURN",
    }),
    point("safety", {
      code: `${code}-LFAN`,
      type: "1001",
      ...FAN_STATES,
      place: `${place}局部通风机`,
      ...(twin ? { set: `LFAN-${code}`, machine: "1#" } : {}),
      cuts,
      substation,
    }),
    point("safety", {
      code: `${code}-DUCT`,
      type: "1003",
      kind: "switch",
      onText: "有风",
      offText: "无风",
      states: { "0": "no-wind", "1": "wind" },
      place: `${place}风筒`,
      cuts,
      substation,
    }),
    ...powerPoints(code, place, substation),
  ];
}

export function roadPoints(plan: MinePlan): SimPoint[] {
  const substation = plan.substations.at(-1) ?? "FZ-01";
  const place = "总回风巷";
  const wind = point("safety", {
    code: "MR-WS",
    ...WIND,
    alarmHigh: 8,
    alarmHighClear: 8,
    place: `${place}风速`,
    loc: "MAIN_RETURN",
    substation,
  });
  if (plan.kind === "metal") {
    const co = {
      code: "MR-CO",
      ...CO,
      ...CO_LIMIT,
      place: `${place}一氧化碳`,
      loc: "MAIN_RETURN",
      substation,
    };
    return [point("safety", co), wind];
  }
  const methane = { ...METHANE, high: 4, ...LIMITS.mainReturn, substation };
  const gas = point("safety", { code: "MR-CH4", ...methane, place: `${place}甲烷`, loc: "MAIN_RETURN" });
  if (plan.kind !== "stopped") return [gas, wind];
  return [
    gas,
    point(
      "safety",
      {
        code: "SUMP-WL",
        type: "0007",
        kind: "analog",
        unit: "m",
        resolution: 0.01,
        low: 0,
        high: 10,
        alarmHigh: 4,
        alarmHighClear: 3.9,
        place: "井底水仓水位",
        substation,
      },
      { rest: { value: 2.1, sigma: 0.05 } },
    ),
  ];
}

const SUPPLY_STATES = { "1": "battery", "2": "mains", "9": "fault" } as const;

export function substationPoints(code: string, index: number): SimPoint[] {
  const place = `${index + 1}号分站`;
  return [
    point("safety", { code, type: "3006", kind: "state", states: LINK_STATES, place }),
    point("safety", {
      code: code.replace("FZ", "FZP"),
      type: "3007",
      kind: "state",
      states: SUPPLY_STATES,
      place: `${place}电源`,
      substation: code,
    }),
  ];
}
