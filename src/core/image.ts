import type { EffectiveConfig } from "../model/config.ts";
import type { PointDef } from "../model/point.ts";
import { enter } from "./active.ts";
import { watchesOf } from "./all-watches.ts";
import { copyColumns, restoreColumns } from "./columns.ts";
import { useConfig, wireAll } from "./config.ts";
import { keepWaiting, markBusy, waitsOnSamples } from "./delays.ts";
import { type Digests, restoreDigests } from "./digests.ts";
import { dutyImage, restoreDuty } from "./duty/memory.ts";
import { wireFlood } from "./flood.ts";
import { isActive, isHead } from "./journal.ts";
import { keepAlarm } from "./known.ts";
import { lifeImage, restoreLife } from "./life.ts";
import { entry } from "./logic/alike.ts";
import { logicImage, restoreLogic } from "./logic/image.ts";
import { isFollowing } from "./mine/facts.ts";
import { follow } from "./mine/look.ts";
import { ownImage, restoreOwn } from "./mine/memory.ts";
import { crewImage, restoreCrew } from "./people/watches.ts";
import { nextDue } from "./watch.ts";
import { addPoint } from "./wiring.ts";
import {
  type AlarmRecord,
  createMine,
  createStream,
  createWorld,
  type Mine,
  type Stream,
  type Watch,
  type World,
  watchId,
} from "./world.ts";

/**
 * The world as data that can be cloned in a few milliseconds: columns copied, tables and lists as the text
 * they came from, and only watches about which there is something to remember. Rules are compiled anew.
 */
type Image = ReturnType<typeof imageOf>;

const FORMAT = 1;

export function imageOf(world: World) {
  return {
    format: FORMAT,
    config: world.config === null ? null : textOf(world.config),
    configHash: world.configHash,
    now: world.now,
    input: world.input,
    journalSeq: world.journalSeq,
    swept: world.swept,
    columns: copyColumns(world.columns),
    mines: [...world.mines.values()].map(mineImage),
    streams: [...world.mines.values()].flatMap((mine) => [...mine.streams.values()].map(streamImage)),
    points: pointsOnce(world),
    alarms: [...world.alarms.values()].map((record) => ({
      alarm: record.alarm,
      watch: record.watch === null ? null : watchId(record.watch.subject, record.watch.plan),
      attention: record.attention,
      covers: record.covers,
      seen: record.seen,
      receipts: [...record.receipts],
    })),
    ended: [...world.ended],
    life: lifeImage(world.life),
    acts: [...world.acts].map((pair) => JSON.stringify(pair)).join("\n"),
    confirmed: [...world.confirmed],
    linked: [...world.linked],
    shadows: [...world.shadows].map(([rule, log]) => ({
      rule,
      raised: log.raised,
      open: [...log.open],
      last: [...log.last],
    })),
    watches: [...world.remembered].filter(isRemembered).map(watchImage),
    logic: logicImage(world),
    duty: dutyImage(world.duty),
    lanes: [...world.lanes.values()].map((lane) => ({
      ...lane,
      runs: lane.runs.map((run) => run && { ...run, pending: [...run.pending] }),
    })),
  };
}

const texts = new WeakMap<EffectiveConfig, string>();

/** The configuration does not change, so neither does its text. */
function textOf(config: EffectiveConfig): string {
  const text = texts.get(config) ?? JSON.stringify(config);
  texts.set(config, text);
  return text;
}

function mineImage(mine: Mine) {
  const { code, link, linked, downSince, floodedSince } = mine;
  return {
    code,
    link,
    linked,
    downSince,
    floodedSince,
    connections: [...mine.connections],
    digests: digestsImage(mine.digests),
    files: digestsImage(mine.files),
    counters: [...mine.counters],
    hours: { past: mine.hours.past, from: mine.hours.from, counts: [...mine.hours.counts] },
    rejects: [...mine.rejects],
    people: mine.people === null ? null : { ...mine.people, list: [] },
    peopleParts: { ...mine.peopleParts, parts: [...mine.peopleParts.parts] },
    crew: crewImage(mine),
    events: [...mine.events],
  };
}

const digestsImage = (digests: Digests | null) =>
  digests === null ? null : { ring: digests.ring.slice(), at: digests.at };

function streamImage(stream: Stream) {
  const { mine, slots, waiting, watches, sets, own, offsets, table, fronts, ...scalars } = stream;
  return {
    ...scalars,
    own: ownImage(own),
    seqs: { ...stream.seqs },
    fronts: [...fronts].map(([connection, front]) => [connection, { ...front }] as const),
    mine: mine.code,
    offsets: { ...offsets, ring: offsets.ring.slice() },
    table: {
      ...table,
      held: table.held === null ? null : { ...table.held, points: JSON.stringify(table.held.points) },
      parts: { ...table.parts, parts: [...table.parts.parts] },
      changes: [...table.changes],
    },
  };
}

const pointsKept = new WeakMap<World["points"], { definitions: number; image: PointsImage }>();
type PointsImage = ReturnType<typeof pointsImage>;

/**
 * Definitions change with tables only: between two of them the same image serves. So it holds text and no typed
 * array: those are given away with the image they are in.
 */
function pointsOnce(world: World): PointsImage {
  const kept = pointsKept.get(world.points);
  if (kept?.definitions === world.definitions) return kept.image;
  const image = pointsImage(world);
  pointsKept.set(world.points, { definitions: world.definitions, image });
  return image;
}

/**
 * Definitions in slot order by stream, and what is not simply in force as its table says. Of most points only code and
 * place are their own: what else they say is one of a few sorts.
 */
function pointsImage(world: World) {
  const sorts = new Map<string, number>();
  const runs: { mine: string; system: string; codes: string[]; places: string[]; sorts: number[] }[] = [];
  for (const { stream, def } of world.points) {
    const { code: mine } = stream.mine;
    const last = runs.at(-1);
    const known = last?.mine === mine && last.system === stream.system ? last : null;
    const run = known ?? { mine, system: stream.system, codes: [], places: [], sorts: [] };
    if (known === null) runs.push(run);
    run.codes.push(def.code);
    run.places.push(def.place);
    run.sorts.push(entry(sorts, JSON.stringify({ ...def, code: "", place: "" }), () => sorts.size));
  }
  const odd = world.points
    .filter((point) => !point.listed || point.kept || point.deferred || point.beyond)
    .map(({ slot, listed, known, beyond, kept, deferred }) => ({
      slot,
      listed,
      known,
      beyond,
      kept,
      deferred,
    }));
  return {
    runs: runs.map((run) => ({
      ...run,
      codes: run.codes.join("\n"),
      places: JSON.stringify(run.places),
      sorts: run.sorts.join(" "),
    })),
    sorts: [...sorts.keys()],
    odd,
  };
}

const isRemembered = (watch: Watch): boolean =>
  watch.episodes.length > 0 || watch.pending.some((onset) => onset !== null) || isFollowing(watch);

const watchImage = ({ subject, plan, pending, reached, open, clearing, memory, episodes }: Watch) => ({
  id: watchId(subject, plan),
  pending: [...pending],
  reached,
  open: open?.alarm.id ?? null,
  /** An alarm of a shadow rule is known to its watch only. */
  shadow: open?.shadow === true ? open.alarm : null,
  clearing,
  memory,
  episodes: episodes.map((episode) => ({ ...episode })),
});

/** Puts the world back as it was when the image was made; nothing is judged. */
export function restoreFrom(world: World, value: unknown): void {
  const image = value as Image;
  if (image.format !== FORMAT) throw new Error(`must hold: an image of format ${FORMAT}`);
  Object.assign(world, createWorld(world));
  const { now, input, journalSeq, swept, configHash } = image;
  Object.assign(world, { now, input, journalSeq, swept, staleFrom: Number.NEGATIVE_INFINITY, looked: -1 });
  for (const mine of image.mines) restoreMine(world, mine);
  restoreDuty(world.duty, image.duty);
  for (const stream of image.streams) restoreStream(world, stream);
  restorePoints(world, image);
  world.columns = restoreColumns(image.columns);
  for (const [id, loc] of image.confirmed) world.confirmed.set(id, loc);
  for (const [id, links] of image.linked) world.linked.set(id, links);
  if (image.config !== null) {
    useConfig(world, JSON.parse(image.config) as EffectiveConfig, configHash);
    wireAll(world, "quiet");
  }
  for (const { code, crew } of image.mines) restoreCrew(world, world.mines.get(code) as Mine, crew);
  // What keeps a step from rising decides which delays run.
  restoreLogic(world, image.logic ?? null);
  restoreAlarms(world, image);
  for (const line of image.acts === "" ? [] : image.acts.split("\n")) {
    const [id, result] = JSON.parse(line) as [string, string];
    world.acts.set(id, result);
  }
  for (const lane of image.lanes) world.lanes.set(lane.slot, structured(lane));
}

const structured = <T>(lane: T & { runs: unknown[] }): T => ({ ...lane, runs: [...lane.runs] }) as T;

function restoreMine(world: World, image: Image["mines"][number]): void {
  const { connections, digests, files, counters, hours, rejects, ...told } = image;
  const { people, peopleParts, crew, events, ...scalars } = told;
  const mine = Object.assign(createMine(image.code, null), scalars);
  for (const [id, scope] of connections) mine.connections.set(id, scope);
  for (const [what, n] of counters) mine.counters.set(what, n);
  Object.assign(mine.hours, { past: hours.past, from: hours.from });
  for (const [what, n] of hours.counts) mine.hours.counts.set(what, n);
  mine.rejects.push(...rejects);
  mine.events.push(...events);
  mine.people = people === null ? null : { ...people, list: JSON.parse(people.text) };
  Object.assign(mine.peopleParts, { ts: peopleParts.ts, areas: peopleParts.areas });
  for (const [part, list] of peopleParts.parts) mine.peopleParts.parts.set(part, list);
  if (digests !== null) mine.digests = restoreDigests(digests);
  if (files !== null) mine.files = restoreDigests(files);
  world.mines.set(mine.code, mine);
  if (!Number.isNaN(mine.floodedSince)) wireFlood(world, mine);
}

function restoreStream(world: World, image: Image["streams"][number]): void {
  const { mine: code, own, offsets, table, fronts, ...scalars } = image;
  const mine = world.mines.get(code) as Mine;
  const stream = createStream(mine, image.system, 0);
  Object.assign(stream, { ...scalars, seqs: { ...scalars.seqs } });
  restoreOwn(stream.own, own);
  Object.assign(stream.offsets, { ...offsets, ring: offsets.ring.slice() });
  for (const [connection, front] of fronts) stream.fronts.set(connection, { ...front });
  const { version, at, content, held, changes, parts } = table;
  Object.assign(stream.table, { version, at, content });
  stream.table.held =
    held === null ? null : { ...held, points: JSON.parse(held.points) as readonly PointDef[] };
  stream.table.changes.push(...changes);
  stream.table.parts.ts = parts.ts;
  for (const [part, points] of parts.parts) stream.table.parts.parts.set(part, points);
  mine.streams.set(image.system, stream);
}

function restorePoints(world: World, image: Image): void {
  const sorted = image.points.sorts.map((text) => JSON.parse(text) as PointDef);
  const odd = new Map(image.points.odd.map((each) => [each.slot, each]));
  for (const { mine, system, codes, places, sorts } of image.points.runs) {
    const stream = world.mines.get(mine)?.streams.get(system) as Stream;
    const named = JSON.parse(places) as string[];
    const sortOf = sorts.split(" ").map(Number);
    for (const [i, code] of codes.split("\n").entries()) {
      const own = odd.get(world.points.length);
      const def = { ...(sorted[sortOf[i] as number] as PointDef), code, place: named[i] as string };
      const point = addPoint(world, stream, def, own?.known ?? true);
      point.listed = own?.listed ?? true;
      point.beyond = own?.beyond ?? false;
      point.kept = own?.kept ?? null;
      point.deferred = own?.deferred ?? null;
    }
  }
}

const allWatches = (world: World): Watch[] =>
  [...world.mines.values()].flatMap((mine) => [...watchesOf(mine, world.points)]);

function restoreAlarms(world: World, image: Image): void {
  const watches = new Map(allWatches(world).map((watch) => [watchId(watch.subject, watch.plan), watch]));
  for (const { alarm, watch, attention, covers, seen, receipts } of image.alarms) {
    const known = watch === null ? null : (watches.get(watch) ?? null);
    const record: AlarmRecord = {
      alarm,
      watch: known,
      attention,
      covers,
      seen,
      shadow: false,
      receipts: new Set(receipts),
    };
    keepAlarm(world, record);
    if (!isActive(alarm.state)) continue;
    world.active++;
    const mine = world.mines.get(alarm.mine);
    if (mine === undefined) continue;
    if (alarm.latched) continue;
    enter(mine, record);
    if (isHead(world, alarm)) mine.heads.add(record);
  }
  world.ended.push(...image.ended);
  restoreLife(world.life, image.life);
  for (const { rule, raised, open, last } of image.shadows ?? [])
    world.shadows.set(rule, { raised, open: new Set(open), last: [...last] });
  for (const { id, pending, reached, open, shadow, clearing, memory, episodes } of image.watches) {
    const watch = watches.get(id);
    if (watch === undefined) continue;
    watch.pending = [...pending];
    watch.reached = reached;
    watch.open = shadow
      ? { alarm: shadow, watch, attention: 0, covers: false, seen: null, shadow: true, receipts: new Set() }
      : open === null
        ? null
        : (world.alarms.get(open) ?? null);
    watch.clearing = clearing;
    watch.memory = memory;
    watch.episodes = episodes.map((episode) => ({ ...episode }));
    world.remembered.add(watch);
    if (waitsOnSamples(watch)) keepWaiting(world, watch);
    follow(world, watch);
  }
  for (const point of world.points) markBusy(world, point);
  for (const mine of world.mines.values()) {
    for (const stream of mine.streams.values()) {
      stream.nextDue = Math.min(Number.POSITIVE_INFINITY, ...[...stream.waiting].map(nextDue));
    }
  }
}
