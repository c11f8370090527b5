import type { Body } from "../model/input.ts";
import type { Person } from "../model/people.ts";
import { MINUTE } from "../model/time.ts";
import { notice } from "./journal.ts";
import { joinParts } from "./parts.ts";
import type { Standing } from "./stream-clock.ts";
import { count, type Mine, type People, type World } from "./world.ts";

type PeopleBody = Extract<Body, { kind: "people" }>;

/** A fall by more than both in one snapshot, or to nobody, is doubted (contract §3). */
const FALL_SHARE = 0.3;
const FALL_PEOPLE = 20;
/** A second snapshot this much later settles it. */
const CONFIRMED_AFTER = 2 * MINUTE;

/** A full snapshot of who is underground. An older one is history and changes nothing here. */
export function readPeople(world: World, mine: Mine, body: PeopleBody, standing: Standing): void {
  const { ts, part, parts } = body;
  const known = mine.peopleParts;
  if (known.ts !== ts) known.areas = null;
  known.areas = body.areas ?? known.areas;
  const areas = known.areas;
  const list = joinParts(known, { ts, part, parts, items: body.people });
  if (list === null) return;
  count(mine, "people");
  const before = mine.people;
  if (before !== null && ts <= before.ts && standing !== "rebased") {
    count(mine, "people:older");
    return;
  }
  const underground = list.filter(isDown).length;
  mine.people = judged(world, mine, before, {
    ts,
    at: world.now,
    list,
    text: JSON.stringify(list),
    areas: areas ?? before?.areas ?? [],
    underground,
    quality: "good",
    doubtedAt: null,
    named: null,
  });
}

const isDown = (person: Person): boolean => person.up === undefined;

/** The new list, or the one before it while a sudden fall waits to be confirmed. */
function judged(world: World, mine: Mine, before: People | null, now: People): People {
  if (before === null || !isFall(before.underground, now.underground)) return now;
  const confirmed = before.doubtedAt !== null && world.now - before.doubtedAt >= CONFIRMED_AFTER;
  if (confirmed) return now;
  if (before.doubtedAt === null) {
    const fall = `${before.underground} → ${now.underground} underground in one snapshot`;
    notice(world, mine, "person", "people-fall", fall);
  }
  return { ...before, quality: "last-credible", doubtedAt: before.doubtedAt ?? world.now };
}

function isFall(before: number, after: number): boolean {
  const fall = before - after;
  return (after === 0 && before > 0) || (fall > FALL_PEOPLE && fall > FALL_SHARE * before);
}
