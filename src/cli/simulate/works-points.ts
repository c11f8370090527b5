import type { MinePlan, WorksPlan } from "./plan.ts";
import { CO, FAN_STATES, HEAT, LIMITS, METHANE, point, type SimPoint, WIND } from "./sim-point.ts";

const DOOR_STATES = {
  kind: "switch",
  onText: "打开",
  offText: "关门",
  states: { "0": "closed", "1": "open" },
} as const;

/** What a mine of a county has beside its workings: belts, doors, pumps, a bunker, and intakes in outburst mines. */
export function worksPoints(plan: MinePlan, works: WorksPlan): SimPoint[] {
  const substation = plan.substations.at(-1) ?? "FZ-01";
  return [
    ...numbered(works.belts, (n) => beltPoints(n, substation)),
    ...numbered(works.doors, (n) => doorPoints(n, substation)),
    ...numbered(works.pumps, (n) => [
      point("safety", {
        code: `P${n}-RUN`,
        type: "1004",
        ...FAN_STATES,
        place: `中央水泵房${n}#主排水泵`,
        set: "SUMP",
        machine: `${n}#`,
        substation,
      }),
    ]),
    ...(plan.kind === "stopped" ? [] : producingPoints(plan, works, substation)),
  ];
}

const numbered = (count: number, make: (n: number) => SimPoint[]): SimPoint[] =>
  Array.from({ length: count }, (_, i) => make(i + 1)).flat();

function beltPoints(n: number, substation: string): SimPoint[] {
  const place = `${n}号带式输送机`;
  const set = `BELT-${n}`;
  const loc = "BELT_DRUM";
  return [
    point("safety", {
      code: `B${n}-RUN`,
      type: "1004",
      ...FAN_STATES,
      place: `${place}开停`,
      loc: "CONVEYOR",
      set,
      machine: "belt",
      substation,
    }),
    point("safety", {
      code: `B${n}-SMOKE`,
      type: "1008",
      kind: "switch",
      onText: "有烟",
      offText: "无烟",
      states: { "0": "clear", "1": "smoke" },
      place: `${place}机头烟雾`,
      loc,
      set,
      substation,
    }),
    point("safety", {
      code: `B${n}-CO`,
      ...CO,
      alarmHigh: 10,
      alarmHighClear: 10,
      place: `${place}机头一氧化碳`,
      loc,
      set,
      substation,
    }),
    point("safety", {
      code: `B${n}-TEMP`,
      ...HEAT,
      alarmHigh: 60,
      alarmHighClear: 59,
      place: `${place}机头滚筒温度`,
      loc,
      set,
      substation,
    }),
  ];
}

function doorPoints(n: number, substation: string): SimPoint[] {
  return ["A", "B"].map((which) =>
    point("safety", {
      code: `D${n}-${which}`,
      type: "1002",
      ...DOOR_STATES,
      place: `${n}号联络巷风门${which}`,
      set: `DOOR-${n}`,
      machine: which,
      substation,
    }),
  );
}

function producingPoints(plan: MinePlan, works: WorksPlan, substation: string): SimPoint[] {
  const coal = plan.kind !== "metal";
  return [
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
        set: "SUMP",
        substation,
      },
      {},
    ),
    ...(coal
      ? [
          point("safety", {
            code: "BK-CH4",
            ...METHANE,
            high: 4,
            alarmHigh: 1.5,
            alarmHighClear: 1.5,
            cutHigh: 1.5,
            restoreHigh: 1.5,
            place: "井底煤仓甲烷",
            loc: "BUNKER",
            substation,
          }),
        ]
      : []),
    ...plan.heads.flatMap(({ code, blasted = false, substation: own }) => [
      point("safety", {
        code: `${code}-LFAN2`,
        type: "1001",
        ...FAN_STATES,
        place: `${code}掘进工作面备用局部通风机`,
        set: `LFAN-${code}`,
        machine: "2#",
        substation: own,
      }),
      ...(blasted
        ? [
            point("safety", {
              code: `${code}-CO`,
              ...CO,
              alarmHigh: 24,
              alarmHighClear: 24,
              place: `${code}掘进工作面回风流一氧化碳`,
              loc: "DF_RETURN",
              substation: own,
            }),
          ]
        : []),
    ]),
    ...(works.intakes ? plan.faces.flatMap(({ code, substation: own }) => intakePoints(code, own)) : []),
  ];
}

function intakePoints(code: string, substation: string): SimPoint[] {
  const place = `${code}采煤工作面进风巷`;
  return [
    point("safety", {
      code: `${code}-T3`,
      ...METHANE,
      high: 40,
      alarmHigh: 0.5,
      alarmHighClear: 0.5,
      cutHigh: 0.5,
      restoreHigh: 0.5,
      cuts: [`${code}-CUT`],
      relation: `D-${code}-CUT`,
      place: `${place}T3`,
      loc: "CF_INTAKE_OB",
      substation,
    }),
    point("safety", {
      code: `${code}-WD`,
      type: "1006",
      kind: "switch",
      onText: "逆向",
      offText: "正向",
      states: { "0": "forward", "1": "reversed" },
      place: `${place}风向`,
      loc: "CF_INTAKE_OB",
      substation,
    }),
  ];
}

/** Roads and chambers with places that a county knows, as many as a mine is to have; they follow the day. */
export function roadside(n: number, substation: string): SimPoint {
  const code = `X-${String(n).padStart(4, "0")}`;
  switch (n % 4) {
    case 0:
      return point(
        "safety",
        {
          code,
          ...CO,
          alarmHigh: 24,
          alarmHighClear: 24,
          place: `${n}号采区回风巷一氧化碳`,
          loc: "DIST_RETURN",
          substation,
        },
        { rest: { value: 4, sigma: 0.8 } },
      );
    case 1:
      return point(
        "safety",
        {
          code,
          ...METHANE,
          high: 4,
          ...LIMITS.chamber,
          place: `${n}号机电硐室甲烷`,
          loc: "CHAMBER",
          substation,
        },
        { rest: { value: 0.12, sigma: 0.02, swing: 0.02 } },
      );
    case 2:
      return point(
        "safety",
        {
          code,
          ...HEAT,
          alarmHigh: 34,
          alarmHighClear: 33,
          place: `${n}号硐室温度`,
          loc: "CHAMBER",
          substation,
        },
        { rest: { value: 25, sigma: 0.6, swing: 2 } },
      );
    default:
      return point(
        "safety",
        { code, ...WIND, place: `${n}号巷道风速`, loc: "WALKWAY", substation },
        { rest: { value: 2.2, sigma: 0.15, swing: 0.15 } },
      );
  }
}
