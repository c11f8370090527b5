import { GATEWAY_SYSTEM, LEAST_STALE } from "../model/mine.ts";
import { HOUR, type Instant, MINUTE, SECOND } from "../model/time.ts";
import { isAlive } from "./alive.ts";
import { FLAG, HOT, hot, remembered } from "./columns.ts";
import { streamCycle } from "./cycle.ts";
import { canonicalValue, fireAt, fireInSilence, keepWaiting } from "./delays.ts";
import { sweepDuty } from "./duty/sweep.ts";
import { followFloods } from "./flood.ts";
import { forget } from "./forget.ts";
import { closeLanes } from "./history.ts";
import { judgeAgain, judgeSet } from "./judge.ts";
import { sweepDecisions } from "./life-clock.ts";
import { sweepLinks } from "./links.ts";
import { followLogic, sweepLogic } from "./logic/follow.ts";
import { sweepLooks } from "./mine/look.ts";
import { sweepPaces } from "./pace.ts";
import { sweepPeople } from "./people/judge.ts";
import { isCutOff } from "./substations.ts";
import { isBusy, type Sight, settle } from "./watch.ts";
import type { Point, Stream, Watch, World } from "./world.ts";

/**
 * Fires every deadline on the gateway's clock up to `now`, second by second. Silence needs no timers: the last
 * sample's time is kept, and one sweep a second looks for what is missing.
 */
export function fireDeadlines(world: World, now: Instant): void {
  const last = Math.floor(now / SECOND) * SECOND;
  if (world.swept === Number.NEGATIVE_INFINITY) world.swept = last;
  // A gap this long is a machine that slept: what happened within it is told at its end.
  if (last - world.swept > 6 * HOUR) world.swept = last - MINUTE;
  while (world.swept < last) {
    world.swept += SECOND;
    sweep(world, world.swept);
  }
  world.now = now;
}

function sweep(world: World, at: Instant): void {
  world.now = at;
  sweepDecisions(world);
  for (const mine of world.mines.values()) {
    for (const stream of mine.streams.values()) finishDelays(world, stream);
  }
  sweepPoints(world);
  for (const mine of world.mines.values()) {
    sweepLinks(world, mine);
    sweepPeople(world, mine);
  }
  sweepLooks(world);
  sweepLogic(world);
  if (world.life.paces.size > 0) sweepPaces(world);
  closeLanes(world);
  followLogic(world);
  followFloods(world);
  sweepDuty(world);
  forget(world);
}

function finishDelays(world: World, stream: Stream): void {
  if (stream.waiting.size === 0) return;
  if (stream.system === GATEWAY_SYSTEM) {
    stream.clock = world.now;
    fireAt(world, stream);
    return;
  }
  const silent = world.now - stream.heard;
  if (silent >= streamCycle(stream) * SECOND) fireInSilence(world, stream, stream.clock + silent);
}

/** Nobody is looked at before the first of them can be stale: a sample puts its point off by at least the least. */
function sweepPoints(world: World): void {
  const { columns, now } = world;
  if (now < world.staleFrom) return;
  let next = now + LEAST_STALE;
  for (let slot = 0; slot < columns.n; slot++) {
    const point = world.points[slot] as Point;
    const stale = point.stale;
    if (stale === 0) continue;
    const due = (columns.hot[slot * HOT.stride + HOT.heard] as number) + stale;
    if (due > now) {
      if (due < next) next = due;
      continue;
    }
    if (((columns.flags[slot] as number) & FLAG.stale) === 0) becomeStale(world, point);
    for (const watch of point.silences) {
      if (watch.open !== null) continue;
      raiseSilence(world, point, watch);
      next = now;
    }
  }
  world.staleFrom = next;
}

/** The value no longer holds: what is pending rises, what is open is held, both marked unknown. */
function becomeStale(world: World, point: Point): void {
  const { columns } = world;
  columns.flags[point.slot] = (columns.flags[point.slot] as number) | FLAG.stale;
  columns.changed[point.slot] = world.generation;
  const last = remembered(columns, point.slot).at(-1);
  const at = last?.judged ?? hot(columns, point.slot, HOT.heard);
  const sight = { judged: at, sent: last?.sent ?? at, suspect: false, inOrder: true, mayClear: true };
  for (const watch of [...point.watches, ...point.shadows]) {
    if (watch.plan.formula !== null) {
      judgeAgain(world, watch, sight);
      continue;
    }
    const value = last === undefined ? null : canonicalValue(watch, last.value);
    blind(world, watch, { ...sight, value });
  }
  for (const watch of point.sets) judgeSet(world, watch, sight);
  for (const watch of point.logics) judgeAgain(world, watch, sight);
}

function blind(world: World, watch: Watch, sight: Sight): void {
  const verdicts = watch.plan.steps.map(() => "unknown" as const);
  settle(world, watch, verdicts, sight, Number.NEGATIVE_INFINITY);
  keepWaiting(world, watch);
}

/** Only while its stream is alive and its substation up: else the silence is theirs (SEN-08). */
function raiseSilence(world: World, point: Point, watch: Watch): void {
  const rule = watch.plan.steps[0]?.rule;
  const heard = hot(world.columns, point.slot, HOT.heard);
  if (rule === undefined || world.now - heard < point.stale + rule.onDelay) return;
  if (!isAlive(world, point.stream) || isCutOff(world, point)) return;
  const last = remembered(world.columns, point.slot).at(-1);
  const since = last?.judged ?? heard;
  const sight = {
    judged: since,
    sent: last?.sent ?? heard,
    suspect: false,
    inOrder: true,
    mayClear: true,
    value: null,
  };
  const verdicts = watch.plan.steps.map(() => "raise" as const);
  settle(world, watch, verdicts, sight, Number.POSITIVE_INFINITY);
  keepWaiting(world, watch);
}

/** A sample ends the point's silence. */
export function breakSilence(world: World, point: Point, judged: Instant, sent: Instant): void {
  const flags = world.columns.flags[point.slot] as number;
  world.columns.flags[point.slot] = flags & ~FLAG.stale;
  const sight = { judged, sent, suspect: false, inOrder: true, mayClear: true, value: null };
  for (const watch of point.silences) {
    if (!isBusy(watch)) continue;
    const verdicts = watch.plan.steps.map(() => "clear" as const);
    settle(world, watch, verdicts, sight, Number.NEGATIVE_INFINITY);
    keepWaiting(world, watch);
  }
}
