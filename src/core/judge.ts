import type { Instant } from "../model/time.ts";
import { FLAG, HOT, hot, remembered } from "./columns.ts";
import { canonicalValue, keepWaiting, lastShown } from "./delays.ts";
import { refreshQuiet } from "./logic/quiet.ts";
import { consider, verdictOnFormula } from "./logic/truth.ts";
import { look, lookPoint } from "./mine/look.ts";
import type { Step } from "./plan.ts";
import { type Verdict, verdictOnSample, verdictOnSet } from "./verdict.ts";
import { refreshDesign, ripen, settle } from "./watch.ts";
import type { Point, Watch, World } from "./world.ts";

/** One sample of one point, as the rules see it. */
export interface Seen {
  readonly judged: Instant;
  readonly sent: Instant;
  /** NaN = none. */
  readonly value: number;
  readonly state: number;
  readonly suspect: boolean;
  /** Not older than the newest sample of the point. */
  readonly inOrder: boolean;
  readonly mayClear: boolean;
}

/** Lets every rule that watches the point, or a set it belongs to, see the sample. */
export function judgePoint(world: World, point: Point, seen: Seen): void {
  const deepest = judgeThose(world, point, seen, 0);
  if (seen.inOrder) {
    lookPoint(world, point, seen);
    for (const watch of point.commands) look(world, watch, seen);
  }
  // What speaks of alarms is judged after those it speaks of.
  for (let depth = 1; depth <= deepest; depth++) {
    if (depth > 1) hearAlarms(world, point, depth - 1);
    judgeThose(world, point, seen, depth);
  }
  if (seen.inOrder && point.ties.length > 0) refreshQuiet(world, point);
}

/** Alarms that the sample changed are seen by those of a depth that speak of them, before others speak of theirs. */
function hearAlarms(world: World, { mine }: Point, depth: number): void {
  if (!world.woken.has(mine)) return;
  const moment = { judged: world.now, sent: world.now };
  for (const watch of mine.logic.listeners) if (watch.plan.depth === depth) judgeAgain(world, watch, moment);
}

/** Those of a depth. Returns the greatest there is. */
function judgeThose(world: World, point: Point, seen: Seen, depth: number): number {
  let deepest = 0;
  const each = <W extends { readonly plan: { readonly depth: number } }>(
    watches: readonly W[],
    judge: (watch: W) => void,
  ) => {
    for (const watch of watches) {
      deepest = Math.max(deepest, watch.plan.depth);
      if (watch.plan.depth === depth) judge(watch);
    }
  };
  each(point.watches, (watch) => judgeWatch(world, watch, point, seen));
  each(point.shadows, (watch) => judgeWatch(world, watch, point, seen));
  if (!seen.inOrder) return deepest;
  each(point.sets, (watch) => judgeSet(world, watch, seen));
  each(point.logics, (watch) => judgeAgain(world, watch, seen));
  return deepest;
}

export function judgeWatch(
  world: World,
  watch: Watch,
  point: Point,
  seen: Seen,
  clock: Instant = point.stream.clock,
): void {
  const truths = consider(world, watch);
  const verdicts = watch.plan.steps.map((step, i) =>
    step.test.kind !== "logic"
      ? verdictOf(world, step, watch, point, seen)
      : seen.inOrder
        ? verdictOnFormula(watch, i, truths)
        : "between",
  );
  const sight = { ...seen, value: canonicalValue(watch, seen.value) };
  settle(world, watch, verdicts, sight, clock);
  keepWaiting(world, watch);
}

function verdictOf(world: World, step: Step, watch: Watch, point: Point, seen: Seen): Verdict {
  const verdict = verdictOnSample(step.test, point, watch.plan.scale, seen.value, seen.state);
  if (verdict !== "raise" || seen.inOrder || step.rule.onDelay === 0) return verdict;
  return endedInTime(world, step, watch, point, seen) ? "between" : "raise";
}

/** An older sample starts no delay that a known newer sample cut short. */
function endedInTime(world: World, step: Step, watch: Watch, point: Point, seen: Seen): boolean {
  const later = remembered(world.columns, point.slot)
    .filter((sample) => sample.judged > seen.judged)
    .sort((a, b) => a.judged - b.judged);
  const end = later.find(({ value, state }) => {
    const verdict = verdictOnSample(step.test, point, watch.plan.scale, value, state);
    return verdict === "clear" || verdict === "between";
  });
  return end !== undefined && end.judged - seen.judged < step.rule.onDelay;
}

/** When something became known that is no sample of the point itself. */
export type Moment = Pick<Seen, "judged" | "sent">;

/** Something a formula speaks of changed: what it says now, and what the subject's own rules said last. */
export function judgeAgain(world: World, watch: Watch, { judged, sent }: Moment): void {
  const sight = { judged, sent, suspect: false, inOrder: true, mayClear: true };
  switch (watch.plan.group) {
    case "point":
      judgePointAgain(world, watch, watch.point as Point, sight);
      return;
    case "set":
      judgeSet(world, watch, sight);
      return;
    case "whole":
      judgeWhole(world, watch, sight);
      return;
    default:
      // Of these only what keeps a step from rising can be a formula.
      consider(world, watch);
      ripen(world, watch, world.now, lastShown(world, watch));
      refreshDesign(world, watch);
      keepWaiting(world, watch);
  }
}

type Sighted = Omit<Seen, "value" | "state">;

function judgePointAgain(world: World, watch: Watch, point: Point, sight: Sighted): void {
  const { columns } = world;
  const value = hot(columns, point.slot, HOT.value);
  const state = hot(columns, point.slot, HOT.state);
  const seen = hot(columns, point.slot, HOT.judged) > Number.NEGATIVE_INFINITY;
  const blind = !seen || ((columns.flags[point.slot] as number) & (FLAG.stale | FLAG.orphan)) !== 0;
  const truths = consider(world, watch);
  const verdicts = watch.plan.steps.map(({ test }, i) => {
    if (test.kind === "logic") return verdictOnFormula(watch, i, truths);
    return blind ? "unknown" : verdictOnSample(test, point, watch.plan.scale, value, state);
  });
  const shown = { ...sight, value: canonicalValue(watch, value) };
  settle(world, watch, verdicts, shown, clockOf(world, watch, sight));
  keepWaiting(world, watch);
}

/** A set is judged by what is known of all its machines now; the sight is that of the input that completed it. */
export function judgeSet(world: World, watch: Watch, sight: Sighted): void {
  if (watch.plan.group === "mine-set") {
    look(world, watch, sight);
    return;
  }
  const truths = consider(world, watch);
  const verdicts = watch.plan.steps.map(({ test }, i) => {
    if (test.kind === "logic") return verdictOnFormula(watch, i, truths);
    return test.kind === "set" ? verdictOnSet(world, test.words, watch) : "unknown";
  });
  settle(world, watch, verdicts, { ...sight, value: null }, clockOf(world, watch, sight));
  keepWaiting(world, watch);
}

function judgeWhole(world: World, watch: Watch, sight: Sighted): void {
  const truths = consider(world, watch);
  const verdicts = watch.plan.steps.map((_, i) => verdictOnFormula(watch, i, truths));
  settle(world, watch, verdicts, { ...sight, value: null }, clockOf(world, watch, sight));
  keepWaiting(world, watch);
}

/** What another stream tells may be newer than the subject's own clock. */
const clockOf = (world: World, watch: Watch, { judged }: Moment): Instant =>
  Math.max(watch.stream?.clock ?? world.now, judged);
