import type { Alarm, Transition } from "../../model/alarm.ts";
import type { MineEvent } from "../../model/input.ts";
import { type MineCode, partsOfPoint } from "../../model/mine.ts";
import type { Area, Person } from "../../model/people.ts";
import { HOUR, type Instant, MINUTE } from "../../model/time.ts";
import { createOccurrences, type Detail, type Occurrence, type Telling } from "./occurrences.ts";
import { OCCURRENCE_KINDS, type OccurrenceKind, type PeopleRule } from "./people-rules.ts";
import { createStaffBook, type StaffBook, type StaffSheets } from "./staff.ts";

/** A whole list of who is underground. */
export interface Snapshot {
  readonly mine: MineCode;
  readonly ts: Instant;
  readonly people: readonly Person[];
  readonly areas: readonly Area[] | null;
}

/** The newest list of a mine, and when it came. */
interface List extends Snapshot {
  readonly at: Instant;
}

/** As it is kept on disk. */
export interface CrewImage {
  readonly lists: readonly List[];
  readonly staff: StaffSheets;
  readonly occurrences: readonly Occurrence[];
  /** Alarms of restricted areas that are open: their area, and since when. */
  readonly areas: readonly OpenArea[];
}

/** An alarm as it stood last in the round, by which step, and when that was written down. */
export interface AlarmStep {
  readonly alarm: Alarm;
  readonly what: Transition["what"];
  readonly t: Instant;
}

interface OpenArea {
  readonly alarm: string;
  readonly mine: MineCode;
  readonly area: string;
  readonly since: Instant;
}

/** What is known of a mine's people beside each list: who cards are, who was where last, what happened to them. */
export interface Crew {
  list(snapshot: Snapshot, now: Instant): void;
  /** `quiet`: only to know of it. */
  event(mine: MineCode, event: MineEvent, now: Instant, quiet: boolean): void;
  alarm(step: AlarmStep, rule: PeopleRule): void;
  /** What began or ended in the round, with what the newest list says of it. */
  changed(approved: (mine: MineCode) => number | null, now: Instant): readonly Occurrence[];
  readonly staff: Pick<StaffBook, "versions" | "of">;
  /** How much waits to be written. */
  size(): number;
  clear(now: Instant): void;
  image(): CrewImage;
  /** Records of mines that the files have no words for. */
  leftOut(): number;
}

/** When only older lists came for so long, the mine's clock was set back. */
const NEWEST_FOR = 10 * MINUTE;

export const NO_CREW: CrewImage = { lists: [], staff: {}, occurrences: [], areas: [] };

export interface Wanted {
  readonly staff: boolean;
  readonly occurrences: boolean;
}

/** Nothing is remembered of people that no file of the platform needs. */
export function createCrew(from: CrewImage, wanted: Wanted): Crew {
  const kept = wanted.occurrences ? from : { ...NO_CREW, staff: from.staff };
  const lists = new Map(kept.lists.map((list) => [list.mine, list]));
  const staff = createStaffBook(wanted.staff ? from.staff : {});
  const occurrences = createOccurrences(kept.occurrences);
  let areas = [...kept.areas];
  let leftOut = 0;
  let forgotAt = Number.NaN;

  const below = (mine: MineCode): readonly Person[] =>
    (lists.get(mine)?.people ?? []).filter(({ up }) => up === undefined);
  const areaOf = (mine: MineCode, code: string): Area | undefined =>
    lists.get(mine)?.areas?.find((area) => area.code === code);
  const personOf = (mine: MineCode, card: string): Person | undefined =>
    lists.get(mine)?.people.find((person) => person.card === card);

  /** An alarm names its area: who is in it, the newest list says. */
  function walkArea({ alarm, mine, area, since }: OpenArea, until: Instant, now: Instant): void {
    const list = lists.get(mine);
    if (list === undefined) return;
    const inside = below(mine).filter((person) => person.area === area);
    const open = occurrences.open(mine, "restricted");
    for (const one of open.filter((each) => isOf(each, alarm)))
      if (!inside.some(({ card }) => card === one.subject)) endOurs(one, Math.min(list.ts, until), now);
    for (const { card, areaSince } of inside) {
      const start = areaSince ?? Math.max(list.ts, since);
      if (start > until || open.some(({ subject }) => subject === card)) continue;
      const names = [`${alarm} ${card} ${start}`];
      tellOurs({ mine, kind: "restricted", subject: card, area, start, end: null, names, quota: null }, now);
    }
  }

  const endOurs = (one: Occurrence, end: Instant, now: Instant): void =>
    tellOurs({ ...one, end: Math.max(end, one.start) }, now);
  const tellOurs = (telling: Omit<Telling, "by">, now: Instant): void =>
    occurrences.tell({ ...telling, by: "gateway" }, now, false);

  function restricted({ id, mine, subject, raisedAt, returnedAt }: Alarm, now: Instant): void {
    const known = areas.find(({ alarm }) => alarm === id);
    const one = known ?? { alarm: id, mine, area: partsOfPoint(subject.id).code, since: raisedAt };
    if (returnedAt === null) {
      if (known === undefined) areas.push(one);
      return;
    }
    // Somebody may have come and gone within one round.
    walkArea(one, returnedAt, now);
    areas = areas.filter(({ alarm }) => alarm !== id);
    for (const each of occurrences.open(mine, "restricted"))
      if (isOf(each, id)) endOurs(each, returnedAt, now);
  }

  function detailOf(
    { mine, kind, subject, area, quota, detail }: Occurrence,
    approved: number | null,
  ): Detail {
    if (detail?.person !== undefined || detail?.cards !== undefined) return detail;
    if (kind !== "over-capacity") {
      const person = personOf(mine, subject);
      if (person === undefined) return {};
      return { person: area === null ? placed(person, kind) : at(person, area) };
    }
    const of = subject === "" ? below(mine) : below(mine).filter((person) => person.area === subject);
    const known = areaOf(mine, subject);
    const most = quota ?? (subject === "" ? approved : (known?.quota ?? null));
    return {
      ...(lists.has(mine) ? { cards: of.map(({ card }) => card) } : {}),
      ...(known === undefined ? {} : { area: known.name }),
      ...(most === null ? {} : { quota: most }),
    };

    /** Where it is by the list is where it may not be only if that area is such a one. */
    function placed(person: Person, what: OccurrenceKind): Person {
      const isOther = what === "restricted" && areaOf(mine, person.area ?? "")?.kind !== "restricted";
      return isOther ? nowhere(person) : person;
    }
  }

  return {
    list(snapshot, now) {
      const { mine, areas: said } = snapshot;
      // A time ahead of ours is not waited for.
      const ts = Math.min(snapshot.ts, now);
      if (wanted.staff) staff.take(mine, ts, snapshot.people);
      const before = lists.get(mine);
      const isOld = before !== undefined && ts < before.ts && now - before.at < NEWEST_FOR;
      if (!wanted.occurrences || isOld) return;
      const people = snapshot.people.map(needed);
      lists.set(mine, { mine, ts, at: now, people, areas: said ?? before?.areas ?? null });
    },
    event(mine, event, now, quiet) {
      if (!wanted.occurrences || !isKind(event.kind)) return;
      const telling = tellingOf(mine, event.kind, event);
      if (telling !== null) occurrences.tell(telling, now, quiet);
      else if (!quiet) leftOut++;
    },
    alarm({ alarm, t: now, what }, { kind, after }) {
      const { id, mine, subject, raisedAt, returnedAt, limit } = alarm;
      if (kind === "restricted") {
        // A mine's word of no place is about the mine as a whole: it names no card.
        if (subject.kind === "area") restricted(alarm, now);
        return;
      }
      const code = subject.kind === "mine" ? "" : partsOfPoint(subject.id).code;
      const isOfCards = kind !== "over-capacity";
      // A mine's word without a card is the mine's as a whole, of which these files have no record.
      if (isOfCards !== (subject.kind === "card")) return;
      const down = after === null ? undefined : personOf(mine, code)?.down;
      const start = down === undefined || after === null ? raisedAt : Math.max(raisedAt, down + after);
      const end = returnedAt === null ? null : Math.max(returnedAt, start);
      const quota = isOfCards ? null : limit;
      const lapsed = what === "rule-change";
      tellOurs({ mine, kind, subject: code, area: null, start, end, names: [id], quota, lapsed }, now);
    },
    changed(approved, now) {
      for (const one of areas) walkArea(one, Number.POSITIVE_INFINITY, now);
      const changed = occurrences.changed();
      for (const one of changed) one.detail = detailOf(one, approved(one.mine));
      return changed;
    },
    staff,
    size: () => occurrences.changed().length,
    clear(now) {
      occurrences.clear();
      const hour = Math.floor(now / HOUR);
      if (hour === forgotAt) return;
      forgotAt = hour;
      occurrences.forget(now);
      staff.forget(now);
    },
    image: () => ({
      lists: [...lists.values()],
      staff: staff.image(),
      occurrences: occurrences.image(),
      areas,
    }),
    leftOut: () => leftOut,
  };
}

/** Of a card in a restricted area, by our alarm of that area. */
const isOf = ({ by, names }: Occurrence, alarm: string): boolean =>
  by === "gateway" && names.some((name) => name.startsWith(`${alarm} `));

const isKind = (kind: string): kind is OccurrenceKind =>
  (OCCURRENCE_KINDS as readonly string[]).includes(kind);

/** Null = the files have no record of it: they are of cards, or of an area or the mine that has too many. */
function tellingOf(mine: MineCode, kind: OccurrenceKind, event: MineEvent): Telling | null {
  const { id, card, area = null, start, end = null } = event;
  const subject = kind === "over-capacity" ? (area ?? "") : card;
  if (subject === undefined || (kind === "over-capacity" && card !== undefined)) return null;
  const names = [`at ${subject} ${start}`, ...(id === undefined ? [] : [`id ${id}`])];
  return { mine, kind, subject, area, by: "mine", start, end, names, quota: null };
}

/** Of a row of a list what the files of alarms say: all of it would be long on disk. */
function needed({ card, name, down, up, area, areaSince, station, stationSince }: Person): Person {
  const more = Object.entries({ name, up, area, areaSince, station, stationSince });
  return { card, down, ...Object.fromEntries(more.filter(([, value]) => value !== undefined)) };
}

const at = (person: Person, area: string): Person =>
  person.area === area ? person : { ...nowhere(person), area };

function nowhere({ area: _area, areaSince: _since, ...person }: Person): Person {
  const { station: _station, stationSince: _stationSince, ...rest } = person;
  return rest;
}
