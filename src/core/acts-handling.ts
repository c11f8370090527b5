import type { ActResult } from "../model/act.ts";
import type { Alarm } from "../model/alarm.ts";
import { BOUNDS } from "../model/bounds.ts";
import { CAUSE_CODES, type CauseCode, type Correctable } from "../model/handling.ts";
import { MINUTE } from "../model/time.ts";
import { done, notValid, type Of, refused, wordsOf } from "./act-answers.ts";
import { type Change, transition } from "./journal.ts";
import { caseOf } from "./known.ts";

import type { AlarmRecord, World } from "./world.ts";

/**
 * What is written down about a case while it is handled: it stands on every occurrence of the case, because one call
 * or one cause speaks for all of them. What happened happened, however old the screen was on which it was noted.
 * Nothing of it is rewritten: each is a record, and once the case is archived only corrections follow.
 */
export function call(world: World, act: Of<"call">, record: AlarmRecord): ActResult {
  const called = wordsOf(act.called);
  const note = wordsOf(act.note);
  if (called === null) return notValid("called", "who was called?");
  // Clocks of desks differ a little.
  if (!(act.at <= world.now + MINUTE)) return notValid("at", "it lies in the future");
  const { user: by } = act.actor;
  const one = { at: act.at, by, called, answered: wordsOf(act.answered), note };
  return onCase(world, record, { what: "call", by, note: wordsOfCall(one) }, withCall(one));
}

/** The mine answers by name (叫应): a call that somebody answered. */
export function answer(world: World, act: Of<"answer">, record: AlarmRecord): ActResult {
  const answered = wordsOf(act.by);
  if (answered === null) return notValid("by", "who answers?");
  const { user: by } = act.actor;
  const one = { at: world.now, by, called: record.alarm.mineName, answered, note: wordsOf(act.note) };
  return onCase(world, record, { what: "answer", by, note: wordsOfCall(one) }, withCall(one));
}

const wordsOfCall = ({ called, answered }: Alarm["calls"][number]): string =>
  answered === null ? called : `${called}: ${answered}`;

const withCall = (one: Alarm["calls"][number]) => (alarm: Alarm) => ({
  calls: [...alarm.calls, one].slice(-BOUNDS.callsPerAlarm),
});

export function cause(world: World, act: Of<"cause">, record: AlarmRecord): ActResult {
  if (!isCause(act.code)) return notValid("code", `one of ${CAUSE_CODES.join(", ")}`);
  const { user: by } = act.actor;
  const said = { code: act.code, text: wordsOf(act.text) ?? "", measure: wordsOf(act.measure) };
  if (act.code === "other" && said.text === "") return notValid("text", "another cause needs words");
  const told = { what: "cause", by, note: `${said.code} ${said.text}`.trim() } as const;
  return onCase(world, record, told, () => ({ cause: { ...said, by, at: world.now } }));
}

const isCause = (code: string): code is CauseCode => (CAUSE_CODES as readonly string[]).includes(code);

export function feedback(world: World, act: Of<"feedback">, record: AlarmRecord): ActResult {
  const text = wordsOf(act.text);
  if (text === null) return notValid("text", "feedback needs words");
  const { user: by } = act.actor;
  return onCase(world, record, { what: "feedback", by, note: text }, () => ({
    feedback: { at: world.now, by, text },
  }));
}

function onCase(
  world: World,
  record: AlarmRecord,
  told: Change,
  fields: (alarm: Alarm) => Partial<Alarm>,
): ActResult {
  const { handling } = record.alarm;
  if (handling.stage === "archived")
    return refused("not-possible", `archived by ${handling.by}: it can be corrected, not added to`);
  for (const each of caseOf(world, record.alarm.case))
    if (each.alarm.handling.stage !== "archived")
      transition(world, each, each.alarm.state, told, fields(each.alarm));
  return done(record.alarm.seq);
}

/** A correction is a record of its own: what it says now, what it said before, who and why (处置记录修正). */
export function correct(world: World, act: Of<"correct">, record: AlarmRecord): ActResult {
  const value = wordsOf(act.value);
  const reason = wordsOf(act.reason);
  if (value === null) return notValid("value", "corrected to what?");
  if (reason === null) return notValid("reason", "a reason is needed");
  if (act.field === "cause-code" && !isCause(value))
    return notValid("value", `one of ${CAUSE_CODES.join(", ")}`);
  if (fieldOf(record.alarm, act.field) === undefined)
    return refused("not-possible", `there is no ${act.field} to correct`);
  const { user: by } = act.actor;
  const told = { what: "correct", by, note: `${act.field}: ${value} (${reason})` } as const;
  for (const each of caseOf(world, record.alarm.case)) {
    const before = fieldOf(each.alarm, act.field);
    if (before === undefined) continue;
    const one = { at: world.now, by, field: act.field, before, value, reason };
    const corrections = [...each.alarm.corrections, one].slice(-BOUNDS.correctionsPerAlarm);
    const fields = { ...corrected(each.alarm, act.field, value), corrections };
    transition(world, each, each.alarm.state, told, fields);
  }
  return done(record.alarm.seq);
}

/** What the field says; undefined = nobody has said anything there. */
function fieldOf({ cause, feedback, acknowledged }: Alarm, field: Correctable): string | null | undefined {
  switch (field) {
    case "cause-code":
      return cause?.code;
    case "cause-text":
      return cause?.text;
    case "measure":
      return cause?.measure;
    case "feedback":
      return feedback?.text;
    case "acknowledge-note":
      return acknowledged?.note;
  }
}

function corrected(alarm: Alarm, field: Correctable, value: string): Partial<Alarm> {
  const { cause, feedback, acknowledged } = alarm;
  switch (field) {
    case "cause-code":
      return { cause: cause && { ...cause, code: isCause(value) ? value : cause.code } };
    case "cause-text":
      return { cause: cause && { ...cause, text: value } };
    case "measure":
      return { cause: cause && { ...cause, measure: value } };
    case "feedback":
      return { feedback: feedback && { ...feedback, text: value } };
    case "acknowledge-note":
      return { acknowledged: acknowledged && { ...acknowledged, note: value } };
  }
}
