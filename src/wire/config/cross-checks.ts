import { BUILT_IN_SYSTEMS, GATEWAY_SYSTEM } from "../../model/mine.ts";
import { UNASSIGNED } from "../../model/point.ts";
import { isLoopback } from "../loopback.ts";
import { ANY, type Loaded, placeResolver, type Resolver, typeResolver } from "./build.ts";
import { dialectFaults } from "./dialect-checks.ts";
import { dutyFaults } from "./duty-checks.ts";
import { folderFaults } from "./folders.ts";
import type { RuleEntry, RuleFile } from "./rule-file.ts";
import { meant } from "./schema-faults.ts";
import { type Names, whenFaults } from "./when-checks.ts";
import { peopleFaults } from "./when-people.ts";
import type { Fault, Path, YamlSource } from "./yaml-source.ts";

/** What is wrong between files although each is right by itself. */
export function crossFaults(loaded: Loaded): Fault[] {
  return [
    ...listenerFaults(loaded),
    ...mineFaults(loaded),
    ...loaded.mines.flatMap(dialectFaults),
    ...folderFaults(loaded),
    ...ruleFaults(loaded),
    ...lawFaults(loaded),
    ...tableFaults(loaded),
    ...dutyFaults(loaded),
  ];
}

/** Plain TCP beyond this machine only by the listed exception, and for mines that are configured (contract §3). */
function listenerFaults({ gateway, mines }: Loaded): Fault[] {
  const { source, value } = gateway;
  const codes = mines.map((mine) => mine.value.code);
  return value.listeners.flatMap((listener, i) => {
    if (listener.kind !== "tcp" || isLoopback(listener.host)) return [];
    const path = ["listeners", i];
    if (listener.insecure === undefined) {
      const allowed = "127.0.0.1, kind: tls, or insecure: {reason, approvedBy, allow}";
      return [source.at([...path, "host"], "plain TCP beyond this machine can be read and forged", allowed)];
    }
    return Object.entries(listener.insecure.allow).flatMap(([network, mine]) =>
      codes.includes(mine)
        ? []
        : [
            source.at(
              [...path, "insecure", "allow", network],
              `no mine has the code ${mine}`,
              codes.join(", "),
            ),
          ],
    );
  });
}

function mineFaults(loaded: Loaded): Fault[] {
  const faults: Fault[] = [];
  const systems = systemsOf(loaded);
  const places = placesOf(loaded).filter((place) => place !== UNASSIGNED);
  const types = Object.keys(loaded.units.value.types);
  const claimed = new Map<string, string>();
  for (const { source, value } of loaded.mines) {
    const claim = (code: string, path: Path) => {
      const other = claimed.get(code);
      if (other !== undefined)
        faults.push(source.at(path, `${code} is already the code or an alias in ${other}`));
      claimed.set(code, source.file);
    };
    claim(value.code, ["code"]);
    for (const [i, alias] of value.aliases.entries()) claim(alias, ["aliases", i]);
    value.systems.forEach((system, i) => {
      if (!systems.includes(system))
        faults.push(unknown(source, ["systems", i], { kind: "system", word: system }, systems));
    });
    for (const system of Object.keys(value.cycles)) {
      if (!systems.includes(system))
        faults.push(unknown(source, ["cycles", system], { kind: "system", word: system }, systems));
    }
    if (!/[^/]+$/.exec(source.file)?.[0].startsWith(`${value.code}.`)) {
      faults.push(source.at(["code"], "the file is not named after its code", `mines/${value.code}.yaml`));
    }
    for (const [point, { loc, limits }] of Object.entries(value.points)) {
      const system = point.slice(0, point.indexOf(":"));
      if (!value.systems.includes(system))
        faults.push(
          unknown(
            source,
            ["points", point],
            { kind: "system", word: system, suffix: " of this mine" },
            value.systems,
          ),
        );
      if (loc !== undefined && !places.includes(loc))
        faults.push(unknown(source, ["points", point, "loc"], { kind: "location class", word: loc }, places));
      if (limits !== undefined) {
        const path = ["points", point, "limits"];
        faults.push(...orderFaults(source, path, limits), ...gradeFaults(source, path, limits));
      }
    }
    for (const [key, limits] of Object.entries(value.limits)) {
      const [type = "", loc] = key.split(":");
      if (!types.includes(type))
        faults.push(unknown(source, ["limits", key], { kind: "sensor type", word: type }, types));
      if (loc !== undefined && !places.includes(loc))
        faults.push(unknown(source, ["limits", key], { kind: "location class", word: loc }, places));
      faults.push(
        ...orderFaults(source, ["limits", key], limits),
        ...gradeFaults(source, ["limits", key], limits),
      );
    }
  }
  if (loaded.mines.length === 0) {
    faults.push({
      file: "mines/",
      line: 1,
      column: 1,
      what: "no mine is configured",
      allowed: "one file a mine",
    });
  }
  return faults;
}

function ruleFaults(loaded: Loaded): Fault[] {
  const faults: Fault[] = [];
  const systems = [...systemsOf(loaded), GATEWAY_SYSTEM];
  const places = placeResolver(loaded.packs.map(({ value }) => value));
  const types = typeResolver(loaded.units.value);
  const ids = new Map<string, string>();
  faults.push(...placeFaults(loaded));
  const entries = loaded.packs.flatMap(({ source, value }) =>
    value.rules.map((rule, i) => ({ source, rule, i })),
  );
  const parents = new Set(
    entries.flatMap(({ rule }) => (rule.ladder === undefined ? [rule.id] : [rule.id, rule.ladder])),
  );
  const names: Names = {
    isType: (name) => types(name).length > 0,
    isPlace: (name) => places(name).length > 0,
    systems,
    rules: parents,
  };
  for (const { source, rule, i } of entries) {
    const at = (key: string, what: string, allowed?: string) =>
      faults.push(source.at(["rules", i, key], what, allowed));
    const where = ids.get(rule.id);
    if (where !== undefined) at("id", `${rule.id} is already a rule in ${where}`);
    ids.set(rule.id, source.file);
    if (rule.basis === undefined && !rule.unverified)
      at("id", `${rule.id} names no basis`, "basis: document and clause, or unverified: true");
    for (const system of rule.system)
      if (system !== ANY && !systems.includes(system))
        faults.push(
          unknown(
            source,
            each(source, ["rules", i, "system"], rule.system, system),
            { kind: "system", word: system },
            systems,
          ),
        );
    for (const type of [...(rule.type ?? []), ...(rule.except ?? [])]) {
      if (types(type).length === 0)
        faults.push(unknownType(loaded, source, typePath(source, i, rule, type), type));
    }
    for (const loc of rule.loc ?? []) {
      if (places(loc).length === 0)
        faults.push(
          unknown(
            source,
            each(source, ["rules", i, "loc"], rule.loc ?? [], loc),
            { kind: "location class", word: loc },
            placesOf(loaded),
          ),
        );
    }
    for (const parent of rule.parent ?? []) {
      if (!parents.has(parent))
        faults.push(
          unknown(
            source,
            each(source, ["rules", i, "parent"], rule.parent ?? [], parent),
            { kind: "rule or ladder", word: parent },
            [...parents],
            "the id or ladder of a rule",
          ),
        );
    }
    faults.push(...whenFaults(source, ["rules", i], rule, names));
  }
  faults.push(...peopleFaults(entries));
  if (entries.length === 0) {
    faults.push({
      file: "rules/",
      line: 1,
      column: 1,
      what: "no rule at all: nothing would ever raise an alarm",
      allowed: "at least one rule",
    });
  }
  return faults;
}

/** A class written twice would be whatever the later file says; a group must not look like a class. */
function placeFaults({ packs }: Loaded): Fault[] {
  const first = new Map<string, string>();
  const faults: Fault[] = [];
  for (const { source, value } of packs) {
    for (const name of Object.keys(value.places)) {
      const other = first.get(name);
      if (other !== undefined)
        faults.push(source.atKey(["places", name], `${name} is already a place in ${other}`));
      first.set(name, other ?? source.file);
    }
  }
  for (const { source, value } of packs) {
    for (const [name, { groups }] of Object.entries(value.places)) {
      for (const group of groups) {
        if (first.has(group))
          faults.push(source.at(["places", name, "groups"], `${group} is a place, not a group`));
      }
    }
  }
  return faults;
}

function unknownType({ units }: Loaded, source: YamlSource, path: Path, type: string): Fault {
  const { types } = units.value;
  const known = [...Object.keys(types), ...Object.values(types).flatMap(({ groups }) => groups)];
  const what = { kind: "sensor type or group", word: type };
  return unknown(source, path, what, known, "a type or group of units.yaml");
}

function lawFaults(loaded: Loaded): Fault[] {
  const types = typeResolver(loaded.units.value);
  const places = placeResolver(loaded.packs.map(({ value }) => value));
  const systems = systemsOf(loaded);
  const seen = new Map<string, string>();
  return loaded.packs.flatMap(({ source, value }) =>
    value.limits.flatMap((row, i) => [
      ...orderFaults(source, ["limits", i], row),
      ...(row.basis === undefined && !row.unverified
        ? [source.at(["limits", i], "names no basis", "basis: document and clause, or unverified: true")]
        : []),
      ...row.system
        .filter((system) => !systems.includes(system))
        .map((system) =>
          unknown(
            source,
            each(source, ["limits", i, "system"], row.system, system),
            { kind: "system", word: system },
            systems,
          ),
        ),
      ...row.loc
        .filter((loc) => places(loc).length === 0)
        .map((loc) =>
          unknown(
            source,
            each(source, ["limits", i, "loc"], row.loc, loc),
            { kind: "location class", word: loc },
            placesOf(loaded),
          ),
        ),
      ...[...keysOf(row, types, places)].flatMap((key) => repeated(seen, source, i, key)),
      ...row.type
        .filter((type) => types(type).length === 0)
        .map((type) =>
          unknownType(loaded, source, each(source, ["limits", i, "type"], row.type, type), type),
        ),
    ]),
  );
}

/** What a row speaks of; groups may overlap within it. */
function keysOf(row: RuleFile["limits"][number], types: Resolver, places: Resolver): Set<string> {
  const locs = row.loc.flatMap(places);
  const at = row.type.flatMap(types).flatMap((type) => locs.map((loc) => `${type} at ${loc}`));
  return new Set(row.system.flatMap((system) => at.map((key) => `${key} (${system})`)));
}

/** Two rows for one type at one place: which of them holds would be chance. */
function repeated(seen: Map<string, string>, source: YamlSource, i: number, key: string): Fault[] {
  const path = ["limits", i, "loc"];
  const first = seen.get(key);
  const { file, line } = source.at(path, "");
  seen.set(key, first ?? `${file}:${line}`);
  return first === undefined ? [] : [source.at(path, `the limits of ${key} stand already in ${first}`)];
}

/** Methane and the like: an alarm comes before the cut, and neither is released above where it was raised. */
function orderFaults(
  source: YamlSource,
  path: Path,
  {
    alarm,
    cut,
    release,
    alarmLow,
    releaseLow,
  }: {
    alarm?: number | null | undefined;
    cut?: number | null | undefined;
    release?: number | null | undefined;
    alarmLow?: number | null | undefined;
    releaseLow?: number | null | undefined;
  },
): Fault[] {
  const faults: Fault[] = [];
  if (typeof alarm === "number" && typeof cut === "number" && cut < alarm) {
    faults.push(source.at([...path, "cut"], "the cut limit is below the alarm limit", `at least ${alarm}`));
  }
  if (typeof alarmLow === "number" && typeof releaseLow === "number" && releaseLow < alarmLow) {
    const least = `at least ${alarmLow}`;
    faults.push(
      source.at([...path, "releaseLow"], "the lower release is below the lower alarm limit", least),
    );
  }
  if (typeof alarm === "number" && typeof release === "number" && release > alarm) {
    faults.push(
      source.at([...path, "release"], "the release limit is above the alarm limit", `at most ${alarm}`),
    );
  }
  return faults;
}

type Grades = Readonly<Partial<Record<"blue" | "yellow" | "orange" | "red", number | undefined>>>;

/** Four levels grow worse in one direction. */
function gradeFaults(source: YamlSource, path: Path, { blue, yellow, orange, red }: Grades): Fault[] {
  const grades = [blue, yellow, orange, red].filter((grade) => grade !== undefined);
  const risen = grades.every((grade, i) => i === 0 || grade > (grades[i - 1] as number));
  const fallen = grades.every((grade, i) => i === 0 || grade < (grades[i - 1] as number));
  return risen || fallen
    ? []
    : [source.at(path, "the limits of blue, yellow, orange and red go back and forth", "rising or falling")];
}

function tableFaults({ units, switches }: Loaded): Fault[] {
  const faults: Fault[] = [];
  const seen = new Map<string, string>();
  for (const [quantity, members] of Object.entries(units.value.quantities)) {
    for (const unit of Object.keys(members)) {
      const other = seen.get(unit);
      if (other !== undefined)
        faults.push(units.source.at(["quantities", quantity, unit], `${unit} is already a unit of ${other}`));
      seen.set(unit, quantity);
    }
  }
  for (const [type, { unit }] of Object.entries(units.value.types)) {
    if (unit !== null && !seen.has(unit))
      faults.push(units.source.at(["types", type, "unit"], `${unit} is in no quantity above`));
  }
  for (const type of Object.keys(switches.value.types)) {
    if (!(type in units.value.types))
      faults.push(switches.source.at(["types", type], "unknown sensor type", "a type of units.yaml"));
  }
  return faults;
}

const systemsOf = ({ gateway }: Loaded): string[] => [...BUILT_IN_SYSTEMS, ...gateway.value.systems];

const placesOf = ({ packs }: Loaded): string[] => packs.flatMap(({ value }) => Object.keys(value.places));

/** A name nobody knows, at its place in a list or alone, with the one that was likely meant. */
function unknown(
  source: YamlSource,
  path: Path,
  what: { readonly kind: string; readonly word: string; readonly suffix?: string },
  known: readonly string[],
  allowed: string = known.join(", "),
): Fault {
  const fault = source.at(path, `unknown ${what.kind} ${what.word}${what.suffix ?? ""}`, allowed);
  return meant(fault, what.word, known);
}

function typePath(source: YamlSource, i: number, { type, except }: RuleEntry, name: string): Path {
  return type?.includes(name) === true
    ? each(source, ["rules", i, "type"], type, name)
    : each(source, ["rules", i, "except"], except ?? [], name);
}

/** The path of one of several names, which may also be written alone. */
function each(source: YamlSource, path: Path, words: readonly string[], word: string): Path {
  const value = path.reduce<unknown>((inner, key) => Reflect.get(Object(inner), key), source.value);
  return Array.isArray(value) ? [...path, words.indexOf(word)] : path;
}
