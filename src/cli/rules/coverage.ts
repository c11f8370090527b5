import { formulaOf } from "../../core/logic/formula.ts";
import type { Observer } from "../../core/observer.ts";
import type { Leaf as Term } from "../../model/condition.ts";
import { GATEWAY_SYSTEM } from "../../model/mine.ts";
import type { PeopleState } from "../../model/people.ts";
import type { Condition, Rule } from "../../model/rule.ts";

/** What scenarios should show of a condition. */
export const ASPECTS = ["raise", "exact", "clear", "unknown", "silent"] as const;
export type Aspect = (typeof ASPECTS)[number];

/** A part of a rule's condition that is true or false by itself. */
interface Leaf {
  /** Where it stands in the condition, `all.1`; "" = it is all of it. */
  readonly path: string;
  readonly aspects: readonly Aspect[];
}

export interface RuleCoverage {
  readonly rule: string;
  /** A scenario judged it at all. */
  readonly played: boolean;
  readonly leaves: readonly { readonly path: string; readonly seen: Aspect[]; readonly missing: Aspect[] }[];
}

export interface Coverage {
  readonly rules: readonly RuleCoverage[];
  readonly unplayed: readonly string[];
  readonly seen: number;
  readonly of: number;
}

/** Takes down what conditions were seen to say. */
export interface Ledger {
  readonly observer: Observer;
  /** Rules that were judged since the last call. */
  judged(): ReadonlySet<string>;
  coverage(rules: readonly Rule[]): Coverage;
}

export function createLedger(): Ledger {
  const seen = new Set<string>();
  let judged = new Set<string>();
  const key = (rule: string, path: string, aspect: string) => `${rule}|${path}|${aspect}`;
  return {
    observer: {
      saw(rule, path, said, exact) {
        judged.add(rule);
        seen.add(key(rule, path, said));
        if (exact) seen.add(key(rule, path, "exact"));
      },
    },
    judged() {
      const since = judged;
      judged = new Set();
      return since;
    },
    coverage(rules) {
      const played = new Set([...seen].map((one) => one.slice(0, one.indexOf("|"))));
      return total(
        rules.map((rule) => ({
          rule: rule.id,
          played: played.has(rule.id),
          leaves: leavesOf(rule).map(({ path, aspects }) => {
            const has = (aspect: Aspect) => seen.has(key(rule.id, path, aspect));
            return { path, seen: aspects.filter(has), missing: aspects.filter((one) => !has(one)) };
          }),
        })),
      );
    },
  };
}

function total(rules: readonly RuleCoverage[]): Coverage {
  const leaves = rules.flatMap((rule) => rule.leaves);
  return {
    rules,
    unplayed: rules.filter(({ played }) => !played).map(({ rule }) => rule),
    seen: leaves.reduce((sum, { seen }) => sum + seen.length, 0),
    of: leaves.reduce((sum, { seen, missing }) => sum + seen.length + missing.length, 0),
  };
}

/** The parts of a condition that scenarios should show apart. */
function leavesOf(rule: Rule): Leaf[] {
  const { when, systems } = rule;
  // The gateway's readings of itself have no state bits and no cycle.
  const own = systems.length > 0 && systems.every((system) => system === GATEWAY_SYSTEM);
  const parts = formulaOf([rule])?.leaves ?? [];
  return [
    { path: "", aspects: own ? ["raise", "clear"] : aspectsOf(when) },
    ...parts.map(({ path, term }): Leaf => ({ path, aspects: PARTS[term.kind] })),
  ];
}

/** Points may be bad or silent; alarms and the time of day are always known. */
const PARTS: Readonly<Record<Term["kind"], readonly Aspect[]>> = {
  point: ["raise", "clear", "unknown"],
  group: ["raise", "clear", "unknown"],
  expression: ["raise", "clear", "unknown"],
  hours: ["raise", "clear"],
  alarms: ["raise", "clear"],
  open: ["raise", "clear"],
};

function aspectsOf(when: Condition): readonly Aspect[] {
  switch (when.kind) {
    case "high":
    case "low":
    case "lasting":
      return ASPECTS;
    case "bits":
    case "state":
    case "set":
      return ["raise", "clear", "unknown", "silent"];
    case "silence":
    case "link":
    case "logic":
    case "mine":
      return ["raise", "clear"];
    case "people":
      // A list that is doubted or missing leaves every state of people unknown.
      return hasNumber(when.is) ? ["raise", "exact", "clear", "unknown"] : ["raise", "clear", "unknown"];
  }
}

const hasNumber = (is: PeopleState): boolean =>
  is.what === "unseen" ? is.of === "mine" : /^(over|underground|overtime)$/.test(is.what);

/** For people: what no scenario shows, and how much all of them do. */
export function coverageLines({ rules, unplayed, seen, of }: Coverage): string[] {
  const gaps = rules
    .filter(({ played }) => played)
    .flatMap(({ rule, leaves }) =>
      leaves
        .filter(({ missing }) => missing.length > 0)
        .map(
          ({ path, missing }) => `  ${path === "" ? rule : `${rule} ${path}`}: never ${missing.join(", ")}`,
        ),
    );
  const share = of === 0 ? 100 : Math.floor((1000 * seen) / of) / 10;
  return [
    ...(unplayed.length === 0
      ? []
      : [`rules without a scenario (${unplayed.length}): ${unplayed.join(" ")}`]),
    ...(gaps.length === 0 ? [] : ["never seen by a scenario:", ...gaps]),
    `conditions seen: ${share} % (${seen} of ${of}) of ${rules.length} rules`,
  ];
}
