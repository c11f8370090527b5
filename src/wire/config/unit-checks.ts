import { type Loaded, typeResolver } from "./build.ts";
import { meant } from "./schema-faults.ts";
import type { UnitsFile } from "./table-files.ts";
import type { Fault, Path, YamlSource } from "./yaml-source.ts";

/** Limits written in a unit that is not the type's: the number would be another one. */
export function unitFaults(loaded: Loaded): Fault[] {
  const units = loaded.units.value;
  const types = typeResolver(units);
  const about = (source: YamlSource, path: Path, unit: string | undefined, of: readonly string[]) =>
    unit === undefined ? [] : mismatches(source, [...path, "unit"], unit, of, units);
  return [
    ...loaded.packs.flatMap(({ source, value }) => [
      ...value.rules.flatMap(({ unit, type }, i) =>
        about(source, ["rules", i], unit, (type ?? []).flatMap(types)),
      ),
      ...value.limits.flatMap(({ unit, type }, i) => [
        ...about(source, ["limits", i], unit, type.flatMap(types)),
        ...shared(source, ["limits", i, "type"], type.flatMap(types), units),
      ]),
    ]),
    ...loaded.mines.flatMap(({ source, value }) =>
      Object.entries(value.limits).flatMap(([key, { unit }]) =>
        about(source, ["limits", key], unit, [key.split(":")[0] ?? ""]),
      ),
    ),
  ];
}

function mismatches(
  source: YamlSource,
  path: Path,
  unit: string,
  types: readonly string[],
  units: UnitsFile,
): Fault[] {
  const members = Object.values(units.quantities).flatMap((quantity) => Object.keys(quantity));
  if (!members.includes(unit))
    return [meant(source.at(path, `unknown unit ${unit}`, members.join(", ")), unit, members)];
  if (types.length === 0) return [source.at(path, "a unit says nothing without a type", "type: …")];
  const others = [...new Set(types)].filter((type) => units.types[type]?.unit !== unit);
  return others.slice(0, 1).map((type) => {
    const own = units.types[type]?.unit ?? null;
    const name = `${type} (${units.types[type]?.name ?? "?"})`;
    const factor = own === null ? null : ratio(unit, own, units);
    const how = factor === null ? "" : `: 1 ${unit} is ${Number(factor.toPrecision(6))} ${own}`;
    return source.at(path, `${name} is judged in ${own ?? "no unit"}, not in ${unit}${how}`, own);
  });
}

/** One number for types of several units would mean something else for each. */
function shared(source: YamlSource, path: Path, types: readonly string[], units: UnitsFile): Fault[] {
  const own = [...new Set(types.map((type) => units.types[type]?.unit ?? "no unit"))];
  return own.length <= 1
    ? []
    : [source.at(path, `one number for types in ${own.join(" and in ")}`, "a row for each unit")];
}

/** How many of the second unit one of the first is; null where they measure different things. */
function ratio(from: string, to: string, { quantities }: UnitsFile): number | null {
  const quantity = Object.values(quantities).find(
    (members) => Object.hasOwn(members, from) && Object.hasOwn(members, to),
  );
  const factor = (unit: string) => {
    const how = quantity?.[unit];
    return how === undefined ? Number.NaN : typeof how === "number" ? how : how.factor;
  };
  const found = factor(from) / factor(to);
  return Number.isFinite(found) ? found : null;
}

/** What values of a type can be at all, in its own unit; null where nothing is said of its quantity. */
export function rangeOf(
  { quantities, ranges, types }: UnitsFile,
  type: string,
): { readonly min: number; readonly max: number; readonly unit: string } | null {
  const unit = types[type]?.unit ?? null;
  if (unit === null) return null;
  for (const [quantity, members] of Object.entries(quantities)) {
    const how = members[unit];
    const range = ranges[quantity];
    if (how === undefined || range === undefined) continue;
    const { factor, offset } = typeof how === "number" ? { factor: how, offset: 0 } : how;
    const inUnit = (value: number) => Number(((value - offset) / factor).toPrecision(9));
    const min = range.least === undefined ? Number.NEGATIVE_INFINITY : inUnit(range.least);
    const max = range.most === undefined ? Number.POSITIVE_INFINITY : inUnit(range.most);
    return { min, max, unit };
  }
  return null;
}
