import type { Point, World } from "../world.ts";
import { CLEAR, type Finding, type Look } from "./finding.ts";

/** Codes named in an alarm; the work-list has all. */
const NAMED = 20;

/** Points of the mine about which somebody has something to do: one alarm with their number (SEN-06, FEED-03). */
export function onList({ world, watch, memory }: Look): Finding {
  const slots = watch.machines.flat();
  if (slots.length === 0) return CLEAR;
  nameIn(world, watch, slots);
  const since = memory ?? { since: world.now, sent: world.now };
  const onset = { judged: since.since, sent: since.sent };
  return { verdict: "raise", memory: since, value: slots.length, onset };
}

/** The place of the alarm says which; it follows the list without a word of its own. */
function nameIn(world: World, watch: Look["watch"], slots: readonly number[]): void {
  const codes = slots.map((slot) => (world.points[slot] as Point).def.code).sort();
  const more = codes.length > NAMED ? ` … (${codes.length})` : "";
  const place = `${codes.slice(0, NAMED).join("、")}${more}`;
  if (place === watch.subject.place) return;
  watch.subject = { ...watch.subject, place };
  if (watch.open === null) return;
  watch.open.alarm = Object.freeze({ ...watch.open.alarm, place, value: slots.length });
}
