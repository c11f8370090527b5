import type { MineCode, System } from "../../model/mine.ts";
import type { PointDef } from "../../model/point.ts";
import type { Instant } from "../../model/time.ts";
import type { SimArea } from "./areas.ts";
import type { SimReading } from "./mine.ts";
import type { OwnEvent } from "./mine-events.ts";
import type { PersonRow } from "./people.ts";

/** One MQTT message as contract §3 words it. */
export interface Message {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  /** How many readings it carries. */
  readonly readings: number;
}

/** Readings in one live message; more are sent as several. */
const LIVE = 64;
/** Readings in one backfill message, each with its own time. */
const BACKFILL = 500;
const PEOPLE = 1_000;

const ZONE_MINUTES = 480;

/** Lists of people say the same moments again and again. */
const told = new Map<Instant, string>();
const TOLD_MOST = 20_000;

/** ISO 8601 at +08:00, as mines in China word their times. */
function timeText(t: Instant): string {
  const known = told.get(t);
  if (known !== undefined) return known;
  if (told.size >= TOLD_MOST) told.clear();
  const text = new Date(t + ZONE_MINUTES * 60_000).toISOString().replace("Z", "+08:00");
  told.set(t, text);
  return text;
}

const message = (topic: string, body: unknown, { retain = false, readings = 0 } = {}): Message => ({
  topic,
  payload: JSON.stringify(body),
  retain,
  readings,
});

const streamTopic = (mine: MineCode, system: System, kind: string): string =>
  `mine/v1/${mine}/${system}/${kind}`;
const statusTopic = (mine: MineCode): string => `mine/v1/${mine}/status`;
export const rejectsTopic = (mine: MineCode): string => `mine/v1/${mine}/out/rejects`;

export const online = (mine: MineCode, at: Instant): Message =>
  message(
    statusTopic(mine),
    { online: true, ts: timeText(at), software: "davylamp simulate" },
    { retain: true },
  );

export const offline = (mine: MineCode, at: Instant): Message =>
  message(statusTopic(mine), { online: false, ts: timeText(at) }, { retain: true });

/** The Last Will has no time: it is written before it happens. */
export const will = (mine: MineCode): Message =>
  message(statusTopic(mine), { online: false }, { retain: true });

export const table = (mine: MineCode, system: System, at: Instant, points: readonly PointDef[]): Message =>
  message(streamTopic(mine, system, "points"), { ts: timeText(at), points }, { retain: true });

/** `nextSeq` numbers the messages of the topic. */
export function live(
  { mine, system, at }: { mine: MineCode; system: System; at: Instant },
  readings: readonly SimReading[],
  nextSeq: () => number,
): Message[] {
  const topic = streamTopic(mine, system, "readings");
  return chunks(readings, LIVE).map((part) => ({
    topic,
    payload: `{"ts":"${timeText(at)}","seq":${nextSeq()},"readings":[${part.map(liveReading).join()}]}`,
    retain: false,
    readings: part.length,
  }));
}

/** By hand, because a load of thousands a second is made of these; codes have no character that JSON escapes. */
const liveReading = ({ code, value, bits }: SimReading): string =>
  `{"p":"${code}"${value === null ? "" : `,"v":${value}`}${bits === 0 ? "" : `,"s":${bits}`}}`;

/** A reading kept while the line was down. */
export interface Kept {
  readonly system: System;
  readonly at: Instant;
  readonly reading: SimReading;
}

export function backfill(
  { mine, system, at }: { mine: MineCode; system: System; at: Instant },
  kept: readonly Kept[],
  nextSeq: () => number,
): Message[] {
  return chunks(kept, BACKFILL).map((part) =>
    message(
      streamTopic(mine, system, "backfill"),
      { ts: timeText(at), seq: nextSeq(), readings: part.map(keptReading) },
      { readings: part.length },
    ),
  );
}

/** Canonical key order p, v, s, t; nothing is written that says nothing. */
function keptReading({ at, reading: { code, value, bits } }: Kept) {
  return {
    p: code,
    ...(value === null ? {} : { v: value }),
    ...(bits === 0 ? {} : { s: bits }),
    t: timeText(at),
  };
}

export const events = (mine: MineCode, system: System, at: Instant, told: readonly OwnEvent[]): Message =>
  message(streamTopic(mine, system, "events"), { ts: timeText(at), events: told.map(eventBody) });

function eventBody(event: OwnEvent) {
  return {
    id: event.id,
    kind: event.kind,
    ...(event.p === null ? {} : { p: event.p }),
    ...(event.card === null ? {} : { card: event.card }),
    start: timeText(event.start),
    ...(event.end === null ? {} : { end: timeText(event.end) }),
    ...(event.max === null ? {} : { max: event.max }),
    ...(event.maxAt === null ? {} : { maxAt: timeText(event.maxAt) }),
    ...(event.cause === null ? {} : { cause: event.cause }),
    ...(event.measure === null ? {} : { measure: event.measure }),
    ...(event.end === null ? {} : { by: "值班员" }),
  };
}

export function people(
  { mine, at, skew }: { mine: MineCode; at: Instant; skew: number },
  rows: readonly PersonRow[],
  areas: readonly SimArea[],
): Message[] {
  const parts = rows.length === 0 ? [[]] : chunks(rows, PEOPLE);
  const count = rows.filter(({ up }) => up === null).length;
  const listed = areas.map(({ code, name, kind, quota }) => ({ code, name, kind, quota }));
  return parts.map((part, i) =>
    message(streamTopic(mine, "person", "people"), {
      ts: timeText(at),
      ...(parts.length === 1 ? {} : { part: i + 1, parts: parts.length }),
      count,
      people: part.map((row) => personBody(row, at, skew)),
      areas: listed,
    }),
  );
}

function personBody(row: PersonRow, seen: Instant, skew: number) {
  const { card, name, team, job, down, up, area, areaSince, station, dist } = row;
  return {
    card,
    name,
    team,
    job,
    down: timeText(down + skew),
    ...(up === null ? {} : { up: timeText(up + skew) }),
    area,
    areaSince: timeText(areaSince + skew),
    station,
    stationSince: timeText(areaSince + skew),
    dist,
    seen: timeText(seen),
    state: row.sos ? "呼救" : "正常",
    leader: row.leader,
    special: row.special,
    sos: row.sos,
  };
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}
