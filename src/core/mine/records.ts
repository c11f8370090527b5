import type { MineEvent } from "../../model/input.ts";
import type { System } from "../../model/mine.ts";
import { nameOf } from "../mine-events.ts";
import type { Mine, Point, World } from "../world.ts";
import { look, lookPoint } from "./look.ts";

/** Records of the mine begin and end: what follows their points looks. */
export function followRecords(world: World, mine: Mine, system: System, events: readonly MineEvent[]): void {
  for (const event of events) noteRecord(world, mine, system, event);
  for (const event of events) lookAt(world, mine, system, event);
}

/** Records kept open a stream; past it the oldest is taken to have ended. */
const OPEN = 1_000;

function noteRecord(world: World, mine: Mine, system: System, event: MineEvent): void {
  const stream = mine.streams.get(system);
  if (stream === undefined || event.p === undefined) return;
  const { own } = stream;
  own.lastEvent = world.now;
  const key = nameOf(event);
  if (event.end !== undefined) own.open.delete(key);
  else own.open.set(key, { kind: event.kind, code: event.p, start: event.start });
  for (const oldest of own.open.keys()) {
    if (own.open.size <= OPEN) break;
    own.open.delete(oldest);
  }
}

/** After the alarms have been told: what the mine's record means for them. */
function lookAt(world: World, mine: Mine, system: System, { p }: MineEvent): void {
  const stream = mine.streams.get(system);
  const slot = p === undefined ? undefined : stream?.slots.get(p);
  if (stream === undefined || slot === undefined) return;
  lookPoint(world, world.points[slot] as Point, null);
  for (const watch of stream.own.feeds) if (watch.machines.flat().includes(slot)) look(world, watch, null);
}
