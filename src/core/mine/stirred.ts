import { SECOND } from "../../model/time.ts";
import type { Plan } from "../plan.ts";
import { isBusy } from "../watch.ts";
import type { Stream, Watch, World } from "../world.ts";
import type { Memory } from "./memory.ts";

/**
 * A look may find something else than the last one: something goes on, or one of its points has sent since. Of
 * most watches neither is so in most seconds.
 */
export function isStirred(world: World, watch: Watch): boolean {
  if (world.looked < 0 || isBusy(watch) || watch.memory.some(goesOn)) return true;
  const { point, machines } = watch;
  const came = (slot: number) => (world.columns.changed[slot] as number) >= world.looked;
  return (point !== null && came(point.slot)) || machines.some((slots) => slots.some(came));
}

/** What is only kept for a comparison that samples will bring does not go on. */
const goesOn = (memory: Memory | null): boolean =>
  memory !== null && (!Number.isNaN(memory.since) || memory.done !== undefined);

/** A message came in the last second. */
export function isHeard({ now }: World, { heard, own }: Stream): boolean {
  return heard >= now - SECOND || (own.message !== null && own.message.from >= now - SECOND);
}

/** Judged by the mine's table alone. */
export const isAboutTable = ({ plan }: Watch): boolean =>
  plan.steps.every(({ test }) => test.kind === "mine" && test.is.of === "table");

/** A date makes it true, no sample: its watches look every hour. */
export const isCalendar = ({ steps }: Plan): boolean =>
  steps.some(({ test }) => test.kind === "mine" && test.is.of === "calibration" && test.is.is === "overdue");

/** A list of points of the mine, found by wiring. */
export const isList = ({ plan }: Watch): boolean =>
  plan.group === "mine-whole" &&
  plan.steps.every(({ test }) => test.kind === "mine" && (test.is.of === "table" || test.is.of === "feed"));
