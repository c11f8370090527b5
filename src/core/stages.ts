import type { ActResult } from "../model/act.ts";
import type { Alarm } from "../model/alarm.ts";
import { STAGE_WITHIN, STAGES, type Stage } from "../model/handling.ts";
import type { Instant } from "../model/time.ts";
import { already, done, type Of, refused, wordsOf } from "./act-answers.ts";
import { transition } from "./journal.ts";
import { caseOf } from "./known.ts";

import type { AlarmRecord, World } from "./world.ts";

/** The closed loop of a case begins: also anew, when it worsens. What nobody must answer is due at no time. */
export function received(
  now: Instant,
  { ack, class: kind }: Pick<Alarm, "ack" | "class">,
): Alarm["handling"] {
  const due = ack === "required" && kind !== "test" ? now + STAGE_WITHIN.received : null;
  return { stage: "received", by: null, at: now, due };
}

/** One stage further, the case as a whole. It is archived when it is over and its cause is known. */
export function moveOn(world: World, act: Of<"stage">, record: AlarmRecord): ActResult {
  const { alarm } = record;
  const [from, to] = [STAGES.indexOf(alarm.handling.stage), STAGES.indexOf(act.stage)];
  if (to <= from) return already(byOf(alarm));
  if (to > from + 1)
    return refused("not-possible", `${STAGES[from + 1]} comes after ${alarm.handling.stage}`);
  const all = caseOf(world, alarm.case);
  const note = wordsOf(act.note);
  const missing = missingFor(act.stage, alarm, all, note);
  if (missing !== null) return refused("not-possible", missing);
  const { user: by } = act.actor;
  const told = { what: "stage" as const, by, ...(note === null ? {} : { note }) };
  for (const each of all) {
    if (STAGES.indexOf(each.alarm.handling.stage) >= to) continue;
    const handling = { stage: act.stage, by, at: world.now, due: dueAfter(world, act.stage, each.alarm) };
    const feedback =
      act.stage === "fed-back" && note !== null ? { at: world.now, by, text: note } : each.alarm.feedback;
    const cause = act.stage === "archived" ? (each.alarm.cause ?? alarm.cause) : each.alarm.cause;
    transition(world, each, each.alarm.state, told, { handling, feedback, cause });
  }
  return done(record.alarm.seq);
}

const byOf = ({ handling: { by, at } }: Alarm) => (by === null ? null : { by, at });

/** What keeps the case from the stage; null = nothing. */
function missingFor(
  stage: Stage,
  alarm: Alarm,
  all: readonly AlarmRecord[],
  note: string | null,
): string | null {
  if (stage === "fed-back" && alarm.feedback === null && note === null)
    return "nobody has given feedback, and there is no note of any";
  if (stage !== "archived") return null;
  const open = all.find((each) => each.alarm.state !== "normal");
  if (open !== undefined) return `occurrence ${open.alarm.episode} of the case is ${open.alarm.state}`;
  return alarm.cause === null ? "its cause is not known" : null;
}

function dueAfter(world: World, stage: Stage, alarm: Alarm): Instant | null {
  if (stage === "archived" || alarm.ack === "none") return null;
  const own = stage === "verified" ? withinOf(world, alarm) : null;
  return world.now + (own ?? STAGE_WITHIN[stage]);
}

/** How soon the rule wants something done. */
const withinOf = (world: World, { rule }: Alarm): number | null =>
  world.config?.rules.find(({ id }) => id === rule)?.response?.within ?? null;
