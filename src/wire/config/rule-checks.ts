import type { LimitCondition, LimitRef } from "../../model/condition.ts";
import { GATEWAY_SYSTEM } from "../../model/mine.ts";
import { METHANE_TYPES, PIPE, UNASSIGNED } from "../../model/point.ts";
import { type LawLimit, levelRank, parentsOf, type Rule } from "../../model/rule.ts";
import { buildRules, type Loaded } from "./build.ts";
import { alarmsIn, type LimitPart, limitsIn, wordsIn } from "./conditions-in.ts";
import { lifeFaults } from "./life-checks.ts";
import { rangeOf, unitFaults } from "./unit-checks.ts";
import type { Fault, Path, YamlSource } from "./yaml-source.ts";

/** A rule where it is written, and as the core will have it. */
interface Entry {
  readonly source: YamlSource;
  readonly path: Path;
  readonly rule: Rule;
}

interface House {
  readonly loaded: Loaded;
  readonly limits: readonly LawLimit[];
}

/**
 * Rules whose every word is right and that can never fire, never clear, or never be seen. Asked only where all
 * names are known.
 */
export function deepFaults(loaded: Loaded): Fault[] {
  const { rules, limits } = buildRules(loaded);
  const places = loaded.packs.flatMap(({ source, value }) =>
    value.rules.map((_, i) => ({ source, path: ["rules", i] as const })),
  );
  const entries = rules.map((rule, n): Entry => ({ ...(places[n] as (typeof places)[number]), rule }));
  const house = { loaded, limits };
  const inUnits = unitFaults(loaded);
  // A number in another unit is wrong in every other way too.
  if (inUnits.length > 0) return inUnits;
  return [
    ...entries.flatMap((entry) => [
      ...kindFaults(entry, house),
      ...rangeFaults(entry, house),
      ...wordFaults(entry, house),
      ...givenFaults(entry, house),
      ...placeFaults(entry, house),
      ...selfFaults(entry),
      ...lifeFaults(entry.rule).map(({ key, what, allowed }) => at(entry, key, what, allowed)),
      ...systemFaults(entry, house),
    ]),
    ...crossedFaults(entries),
    ...hiddenFaults(entries),
    ...circleFaults(entries),
  ];
}

const at = ({ source, path }: Entry, key: string, what: string, allowed: string | null = null): Fault =>
  source.at([...path, key], what, allowed);

/** A switch has no value to hold against a limit, and an analog sensor no word. */
function kindFaults(entry: Entry, { loaded }: House): Fault[] {
  const { rule } = entry;
  const { types } = loaded.units.value;
  const isSwitch = (type: string) => types[type]?.kind === "switch" || types[type]?.kind === "state";
  const measured = limitsIn(rule.when).flatMap((part) => (part.types ?? rule.types).filter(isSwitch));
  const worded =
    rule.when.kind === "state" || rule.when.kind === "set"
      ? rule.types.filter((type) => types[type]?.kind === "analog")
      : [];
  const named = (list: readonly string[]) =>
    [...new Set(list)].map((type) => `${type} (${types[type]?.name})`).join(", ");
  return [
    ...(measured.length === 0
      ? []
      : [
          at(
            entry,
            "when",
            `can never fire: ${named(measured)} is a switch and has no value`,
            "state: [word]",
          ),
        ]),
    ...(worded.length === 0
      ? []
      : [at(entry, "when", `can never fire: ${named(worded)} is measured and has no word`, "high, low, …")]),
  ];
}

/** Limits outside what the quantity can be. */
function rangeFaults(entry: Entry, { loaded }: House): Fault[] {
  const { rule } = entry;
  return limitsIn(rule.when).flatMap((part) => {
    const types = part.types ?? rule.types;
    const found = [...new Set(types)].flatMap((type) => {
      const range = rangeOf(loaded.units.value, type);
      const why = range === null ? null : unreachable(part.limit, range);
      if (range === null || why === null) return [];
      const of = `${range.min} to ${range.max === Number.POSITIVE_INFINITY ? "…" : range.max} ${range.unit}`;
      return [at(entry, "when", why, `${type}: ${of}`)];
    });
    return found.slice(0, 1);
  });
}

interface Range {
  readonly min: number;
  readonly max: number;
}

function unreachable({ kind, limit, clear, strict }: LimitCondition, { min, max }: Range): string | null {
  const over = strict === true;
  const raise = typeof limit === "number" ? limit : null;
  const release = typeof clear === "number" ? clear : null;
  if (kind === "high") {
    if (raise !== null && (over ? raise >= max : raise > max)) return "can never fire: no value is so high";
    if (release !== null && (over ? release < min : release <= min))
      return "can never clear: no value is so low";
    return raise !== null && (over ? raise < min : raise <= min)
      ? "always true: every value is so high"
      : null;
  }
  if (raise !== null && (over ? raise <= min : raise < min)) return "can never fire: no value is so low";
  if (release !== null && (over ? release > max : release >= max))
    return "can never clear: no value is so high";
  return raise !== null && (over ? raise > max : raise >= max) ? "always true: every value is so low" : null;
}

/** A word that neither a text nor a value of any switch stands for. */
function wordFaults(entry: Entry, { loaded }: House): Fault[] {
  const { texts, types } = loaded.switches.value;
  const known = new Set([
    ...Object.values(texts),
    ...Object.values(types).flatMap((values) => Object.values(values)),
  ]);
  // The gateway's own points have their words from the program.
  if (entry.rule.systems.includes(GATEWAY_SYSTEM)) return [];
  const strange = [...new Set(wordsIn(entry.rule.when))].filter((word) => !known.has(word as never));
  return strange.map((word) =>
    at(
      entry,
      "when",
      `can never fire: no switch of switches.yaml is ever "${word}"`,
      [...known].sort().join(", "),
    ),
  );
}

/** A limit that is named, at places where the table gives none of that name. */
function givenFaults(entry: Entry, { limits, loaded }: House): Fault[] {
  const { rule } = entry;
  const locs = rule.locs.filter((loc) => loc !== UNASSIGNED && loc !== PIPE);
  if (locs.length === 0 || locs.length !== rule.locs.length || rule.types.length === 0) return [];
  return limitsIn(rule.when).flatMap((part) => {
    const name = nameOf(part);
    if (name === null || part.types !== null) return [];
    const some = rule.types.some((type) =>
      locs.some((loc) => {
        const row = limits.find((one) => one.loc === loc && one.types.includes(type));
        // Where no row speaks of the place, the mine's own table does.
        return row === undefined || row[name] !== null || hasOverride(loaded, type, loc, part.limit.limit);
      }),
    );
    if (some) return [];
    return [
      at(entry, "when", `can never fire: no place of the rule has the limit ${String(part.limit.limit)}`),
    ];
  });
}

/** A place the tables of limits speak of, but not for any type of the rule: its sensors are not there. */
function placeFaults(entry: Entry, { limits, loaded }: House): Fault[] {
  const { rule } = entry;
  const named = limitsIn(rule.when).find((part) => part.types === null && nameOf(part) !== null);
  if (named === undefined || rule.types.length === 0) return [];
  // Where no row speaks of the place, that of places nobody knows holds; methane always has one.
  const anywhere = limits.filter(({ loc }) => loc === UNASSIGNED).flatMap(({ types }) => types);
  if (rule.types.some((type) => METHANE_TYPES.includes(type) || anywhere.includes(type))) return [];
  const strange = rule.locs.filter((loc) => {
    if (loc === UNASSIGNED || loc === PIPE) return false;
    const rows = limits.filter((row) => row.loc === loc);
    const own = rows.some((row) => rule.types.some((type) => row.types.includes(type)));
    return (
      rows.length > 0 && !own && !rule.types.some((type) => hasOverride(loaded, type, loc, named.limit.limit))
    );
  });
  return strange.map((loc) => {
    const there = [...new Set(limits.filter((row) => row.loc === loc).flatMap((row) => row.types))];
    return at(entry, "loc", `no type of the rule has a limit at ${loc}`, `at ${loc}: ${there.join(", ")}`);
  });
}

function nameOf({ limit }: LimitPart): "alarm" | "cut" | "alarmLow" | null {
  if (limit.kind === "low") return limit.limit === "alarm" ? "alarmLow" : null;
  return limit.limit === "alarm" || limit.limit === "cut" ? limit.limit : null;
}

const hasOverride = ({ mines }: Loaded, type: string, loc: string, name: LimitRef): boolean =>
  mines.some(({ value }) =>
    [
      value.limits[type],
      value.limits[`${type}:${loc}`],
      ...Object.values(value.points).map((p) => p.limits),
    ].some((over) => over !== undefined && Object.hasOwn(over, String(name))),
  );

/** What a rule says against itself. */
function selfFaults(entry: Entry): Fault[] {
  const { rule, source, path } = entry;
  const faults: Fault[] = [];
  if (rule.when.kind === "lasting" && rule.onDelay === 0)
    faults.push(at(entry, "when", "lasting without a time says nothing more than its limit", "onDelay: 10m"));
  const when = valueAt(source.value, [...path, "when"]);
  if (typeof when === "object" && when !== null && "unless" in when) {
    const { unless, ...bare } = when;
    if (JSON.stringify(unless) === JSON.stringify(bare))
      faults.push(source.at([...path, "when", "unless"], "can never fire: unless is the condition itself"));
  }
  return faults;
}

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, key) => Reflect.get(Object(inner), key), value);

/** The gateway's own points are of no mine, and a mine has none of them. */
function systemFaults(entry: Entry, { loaded }: House): Fault[] {
  const { rule } = entry;
  const { types } = loaded.units.value;
  const isTrouble = (type: string) => types[type]?.groups.includes("trouble") === true;
  const own = rule.systems.includes(GATEWAY_SYSTEM);
  const mines = rule.systems.some((system) => system !== GATEWAY_SYSTEM);
  const strange = rule.types.filter((type) => (isTrouble(type) ? !own : !mines));
  if (strange.length === 0 || strange.length < rule.types.length) return [];
  const why = own ? "the gateway has no points of these types" : "only the gateway has points of these types";
  return [at(entry, "type", `can never fire: ${why}`, own ? "group trouble" : "system: gateway")];
}

const overlaps = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === 0 || b.length === 0 || a.some((one) => b.includes(one));

const meet = (a: Rule, b: Rule): boolean =>
  overlaps(a.systems, b.systems) &&
  a.types.some((type) => b.types.includes(type)) &&
  overlaps(a.locs, b.locs) &&
  overlaps(a.statuses, b.statuses);

const bare = ({ when }: Rule): LimitCondition | null =>
  when.kind === "high" || when.kind === "low" ? when : null;

/** A lower limit above an upper one of the same place: every value is an alarm. */
function crossedFaults(entries: readonly Entry[]): Fault[] {
  const limited = entries.flatMap((entry) => {
    const limit = bare(entry.rule);
    return limit === null || typeof limit.limit !== "number" || entry.rule.shadow
      ? []
      : [{ entry, kind: limit.kind, value: limit.limit }];
  });
  return limited
    .filter(({ kind }) => kind === "low")
    .flatMap(({ entry, value }) => {
      const upper = limited.find(
        (other) => other.kind === "high" && other.value <= value && meet(entry.rule, other.entry.rule),
      );
      if (upper === undefined) return [];
      const { id } = upper.entry.rule;
      return [at(entry, "when", `its lower limit ${value} is above the upper limit ${upper.value} of ${id}`)];
    });
}

/** A step of a ladder that a higher one always hides. */
function hiddenFaults(entries: readonly Entry[]): Fault[] {
  return entries.flatMap((entry) => {
    const { rule } = entry;
    const limit = bare(rule);
    if (rule.ladder === null || limit === null || rule.shadow) return [];
    const over = entries.find(({ rule: other }) => {
      const higher = bare(other);
      return (
        other !== rule &&
        other.ladder === rule.ladder &&
        !other.shadow &&
        higher !== null &&
        levelRank(other.level) > levelRank(rule.level) &&
        other.onDelay <= rule.onDelay &&
        covers(other, rule) &&
        isAsSoon(higher, limit)
      );
    });
    if (over === undefined) return [];
    const { id, level } = over.rule;
    return [at(entry, "level", `is never seen: ${id} is ${level} as soon, wherever this rule holds`)];
  });
}

/** Wherever the second holds, the first does. */
const covers = (a: Rule, b: Rule): boolean =>
  includes(a.systems, b.systems) &&
  includes(a.types, b.types) &&
  includes(a.locs, b.locs) &&
  includes(a.statuses, b.statuses);

const includes = (all: readonly string[], some: readonly string[]): boolean =>
  all.length === 0 || (some.length > 0 && some.every((one) => all.includes(one)));

function isAsSoon(a: LimitCondition, b: LimitCondition): boolean {
  if (a.kind !== b.kind || (a.strict === true && b.strict !== true)) return false;
  const [one, other] = [scalar(a.limit), scalar(b.limit)];
  if (one.name !== other.name) return false;
  return a.kind === "high" ? one.times <= other.times : one.times >= other.times;
}

/** A limit as so many times something of one name; a number is so many times nothing. */
const scalar = (limit: LimitRef): { name: string; times: number } =>
  typeof limit === "number"
    ? { name: "", times: limit }
    : typeof limit === "string"
      ? { name: limit, times: 1 }
      : { name: limit.of, times: limit.times };

/** Rules that fold under one another in a circle would explain nothing; nor can alarms rest on one another in one. */
function circleFaults(entries: readonly Entry[]): Fault[] {
  return [
    ...circlesOf(entries, parentsOf).map(([entry, way]) =>
      at(entry, "parent", `folds under itself: ${way.join(" → ")}`),
    ),
    ...circlesOf(entries, ({ when, unless }) => alarmsIn([when, unless])).map(([entry, way]) =>
      at(entry, "when", `an alarm would rest on itself: ${way.join(" → ")}`),
    ),
  ];
}

/** Each circle once, by its first rule: every rule of it would tell of it. */
function circlesOf(entries: readonly Entry[], below: (rule: Rule) => readonly string[]): [Entry, string[]][] {
  const found: [Entry, string[]][] = [];
  const told = new Set<string>();
  for (const entry of entries) {
    const way = circle(entry, entries, below);
    if (way !== null && !told.has(entry.rule.id)) found.push([entry, way]);
    for (const id of way ?? []) told.add(id);
  }
  return found;
}

function circle(
  start: Entry,
  entries: readonly Entry[],
  below: (rule: Rule) => readonly string[],
): string[] | null {
  const named = (name: string) => entries.filter(({ rule }) => rule.id === name || rule.ladder === name);
  const seen = new Set<Entry>();
  const look = (entry: Entry, way: readonly string[]): string[] | null => {
    for (const name of below(entry.rule)) {
      for (const next of named(name)) {
        if (next === start) return [...way, name];
        if (seen.has(next)) continue;
        seen.add(next);
        const found = look(next, [...way, next.rule.id]);
        if (found !== null) return found;
      }
    }
    return null;
  };
  return look(start, [start.rule.id]);
}
