import type { MineCondition } from "../../model/mine-condition.ts";
import { STATE } from "../../model/reading.ts";
import type { Instant } from "../../model/time.ts";
import { scaled } from "../decimal.ts";
import type { Point, Stream, World } from "../world.ts";
import { openOf } from "./events.ts";
import { knownOf, wordAt } from "./facts.ts";
import type { Finding, Look } from "./finding.ts";
import type { Memory } from "./memory.ts";

/** Words of a cut device that say it has cut, or has not. */
const CUTS = ["unpowered", "off"];
const FEEDS = ["powered", "on"];

/** What speaks for a command to cut, and whether all that could is known. */
interface Command {
  /** Slots of the device and the sensors that have it cut. */
  readonly sources: readonly number[];
  /** Codes of sensors that reached the cut limit and have not fallen below the release limit since. */
  readonly latched: readonly string[];
  readonly known: boolean;
}

/**
 * A cut command is in force and its feed point says powered (FEED-01). Both must have said so by a sample that
 * long after it began: a value may be a cycle old. The mine's own record of it counts at once.
 */
export function onLiveFeed(
  look: Look,
  point: Point,
  is: Extract<MineCondition, { is: "live-after-cut" }>,
): Finding {
  const { world, watch, memory } = look;
  const command = commandOf(look, point);
  const slots = [point.slot, ...watch.machines.flat()];
  const codes = slots.map((slot) => (world.points[slot] as Point).def.code);
  const [told] = openOf(point.stream, codes, ["003"]);
  const word = wordAt(world, point.slot);
  const contradicted = word !== null && FEEDS.includes(word) && command.sources.length > 0;
  const kept = contradicted ? contradiction(look, point, command) : nothingSince(command);
  if (told !== undefined) {
    const judged = Math.min(told.start, world.now);
    return { verdict: "raise", memory: kept, onset: { judged, sent: told.start } };
  }
  if (word === null) return { verdict: "hold", memory: heldOf(memory, command) };
  if (!contradicted) {
    const told = command.known || command.sources.length > 0 || !FEEDS.includes(word);
    return told ? { verdict: "clear", memory: kept } : { verdict: "hold", memory: heldOf(memory, command) };
  }
  const since = kept?.since ?? Number.NaN;
  const sure = [[point.slot], command.sources].every((some) =>
    some.some((slot) => isSeenAt(world, slot, since + is.after)),
  );
  const onset = { judged: since, sent: kept?.sent ?? since };
  return { verdict: sure ? "raise" : "between", memory: kept, onset };
}

/** No power and no command to cut it (FEED-02). */
export function onDeadFeed(look: Look, point: Point): Finding {
  const { world, memory } = look;
  const command = commandOf(look, point);
  const word = wordAt(world, point.slot);
  if (word === null) return { verdict: "hold", memory: heldOf(memory, command) };
  const kept = nothingSince(command);
  if (!CUTS.includes(word) || command.sources.length > 0) return { verdict: "clear", memory: kept };
  return { verdict: command.known ? "raise" : "hold", memory: kept };
}

/** It began with the later of the two samples that say so. */
function contradiction({ memory, world }: Look, point: Point, { sources, latched }: Command): Memory {
  const begun = memory !== null && !Number.isNaN(memory.since);
  const seen = Math.max(...[point.slot, ...sources].map((slot) => knownOf(world, slot).judged));
  const since = begun ? memory.since : seen;
  return { since, sent: begun ? memory.sent : seen, names: latched };
}

const nothingSince = ({ latched }: Command): Memory | null =>
  latched.length === 0 ? null : { since: Number.NaN, sent: Number.NaN, names: latched };

const heldOf = (memory: Memory | null, command: Command): Memory | null =>
  memory === null ? nothingSince(command) : { ...memory, names: command.latched };

function commandOf({ world, watch, memory }: Look, point: Point): Command {
  const [devices = [], sensors = []] = watch.machines;
  const sources: number[] = [];
  const latched: string[] = [];
  let known = point.def.feeds !== undefined;
  for (const slot of devices) {
    const word = wordAt(world, slot);
    if (word === null) known = false;
    else if (CUTS.includes(word)) sources.push(slot);
  }
  for (const slot of sensors) {
    const sensor = world.points[slot] as Point;
    const before = memory?.names?.includes(sensor.def.code) === true;
    const says = sensorSays(world, sensor, before);
    if (says.latched) latched.push(sensor.def.code);
    if (says.cut) sources.push(slot);
  }
  return { sources, latched, known };
}

/** At the cut limit, or not yet below the release limit since; or the mine's own flag. Bad data lifts no command. */
function sensorSays(world: World, sensor: Point, before: boolean): { cut: boolean; latched: boolean } {
  const { known, calibrating, value, state } = knownOf(world, sensor.slot);
  if (!known) return { cut: before, latched: before };
  const flagged = (state & STATE.cut) !== 0;
  const limit = sensor.wiring?.cut ?? null;
  if (limit === null || sensor.wiring === null || calibrating)
    return { cut: flagged || before, latched: before };
  const overRange = (state & STATE.overRange) !== 0;
  if (!overRange && Number.isNaN(value)) return { cut: flagged || before, latched: before };
  const steps = overRange ? Number.POSITIVE_INFINITY : scaled(value, sensor.wiring.judged);
  const latched = steps >= limit.raise || (before && steps >= limit.clear);
  return { cut: flagged || latched, latched };
}

/** A sample at or after the moment; a point that only sends changes still says what it said. */
function isSeenAt(world: World, slot: number, moment: Instant): boolean {
  const point = world.points[slot] as Point;
  const { known, judged } = knownOf(world, slot);
  return known && (point.cycle === 0 ? point.stream.clock : judged) >= moment;
}

/** Finds for a feed point its cut device and the sensors that act on it: `[devices, sensors]`. */
export function sourcesOf(world: World, stream: Stream, feed: Point): number[][] {
  const device = feed.def.feeds;
  if (device === undefined) return [[], []];
  const slot = stream.slots.get(device);
  const sensors = [...stream.slots.values()].filter((each) =>
    cutsOf(world.points[each] as Point).includes(device),
  );
  return [slot === undefined ? [] : [slot], sensors];
}

/** The cut devices a sensor acts on; a relation `D-…` of the national table names one, too (domain.md §2.3). */
export function cutsOf({ def }: Point): readonly string[] {
  const related = (def.relation ?? "").split(/[,;|\s]+/).filter((word) => word.startsWith("D-"));
  return [...(def.cuts ?? []), ...related.map((word) => word.slice(2))];
}

/** What the feed points of a point, or it itself, show: for the alarm that is raised on it. */
export function feedWord(world: World, point: Point | null): string | null {
  if (point === null || point.stream.own.feeds.length === 0) return null;
  const words = point.stream.own.feeds
    .filter((watch) => watch.point === point || watch.machines.flat().includes(point.slot))
    .flatMap((watch) => (watch.point === null ? [] : [wordAt(world, watch.point.slot) ?? "unknown"]));
  return ["powered", "on", "unknown", "unpowered", "off"].find((word) => words.includes(word)) ?? null;
}

/** Cut devices that no feed point shows (FEED-03). */
export function unlinkedDevices(
  world: World,
  streams: readonly Stream[],
  types: readonly string[],
): number[] {
  return streams.flatMap((stream) => {
    const points = [...stream.slots.values()].map((slot) => world.points[slot] as Point).filter(isListed);
    const fed = new Set(points.map(({ def }) => def.feeds));
    return points.filter(({ def }) => types.includes(def.type) && !fed.has(def.code)).map(({ slot }) => slot);
  });
}

const isListed = ({ listed, wiring }: Point): boolean => listed && wiring !== null;
