import type { System } from "../../model/mine.ts";
import type { MinePlan } from "./plan.ts";
import { fanPoints, pondPoints, ringPoints, stationPoints } from "./plant-points.ts";
import { facePoints, headPoints, roadPoints, substationPoints } from "./safety-points.ts";
import { CO, CO_LIMIT, FAN_STATES, HEAT, LIMITS, METHANE, point, type SimPoint, WIND } from "./sim-point.ts";
import { roadside, worksPoints } from "./works-points.ts";

/** The order in which points are kept when a mine is asked for fewer than it needs. */
const SYSTEMS: readonly System[] = ["safety", "fan", "person", "ring", "tailings"];

/** The point table of a mine, all systems; cut or filled up to `plan.points`. */
export function pointsOf(plan: MinePlan): SimPoint[] {
  const own = [
    ...(plan.byHand ? byHand(plan) : []),
    ...plan.faces.flatMap((face) => facePoints(plan, face)),
    ...plan.heads.flatMap((head) => headPoints(head, plan.works !== undefined)),
    ...roadPoints(plan),
    ...plan.substations.flatMap((code, i) => substationPoints(code, i)),
    ...fanPoints(),
    ...stationPoints(plan),
    ...(plan.switches > 0 ? ringPoints(plan) : []),
    ...((plan.works?.pond ?? plan.kind === "stopped") ? pondPoints() : []),
    ...(plan.works === undefined ? [] : worksPoints(plan, plan.works)),
  ]
    .map((one) => (plan.works === undefined ? one : inWorking(plan, one)))
    .sort((a, b) => SYSTEMS.indexOf(a.system) - SYSTEMS.indexOf(b.system));
  if (plan.points === null || plan.points === own.length) return own;
  if (plan.points < own.length) return own.slice(0, plan.points);
  const filled = Array.from({ length: plan.points - own.length }, (_, i) =>
    plan.works === undefined ? filler(i + 1) : roadside(i + 1, plan.substations.at(-1) ?? "FZ-01"),
  );
  return [...own, ...filled];
}

/** The points of one face or heading share a set, its intake included. */
function inWorking({ faces, heads }: MinePlan, one: SimPoint): SimPoint {
  const { code, set } = one.def;
  const working = [...faces, ...heads].find((each) => code.startsWith(`${each.code}-`));
  return working === undefined || set !== undefined
    ? one
    : { ...one, def: { ...one.def, set: working.code } };
}

/** Points for trials by hand (contract §2): cycle 0, so their silence means nothing. */
function byHand(plan: MinePlan): SimPoint[] {
  const silent = { silent: true };
  const place = "手动试验点";
  const gas =
    plan.kind === "metal"
      ? point(
          "safety",
          { code: "HAND-CO", ...CO, ...CO_LIMIT, place: `${place}一氧化碳`, loc: "CF_CORNER", cycle: 0 },
          silent,
        )
      : point(
          "safety",
          {
            code: "HAND-CH4",
            ...METHANE,
            high: 40,
            ...LIMITS.working,
            place: `${place}甲烷`,
            loc: "CF_CORNER",
            cycle: 0,
          },
          silent,
        );
  return [
    gas,
    point(
      "safety",
      { code: "HAND-TEMP", ...HEAT, alarmHigh: 34, alarmHighClear: 34, place: `${place}温度`, cycle: 0 },
      silent,
    ),
    point(
      "fan",
      {
        code: "HAND-FAN",
        type: "1010",
        ...FAN_STATES,
        place: `${place}主要通风机`,
        set: "HAND",
        machine: "1#",
        cycle: 0,
      },
      silent,
    ),
  ];
}

/** Further points, so that a mine can have as many as a load needs. */
function filler(n: number): SimPoint {
  const code = `X-${String(n).padStart(4, "0")}`;
  const substation = "FZ-05";
  switch (n % 4) {
    case 0:
      return point(
        "safety",
        { code, ...CO, ...CO_LIMIT, place: `${n}号巷道一氧化碳`, substation },
        { rest: { value: 4, sigma: 1 } },
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
        { rest: { value: 0.12, sigma: 0.02 } },
      );
    case 2:
      return point(
        "safety",
        { code, ...HEAT, alarmHigh: 34, alarmHighClear: 33, place: `${n}号硐室温度`, substation },
        { rest: { value: 25, sigma: 0.6 } },
      );
    default:
      return point(
        "safety",
        { code, ...WIND, place: `${n}号巷道风速`, substation },
        { rest: { value: 2.2, sigma: 0.15 } },
      );
  }
}
