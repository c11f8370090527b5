import type { EffectiveConfig, UnitAlias } from "../../model/config.ts";
import type { AreaPolicy, MineConfig, PointPolicy } from "../../model/mine.ts";
import { STATE } from "../../model/reading.ts";
import type { Condition, LawLimit, Rule } from "../../model/rule.ts";
import type { DutyFile } from "./duty-file.ts";
import type { GatewayFile } from "./gateway-file.ts";
import type { MineFile } from "./mine-file.ts";
import type { RuleEntry, RuleFile } from "./rule-file.ts";
import type { SwitchesFile, UnitsFile } from "./table-files.ts";
import { limitCondition } from "./when-limit.ts";
import { isLogicForm } from "./when-logic.ts";
import { isMineForm, mineCondition } from "./when-mine.ts";
import { peopleState } from "./when-people.ts";
import { ofAnyPoint, type TermContext, termOf } from "./when-terms.ts";
import type { YamlSource } from "./yaml-source.ts";

interface From<T> {
  readonly source: YamlSource;
  readonly value: T;
}

/** Every file of a configuration, each right by itself. */
export interface Loaded {
  readonly gateway: From<GatewayFile>;
  readonly units: From<UnitsFile>;
  readonly switches: From<SwitchesFile>;
  /** Null: there is no `duty.yaml`. */
  readonly duty: From<DutyFile> | null;
  readonly mines: readonly From<MineFile>[];
  readonly packs: readonly From<RuleFile>[];
}

export function buildMine({ source, value: file }: From<MineFile>): MineConfig {
  const line = (...path: string[]) => `${source.file}:${source.atKey(path, "").line}`;
  // How a mine's files are written is the edge's: nothing is judged by it.
  const { files: _files, ...judged } = file;
  const sources = [
    ...Object.keys(file.limits).map((key) => [`limits.${key}`, line("limits", key)]),
    ...Object.keys(file.points).map((key) => [`points.${key}`, line("points", key)]),
  ];
  return {
    ...judged,
    sources: Object.fromEntries(sources) as Record<string, string>,
    points: file.points as Record<string, PointPolicy>,
    limits: Object.fromEntries(
      Object.entries(file.limits).map(([key, { unit: _, ...limits }]) => [key, limits]),
    ) as MineConfig["limits"],
    areas: file.areas as Record<string, AreaPolicy>,
  };
}

export function buildRules({ packs, units }: Loaded): Pick<EffectiveConfig, "rules" | "limits"> {
  const types = typeResolver(units.value);
  const places = placeResolver(packs.map(({ value }) => value));
  const known: Packs = { types, places, entries: packs.flatMap(({ value }) => value.rules) };
  return {
    rules: packs.flatMap(({ source, value }) =>
      value.rules.map((entry, i) => rule(entry, known, `${source.file}:${source.at(["rules", i], "").line}`)),
    ),
    limits: packs.flatMap(({ source, value }) =>
      value.limits.flatMap((row, i) =>
        lawLimits(row, types, places, `${source.file}:${source.at(["limits", i], "").line}`),
      ),
    ),
  };
}

/** The members of a group, or of one. */
export type Resolver = (name: string) => readonly string[];

/** A location class as it is, or all classes of a group; over all packs, because they share their places. */
export function placeResolver(packs: readonly RuleFile[]): Resolver {
  const places = Object.assign({}, ...packs.map((pack) => pack.places)) as RuleFile["places"];
  return (name) =>
    Object.hasOwn(places, name)
      ? [name]
      : Object.keys(places).filter((place) => places[place]?.groups.includes(name));
}

/** A type's code as it is, or all types of a group. */
export function typeResolver({ types }: UnitsFile): Resolver {
  return (name) =>
    Object.hasOwn(types, name)
      ? [name]
      : Object.keys(types).filter((code) => types[code]?.groups.includes(name) || types[code]?.kind === name);
}

/** As a rule's system: every one a mine has. */
export const ANY = "any";

interface Packs {
  readonly types: Resolver;
  readonly places: Resolver;
  readonly entries: readonly RuleEntry[];
}

function rule(entry: RuleEntry, { types, places, entries }: Packs, source: string): Rule {
  const { system, type, except, part, loc, basis, ladder, parent, response, when, over, ...more } = entry;
  const { unit: _, ...plain } = more;
  const own = [...new Set((type ?? []).flatMap(types))];
  const context: TermContext = { types, places, own, near: (name) => nearOf(entry, name, entries) };
  return {
    ...plain,
    ...(except === undefined ? {} : { except: [...new Set(except.flatMap(types))] }),
    ...(part === undefined ? {} : { parts: part }),
    ...(over === undefined || over === "point" ? {} : { over }),
    ...(when.unless === undefined ? {} : { unless: termOf(when.unless, context) }),
    basis: basis ?? null,
    systems: system.includes(ANY) ? [] : system,
    types: own,
    locs: [...new Set((loc ?? []).flatMap(places))],
    ladder: ladder ?? null,
    parent: parent === undefined ? null : parent.length === 1 ? (parent[0] as string) : parent,
    response: response ?? null,
    when: conditionOver(condition(when, context), over ?? "point"),
    source,
  };
}

/** What is said of one point is said of any, where a set or a mine is judged. */
function conditionOver(when: Condition, over: "point" | "set" | "mine"): Condition {
  const single = when.kind === "high" || when.kind === "low" || when.kind === "bits" || when.kind === "state";
  return over !== "point" && single ? { kind: "logic", term: ofAnyPoint(when) } : when;
}

/** An alarm of rules whose subjects are of the same kind stands on the judged subject, any other in the mine. */
function nearOf(entry: RuleEntry, name: string, entries: readonly RuleEntry[]): "self" | "mine" {
  const named = entries.filter((other) => other.id === name || other.ladder === name);
  const kindOf = ({ over, when }: RuleEntry) => over ?? ("set" in when ? "set" : "point");
  const alike = named.length > 0 && named.every((other) => kindOf(other) === kindOf(entry));
  return alike && kindOf(entry) !== "mine" ? "self" : "mine";
}

function condition(when: RuleEntry["when"], context: TermContext): Condition {
  if (isLogicForm(when)) return { kind: "logic", term: termOf(when, context) };
  if (isMineForm(when)) return { kind: "mine", is: mineCondition(when) };
  if ("people" in when) return { kind: "people", is: peopleState(when) };
  if ("high" in when || "low" in when || "above" in when || "below" in when) return limitCondition(when);
  if ("lasting" in when) return { kind: "lasting", of: limitCondition(when.lasting) };
  if ("bits" in when) return { kind: "bits", mask: when.bits.reduce((mask, bit) => mask | STATE[bit], 0) };
  if ("after" in when) return { kind: "silence", of: "stream", after: when.after };
  if ("silence" in when) return { kind: "silence", of: "point" };
  if ("link" in when) return { kind: "link", down: when.link };
  if ("state" in when) return { kind: "state", is: when.state };
  return { kind: "set", all: when.set.all };
}

function lawLimits(
  row: RuleFile["limits"][number],
  types: Resolver,
  places: Resolver,
  source: string,
): LawLimit[] {
  const { system, type, loc, basis, unverified, unit: _, ...numbers } = row;
  const about = {
    systems: system,
    types: [...new Set(type.flatMap(types))],
    from: unverified ? ("county" as const) : ("law" as const),
    basis: basis ?? null,
    source,
    ...numbers,
  };
  return [...new Set(loc.flatMap(places))].map((place) => ({ ...about, loc: place }));
}

export function buildTables({
  units,
  switches,
}: Loaded): Pick<EffectiveConfig, "units" | "switchWords" | "switchTypes" | "types"> {
  const aliases = Object.entries(units.value.quantities).flatMap(([quantity, members]) =>
    Object.entries(members).map(([unit, how]): [string, UnitAlias] => {
      const { factor, offset } = typeof how === "number" ? { factor: how, offset: 0 } : how;
      return [unit, { unit, quantity, factor, offset }];
    }),
  );
  return {
    units: Object.fromEntries(aliases),
    switchWords: switches.value.texts,
    switchTypes: Object.fromEntries(
      Object.entries(switches.value.types).map(([type, values]) => [type, { values }]),
    ),
    types: Object.fromEntries(
      Object.entries(units.value.types).map(([code, { name, nameEn, unit, resolution }]) => [
        code,
        { name, nameEn, unit, resolution },
      ]),
    ),
  };
}
