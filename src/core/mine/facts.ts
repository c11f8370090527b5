import { STATE, UNKNOWN_BITS } from "../../model/reading.ts";
import { type AlarmClass, levelRank } from "../../model/rule.ts";
import { type Instant, SECOND } from "../../model/time.ts";
import { FLAG, HOT, hot } from "../columns.ts";
import { streamCycle } from "../cycle.ts";
import { wordOf } from "../verdict.ts";
import type { AlarmRecord, Point, Stream, Watch, World } from "../world.ts";

/** What is known of a point now. */
export interface Known {
  /** It has a sample that is not stale and not hidden by its state. */
  readonly known: boolean;
  readonly calibrating: boolean;
  readonly value: number;
  readonly state: number;
  readonly judged: Instant;
}

export function knownOf(world: World, slot: number): Known {
  const { columns } = world;
  const judged = hot(columns, slot, HOT.judged);
  const state = hot(columns, slot, HOT.state);
  const hidden = ((columns.flags[slot] as number) & (FLAG.stale | FLAG.orphan)) !== 0;
  return {
    known: Number.isFinite(judged) && !hidden && (state & UNKNOWN_BITS) === 0,
    calibrating: (state & STATE.calibrating) !== 0,
    value: hot(columns, slot, HOT.value),
    state,
    judged,
  };
}

/** The word a switch shows; null = nothing is known. */
export function wordAt(world: World, slot: number): string | null {
  const { known, value } = knownOf(world, slot);
  return known ? wordOf(world.points[slot] as Point, value) : null;
}

/** How far delays of the stream have run: on its samples, on the gateway's clock once it is silent for a cycle. */
export function delayClock(world: World, stream: Stream): Instant {
  const silent = world.now - stream.heard;
  return silent >= streamCycle(stream) * SECOND ? stream.clock + silent : stream.clock;
}

/** Classes of alarm that tell of the same thing as a flag or record of the mine. */
const OURS: readonly AlarmClass[] = ["over-limit", "cut", "feed-anomaly", "fan", "logic", "ring", "person"];
/** Those that are a reason to cut the power. */
const CAUSES: readonly AlarmClass[] = ["over-limit", "fan", "logic"];

/** An alarm of ours tells of the point, or is about to: early warnings do not count. */
export function isOurs(point: Point, except: Watch): boolean {
  return watchesOf(point).some(
    (watch) => watch !== except && (isFollowingCut(watch) || stands(watch, OURS) || isComing(watch, OURS)),
  );
}

/** A cut that waits for its cause. */
const isFollowingCut = ({ plan, memory }: Watch): boolean =>
  plan.steps.some(
    ({ test }, i) => test.kind === "mine" && test.is.of === "cut" && (memory[i] ?? null) !== null,
  );

/** The open alarm that explains a cut. */
export function causeOf(point: Point): AlarmRecord | null {
  return watchesOf(point).find((watch) => stands(watch, CAUSES))?.open ?? null;
}

export const isCauseComing = (point: Point): boolean =>
  watchesOf(point).some((watch) => isComing(watch, CAUSES));

const watchesOf = ({ watches, own, sets }: Point): Watch[] =>
  [...watches, ...sets, ...own].filter(({ plan }) => !plan.shadow);

function stands({ open }: Watch, classes: readonly AlarmClass[]): boolean {
  return open !== null && classes.includes(open.alarm.class) && isLoud(open.alarm.level);
}

function isComing({ plan, pending }: Watch, classes: readonly AlarmClass[]): boolean {
  return plan.steps.some(
    ({ rule }, i) => (pending[i] ?? null) !== null && classes.includes(rule.class) && isLoud(rule.level),
  );
}

const isLoud = (level: Parameters<typeof levelRank>[0]): boolean => levelRank(level) >= levelRank("yellow");

/** Whether it follows which machine of a set runs. */
export const isSwitch = ({ plan }: Watch): boolean =>
  plan.steps.some(
    ({ test }) => test.kind === "mine" && test.is.of === "machines" && test.is.are === "switched",
  );

/** Its delays run on the samples of its stream; those of the others on the gateway's clock. */
export const runsOnSamples = (watch: Watch): boolean =>
  watch.plan.group === "mine-point" || (watch.plan.group === "mine-set" && isSwitch(watch));

/** Something goes on that it remembers. */
export const isFollowing = ({ memory }: Watch): boolean => memory.some((each) => each !== null);
