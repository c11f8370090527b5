import type { ActResult } from "../../model/act.ts";
import type { Alarm } from "../../model/alarm.ts";
import type { DutyConfig, Handover, Person, ShiftOf } from "../../model/duty.ts";
import { done, type Of, refused, wordsOf } from "../act-answers.ts";
import type { AlarmRecord, World } from "../world.ts";
import { rosterOf } from "./calls.ts";
import { writeDuty } from "./log.ts";
import { crewOf, EARLY, isOf, onDutyAt, type Roster, shiftsBetween } from "./roster.ts";

/** Alarms named in one record: more of them make more records. */
const ALARMS_A_RECORD = 300;
/** Taken-over shifts remembered. */
const REMEMBERED = 32;
const NAMED = 5;

/**
 * One takes over a shift, and every open alarm by name (交接班). Only what asked for attention after the list was
 * read may be missing from it.
 */
export function takeOver(world: World, duty: DutyConfig, act: Of<"handover">): ActResult {
  const person = personOf(duty, act.actor.user);
  if (person === undefined) return refused("forbidden", `${act.actor.user} is nobody of duty.yaml`);
  const roster = rosterOf(world, duty);
  const shift = shiftFor(roster, world, person);
  if (shift === undefined) return refused("not-possible", "no shift is on or about to begin");
  const missing = openAlarms(world, act.asOf).filter(({ id }) => !act.alarms.includes(id));
  if (missing.length > 0) {
    const named = missing.slice(0, NAMED).map(({ id }) => id);
    return refused("stale", `${missing.length} open alarms are not named: ${named.join(", ")}`);
  }
  const known = roster.handovers.some((each) => isOf(each, shift) && each.person === person.id);
  const before = onDutyAt(roster, world.now).parts.officer.filter((id) => id !== person.id);
  const seq = write(world, act, shift, { person: person.id, of: before });
  if (!known) {
    const { day, shift: name } = shift;
    const taken: Handover = { day, shift: name, person: person.id, at: world.now };
    world.duty.handovers = [...world.duty.handovers, taken].slice(-REMEMBERED);
    world.duty.stirred = true;
  }
  return done(seq);
}

export const personOf = ({ people }: DutyConfig, user: string): Person | undefined =>
  people.find((person) => person.user === user);

/** The shift that is theirs and about to begin or not yet taken over, else the last that began. */
function shiftFor(roster: Roster, { now }: World, { id }: Person): ShiftOf | undefined {
  const near = shiftsBetween(roster, now, now + EARLY);
  const own = near.filter((shift) => {
    const { officer, lead } = crewOf(roster, shift);
    return officer.includes(id) || lead.includes(id);
  });
  const open = own.find((shift) => !roster.handovers.some((each) => isOf(each, shift) && each.person === id));
  return open ?? own.at(-1) ?? near.findLast(({ from }) => from <= now) ?? near[0];
}

/** Everything that still asks for people, by who stands for it; what is folded is taken over with its parent. */
function openAlarms(world: World, asOf: number | null): Alarm[] {
  const stands = ({ alarm, attention }: AlarmRecord) =>
    alarm.ack === "required" &&
    alarm.state !== "normal" &&
    alarm.parent === null &&
    alarm.class !== "test" &&
    (asOf === null || attention <= asOf);
  return [...world.alarms.values()].filter(stands).map(({ alarm }) => alarm);
}

function write(
  world: World,
  act: Of<"handover">,
  { day, shift }: ShiftOf,
  { person, of }: { person: string; of: readonly string[] },
): number {
  const alarms = [...new Set(act.alarms)].filter((id) => world.alarms.has(id));
  const parts = Math.max(1, Math.ceil(alarms.length / ALARMS_A_RECORD));
  let seq = 0;
  for (let part = 1; part <= parts; part++) {
    const own = alarms.slice((part - 1) * ALARMS_A_RECORD, part * ALARMS_A_RECORD);
    const about = { day, shift, person, of, alarms: own, part, parts };
    seq = writeDuty(world, act.actor, { what: "handover", ...about, note: wordsOf(act.note) });
  }
  return seq;
}
