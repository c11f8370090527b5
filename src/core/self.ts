import type { SelfInput } from "../model/input.ts";
import { GATEWAY_MINE, GATEWAY_SYSTEM } from "../model/mine.ts";
import type { PointDef } from "../model/point.ts";
import { HOT, remember } from "./columns.ts";
import { gap } from "./journal.ts";
import { judgePoint } from "./judge.ts";
import { addPoint, wirePoint } from "./wiring.ts";
import { mineOf, type Point, type Stream, streamOf, type World } from "./world.ts";

/**
 * The gateway takes a reading of itself: 0 is well, anything else a trouble. Its points are made on first
 * mention; the part of the code before `#` is the type that rules name.
 */
export function readSelf(world: World, input: Pick<SelfInput, "point" | "value" | "detail" | "gap">): void {
  if (input.gap !== undefined) gap(world, input.gap, input.detail);
  const stream = streamOf(world, mineOf(world, GATEWAY_MINE), GATEWAY_SYSTEM);
  const slot = stream.slots.get(input.point);
  const point = slot === undefined ? makePoint(world, stream, input.point) : (world.points[slot] as Point);
  const value = input.value === 0 ? 0 : 1;
  point.def = { ...point.def, place: input.detail };
  world.definitions++;
  for (const watch of point.watches) watch.subject = { ...watch.subject, place: input.detail };
  write(world, point, value);
  stream.clock = world.now;
  stream.heard = world.now;
  judgePoint(world, point, {
    judged: world.now,
    sent: world.now,
    value,
    state: 0,
    suspect: false,
    inOrder: true,
    mayClear: true,
  });
}

function makePoint(world: World, stream: Stream, code: string): Point {
  const def: PointDef = {
    code,
    type: code.split("#")[0] as string,
    kind: "state",
    states: { "0": "ok", "1": "fault" },
    place: "",
    cycle: 0,
  };
  const point = addPoint(world, stream, def, true);
  wirePoint(world, point, "live");
  return point;
}

function write(world: World, point: Point, value: number): void {
  const { columns, now } = world;
  const at = point.slot * HOT.stride;
  columns.hot[at + HOT.judged] = now;
  columns.hot[at + HOT.value] = value;
  columns.hot[at + HOT.heard] = now;
  columns.hot[at + HOT.sent] = now;
  remember(columns, point.slot, now, now, value, 0);
  columns.changed[point.slot] = world.generation;
}
