import type { Alarm } from "../model/alarm.ts";
import type { MineCode, System } from "../model/mine.ts";
import { type Quality, STATE, UNKNOWN_BITS } from "../model/reading.ts";
import type { Level } from "../model/rule.ts";
import { levelRank } from "../model/rule.ts";
import type { LiveValue, MineView, PeopleView, PointView, StreamView, TableView } from "../model/view.ts";
import { FLAG, HOT, hot } from "./columns.ts";
import { streamCycle } from "./cycle.ts";
import { isActive } from "./journal.ts";
import { listedOf } from "./tables.ts";
import { wordOf } from "./verdict.ts";
import type { Mine, Point, Stream, World } from "./world.ts";

/** What the outside may see of the world. Never used to decide. */

export function viewMines(world: World): MineView[] {
  const mines = [...world.mines.values()].filter((mine) => mine.config !== null);
  return mines.map((mine) => viewMine(world, mine));
}

export function viewMine(world: World, mine: Mine): MineView {
  if (mine.config === null) throw new Error("must hold: only configured mines are shown");
  const streams = [...mine.streams.values()].map((stream) => viewStream(world, stream));
  const own = alarmsOf(world, mine.code);
  const active = own.filter((alarm) => isActive(alarm.state) && alarm.class !== "test");
  return {
    config: mine.config,
    link: mine.link,
    worst: worstOf(active),
    open: active.length,
    unacknowledged: own.filter(isUnacknowledged).length,
    newestSample: latest(streams.map((stream) => stream.newestSample)),
    newestMessage: latest(streams.map((stream) => stream.newestMessage)),
    underground: mine.people?.underground ?? null,
    streams,
    counters: Object.fromEntries(mine.counters),
    rejects: [...mine.rejects],
  };
}

function alarmsOf(world: World, code: MineCode): Alarm[] {
  const found: Alarm[] = [];
  for (const { alarm } of world.alarms.values()) if (alarm.mine === code) found.push(alarm);
  return found;
}

const isUnacknowledged = (alarm: Alarm): boolean =>
  alarm.ack === "required" && (alarm.state === "unacknowledged" || alarm.state === "returned");

const worstOf = (alarms: readonly Alarm[]): Level =>
  alarms.reduce<Level>((worst, { level }) => (levelRank(level) > levelRank(worst) ? level : worst), "none");

const latest = (moments: readonly (number | null)[]): number | null =>
  moments.reduce((a, b) => (a === null ? b : b === null ? a : Math.max(a, b)), null);

function viewStream(world: World, stream: Stream): StreamView {
  const { mine } = stream;
  const scopes = [...mine.connections.values()];
  const connected = scopes.some((scope) => scope === null || scope === stream.system);
  const link = mine.link === "unknown" ? "unknown" : connected && !stream.offline ? "up" : "down";
  return {
    mine: mine.code,
    system: stream.system,
    link,
    newestSample: Number.isFinite(stream.clock) ? stream.clock : null,
    newestMessage: stream.newestMessage,
    offset: Number.isNaN(stream.offsets.median) ? null : stream.offsets.median,
    points: listedOf(world, stream).length,
    tableVersion: stream.table.version,
    tableHeld: stream.table.held?.why ?? null,
    cycle: streamCycle(stream),
    seqGaps: stream.seqGaps,
  };
}

export function viewPoints(world: World, code: MineCode): PointView[] {
  const streams = [...(world.mines.get(code)?.streams.values() ?? [])];
  return streams
    .flatMap((stream) => [...stream.slots.values()])
    .map((slot) => viewPoint(world, world.points[slot] as Point));
}

export function viewPoint(world: World, point: Point): PointView {
  const { value, word, state, quality, at } = viewValue(world, point);
  return {
    id: point.id,
    slot: point.slot,
    mine: point.mine.code,
    system: point.stream.system,
    def: point.def,
    loc: point.loc,
    confirmed: point.loc !== null,
    unit: point.def.unit ?? point.wiring?.unit ?? null,
    limits: point.wiring?.limits ?? null,
    value,
    word,
    state,
    quality,
    at,
    listed: point.listed,
  };
}

function viewValue(world: World, point: Point): LiveValue {
  const { columns } = world;
  const value = hot(columns, point.slot, HOT.value);
  const at = hot(columns, point.slot, HOT.judged);
  return {
    id: point.id,
    value: Number.isNaN(value) ? null : value,
    word: wordOf(point, value),
    state: hot(columns, point.slot, HOT.state),
    quality: qualityOf(world, point.slot),
    at: Number.isFinite(at) ? at : null,
  };
}

function qualityOf(world: World, slot: number): Quality {
  const { columns } = world;
  const state = hot(columns, slot, HOT.state);
  const flags = columns.flags[slot] as number;
  if (!Number.isFinite(hot(columns, slot, HOT.judged))) return "none";
  if ((flags & FLAG.stale) !== 0) return "stale";
  if ((state & UNKNOWN_BITS) !== 0 || (flags & FLAG.orphan) !== 0) return "unknown";
  if ((state & STATE.calibrating) !== 0) return "calibrating";
  if ((state & STATE.overRange) !== 0) return "over-range";
  return (flags & FLAG.suspect) !== 0 ? "suspect" : "good";
}

export function* viewChanged(world: World, generation: number): Generator<LiveValue> {
  const { columns } = world;
  for (let slot = 0; slot < columns.n; slot++) {
    if ((columns.changed[slot] as number) > generation) yield viewValue(world, world.points[slot] as Point);
  }
}

export function viewTable(world: World, code: MineCode, system: System): TableView | null {
  const stream = world.mines.get(code)?.streams.get(system);
  if (stream === undefined) return null;
  const { version, at, held, changes } = stream.table;
  const points = listedOf(world, stream).map((point) => point.def);
  return { version, at, held: held?.why ?? null, points, changes: [...changes] };
}

export function viewPeople(world: World, code: MineCode): PeopleView | null {
  const people = world.mines.get(code)?.people ?? null;
  if (people === null) return null;
  const { ts, underground, quality, list, areas } = people;
  return { ts, underground, quality, people: list.filter((person) => person.up === undefined), areas };
}
