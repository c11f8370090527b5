import type { Term } from "../model/condition.ts";
import type { EffectiveConfig } from "../model/config.ts";
import type { MineConfig, PointPolicy, System } from "../model/mine.ts";
import type { PeopleState } from "../model/people.ts";
import { DEFAULT_RESOLUTION, PIPE, type PointDef } from "../model/point.ts";
import { type Condition, type EffectiveLimits, parentsOf, type Rule } from "../model/rule.ts";
import type { Millis } from "../model/time.ts";
import { canonical, PLAIN_SCALE, rawAbove, rawBelow, type Scale } from "./decimal.ts";
import { ladders, planOf, rank } from "./ladder.ts";
import { effectiveLimits, gradesOf, lowerLimits, ownLimits } from "./limits.ts";
import { createDepths } from "./logic/depth.ts";
import type { Formula } from "./logic/formula.ts";
import { isAsStrict, isOwn, type Known, type LimitTest, limitTest } from "./logic/limit-test.ts";
import { cutOf, type MineGroup, type MineTest, mineGroup, mineTest, overOf } from "./mine/mine-test.ts";
import { applies, rulesFor } from "./rules-for.ts";

/** What a plan is judged from: a point, a set of points, a whole mine, a silence, a link, people, the mine's system. */
export type Group =
  | "point"
  | "set"
  | "whole"
  | "point-silence"
  | "stream-silence"
  | "link"
  | "people"
  | MineGroup;

/** A rule's condition with its numbers resolved for one place: counts of the resolution. */
export type Test =
  | LimitTest
  | { readonly kind: "lasting"; readonly of: LimitTest }
  | { readonly kind: "bits"; readonly mask: number }
  | { readonly kind: "state" | "set"; readonly words: readonly string[] }
  | { readonly kind: "silence"; readonly after: Millis | null }
  | { readonly kind: "link"; readonly down: "mine" | "stream" }
  | MineTest
  | { readonly kind: "logic"; readonly term: Term }
  | { readonly kind: "people"; readonly is: PeopleState };

export interface Step {
  readonly rule: Rule;
  readonly test: Test;
  /** The limit in the unit of the rules, for people. */
  readonly limit: number | null;
}

/** The rules of one ladder (or one rule without) as they hold for one place; shared by all places alike. */
export interface Plan {
  /** Ladder or rule id: with the subject it names the one alarm these rules make. */
  readonly key: string;
  readonly ladder: string | null;
  /** Of a shadow rule, alone in its plan: nothing it finds is ever told. */
  readonly shadow: boolean;
  readonly group: Group;
  /** Ascending by level. */
  readonly steps: readonly Step[];
  /** The lowest step of each kind of condition the ladder joins: when all of them are clear, it is over. */
  readonly heads: readonly number[];
  /** Of steps that join several things, and of what keeps steps from rising. */
  readonly formula: Formula | null;
  /** How many alarms rest on one another below it: what is deeper is judged later. */
  readonly depth: number;
  readonly offDelay: Millis;
  readonly onBad: "hold" | "clear";
  readonly limits: EffectiveLimits | null;
  readonly unit: string | null;
  readonly scale: Scale;
  readonly hash: string;
}

/** Everything that watches one point, and between which values none of it can become true. */
export interface Wiring {
  readonly plans: readonly Plan[];
  /** Those of them about the mine's own system. */
  readonly own: readonly Plan[];
  readonly limits: EffectiveLimits | null;
  readonly scale: Scale | null;
  /** By which values are judged: that of the unit, or of the point alone where nobody knows its unit. */
  readonly judged: Scale;
  /** Counts from which on the mine's devices cut, and below which they restore. */
  readonly cut: { readonly raise: number; readonly clear: number } | null;
  readonly unit: string | null;
  /** What limits a condition may name at this place. */
  readonly known: Known;
  readonly quietAbove: number;
  readonly quietBelow: number;
}

interface Place {
  readonly system: System;
  readonly def: PointDef;
  readonly kept: PointDef | null;
  readonly loc: string | null;
  readonly mine: MineConfig;
  readonly policy: PointPolicy | null;
}

export interface Planner {
  forPoint(place: Place): Wiring;
  /** Plans of rules about sets, streams or links of a system; null = about the mine as a whole. */
  forSystem(group: Group, system: System | null, mine: MineConfig): readonly Plan[];
  /** Whether some rule about sets names the sensor type. */
  isOfSets(type: string): boolean;
  /** Rules and ladders under which others fold. */
  readonly parents: ReadonlySet<string>;
}

const ANY_TYPE = "";

/** Compiles the rules of a configuration; places that are alike share one result. */
export function createPlanner(config: EffectiveConfig, hash: (text: string) => string): Planner {
  const quick = new Map<string, Wiring>();
  const wirings = new Map<string, Wiring>();
  const hashes = new Map<string, string>();
  const hashOnce = (text: string): string => {
    const known = hashes.get(text) ?? hash(text);
    hashes.set(text, known);
    return known;
  };
  const depthOf = createDepths(config.rules);
  const compile = (place: Place): Wiring => {
    const scale = scaleOf(place.def, config);
    const limits = effectiveLimits({ ...place, scale }, config);
    const lower = lowerLimits({ ...place, scale }, config);
    const grades = gradesOf({ ...place, scale });
    const own = { high: ownLimits({ ...place, scale }, "high"), low: ownLimits({ ...place, scale }, "low") };
    const { type, kind, loc, unit } = place.def;
    const { status } = place.mine;
    const alike = JSON.stringify([
      place.system,
      type,
      kind,
      unit,
      place.loc,
      loc,
      status,
      limits,
      lower,
      own,
      grades,
      place.def.part,
      scale,
    ]);
    const known = wirings.get(alike);
    if (known !== undefined) return known;
    const made = wire({ place, config, scale, limits, lower, own, grades, hash: hashOnce, depthOf });
    wirings.set(alike, made);
    return made;
  };
  const setTypes = new Set(
    config.rules
      .filter((rule) => groupOf(rule) === "set" || groupOf(rule) === "mine-set")
      .flatMap(({ types }) => (types.length === 0 ? [ANY_TYPE] : types)),
  );
  return {
    forPoint(place) {
      const name = quickName(place);
      const found = name === null ? undefined : quick.get(name);
      if (found !== undefined) return found;
      const made = compile(place);
      if (name !== null) quick.set(name, made);
      return made;
    },
    forSystem(group, system, mine) {
      const rules = config.rules.filter((rule) => groupOf(rule) === group && applies(rule, system, mine));
      const steps = rules.map((rule) => ({ rule, test: bareTest(rule.when), limit: null }));
      return ladders(steps)
        .map((ladder) =>
          planOf(group, ladder, { limits: null, unit: null, scale: PLAIN_SCALE, hash: hashOnce, depthOf }),
        )
        .sort(byDepth);
    },
    isOfSets: (type) => setTypes.has(type) || setTypes.has(ANY_TYPE),
    parents: new Set(config.rules.flatMap((rule) => (rule.shadow ? [] : parentsOf(rule)))),
  };
}

/** Places that nobody made special and that say the same of themselves are wired alike; null = look closer. */
function quickName({ system, def, kept, loc, mine, policy }: Place): string | null {
  if (kept !== null || policy?.limits !== undefined || Object.keys(mine.limits).length > 0) return null;
  if (`${def.type}${def.unit}${def.loc}${def.part}`.includes("|")) return null;
  const own = `${def.part}|${def.type}|${def.kind}|${def.unit}|${def.resolution}|${def.loc}|${def.cycle}`;
  const upper = `${def.alarmHigh}|${def.alarmHighClear}|${def.cutHigh}|${def.restoreHigh}`;
  const lower = `${def.alarmLow}|${def.alarmLowClear}|${def.cutLow}|${def.restoreLow}`;
  return `${system}|${mine.status}|${loc}|${own}|${upper}|${lower}`;
}

function wire(from: {
  place: Place;
  config: EffectiveConfig;
  scale: Scale | null;
  limits: EffectiveLimits | null;
  lower: EffectiveLimits | null;
  own: Known["own"];
  grades: Known["grades"];
  hash: (text: string) => string;
  depthOf: (ladder: readonly Rule[]) => number;
}): Wiring {
  const { place, config, limits, lower, own, grades, hash, depthOf } = from;
  const scale = from.scale ?? ownScale(place.def);
  const unit = (from.scale === null ? null : config.types[place.def.type]?.unit) ?? place.def.unit ?? null;
  const known: Known = { limits, lower, own, grades, scale, numbers: from.scale !== null };
  const found = rulesFor(ofPoints(config.rules), place).flatMap((rule) => {
    // An air limit written without a place is not one for drainage pipes (contract §3, `loc`).
    const ofAir = place.loc === PIPE && rule.locs.length === 0;
    const step = resolved(rule.when, ofAir ? { ...known, numbers: false } : known);
    return step === null ? [] : [{ rule, ...step }];
  });
  const live = found.filter(({ rule }) => !rule.shadow);
  const over = overOf(live, limits, lower, scale.resolution);
  const steps = found
    .filter((step) => !found.some((other) => replaces(other, step)))
    .map((step) =>
      step.rule.when.kind === "mine" ? { ...step, test: mineTest(step.rule.when.is, over) } : step,
    );
  const about = { limits, unit, scale, hash, depthOf };
  const plans = OF_POINTS.flatMap((group) =>
    ladders(steps.filter((step) => groupOf(step.rule) === group))
      .map((ladder) => planOf(group, ladder, about))
      .sort(byDepth),
  );
  const cut = cutOf(limits, scale.resolution);
  const ofMine = plans.filter(({ group }) => group === "mine-point");
  return {
    plans,
    own: ofMine,
    limits,
    scale: from.scale,
    judged: scale,
    cut,
    unit,
    known,
    ...quiet(plans, scale),
  };
}

const byDepth = (a: Plan, b: Plan): number => a.depth - b.depth;

/** Groups of rules that are about one point each. */
const OF_POINTS = ["point", "point-silence", "mine-point"] as const;

const ofPoints = (rules: readonly Rule[]): Rule[] =>
  rules.filter((rule) => OF_POINTS.some((group) => groupOf(rule) === group));

/** The mine's own limit makes no alarm where the law or the county is as strict about the same place. */
function replaces(other: Step, step: Step): boolean {
  if (!isOwnLimit(step.rule.when) || isOwnLimit(other.rule.when)) return false;
  const heard = step.rule.ack === "none" || other.rule.ack === "required";
  const [one, two] = [other.test, step.test];
  const limits = isLimitTest(one) && isLimitTest(two) && isAsStrict(one, two);
  return limits && heard && rank(other) >= rank(step) && (!other.rule.shadow || step.rule.shadow);
}

const isLimitTest = (test: Test): test is LimitTest => test.kind === "high" || test.kind === "low";
const isOwnLimit = (when: Condition): boolean => (when.kind === "high" || when.kind === "low") && isOwn(when);

const OVER = { point: "point", set: "set", mine: "whole" } as const;

function groupOf({ when, over }: Rule): Group {
  switch (when.kind) {
    case "logic":
      return OVER[over ?? "point"];
    case "high":
    case "low":
    case "lasting":
    case "bits":
    case "state":
      return "point";
    case "set":
      return "set";
    case "silence":
      return when.of === "point" ? "point-silence" : "stream-silence";
    case "link":
      return "link";
    case "mine":
      return mineGroup(when.is);
    case "people":
      return "people";
  }
}

/** Null when a limit the condition names is not known here: then there is nothing to judge. */
function resolved(when: Condition, known: Known): { test: Test; limit: number | null } | null {
  switch (when.kind) {
    case "high":
    case "low":
      return limitTest(when, known);
    case "lasting": {
      const found = limitTest(when.of, known);
      return found && { test: { kind: "lasting", of: found.test }, limit: found.limit };
    }
    default:
      return { test: bareTest(when), limit: null };
  }
}

function bareTest(when: Condition): Test {
  switch (when.kind) {
    case "high":
    case "low":
    case "lasting":
      throw new Error("must hold: a limit is resolved for a place");
    case "bits":
      return { kind: "bits", mask: when.mask };
    case "state":
      return { kind: "state", words: when.is };
    case "set":
      return { kind: "set", words: when.all };
    case "silence":
      return { kind: "silence", after: when.after ?? null };
    case "link":
      return { kind: "link", down: when.down };
    case "logic":
      return { kind: "logic", term: when.term };
    case "mine":
      return mineTest(when.is, null);
    case "people":
      return { kind: "people", is: when.is };
  }
}

/** Raw values between which no upper or lower limit is touched; nothing is quiet for a watched switch. */
function quiet(plans: readonly Plan[], scale: Scale): { quietAbove: number; quietBelow: number } {
  let quietAbove = Number.NEGATIVE_INFINITY;
  let quietBelow = Number.POSITIVE_INFINITY;
  for (const step of plans.flatMap((each) => each.steps)) {
    const test = step.test.kind === "lasting" ? step.test.of : step.test;
    if (test.kind === "high") quietBelow = Math.min(quietBelow, rawBelow(test.raise, scale));
    if (test.kind === "low") quietAbove = Math.max(quietAbove, rawAbove(test.raise, scale));
    if (test.kind === "state") quietBelow = Number.NEGATIVE_INFINITY;
    const { high = null, low = null } = (test.kind === "mine" ? test.over : null) ?? {};
    if (high !== null) quietBelow = Math.min(quietBelow, rawBelow(high, scale));
    if (low !== null) quietAbove = Math.max(quietAbove, rawAbove(low, scale));
  }
  return { quietAbove, quietBelow };
}

/** How the point's unit becomes that of its type; null = a unit nobody knows, or one of another quantity. */
export function scaleOf(def: PointDef, config: EffectiveConfig): Scale | null {
  const target = config.types[def.type]?.unit ?? null;
  const sent = def.unit?.trim() ?? "";
  if (target === null || sent === "" || sent === target) return withResolution(def, config, 1, 0);
  const from = config.units[sent];
  if (from === undefined) return null;
  const to = config.units[target] ?? { quantity: from.quantity, factor: 1, offset: 0 };
  if (from.quantity !== to.quantity) return null;
  return withResolution(def, config, from.factor / to.factor, (from.offset - to.offset) / to.factor);
}

function withResolution(def: PointDef, config: EffectiveConfig, factor: number, offset: number): Scale {
  if (def.kind === "switch" || def.kind === "state") return PLAIN_SCALE;
  const byType = config.types[def.type]?.resolution ?? DEFAULT_RESOLUTION[def.type] ?? 0;
  const sent = def.resolution ?? 0;
  const own = sent > 0 ? canonical(sent, { factor, offset: 0, resolution: 0 }) : 0;
  // A coarser step than the type's own would round an overrun away.
  const resolution = own > 0 && byType > 0 ? Math.min(own, byType) : Math.max(own, byType);
  return { factor, offset, resolution };
}

function ownScale(def: PointDef): Scale {
  const resolution = def.resolution !== undefined && def.resolution > 0 ? def.resolution : 0;
  return { factor: 1, offset: 0, resolution };
}
