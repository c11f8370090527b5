import type { z } from "zod";
import { BOUNDS } from "../model/bounds.ts";
import type { Body, Rejected, TopicKind } from "../model/input.ts";
import type { System } from "../model/mine.ts";
import type { PointDef } from "../model/point.ts";
import { fileTold } from "./files-told.ts";
import { parseJson, type Repeats } from "./json-text.ts";
import * as payloads from "./payloads.ts";
import { decodeReadings, unusableTime, worded } from "./readings.ts";
import { parseTime } from "./time.ts";

/**
 * What a message of a mine says (contract §3). Never throws; one wrong thing in it is refused with its reason and
 * the rest kept; a message that cannot be used at all becomes `unusable` with a sentence. The same bytes always
 * give the same body: replay depends on it.
 */
export function decode(kind: TopicKind, system: System | null, payload: Uint8Array): Body {
  switch (kind) {
    case "readings":
    case "backfill":
      return decodeReadings(kind, payload);
    case "points":
      return withMessage(payload, BOUNDS.pointsPerMine, decodePoints);
    case "stats":
      return withMessage(payload, BOUNDS.pointsPerMine, decodeStats);
    case "events":
      return withMessage(payload, BOUNDS.pointsPerMine, decodeEvents);
    case "people":
      if (system !== "person") return unusable("people are published under person only");
      return withMessage(payload, BOUNDS.peoplePerMine, decodePeople);
    case "files":
      return withMessage(payload, BOUNDS.filesPerMessage, decodeFiles);
    case "status":
      return withMessage(payload, BOUNDS.pointsPerMine, decodeStatus);
  }
}

type Fields = Readonly<Record<string, unknown>>;

function withMessage(
  payload: Uint8Array,
  mostElements: number,
  read: (message: Fields, repeats: Repeats | null) => Body,
): Body {
  const json = parseJson(payload, mostElements, null);
  if (!json.ok) return unusable(json.why);
  return isFields(json.value) ? read(json.value, json.repeats) : unusable("the message is not an object");
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function decodePoints(message: Fields, repeats: Repeats | null): Body {
  return withTime(message, (ts) => {
    const envelope = payloads.PartsEnvelope.safeParse(filled(message));
    if (!envelope.success) return unusable(worded(envelope.error));
    const list = readList(message, "points", repeats, payloads.Point, "code");
    if (list === null) return unusable("points is not a list");
    const { part, parts } = envelope.data;
    return { kind: "points", ts, part, parts, ...onePerCode(list) };
  });
}

/** A code stands for one point: of two rows the first holds and the second is refused. */
function onePerCode(list: List<PointDef>): { points: readonly PointDef[]; rejected: readonly Rejected[] } {
  const seen = new Set<string>();
  const rejected = [...list.rejected];
  const points = list.items.filter((point) => {
    const first = !seen.has(point.code);
    seen.add(point.code);
    if (!first) rejected.push({ what: point.code, reason: "the code stands twice in the table" });
    return first;
  });
  return { points, rejected };
}

function decodeStats(message: Fields, repeats: Repeats | null): Body {
  return withTime(message, (ts) => {
    const list = readList(message, "stats", repeats, payloads.Stat, "p");
    if (list === null) return unusable("stats is not a list");
    return { kind: "stats", ts, stats: list.items, rejected: list.rejected };
  });
}

function decodeEvents(message: Fields, repeats: Repeats | null): Body {
  return withTime(message, (ts) => {
    const list = readList(message, "events", repeats, payloads.Event, "id");
    if (list === null) return unusable("events is not a list");
    return { kind: "events", ts, events: list.items, rejected: list.rejected };
  });
}

function decodePeople(message: Fields, repeats: Repeats | null): Body {
  return withTime(message, (ts) => {
    const envelope = payloads.PartsEnvelope.safeParse(filled(message));
    if (!envelope.success) return unusable(worded(envelope.error));
    const people = readList(message, "people", repeats, payloads.PersonUnderground, "card");
    if (people === null) return unusable("people is not a list");
    const areas = readList(message, "areas", repeats, payloads.MineArea, "code");
    const { part, parts } = envelope.data;
    const { count } = message;
    return {
      kind: "people",
      ts,
      part,
      parts,
      count: payloads.Count.safeParse(count).data ?? null,
      people: people.items,
      areas: areas?.items ?? null,
      rejected: [...people.rejected, ...(areas?.rejected ?? [])],
    };
  });
}

/** Nothing hangs on its time: a computer whose clock is lost must not hide what it refuses. */
function decodeFiles(message: Fields, repeats: Repeats | null): Body {
  const time = parseTime(message["ts"]);
  const list = readList(message, "files", repeats, payloads.FileRead, "name");
  if (list === null) return unusable("files is not a list");
  return {
    kind: "files",
    ts: time.ok ? time.t : null,
    files: list.items.map(fileTold),
    rejected: list.rejected,
  };
}

/** A will is written long before it is sent: a spoilt time must not hide that the mine is gone. */
function decodeStatus(message: Fields): Body {
  const { online, ts, software } = message;
  if (typeof online !== "boolean") return unusable("online is neither true nor false");
  const time = parseTime(ts);
  return {
    kind: "status",
    ts: time.ok ? time.t : null,
    online,
    software: typeof software === "string" ? software.slice(0, 200) : null,
  };
}

function withTime(message: Fields, read: (ts: number) => Body): Body {
  const { ts } = message;
  const time = parseTime(ts);
  return time.ok ? read(time.t) : unusableTime(time.reason);
}

interface List<T> {
  readonly items: readonly T[];
  readonly rejected: readonly Rejected[];
}

/** The elements of one list that have their schema's shape, and the others by name with zod's words. */
function readList<T>(
  message: Fields,
  key: string,
  repeats: Repeats | null,
  schema: z.ZodType<T>,
  name: string,
): List<T> | null {
  const list = message[key];
  if (!Array.isArray(list)) return null;
  const items: T[] = [];
  const rejected: Rejected[] = [];
  list.forEach((element: unknown, i) => {
    const parsed = schema.safeParse(filled(element));
    if (repeats?.get(key)?.has(i)) rejected.push({ what: nameOf(element, name, i), reason: "duplicate-key" });
    else if (parsed.success) items.push(parsed.data);
    else rejected.push({ what: nameOf(element, name, i), reason: worded(parsed.error) });
  });
  return { items, rejected };
}

/** null and "" are how many programs write "not given": such fields count as absent. */
function filled(element: unknown): unknown {
  if (!isFields(element)) return element;
  return Object.fromEntries(Object.entries(element).filter(([, value]) => value !== null && value !== ""));
}

function nameOf(element: unknown, name: string, i: number): string {
  const value = isFields(element) ? element[name] : undefined;
  return typeof value === "string" && value !== "" ? value.slice(0, 64) : `#${i}`;
}

const unusable = (reason: string): Body => ({ kind: "unusable", reason });
