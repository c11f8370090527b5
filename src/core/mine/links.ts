import type { Plan } from "../plan.ts";
import { orphanAnew } from "../substations.ts";
import type { Mine, Point, Stream, Watch, World } from "../world.ts";
import { sourcesOf, unlinkedDevices } from "./feeds.ts";
import { unconfirmedPoints } from "./rows.ts";
import { isCalendar } from "./stirred.ts";

/**
 * Finds the watches of a stream's points that look at fixed times, and what feed points are compared with. Returns
 * the points that now command others, or do no longer.
 */
export function linkOwn(world: World, stream: Stream): Point[] {
  const points = [...stream.slots.values()].map((slot) => world.points[slot] as Point);
  stream.own.feeds = points
    .filter(({ def }) => def.feeds !== undefined)
    .flatMap(({ own }) => own.holding(isOfFeed));
  stream.own.calendars = points.filter(({ wiring }) => wiring?.own.some(isCalendar) === true);
  for (const watch of stream.own.feeds) {
    if (watch.point !== null) watch.machines = sourcesOf(world, stream, watch.point);
  }
  orphanAnew(world, stream);
  return linkCommands(world, stream);
}

const isOfFeed = ({ steps }: Plan): boolean =>
  steps.some(({ test }) => test.kind === "mine" && test.is.of === "feed");

function linkCommands(world: World, stream: Stream): Point[] {
  const commands = new Map<number, Watch[]>();
  for (const watch of stream.own.feeds) {
    for (const slot of watch.machines.flat()) commands.set(slot, [...(commands.get(slot) ?? []), watch]);
  }
  return [...stream.slots.values()].flatMap((slot) => {
    const point = world.points[slot] as Point;
    const before = point.commands.length;
    point.commands = commands.get(slot) ?? NONE;
    return before > 0 || point.commands.length > 0 ? [point] : [];
  });
}

const NONE: readonly Watch[] = Object.freeze([]);

/** The points that a watch about the mine as a whole is judged from. */
export function wholeSlots(world: World, mine: Mine, { plan }: Watch): number[] {
  const [step] = plan.steps;
  if (step === undefined || step.test.kind !== "mine") return [];
  const { systems, types } = step.rule;
  const streams = [...mine.streams.values()].filter(
    ({ system }) => systems.length === 0 || systems.includes(system),
  );
  const { is } = step.test;
  if (is.of === "feed") return unlinkedDevices(world, streams, types);
  if (is.of === "table") return unconfirmedPoints(world, streams, types);
  return streams
    .flatMap((stream) => [...stream.slots.values()])
    .filter((slot) => {
      const { wiring, def } = world.points[slot] as Point;
      return wiring !== null && types.includes(def.type);
    });
}
