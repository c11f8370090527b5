import type { Area, Person } from "../../model/people.ts";
import type { Mine } from "../world.ts";

/** What a list of people says, counted once. */
export interface Facts {
  /** By card: who is underground. */
  readonly below: ReadonlyMap<string, Person>;
  /** By card: who is named as having come up. */
  readonly up: ReadonlySet<string>;
  /** By area code. */
  readonly inArea: ReadonlyMap<string, number>;
  readonly leaders: number;
}

const counted = new WeakMap<readonly Person[], Facts>();

/** Lists never change, so neither does what they say. */
export function factsOf(list: readonly Person[]): Facts {
  const known = counted.get(list);
  if (known !== undefined) return known;
  const below = new Map<string, Person>();
  const up = new Set<string>();
  const inArea = new Map<string, number>();
  let leaders = 0;
  for (const person of list) {
    if (person.up !== undefined) {
      up.add(person.card);
      continue;
    }
    below.set(person.card, person);
    if (person.area !== undefined) inArea.set(person.area, (inArea.get(person.area) ?? 0) + 1);
    if (person.leader === true) leaders++;
  }
  const facts = { below, up, inArea, leaders };
  counted.set(list, facts);
  return facts;
}

const byCode = new WeakMap<readonly Area[], Map<string, Area>>();

/** An area as the mine sent it and the county corrected it; one that nobody described is an ordinary one. */
export function areaOf(mine: Mine, code: string): Omit<Area, "quota"> & { readonly quota: number | null } {
  const areas = mine.people?.areas ?? NONE;
  let known = byCode.get(areas);
  if (known === undefined) {
    known = new Map(areas.map((area) => [area.code, area]));
    byCode.set(areas, known);
  }
  const sent = known.get(code);
  const policy = mine.config?.areas?.[code];
  return {
    code,
    name: sent?.name ?? code,
    kind: policy?.kind ?? sent?.kind ?? "normal",
    quota: policy?.quota ?? sent?.quota ?? null,
  };
}

const NONE: readonly Area[] = [];
