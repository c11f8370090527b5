import type { PeopleState } from "../../model/people.ts";
import type { Rule } from "../../model/rule.ts";
import type { Millis } from "../../model/time.ts";

/** What the files have a record of, of all that may be wrong with people. */
export const OCCURRENCE_KINDS = ["overtime", "over-capacity", "sos", "restricted"] as const;
export type OccurrenceKind = (typeof OCCURRENCE_KINDS)[number];

/** Which of them an alarm of a rule is; `after`: the time underground with which overtime begins. */
export interface PeopleRule {
  readonly kind: OccurrenceKind;
  readonly after: Millis | null;
}
/** By the rule's id. */
export type PeopleRules = Readonly<Record<string, PeopleRule>>;

/**
 * A lower step of a ladder of overtime is the county's own early word: the platform is told of the highest only. People
 * in a mine that stands still are too many for the county, but over no quota.
 */
export function peopleRulesOf(rules: readonly Rule[]): PeopleRules {
  const longest = new Map<string, Millis>();
  for (const { id, ladder, when } of rules) {
    const after = when.kind === "people" ? afterOf(when.is) : null;
    if (after !== null) longest.set(ladder ?? id, Math.max(after, longest.get(ladder ?? id) ?? 0));
  }
  const found = rules.flatMap(({ id, ladder, when }): [string, PeopleRule][] => {
    const kind = when.kind === "people" ? kindOf(when.is) : null;
    if (when.kind !== "people" || kind === null) return [];
    const after = afterOf(when.is);
    return after !== null && after < (longest.get(ladder ?? id) ?? 0) ? [] : [[id, { kind, after }]];
  });
  return Object.fromEntries(found);
}

const afterOf = (is: PeopleState): Millis | null => (is.what === "overtime" ? is.after : null);

function kindOf(is: PeopleState): OccurrenceKind | null {
  switch (is.what) {
    case "sos":
    case "restricted":
    case "overtime":
      return is.what;
    case "over":
      return "over-capacity";
    case "underground":
    case "outside":
    case "leader-absent":
    case "unseen":
    case "fall":
    case "mismatch":
      return null;
  }
}
