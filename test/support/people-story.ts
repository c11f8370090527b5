import fc from "fast-check";
import type { Engine } from "../../src/core/engine.ts";
import type { JournalEntry } from "../../src/model/alarm.ts";
import type { EffectiveConfig } from "../../src/model/config.ts";
import type { MineEvent } from "../../src/model/input.ts";
import type { Area, Person } from "../../src/model/people.ts";
import type { Rule } from "../../src/model/rule.ts";
import { HOUR, MINUTE, SECOND } from "../../src/model/time.ts";
import { loadConfig } from "../../src/wire/config/load.ts";
import { aMine, anEngine, aPoint, createFeed, MINE } from "./builders-core.ts";
import { shippedConfig } from "./shipped-config.ts";

/** Random days of a mine's personnel system, played with the rules that ship, none of them on trial. */
export const BEGIN = 1_700_000_000_000;

const loaded = loadConfig(shippedConfig(), () => undefined, BEGIN);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
const shipped = loaded.config;
/** The rules about people that ship, and two that are not about them. */
export const PEOPLE_RULES: readonly Rule[] = shipped.rules
  .filter(({ id }) => /^(PER|STOP-02b|CH4-0[12])/.test(id))
  .map((rule) => ({ ...rule, shadow: false }));
const AREAS: readonly Area[] = [
  { code: "Q1", name: "大巷", kind: "normal", quota: 2 },
  { code: "Q2", name: "密闭", kind: "restricted" },
  { code: "Q3", name: "限员区", kind: "rockburst", quota: 1 },
];

const configOf = (n: number) =>
  ({
    ...shipped,
    rules: PEOPLE_RULES,
    mines: [
      aMine({
        systems: ["safety", "person"],
        status: n % 4 === 3 ? "stopped" : "producing",
        approvedUnderground: 3 + (n % 3),
        permittedUnderground: 1,
        areas: n % 2 === 0 ? { Q1: { permitted: true } } : { Q1: { quota: 1, permitted: true } },
        points: { "safety:A": { loc: "CF_CORNER", cycle: 0, area: "Q1" } },
      }),
    ],
  }) satisfies EffectiveConfig;

const person = fc.record({
  card: fc.constantFrom("c1", "c2", "c3", "c4", "c5", "c6"),
  hours: fc.constantFrom(0, 1, 11.99, 12, 13.99, 14, 20),
  area: fc.constantFrom("Q1", "Q2", "Q3", "Q9", null),
  dist: fc.constantFrom(0, 3, 10),
  unseen: fc.constantFrom(0, 0, 31 * MINUTE, 61 * MINUTE, null),
  up: fc.constantFrom(false, false, false, true),
  leader: fc.constantFrom(true, false, null),
  sos: fc.constantFrom(true, false, false, null),
});

const move = fc.record({
  wait: fc.constantFrom(0, 1, 999, 1_000, 20_000, 59_000, 60_000, 61_000, 170_000, 200_000, 700_000),
  kind: fc.constantFrom(
    ...(["people", "people", "people", "people", "people", "many", "event", "event", "tick"] as const),
    ...(["config", "start", "clock", "reading", "base", "link"] as const),
  ),
  people: fc.array(person, { maxLength: 7 }),
  back: fc.constantFrom(0, 0, 0, 0, 0, 11_000, 100_000, 3_600_000, -1_000, -400_000),
  n: fc.integer({ min: 0, max: 7 }),
  flag: fc.boolean(),
});
type Move = typeof move extends fc.Arbitrary<infer T> ? T : never;

export const stories = fc.array(move, { minLength: 1, maxLength: 40 });

/** Plays moves against an engine; `swap` may replace the engine before any of them. */
export function drive(moves: readonly Move[], swap: (engine: Engine, i: number) => Engine): JournalEntry[] {
  let engine = anEngine();
  let feed = createFeed(engine);
  let now = BEGIN;
  const entries: JournalEntry[] = [];
  const keep = (effects: { entries: readonly JournalEntry[] }) => entries.push(...effects.entries);
  keep(feed.step({ type: "start", now, version: "test", epoch: "test", firstCall: "with-raise" }));
  keep(feed.config(now, configOf(0), "0"));
  keep(feed.points(now, [aPoint({ code: "A", cycle: 0 })]));
  keep(feed.points(now, [aPoint({ code: "B", type: "baseStation", kind: "state" })], { system: "person" }));
  moves.forEach((one, i) => {
    now += one.wait;
    const next = swap(engine, i);
    if (next !== engine) feed = feed.with(next);
    engine = next;
    keep(act(one));
  });
  return entries;

  function act(one: Move) {
    const ts = now - one.back;
    switch (one.kind) {
      case "people":
      case "many": {
        const list = one.kind === "many" ? crowd(one.n) : one.people.map((each) => personOf(each, ts));
        const parts = one.flag && one.n === 1 ? 2 : 1;
        const areas = one.n % 3 === 0 ? null : AREAS;
        const count = one.n === 5 ? list.length + 1 : one.n === 6 ? list.length : null;
        const whole = { ts, part: 1 + (one.n % parts), parts, count, areas, rejected: [] };
        return feed.packet(now, { kind: "people", ...whole, people: list }, { system: "person" });
      }
      case "event": {
        const body = { kind: "events", ts, events: [eventOf(one, now)], rejected: [] } as const;
        return feed.packet(now, body, { system: "person" });
      }
      case "config":
        return feed.config(now, configOf(one.n), String(one.n));
      case "start":
        return feed.step({ type: "start", now, version: "test", epoch: "test", firstCall: "with-raise" });
      case "clock": {
        const by = SECOND * (one.n - 3) * 10;
        now += by;
        return feed.step({ type: "clock", now, by });
      }
      case "reading":
        return feed.message(now, "readings", [{ p: "A", v: one.flag ? 1.2 + one.n / 10 : 0.2 }]);
      case "base":
        return feed.message(now, "readings", [{ p: "B", v: one.flag ? 1 : 0 }], {
          more: { system: "person" },
        });
      case "link": {
        const link = { connection: one.n % 2, system: null, why: "" };
        return feed.step({ type: "link", now, mine: MINE, event: one.flag ? "up" : "down", ...link });
      }
      case "tick":
        return feed.tick(now);
    }
  }
}

const crowd = (n: number): Person[] =>
  Array.from({ length: 30 + n }, (_, i) => ({ card: `m${i}`, down: BEGIN, area: `Q${i % 4}` }));

function personOf(each: typeof person extends fc.Arbitrary<infer T> ? T : never, ts: number): Person {
  const { card, hours, area, dist, unseen, up, leader, sos } = each;
  return {
    card,
    name: "矿工甲",
    dist,
    down: BEGIN - hours * HOUR,
    ...(area === null ? {} : { area }),
    ...(unseen === null ? {} : { seen: ts - unseen }),
    ...(up ? { up: ts } : {}),
    ...(leader === null ? {} : { leader }),
    ...(sos === null ? {} : { sos }),
  };
}

const KINDS = ["sos", "overtime", "over-capacity", "restricted", "001"] as const;

function eventOf({ n, flag, back }: Move, now: number): MineEvent {
  const start = BEGIN + 60_000 * (n % 3);
  return {
    kind: KINDS[n % KINDS.length] as string,
    ...(n % 2 === 0 ? { card: "c1" } : {}),
    ...(n % 4 === 1 ? { area: `Q${1 + (n % 3)}` } : {}),
    ...(n > 5 ? { id: "7" } : {}),
    start,
    ...(flag ? { end: Math.max(start, now - Math.max(0, back)) } : {}),
  };
}
