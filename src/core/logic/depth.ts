import type { AlarmsTerm, Leaf, OpenTerm } from "../../model/condition.ts";
import type { Rule } from "../../model/rule.ts";
import { formulaOf } from "./formula.ts";

/**
 * How many alarms rest on one another below each rule: 0 for what speaks of no alarm, one more than the most of those
 * it speaks of for the rest. What is deeper is judged later, so that within one input nothing is said of alarms that
 * the same input changes, and the order in which rules are written does not matter.
 */
export function createDepths(rules: readonly Rule[]): (ladder: readonly Rule[]) => number {
  const known = new Map<Rule, number>();
  const depthOf = (rule: Rule): number => {
    const before = known.get(rule);
    if (before !== undefined) return before;
    // Of rules that speak of each other in a circle one has to be the first.
    known.set(rule, 0);
    const depths = alarmTerms(rule).flatMap((term) =>
      rules.filter((other) => isAbout(term, other) && !areOne(rule, other)).map(depthOf),
    );
    const depth = alarmTerms(rule).length === 0 ? 0 : 1 + Math.max(0, ...depths);
    known.set(rule, depth);
    return depth;
  };
  return (ladder) => Math.max(...ladder.map(depthOf));
}

type AlarmTerm = AlarmsTerm | OpenTerm;

const alarmTerms = (rule: Rule): AlarmTerm[] =>
  (formulaOf([rule])?.leaves ?? []).flatMap(({ term }) => (speaksOfAlarms(term) ? [term] : []));

const speaksOfAlarms = (term: Leaf): term is AlarmTerm => term.kind === "alarms" || term.kind === "open";

function isAbout(term: AlarmTerm, rule: Rule): boolean {
  // Nobody counts what a rule on trial finds.
  if (rule.shadow) return false;
  if (term.kind === "open") return rule.id === term.is || rule.ladder === term.is;
  switch (term.by) {
    case "rule":
      return rule.id === term.is;
    case "ladder":
      return rule.ladder === term.is;
    case "class":
      return rule.class === term.is;
  }
}

const areOne = (a: Rule, b: Rule): boolean => a === b || (a.ladder !== null && a.ladder === b.ladder);
