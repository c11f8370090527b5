import type { System } from "../../model/mine.ts";
import type { Area } from "../../model/people.ts";
import type { Instant } from "../../model/time.ts";
import type { Element } from "./element.ts";
import type { Known, Table } from "./file.ts";

/** The point table of a stream: what all its definition files say together, a code once. */
export function tableOf(known: Known, system: System): readonly Element[] {
  const tables = Object.hasOwn(known.tables, system) ? (known.tables[system] ?? {}) : {};
  const points = new Map<string, Element>();
  for (const type of Object.keys(tables).sort()) {
    for (const point of (tables[type] as Table).points) {
      const code = point["code"] as string;
      if (!points.has(code)) points.set(code, point);
    }
  }
  return [...points.values()];
}

export function knownTable(known: Known, system: System, type: string): Table | undefined {
  const tables = Object.hasOwn(known.tables, system) ? known.tables[system] : undefined;
  return tables !== undefined && Object.hasOwn(tables, type) ? tables[type] : undefined;
}

export const withTable = (known: Known, system: System, type: string, table: Table): Known => ({
  ...known,
  tables: { ...known.tables, [system]: { ...known.tables[system], [type]: table } },
});

export const withPeople = (known: Known, at: Instant, rows: readonly Element[]): Known => ({
  ...known,
  people: { at, rows: Object.fromEntries(rows.map((row) => [row["card"], row])) as Record<string, Element> },
});

export const withAreas = (known: Known, at: Instant, rows: readonly Element[]): Known => ({
  ...known,
  areas: { at, rows: rows as unknown as readonly Area[] },
});

/** Points by code; made once for each table, because every reading of a file asks. */
export function pointFinder(known: Known, system: System): (code: string) => Element | undefined {
  const tables = Object.hasOwn(known.tables, system) ? known.tables[system] : undefined;
  if (tables === undefined) return () => undefined;
  let points = finders.get(tables);
  if (points === undefined) {
    points = new Map(tableOf(known, system).map((point) => [point["code"] as string, point]));
    finders.set(tables, points);
  }
  const found = points;
  return (code) => found.get(code);
}

const finders = new WeakMap<object, ReadonlyMap<string, Element>>();
