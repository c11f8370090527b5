import type { PointDef } from "../../model/point.ts";
import { STATE, UNKNOWN_BITS } from "../../model/reading.ts";
import type { Active } from "./scenarios.ts";
import { ofKind } from "./scenarios.ts";
import type { SimPoint } from "./sim-point.ts";

/** What one point shows: the value at its resolution (null = none is sent) and the national state bits. */
export interface Shown {
  readonly value: number | null;
  readonly bits: number;
}

export const NOTHING: Shown = { value: null, bits: 0 };

/** What stands between the truth and the reading of a point, by code; null = nothing. */
export interface Disturbance {
  /** Share of a calibration that is done. */
  readonly calibration: number | null;
  /** Set beside the calibration's while the test gas is over the limits. */
  readonly marks: number;
  readonly bits: number;
  readonly flood: boolean;
  /** What it measures instead: a value, and the share of the way to it. */
  readonly measures: { readonly value: number; readonly share: number } | null;
  /** It shows what it showed before. */
  readonly stuck: boolean;
  readonly mute: boolean;
}

const UNDISTURBED: Disturbance = {
  calibration: null,
  marks: 0,
  bits: 0,
  flood: false,
  measures: null,
  stuck: false,
  mute: false,
};

export function disturbances(
  points: readonly SimPoint[],
  active: readonly Active[],
): Map<string, Disturbance> {
  const found = new Map<string, Disturbance>();
  const put = (code: string, change: Partial<Disturbance>) =>
    found.set(code, { ...(found.get(code) ?? UNDISTURBED), ...change });
  if (ofKind(active, "flood").length > 0) for (const { def } of points) put(def.code, { flood: true });
  for (const { event, share } of ofKind(active, "calibration")) {
    put(event.point, { calibration: share, marks: event.marks ?? 0 });
  }
  for (const { event, share } of ofKind(active, "measures")) {
    put(event.point, { measures: { value: event.value, share: event.atOnce ? 1 : swell(share) } });
  }
  for (const { event } of ofKind(active, "stuck")) put(event.point, { stuck: true });
  for (const { event } of ofKind(active, "mute")) put(event.point, { mute: true });
  for (const { event } of ofKind(active, "sensor")) put(event.point, { bits: event.bits });
  for (const { event } of ofKind(active, "substation-lost")) {
    for (const { def } of points) {
      if (def.substation === event.substation && def.type !== "3007")
        put(def.code, { bits: STATE.substationFault });
    }
  }
  return found;
}

/** What the mine's system shows for a true value: at the point's resolution, with its own limits' bits. */
export function show(
  def: PointDef,
  truth: number,
  before: Shown,
  disturbance: Disturbance | undefined,
): Shown {
  if (disturbance === undefined) return measured(def, truth, before);
  const { bits, measures } = disturbance;
  if (disturbance.mute) return NOTHING;
  if (disturbance.stuck && before.value !== null) return before;
  if ((bits & (STATE.notPolled | STATE.paused)) !== 0) return { value: before.value, bits };
  if ((bits & UNKNOWN_BITS) !== 0) return { value: null, bits };
  const moved = measures === null ? truth : truth + (measures.value - truth) * measures.share;
  if (def.kind !== "analog") return measured(def, moved, before);
  if (disturbance.calibration !== null) {
    const gas = rounded(testGas(def, disturbance.calibration), def);
    return { value: gas, bits: STATE.calibrating | (disturbance.marks & limited(def, gas, before).bits) };
  }
  if ((bits & STATE.overRange) !== 0) return { value: null, bits: bits | (before.bits & STATE.cut) };
  return measured(def, disturbance.flood ? flooded(def, moved) : moved, before);
}

const measured = (def: PointDef, truth: number, before: Shown): Shown =>
  def.kind === "analog" ? limited(def, rounded(truth, def), before) : { value: Math.round(truth), bits: 0 };

/** Comes within the first third, stays for a third, goes in the last. */
export const swell = (share: number): number => Math.min(1, 3 * share, 3 * (1 - share));

function limited(def: PointDef, value: number, before: Shown): Shown {
  const top = def.high ?? Number.POSITIVE_INFINITY;
  const over = value > top ? STATE.overRange : 0;
  const bits = over | alarmBit(def, value) | cutBit(def, value, before.bits);
  return { value: Math.min(value, top), bits };
}

/** Raised at the limit, released strictly below it (article 536). */
function alarmBit(def: PointDef, value: number): number {
  const high = def.alarmHigh !== undefined && value >= def.alarmHigh;
  const low = def.alarmLow !== undefined && value <= def.alarmLow;
  return high || low ? STATE.alarm : 0;
}

function cutBit(def: PointDef, value: number, before: number): number {
  if (def.cutHigh === undefined) return 0;
  if (value >= def.cutHigh) return STATE.cut;
  return (before & STATE.cut) !== 0 && value >= (def.restoreHigh ?? def.cutHigh) ? STATE.cut : 0;
}

const flooded = (def: PointDef, truth: number): number => Math.max(truth, (def.alarmHigh ?? 0) * 1.1);

/** Zero gas, test gas, zero gas: the steps a fitter puts on a sensor; carbon monoxide gets 100 ppm. */
function testGas(def: PointDef, share: number): number {
  const gas = def.type === "0001" ? 2 : def.type === "0004" ? 100 : 0;
  if (share < 0.2 || share > 0.75) return 0;
  // The sensor follows the gas within some seconds, as its response time allows.
  return gas * (1 - Math.exp(-(share - 0.2) * 60));
}

const rounded = (value: number, def: PointDef): number => {
  const step = def.resolution ?? 0.01;
  const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  return Number((Math.round(value / step) * step).toFixed(digits));
};
