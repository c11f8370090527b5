import { type Instant, SECOND } from "../../model/time.ts";
import type { Plan } from "../plan.ts";
import { isBusy } from "../watch.ts";
import type { Stream, Watch, World } from "../world.ts";
import type { Memory } from "./memory.ts";

/**
 * A look may find something else than the last one: something goes on, or one of its points has sent since. Of
 * most watches neither is so in most seconds.
 */
export function isStirred(world: World, watch: Watch): boolean {
  if (world.looked < 0 || isBusy(watch)) return true;
  if (watch.memory.some((memory, i) => memory !== null && goesOn(world, watch, i, memory))) return true;
  const { point, machines } = watch;
  const came = (slot: number) => (world.columns.changed[slot] as number) >= world.looked;
  return (point !== null && came(point.slot)) || machines.some((slots) => slots.some(came));
}

/** What is only kept for a comparison that samples will bring does not go on. */
function goesOn(world: World, watch: Watch, step: number, { since, done }: Memory): boolean {
  if (done !== undefined) return true;
  return !Number.isNaN(since) && !isKept(world, watch, step, since);
}

/**
 * That there was gas is remembered for the calibration that may follow, and forgotten once it is too long ago: until
 * then no look finds anything else. After a flood thousands of points remember it.
 */
function isKept(world: World, { plan, stream }: Watch, step: number, since: Instant): boolean {
  const test = plan.steps[step]?.test;
  if (test?.kind !== "mine" || test.is.of !== "calibration" || test.is.is !== "soon-after-limit")
    return false;
  return idleClock(world, stream) - since <= test.is.within;
}

/** What there is no sample for is judged by how far the stream has come, or by the gateway's clock. */
export const idleClock = ({ now }: World, stream: Stream | null): Instant =>
  stream === null || !Number.isFinite(stream.clock) ? now : Math.min(stream.clock, now);

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
