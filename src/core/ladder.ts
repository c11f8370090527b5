import { type EffectiveLimits, levelRank, type Rule } from "../model/rule.ts";
import type { Scale } from "./decimal.ts";
import { formulaOf } from "./logic/formula.ts";
import type { Group, Plan, Step } from "./plan.ts";

/** Steps that make one alarm, lowest first; of two that say the same, the one written first. */
export function ladders(steps: readonly Step[]): Step[][] {
  const byKey = new Map<string, Step[]>();
  for (const step of steps) {
    const key = keyOf(step.rule);
    byKey.set(key, [...(byKey.get(key) ?? []), step]);
  }
  return [...byKey.values()].map((ladder) =>
    distinct(ladder).sort(
      (a, b) => rank(a) - rank(b) || order(a) - order(b) || a.rule.onDelay - b.rule.onDelay,
    ),
  );
}

/** A shadow rule is in nobody's ladder: it must not change what the others say. */
const keyOf = (rule: Rule): string => (rule.shadow ? `shadow ${rule.id}` : (rule.ladder ?? rule.id));
export const rank = (step: Step): number => levelRank(step.rule.level);

function order({ test }: Step): number {
  switch (test.kind) {
    case "high":
      return test.raise;
    case "low":
      return -test.raise;
    case "lasting":
      return test.of.kind === "high" ? test.of.raise : -test.of.raise;
    case "silence":
      return test.after ?? 0;
    default:
      return 0;
  }
}

/** Steps that clear together: of those, the lowest tells. */
function strandOf({ test }: Step): string {
  switch (test.kind) {
    case "high":
    case "low":
    case "silence":
    case "link":
      return test.kind;
    case "lasting":
      return test.of.kind;
    default:
      return JSON.stringify(test);
  }
}

function headsOf(steps: readonly Step[]): number[] {
  const strands = steps.map(strandOf);
  return strands.flatMap((strand, i) => (strands.indexOf(strand) === i ? [i] : []));
}

function distinct(ladder: readonly Step[]): Step[] {
  const saying = ({ rule, test }: Step) => JSON.stringify([rule.level, rule.onDelay, test, rule.unless]);
  return ladder.filter((step, i) => ladder.findIndex((other) => saying(other) === saying(step)) === i);
}

export function planOf(
  group: Group,
  steps: readonly Step[],
  about: {
    limits: EffectiveLimits | null;
    unit: string | null;
    scale: Scale;
    hash: (text: string) => string;
    depthOf: (ladder: readonly Rule[]) => number;
  },
): Plan {
  const lowest = steps[0] as Step;
  const judged = steps.map(({ rule, test }) => [
    rule.id,
    rule.level,
    rule.onDelay,
    test,
    ...(rule.unless === undefined ? [] : [rule.unless]),
  ]);
  const limits = about.limits === null ? null : [about.limits.alarm, about.limits.cut, about.limits.release];
  const { onBad, offDelay, ladder, shadow } = lowest.rule;
  return {
    key: keyOf(lowest.rule),
    ladder: shadow ? null : ladder,
    shadow,
    group,
    steps,
    heads: headsOf(steps),
    formula: formulaOf(steps.map(({ rule }) => rule)),
    depth: about.depthOf(steps.map(({ rule }) => rule)),
    offDelay,
    onBad,
    limits: steps.some((step) => step.limit !== null) ? about.limits : null,
    unit: about.unit,
    scale: about.scale,
    hash: about.hash(JSON.stringify([group, judged, offDelay, onBad, limits, about.scale])),
  };
}
