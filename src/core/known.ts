import type { Alarm } from "../model/alarm.ts";
import { BOUNDS } from "../model/bounds.ts";
import type { AlarmRecord, World } from "./world.ts";

/** Alarms that are known, by id and by case: an act is about a case, and in a flood nobody can look through all. */
export function keepAlarm(world: World, record: AlarmRecord): void {
  const { id, case: name } = record.alarm;
  world.alarms.set(id, record);
  const others = world.cases.get(name);
  if (others === undefined) world.cases.set(name, [record]);
  else others.push(record);
}

/**
 * An alarm that was forgotten, as it was recorded last: what people say of it is written down like everything else. It is
 * remembered for as long as the index may not know of that yet, so that no number is given twice.
 */
export function recallAlarm(world: World, past: Alarm): void {
  if (world.alarms.has(past.id) || past.state !== "normal") return;
  const bare = { watch: null, attention: 0, receipts: new Set<string>(), seen: null };
  keepAlarm(world, { alarm: past, ...bare, shadow: false, covers: false });
  const { recalled } = world.life;
  recalled.push(past.id);
  if (recalled.length > BOUNDS.recalledAlarms) dropAlarm(world, recalled.shift() as string);
}

export function dropAlarm(world: World, id: string): void {
  const record = world.alarms.get(id);
  if (record === undefined) return;
  world.alarms.delete(id);
  const name = record.alarm.case;
  const others = (world.cases.get(name) ?? []).filter((each) => each !== record);
  if (others.length === 0) world.cases.delete(name);
  else world.cases.set(name, others);
}

/** Every occurrence of a case that is still known, the oldest first. */
export const caseOf = (world: World, name: string): readonly AlarmRecord[] => world.cases.get(name) ?? [];
