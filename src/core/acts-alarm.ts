import type { ActOnAlarm, ActResult, AlarmAct, Role } from "../model/act.ts";
import { BOUNDS } from "../model/bounds.ts";
import { already, done, isScoped, notValid, type Of, outOfScope, refused, wordsOf } from "./act-answers.ts";
import { answer, call, cause, correct, feedback } from "./acts-handling.ts";
import { transition } from "./journal.ts";
import { caseOf } from "./known.ts";
import { reset } from "./latch.ts";
import { approve, refuse } from "./second-person.ts";
import { askOutOfService, returnToService } from "./service.ts";
import { shelve, unshelve } from "./shelving.ts";
import { moveOn } from "./stages.ts";

import type { AlarmRecord, World } from "./world.ts";

/** Who may do what to alarms (contract §7); the door has asked already. */
export const MAY_ON_ALARM: Readonly<Record<AlarmAct["do"], readonly Role[]>> = {
  acknowledge: ["duty", "lead"],
  comment: ["duty", "lead"],
  reset: ["duty", "lead"],
  stage: ["duty", "lead"],
  call: ["duty", "lead"],
  shelve: ["lead"],
  unshelve: ["lead"],
  "out-of-service": ["lead"],
  "return-to-service": ["lead"],
  approve: ["lead"],
  refuse: ["lead"],
  correct: ["lead"],
  // What a mine says of its own alarms; the county may write down what it was told.
  answer: ["mine"],
  cause: ["duty", "lead", "mine"],
  feedback: ["duty", "lead", "mine"],
};

export function performOnAlarm(world: World, act: ActOnAlarm): ActResult {
  switch (act.do) {
    case "acknowledge":
      return onOccurrence(world, act, acknowledge);
    case "shelve":
      return onOccurrence(world, act, shelve);
    case "unshelve":
      return onOccurrence(world, act, unshelve);
    case "reset":
      return onOccurrence(world, act, reset);
    case "comment":
      return onAlarm(world, act, comment);
    case "stage":
      return onAlarm(world, act, moveOn);
    case "call":
      return onAlarm(world, act, call);
    case "answer":
      return onAlarm(world, act, answer);
    case "cause":
      return onAlarm(world, act, cause);
    case "feedback":
      return onAlarm(world, act, feedback);
    case "correct":
      return onAlarm(world, act, correct);
    case "out-of-service":
      return askOutOfService(world, act);
    case "return-to-service":
      return returnToService(world, act);
    case "approve":
      return approve(world, act);
    case "refuse":
      return refuse(world, act);
  }
}

type Named = Extract<ActOnAlarm, { alarm: string }>;
type Doing<A> = (world: World, act: A, record: AlarmRecord) => ActResult;

function onAlarm<A extends Named>(world: World, act: A, then: Doing<A>): ActResult {
  const record = world.alarms.get(act.alarm);
  if (record === undefined) return refused("unknown-alarm", act.alarm);
  return isScoped(act, record.alarm.mine) ? then(world, act, record) : outOfScope(act, record.alarm.mine);
}

/** What means the alarm as it was seen: not one that rose since, nor one that ended, which is told and written down. */
function onOccurrence<A extends Named>(world: World, act: A, then: Doing<A>): ActResult {
  return onAlarm(world, act, (_, __, record) => {
    const { alarm, attention } = record;
    if (act.expect !== null && act.expect < attention)
      return refused("stale", `it asked for attention again since, and is ${alarm.level}`);
    const over = caseOf(world, alarm.case).every((each) => each.alarm.state === "normal");
    return over ? tooLate(world, act, record) : then(world, act, record);
  });
}

function tooLate(world: World, act: Named, record: AlarmRecord): ActResult {
  const { acknowledged } = record.alarm;
  transition(world, record, "normal", { what: "late", by: act.actor.user, note: act.do });
  const who = acknowledged === null ? {} : { by: acknowledged.by, at: acknowledged.at };
  return done(record.alarm.seq, { already: true, closed: true, ...who });
}

/** Acknowledges the whole case: one look covers all its occurrences (contract §4). */
function acknowledge(world: World, act: Of<"acknowledge">, record: AlarmRecord): ActResult {
  const rings = caseOf(world, record.alarm.case).filter(({ alarm }) => isUnseen(alarm.state));
  if (rings.length === 0) return already(record.alarm.acknowledged);
  for (const each of rings) acknowledgeOne(world, act, each);
  return done(record.alarm.seq);
}

const isUnseen = (state: string): boolean => state === "unacknowledged" || state === "returned";

function acknowledgeOne(world: World, act: Of<"acknowledge">, record: AlarmRecord): void {
  const { user, device } = act.actor;
  const words = wordsOf(act.note);
  const acknowledged = { by: user, at: world.now, note: words, device };
  const ends = record.alarm.state === "returned";
  record.seen = ends ? null : (record.alarm.peak?.value ?? null);
  const note = words === null ? {} : { note: words };
  transition(
    world,
    record,
    ends ? "normal" : "acknowledged",
    { what: "acknowledge", by: user, ...note },
    ends ? { acknowledged, endedAt: world.now } : { acknowledged },
  );
}

function comment(world: World, act: Of<"comment">, record: AlarmRecord): ActResult {
  const { user } = act.actor;
  const note = wordsOf(act.note);
  if (note === null) return notValid("note", "a comment needs words");
  const comments = [...record.alarm.comments, { at: world.now, by: user, note }];
  const change = { what: "comment" as const, by: user, note };
  const kept = comments.slice(-BOUNDS.commentsPerAlarm);
  transition(world, record, record.alarm.state, change, { comments: kept });
  return done(record.alarm.seq);
}
