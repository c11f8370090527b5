import type { Body, PacketInput } from "../model/input.ts";
import type { PointDef } from "../model/point.ts";
import type { Instant } from "../model/time.ts";
import type { TableChange } from "../model/view.ts";
import { withLinks } from "./confirmed-points.ts";
import { notice } from "./journal.ts";
import { joinParts } from "./parts.ts";
import { noteReject, noteRejects, topicOf } from "./rejects.ts";
import { isBusy } from "./watch.ts";
import { addPoint, wirePoint, wireStream } from "./wiring.ts";
import { count, type Point, type Stream, type World } from "./world.ts";

type TableBody = Extract<Body, { kind: "points" }>;

/** A table that drops more than this share of the points is held back. */
const DROPS = 0.2;
/** Changes of a stream's table remembered. */
const CHANGES = 500;

/** A point table, or a part of one. Each content is one version; a doubtful one waits for a person. */
export function readTable(world: World, input: PacketInput, stream: Stream, body: TableBody): void {
  noteRejects(world, stream.mine, input, body.rejected);
  const { ts, part, parts } = body;
  const joined = joinParts(stream.table.parts, { ts, part, parts, items: body.points });
  if (joined === null) return;
  const points = distinct(world, input, stream, joined);
  const content = world.hash(JSON.stringify(points));
  const { table } = stream;
  count(stream.mine, "table");
  if (content === table.content) {
    table.held = null;
    return;
  }
  if (content === table.held?.content) return;
  const why = doubt(world, stream, points);
  if (why === null) {
    applyTable(world, stream, points, content, ts);
    return;
  }
  table.held = { why, content, points };
  notice(world, stream.mine, stream.system, "table-held", why);
}

function distinct(world: World, input: PacketInput, stream: Stream, points: readonly PointDef[]): PointDef[] {
  const byCode = new Map<string, PointDef>();
  for (const def of points) {
    if (byCode.has(def.code)) noteReject(world, stream.mine, topicOf(input), "code-twice", def.code);
    else byCode.set(def.code, def);
  }
  return [...byCode.values()];
}

function doubt(world: World, stream: Stream, points: readonly PointDef[]): string | null {
  if (points.length === 0) return "the table is empty";
  const listed = listedOf(world, stream);
  const codes = new Set(points.map((def) => def.code));
  const dropped = listed.filter((point) => !codes.has(point.def.code)).length;
  return dropped > DROPS * listed.length ? `the table drops ${dropped} of ${listed.length} points` : null;
}

export const listedOf = (world: World, stream: Stream): Point[] =>
  [...stream.slots.values()].map((slot) => world.points[slot] as Point).filter((point) => point.listed);

function applyTable(
  world: World,
  stream: Stream,
  points: readonly PointDef[],
  content: string,
  ts: Instant,
): void {
  const { table } = stream;
  const before = listedOf(world, stream);
  table.version++;
  world.definitions++;
  table.at = ts;
  table.content = content;
  table.held = null;
  const codes = new Set(points.map((def) => def.code));
  const changes = [
    ...points.flatMap((def) => applyPoint(world, stream, withLinks(world, stream, def))),
    ...before.filter((point) => !codes.has(point.def.code)).map((point) => drop(world, stream, point)),
  ];
  wireStream(world, stream, "live");
  table.changes.push(...changes);
  if (table.changes.length > CHANGES) table.changes.splice(0, table.changes.length - CHANGES);
  tell(world, stream, changes);
}

function applyPoint(world: World, stream: Stream, def: PointDef): TableChange[] {
  const slot = stream.slots.get(def.code);
  const known = slot === undefined ? null : (world.points[slot] as Point);
  const point = known ?? addPoint(world, stream, def, true);
  const changes = known === null ? [] : differences(world, known, def);
  const same = known !== null && point.listed && changes.length === 0;
  if (same) {
    point.deferred = null;
    return [];
  }
  const news = !point.listed && point.stream.table.version > 1;
  point.listed = true;
  point.known = true;
  const risky = changes.some((change) => change.what === "retyped");
  if (risky && point.watches.some(isBusy)) {
    point.deferred = def;
  } else {
    keepStricter(point, def, changes);
    point.def = def;
    point.deferred = null;
    wirePoint(world, point, "live");
  }
  return news
    ? [...changes, change(world, stream, known === null ? "added" : "returned", def.code)]
    : changes;
}

/** While nobody confirmed a looser limit, the stricter one stays in force beside it. */
function keepStricter(point: Point, def: PointDef, changes: readonly TableChange[]): void {
  const loosened = changes.some((each) => each.what === "loosened");
  const kept = point.kept ?? (loosened ? point.def : null);
  point.kept = kept !== null && looserLimits(kept, def).length > 0 ? kept : null;
}

function differences(world: World, point: Point, def: PointDef): TableChange[] {
  const { stream } = point;
  const old = point.def;
  if (!point.known || JSON.stringify(old) === JSON.stringify(def)) return [];
  const found: TableChange[] = [];
  if (old.type !== def.type || old.kind !== def.kind || old.unit !== def.unit) {
    const words = (each: PointDef) => `${each.type} ${each.kind} ${each.unit ?? "-"}`;
    found.push(change(world, stream, "retyped", def.code, `${words(old)} → ${words(def)}`, true));
  }
  const looser = looserLimits(old, def);
  if (looser.length > 0) found.push(change(world, stream, "loosened", def.code, looser.join(", "), true));
  return found.length > 0 ? found : [change(world, stream, "changed", def.code)];
}

const UPPER = ["alarmHigh", "cutHigh", "alarmHighClear", "restoreHigh"] as const;
const LOWER = ["alarmLow", "cutLow", "alarmLowClear", "restoreLow"] as const;

/** The limits of a point that a new definition makes looser or takes away. */
function looserLimits(old: PointDef, def: PointDef): string[] {
  const looser = (key: (typeof UPPER)[number] | (typeof LOWER)[number], sign: 1 | -1) => {
    const before = old[key];
    const after = def[key];
    return before !== undefined && (after === undefined || sign * (after - before) > 0);
  };
  const words = (key: (typeof UPPER)[number] | (typeof LOWER)[number]) =>
    `${key} ${old[key]} → ${def[key] ?? "none"}`;
  const limits = [...UPPER.filter((key) => looser(key, 1)), ...LOWER.filter((key) => looser(key, -1))].map(
    words,
  );
  const silenced = def.cycle === 0 && old.cycle !== 0;
  return silenced ? [...limits, `cycle ${old.cycle ?? "default"} → 0`] : limits;
}

/** It stays armed with its last definition until a person confirms. */
function drop(world: World, stream: Stream, point: Point): TableChange {
  point.listed = false;
  return change(world, stream, "dropped", point.def.code, "", true);
}

function change(
  world: World,
  stream: Stream,
  what: TableChange["what"],
  code: string,
  detail = "",
  confirm = false,
): TableChange {
  return { at: world.now, version: stream.table.version, what, code, detail, confirm };
}

function tell(world: World, stream: Stream, changes: readonly TableChange[]): void {
  const { version } = stream.table;
  const number = listedOf(world, stream).length;
  notice(
    world,
    stream.mine,
    stream.system,
    "table-version",
    `version ${version}: ${number} points, ${changes.length} changes`,
  );
  const open = changes.filter((each) => each.confirm);
  if (open.length === 0) return;
  const words = open.slice(0, 20).map((each) => `${each.code} ${each.what} ${each.detail}`.trim());
  notice(
    world,
    stream.mine,
    stream.system,
    "table-confirm",
    `${open.length} to confirm: ${words.join("; ")}`,
  );
}

/** A person accepts or refuses what waits. False when nothing does. */
export function confirmTable(world: World, stream: Stream, accept: boolean): boolean {
  const { table } = stream;
  const held = table.held;
  if (!accept) {
    table.held = null;
    return held !== null;
  }
  if (held !== null) applyTable(world, stream, held.points, held.content, world.now);
  let confirmed = held !== null;
  for (const slot of stream.slots.values()) {
    confirmed = confirmPoint(world, world.points[slot] as Point) || confirmed;
  }
  table.changes.forEach((each, i) => {
    if (each.confirm) table.changes[i] = { ...each, confirm: false };
  });
  if (confirmed) wireStream(world, stream, "live");
  return confirmed;
}

function confirmPoint(world: World, point: Point): boolean {
  const dropped = point.known && !point.listed && point.stream.table.content !== "" && isDropped(point);
  if (!dropped && point.kept === null && point.deferred === null) return false;
  world.definitions++;
  point.def = point.deferred ?? point.def;
  point.deferred = null;
  point.kept = null;
  point.known = !dropped;
  wirePoint(world, point, "live");
  return true;
}

const isDropped = (point: Point): boolean =>
  point.stream.table.changes.some(
    (each) => each.confirm && each.what === "dropped" && each.code === point.def.code,
  );
