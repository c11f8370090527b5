import type { ActResult } from "../model/act.ts";
import { already, done, type Of, refused, wordsOf } from "./act-answers.ts";
import { transition } from "./journal.ts";
import { caseOf } from "./known.ts";

import type { AlarmRecord, Watch, World } from "./world.ts";

/**
 * A latching rule: when its condition is over the alarm stays B or C, marked, until a person resets it. If the
 * condition comes again meanwhile, that is a new occurrence of the case, which rings.
 */
export const latches = ({ plan, reached }: Watch): boolean => plan.steps[reached]?.rule.latch === true;

/** Lets go of all that is latched in the case: over, as far as it was seen, else returned and still to be seen. */
export function reset(world: World, act: Of<"reset">, record: AlarmRecord): ActResult {
  const held = caseOf(world, record.alarm.case).filter(({ alarm }) => alarm.latched);
  if (held.length === 0)
    return record.alarm.returnedAt === null
      ? refused("not-possible", "its condition still holds")
      : already(null);
  const { user: by } = act.actor;
  const note = wordsOf(act.note);
  const told = { what: "reset" as const, by, ...(note === null ? {} : { note }) };
  for (const each of held) {
    const seen = each.alarm.state === "acknowledged";
    transition(world, each, seen ? "normal" : "returned", told, {
      latched: false,
      ...(seen ? { endedAt: world.now } : {}),
    });
  }
  return done(record.alarm.seq);
}
