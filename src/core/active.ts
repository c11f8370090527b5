import type { Alarm } from "../model/alarm.ts";
import type { AlarmRecord, Mine } from "./world.ts";

/** By what terms about alarms ask for them. */
type By = "rule" | "ladder" | "class";

/** An alarm of the mine is now B or C. */
export function enter(mine: Mine, record: AlarmRecord): void {
  mine.active.add(record);
  for (const key of keysOf(record.alarm)) {
    const known = mine.kinds.get(key);
    if (known === undefined) mine.kinds.set(key, new Set([record]));
    else known.add(record);
  }
}

/** It is not any more; `before` is how it was when it entered. */
export function leave(mine: Mine, record: AlarmRecord, before: Alarm): void {
  mine.active.delete(record);
  for (const key of keysOf(before)) {
    const known = mine.kinds.get(key);
    known?.delete(record);
    if (known?.size === 0) mine.kinds.delete(key);
  }
}

/** Those of one rule, ladder or class: in a flood nobody can look through all of them for each. */
export const activeOfKind = (mine: Mine, by: By, is: string): ReadonlySet<AlarmRecord> =>
  mine.kinds.get(`${by} ${is}`) ?? NONE;

/** Whether terms about alarms may say something else of it now. */
export const looksOther = (a: Alarm, b: Alarm): boolean => a.level !== b.level || a.rule !== b.rule;

const NONE: ReadonlySet<AlarmRecord> = new Set();

const keysOf = ({ rule, ladder, class: kind }: Alarm): string[] =>
  ladder === null ? [`rule ${rule}`, `class ${kind}`] : [`rule ${rule}`, `class ${kind}`, `ladder ${ladder}`];
