import type { EffectiveConfig } from "../../model/config.ts";
import type { AreaPolicy, LimitOverride, MineConfig, PointPolicy } from "../../model/mine.ts";
import type { Area } from "../../model/people.ts";
import type { PointDef } from "../../model/point.ts";
import type { Rule } from "../../model/rule.ts";
import { HOUR, type Instant, MINUTE } from "../../model/time.ts";
import { MINE } from "./feed.ts";
import { areaPolicy, areaSent } from "./people.ts";
import { duration, placed, type Scenario, words } from "./scenario-text.ts";

/** Where scenarios begin unless they name an hour: a full second, 06:13:20 in China. */
export const BEGIN: Instant = 1_700_000_000_000;
/** Midnight of that day in China. */
const MIDNIGHT: Instant = 1_699_977_600_000;

export type PlacedPoint = PointDef & { readonly system: string };

/** What a scenario finds when it begins. */
export interface Scene {
  readonly begin: Instant;
  readonly config: EffectiveConfig;
  readonly points: readonly PlacedPoint[];
  /** Areas of the personnel system as the mine sends them. */
  readonly areas: readonly Area[];
  /** Connections of the mine are reported. */
  readonly linked: boolean;
}

export const SCENARIO_MINE: MineConfig = {
  code: MINE,
  name: "一号矿",
  aliases: [],
  kind: "coal",
  status: "producing",
  gasGrade: "high",
  rockBurst: false,
  approvedUnderground: null,
  contacts: [],
  systems: ["safety"],
  cycles: {},
  points: {},
  limits: {},
};

interface Draft {
  begin: Instant;
  mine: Record<string, string>;
  rules: readonly Rule[];
  points: PlacedPoint[];
  policies: Record<string, PointPolicy>;
  limits: Record<string, LimitOverride>;
  areas: Area[];
  areaPolicies: Record<string, AreaPolicy>;
}

/** Reads the settings of a scenario over a configuration whose mines it does not need. */
export function sceneOf(scenario: Scenario, base: EffectiveConfig): Scene {
  const draft: Draft = {
    begin: BEGIN,
    mine: {},
    rules: base.rules,
    points: [],
    policies: {},
    limits: {},
    areas: [],
    areaPolicies: {},
  };
  for (const { number, text } of scenario.settings) placed(number, () => set(draft, text, base));
  const { links, ...mine } = draft.mine;
  const systems = [...new Set(draft.points.map(({ system }) => system))];
  const config: MineConfig = {
    ...SCENARIO_MINE,
    systems: systems.length === 0 ? ["safety"] : systems,
    ...mineOf(mine),
    points: draft.policies,
    limits: draft.limits,
    areas: draft.areaPolicies,
  };
  return {
    begin: draft.begin,
    // Scenarios are about rules: whom an alarm is told to is no part of them.
    config: { ...base, rules: draft.rules, mines: [config], duty: null },
    points: draft.points,
    areas: draft.areas,
    linked: links !== "none",
  };
}

function set(draft: Draft, text: string, base: EffectiveConfig): void {
  const { plain, keys } = words(text);
  const [what, name = ""] = plain;
  switch (what) {
    case "begin":
      draft.begin = hourOf(name);
      return;
    case "mine":
      Object.assign(draft.mine, keys);
      return;
    case "only":
      draft.rules = chosen(draft.rules, plain.slice(1));
      return;
    case "rule":
      draft.rules = changed(draft.rules, name, keys);
      return;
    case "limits": {
      if (base.systems.includes(name.split(":")[0] ?? ""))
        draft.policies[name] = { ...draft.policies[name], limits: numbers(keys) };
      else draft.limits[name] = numbers(keys);
      return;
    }
    case "point": {
      const { system = "safety", area, ...rest } = keys;
      draft.points.push({ ...pointOf(name, rest, base), system });
      const isConfirmed = plain.includes("confirmed") && rest["loc"] !== undefined;
      if (isConfirmed || area !== undefined)
        draft.policies[`${system}:${name}`] = {
          ...draft.policies[`${system}:${name}`],
          ...(isConfirmed ? { loc: rest["loc"] } : {}),
          ...(area === undefined ? {} : { area }),
        } as PointPolicy;
      return;
    }
    case "area":
      if (plain.includes("county")) draft.areaPolicies[name] = areaPolicy(keys);
      else draft.areas.push(areaSent(name, keys));
      return;
    default:
      throw new Error(`no such setting: ${text} (allowed: begin, mine, only, rule, limits, point, area)`);
  }
}

function hourOf(text: string): Instant {
  const [, hour, minute] = /^(\d\d):(\d\d)$/.exec(text) ?? [];
  if (hour === undefined) throw new Error(`no time of day: ${text} (allowed: 21:30)`);
  return MIDNIGHT + Number(hour) * HOUR + Number(minute) * MINUTE;
}

/** The rules that a scenario is about: ids, or the beginning of ids with a `*`. */
function chosen(rules: readonly Rule[], names: readonly string[]): readonly Rule[] {
  const isNamed = ({ id }: Rule, name: string) =>
    name.endsWith("*") ? id.startsWith(name.slice(0, -1)) : id === name;
  for (const name of names) {
    if (!rules.some((rule) => isNamed(rule, name))) throw new Error(`no such rule: ${name}`);
  }
  return rules.filter((rule) => names.some((name) => isNamed(rule, name)));
}

const YES_OR_NO = ["rockBurst"];
const COUNTS = ["approvedUnderground", "permittedUnderground"];

function mineOf(keys: Record<string, string>): Partial<MineConfig> {
  return Object.fromEntries(
    Object.entries(keys).map(([key, value]) => [
      key,
      key === "systems"
        ? value.split(",")
        : YES_OR_NO.includes(key)
          ? value === "yes"
          : COUNTS.includes(key)
            ? Number(value)
            : key === "gasGrade" && value === "none"
              ? null
              : value,
    ]),
  );
}

const NUMBERS = [
  "high",
  "low",
  "alarmHigh",
  "alarmHighClear",
  "alarmLow",
  "alarmLowClear",
  "cutHigh",
  "restoreHigh",
  "cutLow",
  "restoreLow",
  "resolution",
  "cycle",
];
const LISTS = ["cuts"];

/** A row of a point table as words: `T1 type=0001 loc=CF_FACE cycle=30 cuts=D1+D2`. */
export function pointOf(code: string, keys: Record<string, string>, config: EffectiveConfig): PointDef {
  const type = keys["type"] ?? "0001";
  return { code, type, kind: kindOf(type, config), place: code, ...valuesOf(keys) };
}

/** What a switch or a state is, the table of switches knows. */
function kindOf(type: string, { switchTypes }: EffectiveConfig): PointDef["kind"] {
  if (switchTypes[type] === undefined) return "analog";
  return /^1\d{3}$/.test(type) ? "switch" : "state";
}

export const valuesOf = (keys: Record<string, string>): Partial<PointDef> =>
  Object.fromEntries(
    Object.entries(keys).map(([key, value]) => [
      key,
      NUMBERS.includes(key) ? Number(value) : LISTS.includes(key) ? value.split("+") : value,
    ]),
  );

const numbers = (keys: Record<string, string>): LimitOverride =>
  Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, Number(value)]));

/** The rules with one of them changed, as a scenario says it: `rule CO-01 onDelay=0s limit=30 clear=30`. */
export function changed(rules: readonly Rule[], id: string, keys: Record<string, string>): Rule[] {
  if (!rules.some((rule) => rule.id === id)) throw new Error(`no such rule: ${id}`);
  const { removed, limit, clear, after, kind, down, state, ...rest } = keys;
  const values = Object.entries(rest).map(([key, value]) => [
    key,
    key.endsWith("Delay")
      ? duration(value)
      : /^(systems|statuses|types|locs)$/.test(key)
        ? value.split(",")
        : key === "shadow" || key === "latch"
          ? value === "yes"
          : key === "worsens"
            ? Number(value)
            : value,
  ]);
  const when = conditionOf({ limit, clear, after, kind, down, state });
  return rules
    .filter((rule) => rule.id !== id || removed === undefined)
    .map((rule) => (rule.id === id ? ({ ...rule, ...Object.fromEntries(values), ...when } as Rule) : rule));
}

function conditionOf(keys: Record<string, string | undefined>): { when?: Rule["when"] } {
  const { limit, clear, after, kind = "high", down, state } = keys;
  if (limit !== undefined)
    return { when: { kind: kind as "high" | "low", limit: Number(limit), clear: Number(clear ?? limit) } };
  if (after !== undefined) return { when: { kind: "silence", of: "stream", after: duration(after) } };
  if (down !== undefined) return { when: { kind: "link", down: down as "mine" | "stream" } };
  if (state !== undefined) return { when: { kind: "state", is: [state as "lost"] } };
  return {};
}
