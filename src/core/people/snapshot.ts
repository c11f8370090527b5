import { BOUNDS } from "../../model/bounds.ts";
import type { Body } from "../../model/input.ts";
import type { Person } from "../../model/people.ts";
import { MINUTE } from "../../model/time.ts";
import { fireBefore } from "../delays.ts";
import { notice } from "../journal.ts";
import { joinParts } from "../parts.ts";
import { type Standing, SUSPECT_AHEAD } from "../stream-clock.ts";
import { count, type Mine, type Stream, type World } from "../world.ts";
import type { People } from "./crew.ts";
import { factsOf } from "./facts.ts";
import { judgeSnapshot } from "./judge.ts";

type PeopleBody = Extract<Body, { kind: "people" }>;

/** A fall by more than both in one snapshot, or to nobody, is doubted (contract §3). */
const FALL_SHARE = 0.3;
const FALL_PEOPLE = 20;
/** A second snapshot this much later settles it. */
const CONFIRMED_AFTER = 2 * MINUTE;
/** Metres between two sightings below which a card has not moved: positions are not exact. */
const MOVED = 5;

/**
 * A full snapshot of who is underground. An older one is history and changes nothing here; one that came late is
 * the newest list there is, and rings nothing.
 */
export function readPeople(world: World, stream: Stream, body: PeopleBody, standing: Standing): void {
  const { mine } = stream;
  const list = wholeList(mine, body);
  if (list === null) return;
  count(mine, "people");
  const before = mine.people;
  const judged = Math.min(body.ts, world.now);
  if (before !== null && judged < before.newest && standing !== "rebased") {
    count(mine, "people:older");
    return;
  }
  const facts = factsOf(list);
  if (list.some((person) => person.leader !== undefined)) mine.crew.tellsLeaders = true;
  else if (list.length > 0) count(mine, "people:no-leader");
  const now: People = {
    ts: body.ts,
    at: world.now,
    judged,
    newest: judged,
    suspect: standing === "rebased" || body.ts > world.now + SUSPECT_AHEAD,
    list,
    text: JSON.stringify(list),
    areas: mine.peopleParts.areas ?? before?.areas ?? [],
    underground: facts.below.size,
    claimed: body.count,
    moving: moving(before, list),
    quality: "good",
    doubtedAt: null,
    named: null,
  };
  const isLive = standing !== "lagging";
  if (isLive && judged > stream.nextDue) fireBefore(world, stream, judged);
  mine.people = believed(world, mine, before, now);
  if (isLive) judgeSnapshot(world, stream, mine.people, now);
  else count(mine, "people:late");
}

/** The rows of all parts, one a card; null while parts are missing. Of two rows of a card the last one holds. */
function wholeList(mine: Mine, body: PeopleBody): readonly Person[] | null {
  const known = mine.peopleParts;
  const { ts, part, parts } = body;
  if (known.ts !== ts) known.areas = null;
  known.areas = body.areas ?? known.areas;
  const rows = joinParts(known, { ts, part, parts, items: body.people });
  if (rows === null) return null;
  const cards = new Map(rows.map((person) => [person.card, person]));
  if (cards.size < rows.length) count(mine, "people:card-twice", rows.length - cards.size);
  const list = [...cards.values()];
  if (list.length <= BOUNDS.peoplePerMine) return list;
  count(mine, "people:beyond", list.length - BOUNDS.peoplePerMine);
  return list.slice(0, BOUNDS.peoplePerMine);
}

/** The new list, or the one before it while a sudden fall waits to be confirmed. */
function believed(world: World, mine: Mine, before: People | null, now: People): People {
  if (before === null || !isFall(before.underground, now.underground)) return now;
  const confirmed = before.doubtedAt !== null && world.now - before.doubtedAt >= CONFIRMED_AFTER;
  if (confirmed) return now;
  if (before.doubtedAt === null) {
    const fall = `${before.underground} → ${now.underground} underground in one snapshot`;
    notice(world, mine, "person", "people-fall", fall);
  }
  const doubtedAt = before.doubtedAt ?? world.now;
  return { ...before, quality: "last-credible", doubtedAt, newest: now.newest };
}

function isFall(before: number, after: number): boolean {
  const fall = before - after;
  return (after === 0 && before > 0) || (fall > FALL_PEOPLE && fall > FALL_SHARE * before);
}

/** Cards that were elsewhere when they were last seen before; one that is seen no more stays what it was. */
function moving(before: People | null, list: readonly Person[]): ReadonlySet<string> {
  const earlier = before === null ? null : factsOf(before.list).below;
  const cards = new Set<string>();
  for (const person of list) {
    const known = earlier?.get(person.card);
    if (person.up !== undefined || person.seen === undefined || known?.seen === undefined) continue;
    const seenAgain = person.seen > known.seen;
    if (seenAgain ? isElsewhere(known, person) : before?.moving.has(person.card)) cards.add(person.card);
  }
  return cards;
}

const isElsewhere = (before: Person, now: Person): boolean =>
  before.area !== now.area ||
  before.station !== now.station ||
  Math.abs((before.dist ?? 0) - (now.dist ?? 0)) >= MOVED;
