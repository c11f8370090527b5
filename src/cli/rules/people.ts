import type { Effects } from "../../core/effects.ts";
import type { MineEvent } from "../../model/input.ts";
import type { AreaPolicy } from "../../model/mine.ts";
import type { Area, AreaKind, Person } from "../../model/people.ts";
import type { Instant } from "../../model/time.ts";
import type { Deed } from "./deeds.ts";
import { duration, words } from "./scenario-text.ts";
import type { Stage } from "./stage.ts";

type Keys = Readonly<Record<string, string>>;

/** An area as the mine sends it: `area Q1 kind=rockburst quota=9`. */
export function areaSent(code: string, keys: Keys): Area {
  const kind = (keys["kind"] ?? "normal") as AreaKind;
  return { code, name: keys["name"] ?? code, kind, ...quota(keys) };
}

/** An area as the county says it is: `area Q1 county quota=8 permitted=yes`. */
export function areaPolicy(keys: Keys): AreaPolicy {
  const kind = keys["kind"] === undefined ? {} : { kind: keys["kind"] as AreaKind };
  return { ...kind, ...quota(keys), ...(keys["permitted"] === "yes" ? { permitted: true } : {}) };
}

const quota = (keys: Keys) => (keys["quota"] === undefined ? {} : { quota: Number(keys["quota"]) });

/**
 * `people 30`, `people c1 area=Q1 down=-14h leader=yes, 20 area=Q2`: a list of cards and of so many nameless ones.
 * For the message `ts=5s count=30 conn=2`, wherever it stands.
 */
export function people(stage: Stage, { action, keys }: Deed): Effects[] {
  const ts = keys["ts"] === undefined ? stage.now : momentOf(stage, keys["ts"]);
  const rows: Person[] = [];
  for (const part of action.slice("people".length).split(",")) {
    const { plain, keys: own } = words(part);
    const [name = "0"] = plain;
    const many = /^\d+$/.test(name) ? Number(name) : null;
    for (let i = 0; i < (many ?? 1); i++)
      rows.push(personOf(stage, many === null ? name : `card${rows.length}`, own));
  }
  const body = {
    kind: "people",
    ts,
    part: 1,
    parts: 1,
    count: keys["count"] === undefined ? null : Number(keys["count"]),
    people: rows,
    areas: stage.areas.length === 0 ? null : stage.areas,
    rejected: [],
  } as const;
  const connection = Number(keys["conn"] ?? 1);
  return [stage.keep(stage.feed.packet(stage.now, body, { system: "person", connection }))];
}

function personOf(stage: Stage, card: string, keys: Keys): Person {
  const { area, station, dist, down, seen, up, leader, sos } = keys;
  return {
    card,
    down: down === undefined ? stage.begin : momentOf(stage, down),
    ...(up === undefined ? {} : { up: stage.now }),
    ...(area === undefined ? {} : { area }),
    ...(station === undefined ? {} : { station }),
    ...(dist === undefined ? {} : { dist: Number(dist) }),
    ...(seen === undefined ? {} : { seen: seen === "now" ? stage.now : momentOf(stage, seen) }),
    ...(leader === undefined ? {} : { leader: leader === "yes" }),
    ...(sos === undefined ? {} : { sos: sos === "yes" }),
  };
}

/** `event A 001 start=5s end=9s`, `event sos card=c1 id=7`: the mine's own record about a point or about people. */
export function event(stage: Stage, { plain, keys }: Deed): Effects[] {
  const kind = plain.at(-1) ?? "";
  const about = plain.length > 1 ? { p: plain[0] ?? "" } : {};
  const { id, card, area } = keys;
  const one: MineEvent = {
    ...about,
    ...(id === undefined ? {} : { id }),
    ...(card === undefined ? {} : { card }),
    ...(area === undefined ? {} : { area }),
    kind,
    start: keys["start"] === undefined ? stage.now : momentOf(stage, keys["start"]),
    ...(keys["end"] === undefined ? {} : { end: momentOf(stage, keys["end"]) }),
  };
  const system = keys["system"] ?? (plain.length > 1 ? "safety" : "person");
  const body = { kind: "events", ts: stage.now, events: [one], rejected: [] } as const;
  return [stage.keep(stage.feed.packet(stage.now, body, { system }))];
}

const momentOf = (stage: Stage, text: string): Instant => stage.begin + duration(text);
