import type { AlarmState, JournalEntry, Transition } from "../../src/model/alarm.ts";

type Arrow = `${AlarmState} ${AlarmState} ${Transition["what"]}`;

/**
 * The steps an alarm may take, written from ISA-18.2's diagram (A normal, B unacknowledged, C acknowledged,
 * D returned unacknowledged) and contract §4, not from the code. `required`: a person must acknowledge it.
 */
// `escalate`: a call for it, also for what is owed once it is over.
const NOTED = [
  "comment",
  "receipt",
  "escalate",
  "call",
  "answer",
  "cause",
  "feedback",
  "correct",
  "stage",
] as const;
const ANNOUNCED = [
  "request",
  "request-end",
  "shelve",
  "unshelve",
  "out-of-service",
  "return-to-service",
  "suppress",
  "unsuppress",
] as const;
const ALWAYS: readonly Arrow[] = [
  // A remark, a receipt, better or worse data, a parent or a mine's own record changes no state.
  ...(["unacknowledged", "acknowledged"] as const).flatMap((state): Arrow[] => [
    `${state} ${state} quality`,
    `${state} ${state} fold`,
    // A pre-notice begins to stand on it, or ends.
    `${state} ${state} pre-notice`,
  ]),
  ...(["unacknowledged", "acknowledged", "returned"] as const).map(
    (state): Arrow => `${state} ${state} event`,
  ),
  "returned returned pre-notice",
  ...(["unacknowledged", "acknowledged", "returned", "normal"] as const).flatMap((state): Arrow[] =>
    NOTED.map((what): Arrow => `${state} ${state} ${what}`),
  ),
  // Being announced or not is another axis, and changes nothing of this one (E, F, G).
  ...(["unacknowledged", "acknowledged", "returned"] as const).flatMap((state): Arrow[] =>
    ANNOUNCED.map((what): Arrow => `${state} ${state} ${what}`),
  ),
  // What latches stays as it is when its condition is over, and is let go by a person.
  "unacknowledged unacknowledged latch",
  "acknowledged acknowledged latch",
  "acknowledged normal reset",
  "normal normal late",
  "acknowledged normal end",
  "acknowledged normal rule-change",
];
const REQUIRED: readonly Arrow[] = [
  "normal unacknowledged raise",
  "unacknowledged acknowledged acknowledge",
  "unacknowledged returned return",
  "unacknowledged returned rule-change",
  "returned normal acknowledge",
  "unacknowledged unacknowledged step-up",
  "acknowledged unacknowledged step-up",
  // It was said to be planned, and goes on after the plan's end.
  "acknowledged unacknowledged pre-notice",
  "acknowledged unacknowledged worsen",
  "unacknowledged returned reset",
];
const NOT_REQUIRED: readonly Arrow[] = ["normal acknowledged raise", "acknowledged acknowledged step-up"];
/** Began and ended unseen: born returned (contract §4). */
const RETROSPECTIVE: readonly Arrow[] = ["normal returned raise"];

const LEGAL = {
  required: new Set([...ALWAYS, ...REQUIRED]),
  none: new Set([...ALWAYS, ...NOT_REQUIRED]),
};

/** How far each alarm has come. */
export type Lives = ReadonlyMap<string, { readonly state: AlarmState; readonly n: number }>;

/**
 * What is wrong with a sequence of journal entries as the life of alarms; empty when nothing is. `before`: how far
 * they had come when the sequence begins.
 */
export function illegalSteps(entries: readonly JournalEntry[], before: Lives = new Map()): string[] {
  const lives = new Map(before);
  return entries.flatMap((entry) => {
    if (entry.type !== "transition") return [];
    const { transition, alarm } = entry;
    const was = lives.get(alarm.id) ?? { state: "normal" as const, n: 0 };
    lives.set(alarm.id, { state: transition.to, n: transition.n });
    const arrow = `${transition.from} ${transition.to} ${transition.what}` as Arrow;
    const late = alarm.retrospective && alarm.ack === "required" && RETROSPECTIVE.includes(arrow);
    const name = `${alarm.subject.id} ${alarm.rule} ${arrow}`;
    return [
      ...(LEGAL[alarm.ack].has(arrow) || late ? [] : [`${name}: no such arrow`]),
      ...(transition.from === was.state ? [] : [`${name}: it was ${was.state}`]),
      ...(transition.n === was.n + 1 ? [] : [`${name}: step ${transition.n} after ${was.n}`]),
      ...(alarm.state === transition.to && alarm.n === transition.n ? [] : [`${name}: alarm says otherwise`]),
      ...((alarm.state === "normal") === (alarm.endedAt !== null) ? [] : [`${name}: ended ${alarm.endedAt}`]),
      ...illegalFacts(entry).map((fault) => `${name}: ${fault}`),
      ...(was.n === 0 && transition.what !== "raise" ? [`${name}: born by ${transition.what}`] : []),
    ];
  });
}

/** How far the alarms have come after these. */
export function livesAfter(before: Lives, entries: readonly JournalEntry[]): Lives {
  const lives = new Map(before);
  for (const entry of entries)
    if (entry.type === "transition")
      lives.set(entry.alarm.id, { state: entry.transition.to, n: entry.transition.n });
  return lives;
}

/** What was decided for a time is looked at every full second of the gateway's clock. */
const nextSecond = (until: number): number => Math.ceil(until / 1_000) * 1_000;

/** What may not be said of an alarm together (ISA-18.2, contract §4). */
function illegalFacts({ t, alarm }: Extract<JournalEntry, { type: "transition" }>): string[] {
  const { state, suppression, latched, handling, level, request } = alarm;
  const open = state !== "normal";
  const standing = state === "unacknowledged" || state === "acknowledged";
  const timed = suppression.kind === "shelved" || suppression.kind === "out-of-service";
  return [
    ...(suppression.kind === "shelved" && level === "red" ? ["red is shelved"] : []),
    ...(suppression.kind === "by-design" && level === "red" ? ["red is suppressed by design"] : []),
    ...(open && timed && nextSecond(suppression.until) <= t ? ["suppressed beyond its end"] : []),
    ...(suppression.kind === "out-of-service" && suppression.approvedBy === undefined
      ? ["out of service by one person"]
      : []),
    ...(timed && suppression.approvedBy === suppression.by ? ["approved by who asked for it"] : []),
    ...(suppression.kind === "shelved" && level === "orange" && suppression.approvedBy === undefined
      ? ["orange is shelved by one person"]
      : []),
    ...(latched && !(standing && alarm.returnedAt !== null) ? [`latched while ${state}`] : []),
    ...(standing && alarm.returnedAt !== null && !latched && !alarm.retrospective
      ? ["over, and neither returned nor latched"]
      : []),
    ...(handling.stage === "archived" && open ? ["archived while it is open"] : []),
    ...(handling.stage === "archived" && alarm.cause === null ? ["archived without a cause"] : []),
    ...(request !== null && !open ? ["a request about what is over"] : []),
  ];
}
