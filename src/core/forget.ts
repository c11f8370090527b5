import type { Alarm } from "../model/alarm.ts";
import { BOUNDS } from "../model/bounds.ts";
import { DAY } from "../model/time.ts";
import { dropAlarm } from "./known.ts";
import type { World } from "./world.ts";

/** A case that nobody closes can be handled for so long; it stays on record for ever. */
const UNFINISHED = 7 * DAY;

/** What ended a day ago is answered from the index, not from memory, unless it is still to be archived. */
export function forget(world: World): void {
  const { ended, alarms, life, now } = world;
  while (ended.length > 0) {
    const id = ended[0] as string;
    const alarm = alarms.get(id)?.alarm;
    if (alarm !== undefined && !hasEnded(alarm, now - DAY)) break;
    if (alarm !== undefined && isUnfinished(alarm)) life.unfinished.push(id);
    else dropAlarm(world, id);
    ended.shift();
  }
  while (life.unfinished.length > 0) {
    const id = life.unfinished[0] as string;
    const alarm = alarms.get(id)?.alarm;
    const room = life.unfinished.length <= BOUNDS.unfinishedAlarms;
    if (room && alarm !== undefined && isUnfinished(alarm) && !hasEnded(alarm, now - UNFINISHED)) return;
    dropAlarm(world, id);
    life.unfinished.shift();
  }
}

export const hasEnded = ({ endedAt }: Alarm, by: number): boolean => endedAt !== null && endedAt <= by;

const isUnfinished = ({ ack, handling, class: kind }: Alarm): boolean =>
  ack === "required" && kind !== "test" && handling.stage !== "archived";
