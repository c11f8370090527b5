import type { Alarm } from "../model/alarm.ts";
import { GATEWAY_MINE } from "../model/mine.ts";
import type { Level } from "../model/rule.ts";
import { nextInRun, noteAnnounced } from "./pace.ts";
import { outgrow } from "./shelving.ts";
import { requestOf, suppressionOf } from "./suppression.ts";
import { isChattering, noteRaised } from "./unrest.ts";
import type { AlarmRecord, Watch, World } from "./world.ts";

/** What people decided earlier, and what came before, make of an occurrence that begins. */
export function bornAs(world: World, watch: Watch, { alarm }: AlarmRecord, level: Level): Partial<Alarm> {
  return {
    ...announcedAs(world, watch, alarm, level),
    chattering: isChattering(watch, alarm.raisedAt),
    firstOut:
      alarm.class === "test" || alarm.mine === GATEWAY_MINE ? null : nextInRun(world, alarm.mine, alarm.id),
  };
}

/** Whether it is announced at this level. */
export const announcedAs = (
  world: World,
  watch: Watch,
  alarm: Alarm,
  level: Level,
): Pick<Alarm, "suppression" | "request"> => ({
  suppression: suppressionOf(world, alarm, level, watch),
  request: requestOf(world, alarm),
});

/** Before an alarm is of a level: whatever was shelved below it ends. What is returned tells of that afterwards. */
export const rising = (world: World, { alarm, shadow }: AlarmRecord, level: Level): (() => void) =>
  shadow ? () => {} : outgrow(world, alarm.case, level);

/** Counts an occurrence that began live. */
export function noteBirth(world: World, { alarm, shadow }: AlarmRecord): void {
  if (shadow) return;
  noteRaised(world, alarm);
  noteAnnounced(world, alarm);
}
