import type { MineCondition } from "../../model/mine-condition.ts";
import { STATE } from "../../model/reading.ts";
import { DAY, type Instant, MINUTE } from "../../model/time.ts";
import { scaled } from "../decimal.ts";
import { isAnnounced } from "../duty/pre-notices.ts";
import { notice, transition } from "../journal.ts";
import type { Point, Stream } from "../world.ts";
import { causeOf, delayClock, isCauseComing, isOurs, type Known, knownOf } from "./facts.ts";
import { CLEAR, type Finding, type Look, type Moment } from "./finding.ts";
import type { Memory, OpenEvent } from "./memory.ts";
import type { Over } from "./mine-test.ts";

type Of<K extends MineCondition["of"]> = Extract<MineCondition, { of: K }>;

/**
 * The mine's own flag or open record, and no alarm of ours that tells the same (MINE-01). What it records of
 * calibration gas is no overrun, and a sensor whose samples say that it is disconnected tells that itself.
 */
export function onEvent({ world, watch, moment, memory }: Look, point: Point, is: Of<"event">): Finding {
  const { known, calibrating, state } = knownOf(world, point.slot);
  const flagged = known && !calibrating && (state & is.mask) !== 0;
  const [event] = openOf(point.stream, [point.def.code], is.kinds).filter(
    ({ kind }) => kind !== "003" || !isFeedOf(point.stream, point),
  );
  if (!flagged && event === undefined) return known && !calibrating ? CLEAR : { verdict: "hold", memory };
  if (event !== undefined && known && calibrating && OVER_KINDS.includes(event.kind)) {
    return { verdict: "hold", memory };
  }
  const shown = event?.kind === "004" && (state & STATE.fault) !== 0;
  if (shown || isOurs(point, watch)) return { verdict: "clear", memory: TOLD };
  const begun = memory !== null && !Number.isNaN(memory.since);
  const since = begun ? memory : beginOf(world.now, moment, event);
  return { verdict: "raise", memory: since, onset: { judged: since.since, sent: since.sent } };
}

/** An alarm of ours tells it: what is unmatched begins when that ends. */
const TOLD: Memory = { since: Number.NaN, sent: Number.NaN };

/** A record that comes late begins when it is heard: what it tells of may be on its way. */
function beginOf(now: Instant, { judged, sent }: Moment, event: OpenEvent | undefined): Memory {
  if (event === undefined) return { since: judged, sent };
  return { since: Math.max(judged, Math.min(event.start, now)), sent: event.start };
}

/** Records of a stream that have not ended, about any of the points. */
export function openOf(stream: Stream, codes: readonly string[], kinds: readonly string[]): OpenEvent[] {
  if (stream.own.open.size === 0) return [];
  return [...stream.own.open.values()].filter(
    ({ code, kind }) => codes.includes(code) && kinds.includes(kind),
  );
}

/** Whether a feed anomaly told of this point stands on a feed point. */
const isFeedOf = (stream: Stream, point: Point): boolean =>
  stream.own.feeds.some((watch) => watch.point === point || watch.machines.flat().includes(point.slot));

/** Work and tests of interlocks cut the power as announced. */
const PLANNED_CUTS = ["work", "calibration"] as const;

/**
 * The mine says it cut the power (CUT-01). What explains it folds it; without that it stands for itself after a
 * while. During calibration, or as announced, it is written down, no more.
 */
export function onCut({ world, watch, moment, memory }: Look, point: Point, is: Of<"cut">): Finding {
  const { known, calibrating, state } = knownOf(world, point.slot);
  const [event] = openOf(point.stream, [point.def.code], ["002"]);
  const cut = known && (state & STATE.cut) !== 0;
  if (!cut && event === undefined) return known ? CLEAR : { verdict: "hold", memory };
  const since = memory ?? beginOf(world.now, moment, event);
  const planned = isAnnounced(world, watch, PLANNED_CUTS);
  if ((cut && calibrating) || planned) {
    if (watch.open === null && since.done !== true) {
      const code = planned ? "cut-in-pre-notice" : "cut-in-calibration";
      notice(world, point.mine, point.stream.system, code, point.def.code);
    }
    return { verdict: "hold", memory: { ...since, done: true } };
  }
  const cause = causeOf(point);
  if (cause !== null && watch.open !== null && watch.open.alarm.parent === null) {
    cause.covers = true;
    const { open } = watch;
    transition(world, open, open.alarm.state, { what: "fold" }, { parent: cause.alarm.id });
  }
  const alone = delayClock(world, point.stream) - since.since >= is.alone && !isCauseComing(point);
  const onset = { judged: since.since, sent: since.sent };
  return { verdict: cause !== null || alone ? "raise" : "between", memory: since, onset };
}

/** A mine that sent a record within this long keeps records. */
const KEEPS_RECORDS = 30 * DAY;
/** A record belongs to an overrun when it began within this of it (contract §4). */
const NEAR = 5 * MINUTE;
const OVER_KINDS = ["001", "002", "008", "009", "010"];

/** Over a limit, and the mine's own system has no record of it (SEN-05). */
export function onUnreported(
  { world, watch, moment, memory }: Look,
  point: Point,
  is: Of<"unreported">,
  over: Over | null,
): Finding {
  const { stream } = point;
  if (!(world.now - stream.own.lastEvent <= KEEPS_RECORDS)) return CLEAR;
  const now = knownOf(world, point.slot);
  const violates = now.known && !now.calibrating && isOver(point, over, now);
  if (memory === null && !violates)
    return now.known || watch.open === null ? CLEAR : { verdict: "hold", memory };
  const since = memory ?? { since: moment.judged, sent: moment.sent };
  const onset = { judged: since.since, sent: since.sent };
  if (since.done === true || isReported(point, since.since)) {
    return { verdict: "clear", memory: violates || !now.known ? { ...since, done: true } : null };
  }
  if (stream.clock - since.since < is.after) return { verdict: "between", memory: since };
  if (violates || watch.open === null) return { verdict: "raise", memory: since, onset };
  return now.known ? CLEAR : { verdict: "hold", memory: since };
}

function isReported(point: Point, since: Instant): boolean {
  const { code } = point.def;
  return point.mine.events.some(
    ({ system, event }) =>
      system === point.stream.system &&
      event.p === code &&
      OVER_KINDS.includes(event.kind) &&
      event.start >= since - NEAR,
  );
}

/** Whether the value of a sample is over a limit, whatever else its state says. */
export function isOver(point: Point, over: Over | null, { value, state }: Known): boolean {
  if (over === null) return false;
  if ((state & STATE.overRange) !== 0) return over.high !== null;
  if (Number.isNaN(value) || point.wiring === null) return false;
  const steps = scaled(value, point.wiring.judged);
  return (over.high !== null && steps >= over.high) || (over.low !== null && steps <= over.low);
}
