import type { MineConfig, System } from "../model/mine.ts";
import { GATEWAY_SYSTEM } from "../model/mine.ts";
import { PIPE, type PointDef, UNASSIGNED } from "../model/point.ts";
import type { Condition, MachinePart, Rule } from "../model/rule.ts";

/** What decides which rules are about a point. */
interface Place {
  readonly system: System;
  readonly def: PointDef;
  /** Location class the county confirmed. */
  readonly loc: string | null;
  readonly mine: MineConfig;
}

/** Of rules about points, those that judge this place by its system, type, status and location class. */
export function rulesFor(rules: readonly Rule[], place: Place): Rule[] {
  const candidates = rules.filter(
    (rule) => applies(rule, place.system, place.mine) && speaksOf(rule, place.def),
  );
  const loc = place.loc ?? place.def.loc ?? UNASSIGNED;
  const here = candidates.filter(({ locs }) => locs.length === 0 || locs.includes(loc));
  const named = here.some((rule) => !rule.shadow && rule.locs.length > 0 && isLimit(rule.when));
  if (named || place.loc === PIPE) return here;
  // A place must not be a way out: where no limit of the type knows it, it is judged as one nobody knows.
  const nowhere = (rule: Rule) => place.loc === null || isLimit(rule.when);
  return candidates.filter(
    (rule) => here.includes(rule) || (rule.locs.includes(UNASSIGNED) && nowhere(rule)),
  );
}

/** Whether the rule is about such a point, wherever it is. */
export function speaksOf({ types, except, parts }: Rule, { type, part }: PointDef): boolean {
  const typed = types.length === 0 || types.includes(type);
  const placed = parts === undefined || parts.includes((part ?? "unnamed") as MachinePart);
  return typed && placed && except?.includes(type) !== true;
}

/** Whether a rule holds in a system of a mine; a null system: in the mine as a whole. */
export function applies(rule: Rule, system: System | null, mine: MineConfig): boolean {
  const anywhere = system === null || (rule.systems.length === 0 && system !== GATEWAY_SYSTEM);
  return (
    (anywhere || rule.systems.includes(system)) &&
    (rule.statuses.length === 0 || rule.statuses.includes(mine.status))
  );
}

const isLimit = ({ kind }: Condition) => kind === "high" || kind === "low" || kind === "lasting";
