import type { DutyView } from "../../model/duty.ts";
import { DAY } from "../../model/time.ts";
import type { World } from "../world.ts";
import { rosterOf } from "./calls.ts";
import { gapsAhead } from "./cover.ts";
import { crewOf, isOf, onDutyAt, shiftsBetween } from "./roster.ts";

/** What the outside may see of the duty; null = there is no roster. Never used to decide. */
export function viewDuty(world: World): DutyView | null {
  const duty = world.config?.duty ?? null;
  if (duty === null) return null;
  const roster = rosterOf(world, duty);
  const { now } = world;
  const present = onDutyAt(roster, now);
  return {
    now: present,
    ahead: shiftsBetween(roster, now, now + duty.coverDays * DAY).map((shift) => ({
      ...shift,
      parts: crewOf(roster, shift),
    })),
    gaps: gapsAhead(roster, now),
    handovers: roster.handovers.filter((each) => present.shifts.some((shift) => isOf(each, shift))),
    preNotices: [...world.duty.preNotices.values()],
    statuses: world.duty.statuses,
    log: [...world.duty.log].reverse(),
  };
}
