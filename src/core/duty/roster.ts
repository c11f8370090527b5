import { type DayNumber, dayNumber, dayWords } from "../../model/calendar.ts";
import type { EffectiveConfig } from "../../model/config.ts";
import {
  DUTY_PARTS,
  type DutyConfig,
  type DutyPart,
  type Handover,
  type OnDuty,
  type Parts,
  type Shift,
  type ShiftOf,
  type Swap,
} from "../../model/duty.ts";
import { DAY, HOUR, type Instant, MINUTE } from "../../model/time.ts";

/** Who is on duty: rotation, then swaps, then who took over. Pure; time and zone are arguments. */

type Offsets = EffectiveConfig["offsets"];

/** The configured side of it, and the dated exceptions. */
export interface Roster {
  readonly offsets: Offsets;
  readonly duty: DutyConfig;
  readonly swaps: readonly Swap[];
  readonly handovers: readonly Handover[];
}

/** A shift may be taken over this long before it begins. */
export const EARLY = HOUR;

/** The day and the minute of the day in the zone. */
export function localTime(
  offsets: Offsets,
  at: Instant,
): { readonly day: DayNumber; readonly minute: number } {
  const minutes = offsets.findLast(({ from }) => from <= at)?.minutes ?? offsets[0]?.minutes ?? 0;
  const local = at + minutes * MINUTE;
  const day = Math.floor(local / DAY);
  return { day, minute: Math.floor((local - day * DAY) / MINUTE) };
}

/**
 * The moment of a time of day in the zone. Of an hour that comes twice it is the first; of an hour that a clock put
 * forward leaves out it is the change.
 */
export function instantOf(offsets: Offsets, day: DayNumber, minute: number): Instant {
  const local = day * DAY + minute * MINUTE;
  if (offsets.length === 0) return local;
  for (const [i, { from, minutes }] of offsets.entries()) {
    const at = local - minutes * MINUTE;
    const next = offsets[i + 1]?.from ?? Number.POSITIVE_INFINITY;
    if (at >= next) continue;
    return i === 0 ? at : Math.max(at, from);
  }
  return local;
}

/** The shifts that are on at some moment from `from` to `to`, by when they begin. */
export function shiftsBetween({ offsets, duty }: Roster, from: Instant, to: Instant): ShiftOf[] {
  const first = localTime(offsets, from).day - 1;
  const last = localTime(offsets, to).day;
  const found: ShiftOf[] = [];
  for (let day = first; day <= last; day++) {
    for (const shift of duty.shifts) {
      const one = shiftOn(offsets, shift, day);
      if (one.to > from && one.from < to) found.push(one);
    }
  }
  return found.sort((a, b) => a.from - b.from || (a.shift < b.shift ? -1 : 1));
}

function shiftOn(offsets: Offsets, { id, from, to }: Shift, day: DayNumber): ShiftOf {
  return {
    shift: id,
    day: dayWords(day),
    from: instantOf(offsets, day, from),
    to: instantOf(offsets, to > from ? day : day + 1, to),
  };
}

const NOBODY: Parts = { officer: [], lead: [] };

/** The crew of one shift of one day, with whoever was swapped. */
export function crewOf(roster: Roster, shift: Pick<ShiftOf, "shift" | "day">): Parts {
  const places = placesOf(roster, shift);
  const of = (part: DutyPart) =>
    once(places.flatMap((each) => (each.part === part ? (each.person ?? []) : [])));
  return { officer: of("officer"), lead: of("lead") };
}

/** A place of a crew: who fills it, null = nobody, and by whose name it is asked for. */
interface Place {
  readonly part: DutyPart;
  readonly person: string | null;
  readonly name: string;
}

/** A place that nobody fills any more can still be given to somebody, by the name of who had it. */
export function placesOf(
  { duty, swaps }: Roster,
  { shift, day }: Pick<ShiftOf, "shift" | "day">,
): readonly Place[] {
  const number = dayNumber(day);
  if (number === null) return [];
  const rotation = duty.rotations.findLast(({ from }) => from <= number);
  const turn = rotation?.cycle[(number - rotation.from) % rotation.cycle.length];
  const parts = duty.crews.find(({ id }) => id === turn?.[shift])?.parts ?? NOBODY;
  const places = DUTY_PARTS.flatMap((part) =>
    parts[part].map((person): Place => ({ part, person, name: person })),
  );
  return swaps
    .filter((swap) => swap.day === day && swap.shift === shift)
    .reduce<readonly Place[]>((before, swap) => before.map((place) => swapped(place, swap)), places);
}

const swapped = (place: Place, { out, in: person }: Swap): Place =>
  place.name === out ? { ...place, person, name: person ?? out } : place;

const once = (people: readonly string[]): readonly string[] => [...new Set(people)];

export const isOf = (handover: Pick<Handover, "day" | "shift">, { day, shift }: ShiftOf): boolean =>
  handover.day === day && handover.shift === shift;

/**
 * Everybody who is on duty at a moment: the crews of its shifts, whoever took one of them over, and until it is taken
 * over or the time for that is up, the crews of the shifts before.
 */
export function onDutyAt(roster: Roster, at: Instant): OnDuty {
  const { duty, handovers } = roster;
  const near = shiftsBetween(roster, at - duty.handoverWithin, at + EARLY);
  const shifts = near.filter(({ from, to }) => from <= at && at < to);
  const open = shifts.some(
    (shift) => at < shift.from + duty.handoverWithin && !handovers.some((each) => isOf(each, shift)),
  );
  const crews = near.map((shift) => {
    if (shift.to <= at && !open) return NOBODY;
    const crew = shift.from <= at ? crewOf(roster, shift) : NOBODY;
    const takers = handovers.filter((each) => isOf(each, shift)).map(({ person }) => person);
    const others = takers.filter((person) => !crew.lead.includes(person));
    return { ...crew, officer: [...crew.officer, ...others] };
  });
  // Whose shift it is comes first, whoever goes home is called after.
  const order = [...crews.keys()].sort((a, b) => Number(isOver(near[a], at)) - Number(isOver(near[b], at)));
  return {
    shifts,
    parts: joined(
      order.map((i) => crews[i] ?? NOBODY),
      duty,
    ),
  };
}

const isOver = (shift: ShiftOf | undefined, at: Instant): boolean => shift !== undefined && shift.to <= at;

function joined(crews: readonly Parts[], duty: DutyConfig): Parts {
  const known = new Set(duty.people.map(({ id }) => id));
  const of = (part: DutyPart) =>
    once(crews.flatMap((crew) => crew[part])).filter((person) => known.has(person));
  return { officer: of("officer"), lead: of("lead") };
}

/** Whether so many minutes after midnight are within the hours; `to` at or before `from` is the next day. */
export const isWithin = (minute: number, { from, to }: { from: number; to: number }): boolean =>
  from < to ? minute >= from && minute < to : minute >= from || minute < to;
