import type { DutyConfig, EscalationChain } from "../../model/duty.ts";
import { GATEWAY_MINE } from "../../model/mine.ts";
import { levelRank } from "../../model/rule.ts";
import { type Millis, SECOND } from "../../model/time.ts";
import { joinRaise, transition } from "../journal.ts";
import type { AlarmRecord, World } from "../world.ts";
import { callsFor } from "./calls.ts";
import { askingOf, chainFor, type Due, dueOf, nextCall } from "./chain.ts";
import { type Chain, createChain, shiftChain } from "./memory.ts";

/** A step this late was due while the gateway was down or its machine slept. */
const LATE: Millis = 2 * SECOND;

/**
 * Takes the chains of alarms that changed to where they belong: begun, answered, or over. Runs after every input
 * that changed an alarm, so that the first call is written beside the alarm itself.
 */
export function followChains(world: World): void {
  const { touched } = world.duty;
  if (touched.size === 0) return;
  const duty = world.config?.duty ?? null;
  if (duty !== null) for (const [record, raised] of touched) follow(world, duty, record, raised);
  touched.clear();
}

/** Everything that is due by now, one step a chain. */
export function sweepChains(world: World): void {
  const memory = world.duty;
  const duty = world.config?.duty ?? null;
  if (duty === null || world.now < memory.nextDue) return;
  let next = Number.POSITIVE_INFINITY;
  for (const [id, chain] of memory.chains) {
    if (chain.due <= world.now) {
      const record = world.alarms.get(id);
      const is = record === undefined ? null : chainFor(duty, record.alarm);
      if (record === undefined || is === null) {
        memory.chains.delete(id);
        continue;
      }
      makeDue(world, duty, record, chain, is);
    }
    next = Math.min(next, chain.due);
  }
  memory.nextDue = next;
}

/** After a change of the configuration: every alarm is looked at, for what holds of it may be another chain. */
export function reviewDuty(world: World): void {
  const memory = world.duty;
  const { chains, touched } = memory;
  if ((world.config?.duty ?? null) === null) {
    chains.clear();
    memory.since = Number.NaN;
    return;
  }
  if (Number.isNaN(memory.since)) memory.since = world.now;
  memory.stirred = true;
  for (const record of world.alarms.values()) {
    if (record.alarm.state !== "normal" || chains.has(record.alarm.id)) touched.set(record, null);
  }
}

/** Who is on duty changed: what found nobody is tried again. */
export function tryAgain(world: World): void {
  for (const [id, chain] of world.duty.chains) {
    const record = world.alarms.get(id);
    if (!chain.nobody || record === undefined) continue;
    chain.again = true;
    world.duty.touched.set(record, null);
  }
}

/** The oldest alarm of a mine for which the last step found nobody. */
export function unanswerable(world: World): AlarmRecord | null {
  for (const [id, { nobody }] of world.duty.chains) {
    const record = nobody ? world.alarms.get(id) : undefined;
    // Chains about the gateway itself would keep each other up.
    if (record !== undefined && record.alarm.mine !== GATEWAY_MINE) return record;
  }
  return null;
}

function follow(world: World, duty: DutyConfig, record: AlarmRecord, raised: number | null): void {
  const { chains } = world.duty;
  const { alarm } = record;
  const is = chainFor(duty, alarm);
  const asking = askingOf(alarm);
  if (is === null || asking === "nothing" || !world.alarms.has(alarm.id)) {
    chains.delete(alarm.id);
    return;
  }
  const chain = chainOf(world, record, asking === "answer");
  chains.set(alarm.id, chain);
  makeDue(world, duty, record, chain, is, raised);
  if (asking === "follow-up" && chain.due === Number.POSITIVE_INFINITY) chains.delete(alarm.id);
  world.duty.nextDue = Math.min(world.duty.nextDue, chain.due);
}

/** The chain as it is, answered now, or begun anew by what asks for attention. */
function chainOf(world: World, record: AlarmRecord, open: boolean): Chain {
  const { alarm, attention } = record;
  const known = world.duty.chains.get(alarm.id);
  if (open) {
    if (known !== undefined && known.attention === attention && Number.isNaN(known.answered)) return known;
    // Who had the first call has not had this one.
    if (known !== undefined) record.receipts.clear();
    const higher = known !== undefined && levelRank(alarm.level) > levelRank(known.level);
    const about = { attention, level: alarm.level, why: higher ? ("step-up" as const) : ("raise" as const) };
    return createChain({ ...about, asked: world.now }, world.now);
  }
  const about = { attention, level: alarm.level, why: "raise" as const, asked: alarm.detectedAt };
  const chain = known ?? createChain(about, world.now);
  if (Number.isNaN(chain.answered)) {
    chain.answered = world.now;
    chain.nobody = false;
    chain.again = false;
  }
  return chain;
}

/** At most one step, however many are overdue: those after it keep their distance (architecture §3 rule 7). */
function makeDue(
  world: World,
  duty: DutyConfig,
  record: AlarmRecord,
  chain: Chain,
  is: EscalationChain,
  raised: number | null = null,
): void {
  const due = dueOf(world, record, chain, is);
  chain.due = due?.at ?? Number.POSITIVE_INFINITY;
  if (due === null || due.at > world.now) return;
  const late = world.now - due.at;
  if (late >= LATE) shiftChain(chain, late);
  make(world, duty, { record, chain, is, due, raised });
  chain.due = dueOf(world, record, chain, is)?.at ?? Number.POSITIVE_INFINITY;
}

interface Making {
  readonly record: AlarmRecord;
  readonly chain: Chain;
  readonly is: EscalationChain;
  readonly due: Due;
  /** Place of the entry that raised the alarm, where it is of this step. */
  readonly raised: number | null;
}

function make(world: World, duty: DutyConfig, making: Making): void {
  const { record, chain, due, raised } = making;
  const calls = callsFor(world, duty, { record, chain, step: due.step });
  if (due.track === "not-delivered") {
    if (calls.length > 0) chain.tries++;
    else {
      passOn(world, duty, making);
      return;
    }
  } else {
    chain.made[due.track]++;
    chain.tries = 0;
  }
  const desk = due.step.to.some(({ kind }) => kind === "desk");
  const answering = due.track !== "no-call" && due.track !== "no-feedback";
  if (answering) chain.nobody = calls.length === 0 && !desk;
  chain.last[answering ? "answer" : (due.track as "no-call" | "no-feedback")] = world.now;
  chain.again = false;
  chain.spent = false;
  chain.steps++;
  if (calls.length > 0) {
    chain.group = calls;
    chain.groupAt = world.now;
    chain.called = [...chain.called, ...calls].slice(-MOST_CALLED);
  }
  const note = calls.length > 0 ? {} : { note: desk ? "desk" : "nobody" };
  const escalation = { step: chain.steps, at: world.now };
  const call = { why: due.why, calls, ...note };
  if (world.duty.callsWithRaise && raised !== null && joinRaise(world, record, raised, call, escalation))
    return;
  transition(world, record, record.alarm.state, { what: "escalate", ...call }, { escalation });
}

/** Calls remembered of one chain, to know which devices were tried. */
const MOST_CALLED = 64;

/** No other device is left to try: the next in the chain need not wait for the rest of the time. */
function passOn(world: World, duty: DutyConfig, making: Making): void {
  const { chain, is, due } = making;
  const next = nextCall(is, chain);
  if (next === undefined) chain.spent = true;
  else make(world, duty, { ...making, due: { ...due, step: next, track: "not-acknowledged" } });
}
