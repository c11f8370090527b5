import type { Alarm, EscalationReason } from "../../model/alarm.ts";
import type { ChainStep, DutyConfig, EscalationChain, QuietHours } from "../../model/duty.ts";
import { GATEWAY_MINE } from "../../model/mine.ts";
import { type Instant, MINUTE, type Millis } from "../../model/time.ts";
import type { AlarmRecord, World } from "../world.ts";
import { isReached } from "./calls.ts";
import type { Chain, Track } from "./memory.ts";
import { instantOf, isWithin, localTime } from "./roster.ts";

/** What an alarm asks of people now: to be answered, to be followed up, or nothing. */
export type Asking = "nothing" | "answer" | "follow-up";

/** A call is dated by the person who made it, to the minute. */
const CALL_SLACK: Millis = MINUTE;

/** The chain of an alarm's level and mine; one that names the mine goes before one that does not. */
export function chainFor(duty: DutyConfig, { level, mine }: Alarm): EscalationChain | null {
  const fitting = duty.chains.filter(({ levels }) => levels.includes(level));
  const own = fitting.find(({ mines }) => mines.includes(mine));
  return own ?? fitting.find(({ mines }) => mines.includes("*")) ?? null;
}

/**
 * Only what needs an answer and stands for itself is called about: not what is folded, suppressed, told afterwards,
 * or a test.
 */
export function askingOf(alarm: Alarm): Asking {
  const { ack, retrospective, parent, suppression, handling, acknowledged, state } = alarm;
  const silent = ack === "none" || retrospective || alarm.class === "test";
  if (silent || parent !== null || suppression.kind !== "none") return "nothing";
  if (state === "unacknowledged" || state === "returned") return "answer";
  return acknowledged !== null && handling.stage !== "archived" ? "follow-up" : "nothing";
}

/** What comes next in a chain: which step, when and why. */
export interface Due {
  readonly at: Instant;
  readonly step: ChainStep;
  readonly why: EscalationReason;
  readonly track: Track | "not-delivered";
}

/** The earliest of what the chain waits for; null = nothing. */
export function dueOf(world: World, record: AlarmRecord, chain: Chain, is: EscalationChain): Due | null {
  const { alarm } = record;
  switch (askingOf(alarm)) {
    case "nothing":
      return null;
    case "answer":
      return awake(
        world,
        alarm,
        earlier(callDue(world, alarm, chain, is), deliveryDue(world, record, chain, is)),
      );
    case "follow-up":
      return awake(world, alarm, earlier(callRecordDue(alarm, chain, is), feedbackDue(alarm, chain, is)));
  }
}

/** Of two that are due at once the one that goes to another person goes first. */
const earlier = (a: Due | null, b: Due | null): Due | null =>
  a === null ? b : b === null || a.at <= b.at ? a : b;

function stepsOf(is: EscalationChain, when: ChainStep["when"]): readonly ChainStep[] {
  const known = sorted.get(is) ?? {};
  sorted.set(is, known);
  known[when] ??= is.steps.filter((step) => step.when === when);
  return known[when];
}

/** A chain's steps by kind: in a flood they are asked for tens of thousands of times. */
const sorted = new WeakMap<EscalationChain, { [When in ChainStep["when"]]?: readonly ChainStep[] }>();

/** The first calls, those after them, and at the end the last one again and again. */
function callDue(world: World, alarm: Alarm, chain: Chain, is: EscalationChain): Due | null {
  const first = stepsOf(is, "raise");
  const later = stepsOf(is, "not-acknowledged");
  const begin = first[chain.made.raise];
  if (begin !== undefined) {
    return { at: chain.since + begin.after, step: begin, why: chain.why, track: "raise" };
  }
  const about = { why: "not-acknowledged", track: "not-acknowledged" } as const;
  const next = nextOf(later, chain);
  if (next !== undefined) {
    const hold = alarm.preNotice === null ? 0 : is.preNoticeHold;
    const at = chain.nobody ? chain.last.answer : chain.since + calmly(alarm, is, Math.max(next.after, hold));
    return { ...about, at, step: next };
  }
  const last = later.at(-1) ?? first.at(-1);
  if (last === undefined) return null;
  const at = chain.again ? world.now : chain.last.answer + calmly(alarm, is, is.repeat);
  return { ...about, at, step: last };
}

/** The step of the chain that goes to others, if there is one left. */
export const nextCall = (is: EscalationChain, chain: Chain): ChainStep | undefined =>
  nextOf(stepsOf(is, "not-acknowledged"), chain);

const nextOf = (later: readonly ChainStep[], { made }: Chain): ChainStep | undefined =>
  later[made["not-acknowledged"]];

/** What is over by itself waits longer for its answer. */
const calmly = ({ state }: Alarm, { returnedTimes }: EscalationChain, wait: Millis): Millis =>
  state === "returned" ? wait * returnedTimes : wait;

/** None of those who were called has it on a device (SYS-02). */
function deliveryDue(world: World, record: AlarmRecord, chain: Chain, is: EscalationChain): Due | null {
  const steps = stepsOf(is, "not-delivered");
  const step = steps[Math.min(chain.tries, steps.length - 1)];
  if (step === undefined || chain.spent || chain.group.length === 0) return null;
  if (isReached(world, record, chain.group)) return null;
  return { at: chain.groupAt + step.after, step, why: "not-delivered", track: "not-delivered" };
}

/** Acknowledged, and no call to the mine is on record (SYS-03). */
function callRecordDue(alarm: Alarm, chain: Chain, is: EscalationChain): Due | null {
  const called = alarm.calls.some(({ at }) => at >= chain.asked - CALL_SLACK);
  return called ? null : reminderDue(alarm, chain, is, "no-call");
}

/** Acknowledged, and nobody has fed back what was done (SYS-03). */
function feedbackDue(alarm: Alarm, chain: Chain, is: EscalationChain): Due | null {
  const { handling, feedback } = alarm;
  const fed = handling.stage === "fed-back" || (feedback !== null && feedback.at >= chain.asked);
  return fed ? null : reminderDue(alarm, chain, is, "no-feedback");
}

function reminderDue(
  { mine }: Alarm,
  chain: Chain,
  is: EscalationChain,
  track: "no-call" | "no-feedback",
): Due | null {
  // There is nobody to telephone about the gateway's own troubles, unless a chain says so.
  if (mine === GATEWAY_MINE && !is.mines.includes(GATEWAY_MINE)) return null;
  const steps = stepsOf(is, track);
  const last = steps.at(-1);
  if (last === undefined) return null;
  const next = steps[chain.made[track]];
  const at = next === undefined ? chain.last[track] + is.remind : chain.answered + next.after;
  return { at, step: next ?? last, why: track, track };
}

/** What falls into quiet hours waits for their end; red never does. */
function awake(world: World, { level }: Alarm, due: Due | null): Due | null {
  const quiet = world.config?.duty?.quiet ?? [];
  if (due === null || level === "red" || quiet.length === 0) return due;
  const at = quiet
    .filter(({ levels }) => levels.includes(level))
    .reduce((moment, hours) => endOf(world, hours, moment), due.at);
  return at === due.at ? due : { ...due, at };
}

function endOf(world: World, hours: QuietHours, at: Instant): Instant {
  if (!Number.isFinite(at)) return at;
  const offsets = world.config?.offsets ?? [];
  const { day, minute } = localTime(offsets, at);
  if (!isWithin(minute, hours)) return at;
  return instantOf(offsets, hours.to > minute ? day : day + 1, hours.to);
}
