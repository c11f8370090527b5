import { clockWords, dayWords } from "../../model/calendar.ts";
import type { CoverGap, DutyConfig, ShiftOf } from "../../model/duty.ts";
import { GATEWAY_MINE, GATEWAY_SYSTEM } from "../../model/mine.ts";
import { type Instant, MINUTE } from "../../model/time.ts";
import { notice } from "../journal.ts";
import { readSelf } from "../self.ts";
import { mineOf, type World } from "../world.ts";
import { rosterOf } from "./calls.ts";
import { tryAgain, unanswerable } from "./escalation.ts";
import { crewOf, instantOf, isOf, localTime, onDutyAt, type Roster, shiftsBetween } from "./roster.ts";

/** Points of the gateway's own about the duty; each is judged by a rule of `config/rules/duty.yaml`. */
const NOBODY = "duty-nobody";
const UNCOVERED = "duty-uncovered";
const UNREACHABLE = "duty-unreachable";

/**
 * Looks, once a minute and whenever the roster changed, whether somebody is on duty now and at every hour ahead, and
 * whether the shift was taken over: "nobody on Saturday night" is a trouble today.
 */
export function sweepCover(world: World): void {
  const duty = world.config?.duty ?? null;
  const memory = world.duty;
  if (duty === null) {
    for (const point of [...memory.troubles.keys()]) tell(world, point, null);
    return;
  }
  tellUnreachable(world);
  if (!memory.stirred && world.now % MINUTE !== 0) return;
  const roster = rosterOf(world, duty);
  if (memory.stirred) tryAgain(world);
  memory.stirred = false;
  const { parts, shifts } = onDutyAt(roster, world.now);
  tell(world, NOBODY, parts.officer.length > 0 ? null : nobodyWords(shifts));
  const [gap, ...more] = gapsAhead(roster, world.now);
  tell(
    world,
    UNCOVERED,
    gap === undefined ? null : `${gap.words}${more.length === 0 ? "" : ` (and ${more.length} more)`}`,
  );
  tellMissed(world, roster, shifts);
}

const nobodyWords = (shifts: readonly ShiftOf[]): string =>
  shifts.length === 0 ? "no shift is on" : shifts.map(({ day, shift }) => `${day} ${shift}`).join(", ");

/** Hours without an officer on the roster, from now to so many days ahead. */
export function gapsAhead(roster: Roster, now: Instant): CoverGap[] {
  const { offsets, duty, handovers } = roster;
  const { day } = localTime(offsets, now);
  // Whole days, so that a gap that goes on has the same words a minute later.
  const from = instantOf(offsets, day - 1, 0);
  const end = instantOf(offsets, day + duty.coverDays + 1, 0);
  const gaps: CoverGap[] = [];
  let covered = from;
  for (const shift of shiftsBetween(roster, from, end)) {
    const taken = handovers.some((each) => isOf(each, shift));
    if (!taken && !crewOf(roster, shift).officer.some((id) => isKnown(duty, id))) continue;
    if (shift.from > covered) gaps.push(gapOf(roster, covered, shift.from));
    covered = Math.max(covered, shift.to);
  }
  if (covered < end) gaps.push(gapOf(roster, covered, end));
  return gaps.filter(({ to }) => to > now);
}

const isKnown = ({ people }: DutyConfig, person: string): boolean => people.some(({ id }) => id === person);

const gapOf = ({ offsets }: Roster, from: Instant, to: Instant): CoverGap => ({
  from,
  to,
  words: `${momentWords(offsets, from)} – ${momentWords(offsets, to)}`,
});

function momentWords(offsets: Roster["offsets"], at: Instant): string {
  const { day, minute } = localTime(offsets, at);
  return `${dayWords(day)} ${clockWords(minute)}`;
}

/** A chain that found nobody to call. */
function tellUnreachable(world: World): void {
  const found = unanswerable(world);
  const known = world.duty.troubles.get(UNREACHABLE);
  if (found === null) tell(world, UNREACHABLE, null);
  else if (known === undefined) {
    const { mineName, place, titleEn } = found.alarm;
    tell(world, UNREACHABLE, `${mineName} ${place}: ${titleEn}`);
  }
}

/** Told once, and again when it is another one. */
function tell(world: World, point: string, detail: string | null): void {
  const { troubles } = world.duty;
  const known = troubles.get(point) ?? null;
  if (known === detail) return;
  if (known !== null) readSelf(world, { point, value: 0, detail: "over" });
  if (detail === null) troubles.delete(point);
  else {
    troubles.set(point, detail);
    readSelf(world, { point, value: 1, detail });
  }
}

const TOLD = 16;

/** A shift that began and that nobody has taken over in time is a notice (交接班). */
function tellMissed(world: World, { duty, handovers }: Roster, shifts: readonly ShiftOf[]): void {
  for (const shift of shifts) {
    const name = `${shift.day} ${shift.shift}`;
    const late = world.now >= shift.from + duty.handoverWithin && shift.from >= world.duty.since;
    if (!late || world.duty.missed.includes(name) || handovers.some((each) => isOf(each, shift))) continue;
    world.duty.missed = [...world.duty.missed, name].slice(-TOLD);
    const gateway = mineOf(world, GATEWAY_MINE);
    notice(world, gateway, GATEWAY_SYSTEM, "handover-missing", `${name}: nobody has taken over`);
  }
}
