import type { Instant } from "../model/time.ts";
import { remembered } from "./columns.ts";
import { canonicalValue, keepWaiting } from "./delays.ts";
import { look, lookPoint } from "./mine/look.ts";
import type { Step } from "./plan.ts";
import { type Verdict, verdictOnSample, verdictOnSet } from "./verdict.ts";
import { settle } from "./watch.ts";
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
  for (const watch of point.watches) judgeWatch(world, watch, point, seen);
  for (const watch of point.shadows) judgeWatch(world, watch, point, seen);
  if (!seen.inOrder) return;
  for (const watch of point.sets) judgeSet(world, watch, seen);
  lookPoint(world, point, seen);
  for (const watch of point.commands) look(world, watch, seen);
}

export function judgeWatch(
  world: World,
  watch: Watch,
  point: Point,
  seen: Seen,
  clock: Instant = point.stream.clock,
): void {
  const verdicts = watch.plan.steps.map((step) => verdictOf(world, step, watch, point, seen));
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

/** A set is judged by what is known of all its machines now; the sight is that of the input that completed it. */
export function judgeSet(world: World, watch: Watch, seen: Omit<Seen, "value" | "state">): void {
  if (watch.plan.group === "mine-set") {
    look(world, watch, seen);
    return;
  }
  const verdicts = watch.plan.steps.map(({ test }) =>
    test.kind === "set" ? verdictOnSet(world, test.words, watch) : "unknown",
  );
  settle(world, watch, verdicts, { ...seen, value: null }, watch.stream?.clock ?? world.now);
  keepWaiting(world, watch);
}
