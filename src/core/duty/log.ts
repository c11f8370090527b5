import type { Act } from "../../model/act.ts";
import type { DutyEvent, DutyRecord } from "../../model/duty.ts";
import type { World } from "../world.ts";

/** Lines of the duty log remembered; all of them are in the journal. */
const REMEMBERED = 1_000;

/** Writes a line of the duty log; the only way one comes to be, and none is ever changed. */
export function writeDuty(world: World, by: Act["actor"] | null, duty: DutyEvent): number {
  const seq = ++world.journalSeq;
  const who: DutyRecord["by"] = by === null ? null : { user: by.user, role: by.role, device: by.device };
  world.entries.push({ type: "duty", t: world.now, by: who, duty, inputs: [world.input] });
  const { log } = world.duty;
  log.push({ seq, t: world.now, by: who, duty });
  if (log.length > REMEMBERED) log.splice(0, log.length - REMEMBERED);
  return seq;
}
