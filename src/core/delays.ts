import { STATE } from "../model/reading.ts";
import type { Instant } from "../model/time.ts";
import { release, type Shown } from "./alarm.ts";
import { FLAG, HOT, hot } from "./columns.ts";
import { canonical } from "./decimal.ts";
import { isFollowing, runsOnSamples } from "./mine/facts.ts";
import { shownOfPeople } from "./people/findings.ts";
import type { Group } from "./plan.ts";
import { isBusy, nextDue, nextRise, ripen } from "./watch.ts";
import { type Point, type Stream, type Watch, type World, watchId } from "./world.ts";

/**
 * Delays run on the sample clock of the stream: its newest accepted sample time, whichever point carried it.
 * A value holds until its point sends another, so a delay that was over before a sample has fired before it.
 */

/** On-delays over before this moment; the sample of the moment itself has not been judged yet. */
export function fireBefore(world: World, stream: Stream, moment: Instant): void {
  fire(world, stream, (watch) => ripenWhile(world, watch, (due) => due < moment));
}

/** Everything due on the sample clock, after the sample that moved it was judged. */
export function fireAt(world: World, stream: Stream): void {
  fire(world, stream, (watch) => {
    ripenWhile(world, watch, (due) => due <= stream.clock);
    if (watch.clearing + watch.plan.offDelay <= stream.clock) clear(world, watch);
  });
}

/**
 * The stream is silent: an on-delay is finished on the gateway's clock. An off-delay is not: nothing clears
 * in silence (contract §3).
 */
export function fireInSilence(world: World, stream: Stream, clock: Instant): void {
  fire(world, stream, (watch) => ripenWhile(world, watch, (due) => due <= clock));
}

/** In order of their deadlines; of two at one moment, by subject. */
function fire(world: World, stream: Stream, act: (watch: Watch) => void): void {
  const due = [...stream.waiting].map((watch) => ({ watch, at: nextDue(watch) }));
  due.sort((a, b) => a.at - b.at || (idOf(a.watch) < idOf(b.watch) ? -1 : 1));
  for (const { watch } of due) {
    act(watch);
    keepWaiting(world, watch);
  }
  stream.nextDue = Number.POSITIVE_INFINITY;
  for (const watch of stream.waiting) stream.nextDue = Math.min(stream.nextDue, nextDue(watch));
}

const idOf = (watch: Watch): string => watchId(watch.subject, watch.plan);

/** In the order of their deadlines; each step of a ladder ripens once at most. */
function ripenWhile(world: World, watch: Watch, isDue: (due: Instant) => boolean): void {
  for (const _ of watch.plan.steps) {
    const due = nextRise(watch);
    if (!isDue(due)) return;
    ripen(world, watch, due, lastShown(world, watch));
  }
}

function clear(world: World, watch: Watch): void {
  const at = watch.clearing;
  release(world, watch, at, lastShown(world, watch).value);
}

/** What the point showed last, for an alarm that no sample of its own raised. */
export function lastShown(world: World, watch: Watch): Shown {
  const { point } = watch;
  if (watch.plan.group === "people") return shownOfPeople(world, watch);
  if (point === null) return { value: null, at: world.now, quality: "good", calibrating: false };
  const flags = world.columns.flags[point.slot] as number;
  return {
    value: canonicalValue(watch, hot(world.columns, point.slot, HOT.value)),
    at: hot(world.columns, point.slot, HOT.judged),
    quality: (flags & FLAG.stale) !== 0 ? "unknown" : (flags & FLAG.suspect) !== 0 ? "suspect" : "good",
    calibrating: (hot(world.columns, point.slot, HOT.state) & STATE.calibrating) !== 0,
  };
}

/** The value in the unit the alarm is worded in. */
export const canonicalValue = (watch: Watch, value: number): number | null =>
  Number.isNaN(value) ? null : canonical(value, watch.plan.scale);

const SAMPLED: readonly Group[] = ["point", "set", "whole", "people"];

/** Whether its delays run on the sample clock of a stream. */
export const waitsOnSamples = (watch: Watch): boolean =>
  SAMPLED.includes(watch.plan.group) || runsOnSamples(watch);

/** Keeps the stream's list of running delays, and the point's mark that it is not idle, true. */
export function keepWaiting(world: World, watch: Watch): void {
  const { stream } = watch;
  if (stream !== null && waitsOnSamples(watch)) {
    const due = nextDue(watch);
    if (due === Number.POSITIVE_INFINITY) stream.waiting.delete(watch);
    else stream.waiting.add(watch);
    if (due < stream.nextDue) stream.nextDue = due;
  }
  if (watch.point !== null) markBusy(world, watch.point);
}

export function markBusy(world: World, point: Point): void {
  const flags = world.columns.flags[point.slot] as number;
  const busy =
    point.watches.some(isBusy) ||
    point.silences.some(isBusy) ||
    point.shadows.some(isBusy) ||
    point.own.awake().some((watch) => isBusy(watch) || isFollowing(watch));
  world.columns.flags[point.slot] = busy ? flags | FLAG.busy : flags & ~FLAG.busy;
}
