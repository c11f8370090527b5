import type { CalibrationCondition } from "../../model/mine-condition.ts";
import { METHANE_TYPES } from "../../model/point.ts";
import { STATE, UNKNOWN_BITS } from "../../model/reading.ts";
import type { Instant } from "../../model/time.ts";
import { remembered } from "../columns.ts";
import type { Point, World } from "../world.ts";
import { isOver } from "./events.ts";
import { knownOf } from "./facts.ts";
import { CLEAR, type Finding, type Look } from "./finding.ts";
import type { Memory } from "./memory.ts";
import type { Over } from "./mine-test.ts";

/** What the calibrating bit of a point tells about how it is looked after. */
export function onCalibration(
  look: Look,
  point: Point,
  is: CalibrationCondition,
  over: Over | null,
): Finding {
  switch (is.is) {
    case "over-limit":
      return onOverLimit(look, point, over);
    case "soon-after-limit":
      return onSoonAfter(look, point, is.within, over);
    case "too-long":
      return onTooLong(look, point, is.after);
    case "too-often":
      return onTooOften(look, point, is.more, is.per);
    case "overdue":
      return look.world.now - (look.world.columns.calibrated[point.slot] as number) > is.after
        ? { verdict: "raise", memory: null }
        : CLEAR;
  }
}

/** A value over a limit under calibration gas: an alarm of its own class, never an overrun (CAL-01). */
function onOverLimit({ world, memory }: Look, point: Point, over: Over | null): Finding {
  const now = knownOf(world, point.slot);
  if (!now.known) return { verdict: "hold", memory };
  if (!now.calibrating) return CLEAR;
  return { verdict: isOver(point, over, now) ? "raise" : "between", memory: null };
}

/** Calibration that begins while there is gas may be there to hide it (CAL-02). */
function onSoonAfter(
  { world, watch, memory, moment }: Look,
  point: Point,
  within: number,
  over: Over | null,
): Finding {
  const now = knownOf(world, point.slot);
  if (!now.known) return { verdict: "hold", memory };
  const last = lastNear(world, point, over, memory);
  const recent = last !== null && moment.judged - last <= within;
  const kept: Memory | null = recent ? { since: last, sent: last } : null;
  if (!now.calibrating) {
    return { verdict: watch.open !== null && isOver(point, over, now) ? "between" : "clear", memory: kept };
  }
  const suspicious = recent || isGasInWorking(world, point);
  // Judged when it begins, and as long as it lasts for the gas elsewhere in the working.
  return { verdict: suspicious ? "raise" : "between", memory: kept };
}

/** Sample time of the last value near the limit that was no calibration gas. */
function lastNear(world: World, point: Point, over: Over | null, memory: Memory | null): Instant | null {
  const near = remembered(world.columns, point.slot).findLast(
    ({ value, state, judged }) =>
      (state & (STATE.calibrating | UNKNOWN_BITS)) === 0 &&
      isOver(point, over, { value, state, judged, known: true, calibrating: false }),
  );
  const before = memory === null ? Number.NEGATIVE_INFINITY : memory.since;
  const last = Math.max(near?.judged ?? Number.NEGATIVE_INFINITY, before);
  return Number.isFinite(last) ? last : null;
}

/** Another methane point of the same working is near its limit now. */
function isGasInWorking(world: World, point: Point): boolean {
  for (const slot of point.stream.slots.values()) {
    const other = world.points[slot] as Point;
    if (other === point || !METHANE_TYPES.includes(other.def.type) || !isSameWorking(point, other)) continue;
    const now = knownOf(world, slot);
    if (now.known && !now.calibrating && isOver(other, overOfPoint(other), now)) return true;
  }
  return false;
}

/** The limits this point has for the same condition. */
function overOfPoint({ wiring }: Point): Over | null {
  const tests = (wiring?.own ?? []).flatMap(({ steps }) =>
    steps.flatMap(({ test }) => (test.kind === "mine" ? [test] : [])),
  );
  const same = tests.find(({ is }) => is.of === "calibration" && is.is === "soon-after-limit");
  return same?.over ?? null;
}

/** The same set, or the same place but for the number of the sensor at its end. */
function isSameWorking(a: Point, b: Point): boolean {
  if (a.def.set !== undefined && a.def.set === b.def.set) return true;
  const working = workingOf(a.def.place);
  return working !== "" && working === workingOf(b.def.place);
}

const workingOf = (place: string): string =>
  /^.*?(?:工作面|掘进面|采场)/.exec(place)?.[0] ?? place.replace(/[\s_-]*T?\d*$/, "");

/** Longer than it takes (SEN-03). Bad data neither ends nor begins one. */
function onTooLong({ world, memory, moment }: Look, point: Point, after: number): Finding {
  const now = knownOf(world, point.slot);
  if (!now.known) return { verdict: "hold", memory };
  if (!now.calibrating) return CLEAR;
  const since = memory ?? { since: moment.judged, sent: moment.sent };
  const onset = { judged: since.since, sent: since.sent };
  return { verdict: point.stream.clock - since.since > after ? "raise" : "between", memory: since, onset };
}

/** More often than anybody calibrates. `since` is that of the one that goes on. */
function onTooOften({ world, memory, moment }: Look, point: Point, more: number, per: number): Finding {
  const now = knownOf(world, point.slot);
  if (!now.known) return { verdict: "hold", memory };
  const recent = (memory?.times ?? []).filter((at) => moment.judged - at < per);
  const goesOn = memory !== null && !Number.isNaN(memory.since);
  if (!now.calibrating) {
    const kept = recent.length === 0 ? null : { since: Number.NaN, sent: Number.NaN, times: recent };
    return { verdict: "clear", memory: kept };
  }
  const times = goesOn ? recent : [...recent, moment.judged].slice(-(more + 1));
  const since = goesOn ? memory.since : moment.judged;
  const kept = { since, sent: goesOn ? memory.sent : moment.sent, times };
  return { verdict: times.length > more ? "raise" : "between", memory: kept };
}
