import type { Instant } from "../model/time.ts";
import { follow, isCovered, raise, release, requalify, type Shown, stepUp } from "./alarm.ts";
import { barredUnseen } from "./logic/formula.ts";
import { observe } from "./observer.ts";
import type { Plan } from "./plan.ts";
import { refresh } from "./suppression.ts";
import { overall, type Verdict } from "./verdict.ts";
import { type AlarmRecord, type Onset, setPending, type Watch, type World } from "./world.ts";

/** What was seen, and how far it may be trusted. */
export interface Sight {
  /** Sample time at which it is judged, and as it was sent. */
  readonly judged: Instant;
  readonly sent: Instant;
  readonly value: number | null;
  readonly suspect: boolean;
  /** Not older than what is known of the subject. */
  readonly inOrder: boolean;
  /** False: out of order, or of a clock in doubt; it may raise, it never clears. */
  readonly mayClear: boolean;
}

/**
 * Takes one watch from what it knew to what it now sees. One verdict a step of its ladder, lowest first.
 * Conditions with delays wait on `clock`, the sample clock of the stream (the gateway's for what has none).
 */
export function settle(
  world: World,
  watch: Watch,
  verdicts: readonly Verdict[],
  sight: Sight,
  clock: Instant,
): void {
  if (world.observer !== null) observe(world.observer, world, watch, verdicts, sight);
  const all = overall(watch.plan, verdicts, watch.reached);
  const blind = verdicts.some((verdict, i) => seePending(watch, i, verdict, sight, world.input));
  if (watch.open !== null) seeOpen(world, watch, all, sight);
  if (blind) riseBlind(world, watch, sight);
  ripen(world, watch, clock, shownBy(sight, all));
  refreshDesign(world, watch);
  if (isBusy(watch) || watch.episodes.length > 0) world.remembered.add(watch);
}

/** What its rules hold back is not announced while they do. */
export function refreshDesign(world: World, { plan, open }: Watch): void {
  if (plan.formula !== null && open !== null) refresh(world, open);
}

/** Starts or drops one step's delay. True when the step was pending and its point went blind. */
function seePending(watch: Watch, step: number, verdict: Verdict, sight: Sight, input: number): boolean {
  if (step <= watch.reached) return false;
  const since = watch.pending[step] ?? null;
  switch (verdict) {
    case "raise":
      if (!sight.inOrder && watch.open === null && isCovered(watch, sight.judged)) return false;
      setPending(watch, step, earlier(since, { judged: sight.judged, sent: sight.sent, input }));
      return false;
    case "clear":
    case "between":
      if (sight.mayClear) setPending(watch, step, null);
      return false;
    case "unknown":
      if (!sight.mayClear) return false;
      if (watch.plan.onBad === "hold") return since !== null && !outlasts(watch, step);
      setPending(watch, step, null);
      return false;
    case "lasting":
    case "calibrating":
      return false;
  }
}

/** How long an open alarm stands goes on being counted while its point is blind. */
const outlasts = (watch: Watch, step: number): boolean =>
  watch.open !== null && isReachedByTime(watch.plan, step);

const earlier = (a: Onset | null, b: Onset): Onset => (a !== null && a.judged <= b.judged ? a : b);

function seeOpen(world: World, watch: Watch, verdict: Verdict, sight: Sight): void {
  const record = watch.open as AlarmRecord;
  follow(world, watch, sight.value, sight.judged, verdict === "calibrating");
  const clears = verdict === "clear" || (verdict === "unknown" && watch.plan.onBad === "clear");
  if (clears) {
    if (sight.mayClear) seeClearing(world, watch, sight);
    return;
  }
  if (sight.mayClear || sight.judged >= watch.clearing) watch.clearing = Number.NaN;
  if (!sight.mayClear || verdict === "calibrating") return;
  if (verdict === "unknown") requalify(world, record, "unknown");
  else if (!sight.suspect) requalify(world, record, "good");
  else if (record.alarm.quality === "unknown") requalify(world, record, "suspect");
}

function seeClearing(world: World, watch: Watch, sight: Sight): void {
  if (Number.isNaN(watch.clearing)) watch.clearing = sight.judged;
  if (watch.plan.offDelay === 0) release(world, watch, sight.judged, sight.value);
}

/** A pending alarm whose point goes stale or bad rises, marked unknown (contract §3). */
function riseBlind(world: World, watch: Watch, sight: Sight): void {
  const step = highestBlind(watch);
  const onset = watch.pending[step];
  if (step <= watch.reached || onset === null || onset === undefined) return;
  rise(world, watch, step, onset, {
    value: sight.value,
    at: sight.judged,
    quality: "unknown",
    calibrating: false,
  });
}

/** Not to one that is reached by lasting alone, as long as there is another. */
function highestBlind(watch: Watch): number {
  const { pending, plan } = watch;
  const waits = (onset: Onset | null, i: number) => onset !== null && !isBarred(watch, i);
  const short = pending.findLastIndex((onset, i) => waits(onset, i) && !isReachedByTime(plan, i));
  return short >= 0 ? short : pending.findLastIndex(waits);
}

/** Kept from rising by design, as far as is known: what waits goes on waiting, what is open stays open. */
function isBarred(watch: Watch, step: number): boolean {
  if (watch.plan.formula === null) return false;
  return (((watch.logic?.barred ?? barredUnseen(watch.plan)) >> step) & 1) === 1;
}

/** It says no more than a lower step does, only for longer. */
function isReachedByTime({ steps }: Plan, step: number): boolean {
  const test = steps[step]?.test;
  if (test?.kind === "lasting") return true;
  return (
    test !== undefined &&
    steps.slice(0, step).some((lower) => JSON.stringify(lower.test) === JSON.stringify(test))
  );
}

/** Raises or steps up to the highest step whose delay is over. */
export function ripen(world: World, watch: Watch, clock: Instant, shown: Shown): void {
  for (let i = watch.plan.steps.length - 1; i > watch.reached; i--) {
    const onset = watch.pending[i];
    if (onset === null || onset === undefined || onset.judged + onDelay(watch.plan, i) > clock) continue;
    if (isBarred(watch, i)) continue;
    rise(world, watch, i, onset, shown);
    return;
  }
}

function rise(world: World, watch: Watch, step: number, onset: Onset, shown: Shown): void {
  if (watch.open !== null) {
    stepUp(world, watch, step, onset, shown);
    return;
  }
  // Known already: the next sample that still violates begins anew, so that it cannot stay unheard.
  if (!raise(world, watch, step, onset, shown)) setPending(watch, step, null);
}

const onDelay = (plan: Plan, step: number): number => plan.steps[step]?.rule.onDelay ?? 0;

function shownBy(sight: Sight, verdict: Verdict): Shown {
  return {
    value: sight.value,
    at: sight.judged,
    quality: sight.suspect ? "suspect" : "good",
    calibrating: verdict === "calibrating",
  };
}

/** Whether anything of the watch is going on: then no reading of its point is plain. */
export const isBusy = (watch: Watch): boolean =>
  watch.open !== null || watch.pending.some((onset) => onset !== null);

/** When the next running delay of the watch is over. */
export function nextDue(watch: Watch): Instant {
  return Math.min(
    nextRise(watch),
    Number.isNaN(watch.clearing) ? Number.POSITIVE_INFINITY : watch.clearing + watch.plan.offDelay,
  );
}

export function nextRise(watch: Watch): Instant {
  let due = Number.POSITIVE_INFINITY;
  for (let i = watch.reached + 1; i < watch.pending.length; i++) {
    const onset = watch.pending[i];
    if (onset !== null && onset !== undefined && !isBarred(watch, i))
      due = Math.min(due, onset.judged + onDelay(watch.plan, i));
  }
  return due;
}
