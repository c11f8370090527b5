import { BOUNDS } from "../model/bounds.ts";
import { type Instant, SECOND } from "../model/time.ts";
import { isLow, raiseRetrospective, type Shown } from "./alarm.ts";
import { FLAG, HOT, hot } from "./columns.ts";
import { oldAfter } from "./cycle.ts";
import { canonicalValue } from "./delays.ts";
import { judgeWatch, type Seen } from "./judge.ts";
import type { Lane, Run } from "./lane.ts";
import { overall, type Verdict, verdictOnSample } from "./verdict.ts";
import { type Onset, type Point, setPending, type Watch, type World, watchId } from "./world.ts";

/** A lane closes this long after its last sample. */
const CLOSES = 60 * SECOND;

/**
 * A late sample: judged beside the live state, in order of sample time, by rules on single points. What it
 * shows to have begun and ended is recorded as retrospective; what still goes on when the newest sample of all
 * is reached becomes live, with its true onset.
 */
export function readLate(world: World, point: Point, t: Instant, value: number, state: number): void {
  const lane = world.lanes.get(point.slot);
  if (lane !== undefined && t < lane.t) {
    lane.heard = world.now;
    readOlder(world, point, lane, t, value, state);
    return;
  }
  const verdicts = point.watches.map((watch) => verdictsOf(watch, point, value, state));
  if (lane === undefined && !verdicts.flat().includes("raise")) return;
  const open = lane ?? openLane(world, point);
  point.watches.forEach((watch, i) => {
    open.runs[i] = advance(world, point, watch, runOf(open, i, watch), {
      verdicts: verdicts[i] as Verdict[],
      t,
      before: open.t,
      value: canonicalValue(watch, value),
    });
  });
  open.heard = world.now;
  open.t = t;
  open.value = value;
  open.state = state;
}

const verdictsOf = (watch: Watch, point: Point, value: number, state: number): Verdict[] =>
  watch.plan.steps.map((step) => verdictOnSample(step.test, point, watch.plan.scale, value, state));

/** At the bound the lane that has waited longest gives way. */
function openLane(world: World, point: Point): Lane {
  if (world.lanes.size >= BOUNDS.historyLanes) {
    const [longest] = [...world.lanes.values()].sort((a, b) => a.heard - b.heard || a.slot - b.slot);
    if (longest !== undefined) closeLane(world, longest);
  }
  const lane: Lane = {
    slot: point.slot,
    heard: world.now,
    t: Number.NEGATIVE_INFINITY,
    value: Number.NaN,
    state: 0,
    runs: [],
  };
  world.lanes.set(point.slot, lane);
  world.columns.flags[point.slot] = (world.columns.flags[point.slot] as number) | FLAG.lane;
  return lane;
}

/** A lane outlives a change of rules; a run of another rule does not. */
function runOf(lane: Lane, i: number, watch: Watch): Run {
  const known = lane.runs[i];
  return known !== undefined && known !== null && known.watch === nameOf(watch) ? known : newRun(watch);
}

const nameOf = ({ subject, plan }: Watch): string => `${watchId(subject, plan)}|${plan.hash}`;

const newRun = (watch: Watch): Run => ({
  watch: nameOf(watch),
  pending: watch.plan.steps.map(() => null),
  reached: -1,
  onset: null,
  clearing: Number.NaN,
  peak: null,
  value: null,
});

interface Late {
  readonly verdicts: readonly Verdict[];
  readonly t: Instant;
  /** The sample before it in the lane. */
  readonly before: Instant;
  readonly value: number | null;
}

function advance(world: World, point: Point, watch: Watch, run: Run, late: Late): Run {
  const { verdicts, t, value } = late;
  const holds = point.stale === 0 || t - late.before <= point.stale;
  if (holds) ripenRun(watch, run, t, false);
  verdicts.forEach((verdict, i) => {
    if (i <= run.reached) return;
    if (verdict === "raise") run.pending[i] ??= { judged: t, sent: t, input: world.input };
    if (verdict === "clear" || verdict === "between") run.pending[i] = null;
  });
  const all = overall(watch.plan, verdicts, run.reached);
  if (all === "raise" || all === "between" || all === "lasting") run.clearing = Number.NaN;
  ripenRun(watch, run, t, true);
  if (verdicts.includes("raise")) keepPeak(watch, run, value, t);
  if (all !== "clear" || run.reached < 0) return run;
  if (Number.isNaN(run.clearing)) run.clearing = t;
  if (run.clearing + watch.plan.offDelay > t) return run;
  record(world, watch, run, run.clearing);
  return newRun(watch);
}

function ripenRun(watch: Watch, run: Run, t: Instant, including: boolean): void {
  for (let i = watch.plan.steps.length - 1; i > run.reached; i--) {
    const onset = run.pending[i];
    if (onset === null || onset === undefined) continue;
    const due = onset.judged + (watch.plan.steps[i]?.rule.onDelay ?? 0);
    if (due > t || (due === t && !including)) continue;
    run.onset ??= onset;
    run.reached = i;
    return;
  }
}

function keepPeak(watch: Watch, run: Run, value: number | null, at: Instant): void {
  if (value === null) return;
  if (run.peak === null || (isLow(watch) ? value < run.peak.value : value > run.peak.value))
    run.peak = { value, at };
}

function record(world: World, watch: Watch, run: Run, returnedAt: Instant): void {
  if (run.reached < 0 || run.onset === null) return;
  const shown: Shown = {
    value: run.peak?.value ?? null,
    at: run.peak?.at ?? run.onset.judged,
    quality: "good",
    calibrating: false,
  };
  raiseRetrospective(world, watch, run.reached, run.onset, shown, returnedAt);
}

/** Older than what the lane has seen: it may tell of an occurrence of its own, it changes no run. */
function readOlder(world: World, point: Point, lane: Lane, t: Instant, value: number, state: number): void {
  point.watches.forEach((watch, i) => {
    if (runOf(lane, i, watch).reached >= 0) return;
    const verdicts = verdictsOf(watch, point, value, state);
    const step = verdicts.findLastIndex(
      (verdict, k) => verdict === "raise" && watch.plan.steps[k]?.rule.onDelay === 0,
    );
    if (step < 0) return;
    const run: Run = { ...newRun(watch), reached: step, onset: { judged: t, sent: t, input: world.input } };
    keepPeak(watch, run, canonicalValue(watch, value), t);
    record(world, watch, run, lane.t);
  });
}

/**
 * A live sample of a point whose lane is open: a run that it continues becomes live with its true onset,
 * a run that it ends is recorded.
 */
export function joinLane(world: World, point: Point, seen: Seen): void {
  const lane = world.lanes.get(point.slot);
  if (lane === undefined || !seen.inOrder || seen.judged < lane.t) return;
  if (!isContiguous(point, lane.t, seen.judged)) return;
  point.watches.forEach((watch, i) => {
    const run = runOf(lane, i, watch);
    const verdicts = verdictsOf(watch, point, seen.value, seen.state);
    const all = overall(watch.plan, verdicts, run.reached);
    if (all === "unknown" || all === "calibrating") return;
    lane.runs[i] = null;
    const goesOn = all === "raise" || verdicts.includes("raise") || (run.reached >= 0 && all !== "clear");
    if (goesOn && watch.open === null) adopt(watch, run);
    else record(world, watch, run, endOf(world, lane, watch));
  });
}

/** No more may lie between them than the point's silence and the reconnection explain. */
function isContiguous(point: Point, from: Instant, to: Instant): boolean {
  return point.cycle === 0 || to - from <= Math.max(point.stale, 2 * oldAfter(point.cycle));
}

/** The live watch takes over what the run knows to be true. */
function adopt(watch: Watch, run: Run): void {
  watch.plan.steps.forEach((_, i) => {
    const since: Onset | null = (i <= run.reached ? run.onset : null) ?? run.pending[i] ?? null;
    if (since !== null && (watch.pending[i] ?? null) === null) setPending(watch, i, since);
  });
}

export function closeLanes(world: World): void {
  for (const lane of world.lanes.values()) {
    if (world.now - lane.heard >= CLOSES) closeLane(world, lane);
  }
}

/** Nothing more came: what still goes on is live if no newer sample is known, else it ended unseen. */
function closeLane(world: World, lane: Lane): void {
  const { columns } = world;
  world.lanes.delete(lane.slot);
  columns.flags[lane.slot] = (columns.flags[lane.slot] as number) & ~FLAG.lane;
  const point = world.points[lane.slot] as Point;
  const newest = lane.t > hot(columns, lane.slot, HOT.judged);
  point.watches.forEach((watch, i) => {
    const run = runOf(lane, i, watch);
    if (run.reached < 0 && run.pending.every((onset) => onset === null)) return;
    if (newest && watch.open === null) becomeLive(world, point, lane, watch, run);
    else record(world, watch, run, endOf(world, lane, watch));
  });
}

/** When a run that no sample ended was over at the latest. */
function endOf(world: World, lane: Lane, watch: Watch): Instant {
  const raised = watch.open?.alarm.raisedAt;
  return raised !== undefined && raised >= lane.t
    ? raised
    : Math.max(lane.t, hot(world.columns, lane.slot, HOT.judged));
}

function becomeLive(world: World, point: Point, lane: Lane, watch: Watch, run: Run): void {
  adopt(watch, run);
  const { value, state } = lane;
  const seen = { judged: lane.t, sent: lane.t, value, state, suspect: false, inOrder: true, mayClear: false };
  judgeWatch(world, watch, point, seen, Math.max(point.stream.clock, lane.t));
}
