import { FLAG, HOT, hot, remembered } from "./columns.ts";
import { canonicalValue, keepWaiting } from "./delays.ts";
import { judgeAgain, judgeSet } from "./judge.ts";
import { refreshQuiet } from "./logic/quiet.ts";
import { look, lookPoint } from "./mine/look.ts";
import { isStation } from "./station.ts";
import { wordOf } from "./verdict.ts";
import { settle } from "./watch.ts";
import type { Point, Stream, World } from "./world.ts";

const DOWN = ["lost", "fault"];

/**
 * A substation that is lost or faulty takes the points behind it along: what they said last is not known to hold
 * (domain.md §1.6). Whatever still comes from them may raise an alarm, it ends none.
 */
export function followStation(world: World, station: Point): void {
  for (const slot of station.stream.slots.values()) {
    const point = world.points[slot] as Point;
    if (isBehind(point, station)) orphan(world, point, isCutOff(world, point));
  }
}

/** After a change of tables: without a word of its own, for nothing happened in the mine. */
export function orphanAnew(world: World, stream: Stream): void {
  const stations = [...stream.slots.values()].map((slot) => world.points[slot] as Point).filter(isStation);
  for (const slot of stream.slots.values()) {
    const flags = world.columns.flags[slot] as number;
    const point = world.points[slot] as Point;
    if ((flags & FLAG.orphan) === 0 && stations.length === 0) continue;
    const cut = stations.some((station) => isBehind(point, station) && isDown(world, station));
    world.columns.flags[slot] = cut ? flags | FLAG.orphan : flags & ~FLAG.orphan;
  }
}

/** Some station the point is behind says that it does not answer. */
export function isCutOff(world: World, point: Point): boolean {
  if (point.def.substation === undefined) return false;
  for (const slot of point.stream.slots.values()) {
    const station = world.points[slot] as Point;
    if (isStation(station) && isBehind(point, station) && isDown(world, station)) return true;
  }
  return false;
}

function isBehind(point: Point, station: Point): boolean {
  const name = point.def.substation;
  return (
    name !== undefined && point !== station && (station.def.substation === name || station.def.code === name)
  );
}

function isDown(world: World, station: Point): boolean {
  return DOWN.includes(wordOf(station, hot(world.columns, station.slot, HOT.value)) ?? "");
}

function orphan(world: World, point: Point, cut: boolean): void {
  const flags = world.columns.flags[point.slot] as number;
  if (((flags & FLAG.orphan) !== 0) === cut) return;
  world.columns.flags[point.slot] = cut ? flags | FLAG.orphan : flags & ~FLAG.orphan;
  world.columns.changed[point.slot] = world.generation;
  if (cut) blind(world, point);
  tellFormulas(world, point);
  lookPoint(world, point, null);
  for (const watch of point.commands) look(world, watch, null);
}

/** What the point said last counts no more, or counts again. */
function tellFormulas(world: World, point: Point): void {
  if (point.ties.length === 0) return;
  const judged = hot(world.columns, point.slot, HOT.judged);
  const moment = { judged: Math.max(judged, point.stream.clock), sent: world.now };
  for (const watch of new Set(point.ties.map(({ watch }) => watch))) judgeAgain(world, watch, moment);
  refreshQuiet(world, point);
}

/** What is open is held, what is pending rises, both marked unknown. */
function blind(world: World, point: Point): void {
  const last = remembered(world.columns, point.slot).at(-1);
  if (last === undefined) return;
  const sight = { judged: last.judged, sent: last.sent, suspect: false, inOrder: true, mayClear: true };
  for (const watch of point.watches) {
    if (watch.plan.formula !== null) {
      judgeAgain(world, watch, sight);
      continue;
    }
    const verdicts = watch.plan.steps.map(() => "unknown" as const);
    settle(
      world,
      watch,
      verdicts,
      { ...sight, value: canonicalValue(watch, last.value) },
      Number.NEGATIVE_INFINITY,
    );
    keepWaiting(world, watch);
  }
  for (const watch of point.sets) judgeSet(world, watch, sight);
}
