import type { PeopleCount } from "../model/people.ts";
import { factsOf } from "./people/facts.ts";
import type { Mine, Point, Watch, World } from "./world.ts";

/** Lines a people record holds, so that its body stays within the journal's bound. */
const LINES = 250;

/** The count an alarm of this mine freezes; the list is written down once per snapshot, when first named. */
export function headcount(world: World, watch: Watch): PeopleCount | null {
  const { mine } = watch;
  if (mine.people === null) return null;
  if (mine.people.named === null) mine.people = { ...mine.people, named: writeList(world, mine) };
  const { underground, ts, quality, named } = mine.people;
  const area = areaCodeOf(world, watch);
  const here = area === null ? null : (factsOf(mine.people.list).inArea.get(area) ?? 0);
  return { underground, area: here, asOf: ts, quality, list: named };
}

/** The area the alarm's subject is in: its own, that of a card, or the one the county ties the point to. */
function areaCodeOf(world: World, { subject, mine, point, machines }: Watch): string | null {
  const code = subject.id.slice(`${mine.code}:person:`.length);
  if (subject.kind === "area") return code;
  if (subject.kind === "card") return factsOf(mine.people?.list ?? []).below.get(code)?.area ?? null;
  const slots = point === null ? machines.flat() : [point.slot];
  for (const slot of slots) {
    const { stream, def } = world.points[slot] as Point;
    const area = mine.config?.points[`${stream.system}:${def.code}`]?.area;
    if (area !== undefined) return area;
  }
  return null;
}

function writeList(world: World, mine: Mine): string {
  const people = mine.people?.list ?? [];
  const lines = people
    .filter((person) => person.up === undefined)
    .map((person) => `${person.card} ${person.area ?? "-"}`)
    .sort();
  const hash = world.hash([mine.code, mine.people?.ts, ...lines].join("|"));
  for (let at = 0; at === 0 || at < lines.length; at += LINES) {
    world.journalSeq++;
    world.entries.push({
      type: "people",
      t: world.now,
      mine: mine.code,
      hash,
      list: lines.slice(at, at + LINES),
      inputs: [world.input],
    });
  }
  return hash;
}
