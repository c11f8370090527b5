import type { PeopleCount } from "../model/people.ts";
import type { Mine, World } from "./world.ts";

/** Lines a people record holds, so that its body stays within the journal's bound. */
const LINES = 250;

/** The count an alarm of this mine freezes; the list is written down once per snapshot, when first named. */
export function headcount(world: World, mine: Mine): PeopleCount | null {
  if (mine.people === null) return null;
  if (mine.people.named === null) mine.people = { ...mine.people, named: writeList(world, mine) };
  const { underground, ts, quality, named } = mine.people;
  return { underground, area: null, asOf: ts, quality, list: named };
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
