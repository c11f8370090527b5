import type { PeopleState } from "../../model/people.ts";
import { HOUR, type Instant } from "../../model/time.ts";
import type { Mine, Watch, World } from "../world.ts";
import type { People } from "./crew.ts";
import { areaOf, type Facts, factsOf } from "./facts.ts";

/** What the rules look at: the rows of a snapshot, beside what is held to be so of the mine. */
export interface Look {
  readonly mine: Mine;
  readonly people: People;
  /** Of the snapshot that came, which is not the list of `people` while a fall is doubted. */
  readonly facts: Facts;
  /** Who is missing from a doubted snapshot proves nothing. */
  readonly doubted: boolean;
  readonly now: Instant;
}

/** How one subject stands to one state. */
export interface Finding {
  readonly so: boolean;
  readonly value: number | null;
  readonly limit: number | null;
  /** Since when, where the state tells better than the snapshot's time. */
  readonly since: Instant | null;
}

export const lookAt = (world: World, mine: Mine, people: People): Look => ({
  mine,
  people,
  facts: factsOf(people.list),
  doubted: false,
  now: world.now,
});

/** Stands for the list of a mine that never sent one. */
export const NOBODY: People = Object.freeze({
  ts: 0,
  at: 0,
  judged: 0,
  newest: 0,
  suspect: false,
  list: [],
  text: "[]",
  areas: [],
  underground: 0,
  claimed: null,
  moving: new Set<string>(),
  quality: "good",
  doubtedAt: null,
  named: null,
});

/** Codes of the areas or cards that may be in the state; the empty code is the mine. */
export function candidates(is: PeopleState, look: Look): string[] {
  const { below, inArea } = look.facts;
  switch (is.what) {
    case "sos":
    case "overtime":
      return [...below.keys()].filter((card) => finding(is, card, look).so);
    case "restricted":
    case "outside":
      return [...inArea.keys()];
    case "over":
      return is.of === "mine" ? MINE : [...inArea.keys()];
    case "unseen":
      return is.of === "mine" ? MINE : [...look.people.moving].filter((card) => finding(is, card, look).so);
    case "underground":
    case "leader-absent":
    case "fall":
    case "mismatch":
      return MINE;
  }
}

const MINE = [""];

/** Judges one subject. Over-capacity and the like begin above their number: at the number all is well. */
export function finding(is: PeopleState, code: string, look: Look): Finding {
  const { mine, people, facts } = look;
  const underground = facts.below.size;
  switch (is.what) {
    case "sos":
      return { ...NOTHING, so: facts.below.get(code)?.sos === true };
    case "overtime":
      return overtime(facts.below.get(code)?.down, is.after, look.now);
    case "restricted":
      return above(areaOf(mine, code).kind === "restricted" ? 0 : null, inArea(facts, code));
    case "outside":
      return above(isForbidden(mine, code) ? 0 : null, inArea(facts, code));
    case "over":
      return is.of === "mine"
        ? above(mine.config?.approvedUnderground ?? null, underground)
        : overArea(is.of, code, look);
    case "underground":
      return above(is.above === "permitted" ? permitted(mine) : is.above, underground);
    case "leader-absent": {
      const alone = mine.crew.tellsLeaders && facts.leaders === 0 && underground > 0;
      return { ...NOTHING, so: alone && !look.doubted, value: underground };
    }
    case "unseen":
      return is.of === "mine" ? unseenCards(is, look) : unseenCard(is.after, code, look);
    case "fall":
      return { ...NOTHING, so: people.doubtedAt !== null, value: underground };
    case "mismatch": {
      const { claimed } = people;
      const agrees = claimed === null || claimed === underground || claimed === underground + facts.up.size;
      return { ...NOTHING, so: !agrees && !look.doubted, value: claimed };
    }
  }
}

const NOTHING: Finding = { so: false, value: null, limit: null, since: null };

const above = (limit: number | null, value: number): Finding => ({
  so: limit !== null && value > limit,
  value,
  limit,
  since: null,
});

const inArea = (facts: Facts, code: string): number => facts.inArea.get(code) ?? 0;

/** Whom nobody permitted to be underground of a mine that stands still may not be. */
const permitted = (mine: Mine): number => mine.config?.permittedUnderground ?? 0;

/** The limit that the county's own word about this mine decides; null where what the mine sends does. */
export function limitSet(mine: Mine, is: PeopleState, code: string): number | null {
  if (is.what === "underground") return is.above === "permitted" ? permitted(mine) : null;
  if (is.what !== "over") return null;
  return is.of === "mine"
    ? (mine.config?.approvedUnderground ?? null)
    : (mine.config?.areas?.[code]?.quota ?? null);
}

/** Where the county permits no area at all, only the number of people tells. */
function isForbidden(mine: Mine, code: string): boolean {
  const areas = mine.config?.areas ?? {};
  return areas[code]?.permitted !== true && Object.values(areas).some((area) => area.permitted === true);
}

function overArea(of: "area" | "rockburst", code: string, { mine, facts }: Look): Finding {
  const { kind, quota } = areaOf(mine, code);
  const ofThese = (kind === "rockburst") === (of === "rockburst");
  return above(ofThese ? quota : null, inArea(facts, code));
}

/** Hours underground, to a tenth, as the alarm shows them. */
const hours = (ms: number): number => Math.round((ms / HOUR) * 10) / 10;

function overtime(down: Instant | undefined, after: number, now: Instant): Finding {
  if (down === undefined) return NOTHING;
  const since = down + after;
  return { so: now >= since, value: hours(now - down), limit: hours(after), since };
}

/** By the mine's own clock: a card is compared with the moment of its snapshot. */
function isUnseen(card: string, after: number, { facts, people }: Look): boolean {
  const seen = facts.below.get(card)?.seen;
  return seen !== undefined && people.judged - seen >= after;
}

function unseenCard(after: number, card: string, look: Look): Finding {
  const so = !look.doubted && look.people.moving.has(card) && isUnseen(card, after, look);
  const seen = look.facts.below.get(card)?.seen;
  return { ...NOTHING, so, since: seen === undefined ? null : seen + after };
}

function unseenCards(is: Extract<PeopleState, { what: "unseen"; of: "mine" }>, look: Look): Finding {
  const cards = [...look.facts.below.keys()];
  const value = cards.filter((card) => isUnseen(card, is.after, look)).length;
  // A share of 5 % of 140 is 7, also where binary fractions make it a little more.
  const limit = Math.min(is.atLeast, Math.ceil(is.share * cards.length - 1e-9));
  return { ...NOTHING, so: !look.doubted && value > 0 && value >= limit, value, limit };
}

/** The next moment at which some card reaches a duration; endless when none will. */
export function nextOvertime(is: PeopleState, look: Look): Instant {
  if (is.what !== "overtime") return Number.POSITIVE_INFINITY;
  let next = Number.POSITIVE_INFINITY;
  for (const { down } of look.facts.below.values()) {
    if (down + is.after > look.now) next = Math.min(next, down + is.after);
  }
  return next;
}

/** Code of the card or area a watch is about; the empty one is the mine's. */
export const codeOf = ({ subject, mine }: Watch): string =>
  subject.kind === "mine" ? "" : subject.id.slice(`${mine.code}:person:`.length);

/** What an alarm shows that rises between two snapshots. */
export function shownOfPeople(world: World, watch: Watch) {
  const { people, crew } = watch.mine;
  const test = watch.plan.steps[0]?.test;
  const at = people?.judged ?? world.now;
  if (people === null || test?.kind !== "people")
    return { value: null, at, quality: "good" as const, calibrating: false };
  const { value } = finding(test.is, codeOf(watch), lookAt(world, watch.mine, people));
  const quality = crew.trust !== "fresh" ? "unknown" : people.suspect ? "suspect" : "good";
  return { value, at, quality: quality as "unknown" | "suspect" | "good", calibrating: false };
}
