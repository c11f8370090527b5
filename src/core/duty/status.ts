import type { StatusChange } from "../../model/duty.ts";
import type { MineCode } from "../../model/mine.ts";
import { DAY } from "../../model/time.ts";
import { useStatus } from "../config.ts";
import type { World } from "../world.ts";

/** What mines are by act, instead of what their files say: dated, and obeyed by rules at once (contract §6). */

/** The change that holds now: of several the last that was said. */
function statusNow({ duty, now }: World, mine: MineCode): StatusChange | undefined {
  return duty.statuses.findLast((one) => one.mine === mine && one.from <= now && now < (one.to ?? Infinity));
}

/** Puts in force what begins and takes back what ends. */
export function sweepStatuses(world: World): void {
  const { statuses, inForce } = world.duty;
  if (statuses.length === 0) return;
  for (const mine of new Set(statuses.map((one) => one.mine))) {
    const status = statusNow(world, mine)?.status;
    if (status === inForce.get(mine)) continue;
    if (status === undefined) inForce.delete(mine);
    else inForce.set(mine, status);
    useStatus(world, mine);
  }
  const past = (one: StatusChange) => one.to !== null && world.now - one.to >= DAY;
  if (statuses.some(past)) world.duty.statuses = statuses.filter((one) => !past(one));
}
