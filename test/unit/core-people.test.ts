import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Effects } from "../../src/core/effects.ts";
import type { Engine } from "../../src/core/engine.ts";
import { BOUNDS } from "../../src/model/bounds.ts";
import type { EffectiveConfig } from "../../src/model/config.ts";
import type { MineConfig } from "../../src/model/mine.ts";
import type { Area, Person } from "../../src/model/people.ts";
import { HOUR, MINUTE } from "../../src/model/time.ts";
import { illegalSteps } from "../support/arrows.ts";
import { aConfig, aMine, anEngine, aPoint, begun, MINE, RULES } from "../support/builders-core.ts";
import { BEGIN, drive, PEOPLE_RULES, stories } from "../support/people-story.ts";

const same = (engine: Engine) => engine;

function reborn(engine: Engine): Engine {
  const other = anEngine();
  other.restore(structuredClone(engine.image()));
  return other;
}

describe("rules about people", () => {
  it("go on byte for byte the same when the engine is restored from its image before every input", () => {
    fc.assert(
      fc.property(stories, (story) => {
        expect(JSON.stringify(drive(story, reborn))).toBe(JSON.stringify(drive(story, same)));
      }),
      { numRuns: 120 },
    );
  });

  it("only ever take legal steps, numbered in a row, and raise no alarm twice", () => {
    fc.assert(
      fc.property(stories, (story) => {
        const entries = drive(story, same);
        expect(illegalSteps(entries)).toEqual([]);
        const told = entries.flatMap((entry, i) => (entry.type === "transition" ? [{ ...entry, i }] : []));
        expect(told.every(({ alarm, i }) => alarm.seq === i + 1)).toBe(true);
        const raised = told.filter(({ transition }) => transition.what === "raise");
        expect(new Set(raised.map(({ alarm }) => alarm.id)).size).toBe(raised.length);
      }),
      { numRuns: 300 },
    );
  });

  it("are all met by such stories", () => {
    const met = new Set<string>();
    for (const story of fc.sample(stories, { numRuns: 500, seed: 7 })) {
      for (const entry of drive(story, same)) if (entry.type === "transition") met.add(entry.alarm.rule);
    }
    expect(PEOPLE_RULES.map(({ id }) => id).filter((id) => !met.has(id) && id !== "PER-06")).toEqual([]);
  });

  it("write no name of a person anywhere", () => {
    fc.assert(
      fc.property(stories, (story) => {
        expect(JSON.stringify(drive(story, same))).not.toContain("矿工甲");
      }),
      { numRuns: 100 },
    );
  });
});

function aGateway(mine: Partial<MineConfig> = {}, more: Partial<EffectiveConfig> = {}) {
  const config = aConfig({ rules: [...RULES, ...PEOPLE_RULES], mines: [aMine(mine)], ...more });
  const { engine, feed } = begun(BEGIN, config);
  const people = (
    now: number,
    list: readonly Person[],
    areas: readonly Area[] | null = null,
    part = 1,
    parts = 1,
  ) =>
    feed.packet(
      now,
      { kind: "people", ts: now, part, parts, count: null, people: list, areas, rejected: [] },
      { system: "person" },
    );
  return { engine, feed, people };
}

const raised = ({ entries }: Effects) =>
  entries.flatMap((entry) =>
    entry.type === "transition" && entry.transition.what === "raise" ? [entry.alarm] : [],
  );

describe("the list of people underground", () => {
  it("is frozen into alarms of every kind, with the count of their area, and later lists change nothing", () => {
    const { engine, feed, people } = aGateway({
      systems: ["safety", "fan", "person"],
      points: {
        "safety:A": { loc: "CF_CORNER", cycle: 0, area: "Q1" },
        "safety:B": { loc: "CF_CORNER" },
        "fan:F1": { area: "Q3" },
      },
    });
    feed.points(BEGIN, [aPoint({ code: "A", cycle: 0 }), aPoint({ code: "B", loc: "CF_CORNER", cycle: 0 })]);
    const fan = aPoint({ code: "F1", type: "1010", kind: "switch", set: "W", machine: "1#", cycle: 0 });
    feed.points(BEGIN, [fan], { system: "fan" });
    const link = { type: "link", mine: MINE, connection: 1, system: null, why: "" } as const;
    feed.step({ ...link, now: BEGIN, event: "up" });
    const areas: Area[] = [{ code: "Q2", name: "密闭", kind: "restricted" }];
    const list: Person[] = [
      { card: "c1", name: "甲", down: BEGIN - 20 * HOUR, area: "Q1" },
      { card: "c2", name: "乙", down: BEGIN, area: "Q1" },
      { card: "c3", name: "丙", down: BEGIN, area: "Q2", sos: true },
    ];
    const now = BEGIN + 1_000;
    const of = (effects: Effects[]) => new Map(effects.flatMap(raised).map((alarm) => [alarm.id, alarm]));
    const alarms = of([
      people(now, list, areas),
      feed.message(now, "readings", [
        { p: "A", v: 1.2 },
        { p: "B", v: 1.2 },
      ]),
      feed.message(now, "readings", [{ p: "F1", v: 0 }], { more: { system: "fan" } }),
      feed.step({ ...link, now, event: "down" }),
      feed.tick(now + MINUTE),
      feed.tick(now + 6 * MINUTE),
    ]);
    const seen = [...alarms.values()].map(({ rule, subject, people }) => [rule, subject.kind, people?.area]);
    expect(seen).toEqual([
      ["PER-01", "card", 1],
      ["PER-04", "card", 2],
      ["PER-05", "area", 1],
      ["CH4-01", "point", 2],
      ["CH4-01", "point", null],
      ["FAN-01", "set", 0],
      ["LINK-04", "mine", null],
      ["LINK-01", "link", null],
    ]);
    const count = { underground: 3, asOf: now, quality: "good" };
    const frozen = [...alarms.values()].map((alarm) => alarm.people);
    expect(frozen).toEqual(frozen.map(() => expect.objectContaining(count)));
    expect(new Set(frozen.map((each) => each?.list)).size).toBe(1);

    people(now + 7 * MINUTE, [{ card: "c9", down: BEGIN, area: "Q1" }]);
    people(now + 8 * MINUTE, []);
    for (const { id, people: before } of alarms.values()) expect(engine.alarm(id)?.people).toEqual(before);
  });

  it("is written down once, without names, in the record the alarms name", () => {
    const { people } = aGateway();
    const { entries } = people(BEGIN + 1_000, [
      { card: "c2", name: "乙", down: BEGIN, area: "Q1", sos: true },
      { card: "c1", name: "甲", down: BEGIN, sos: true },
    ]);
    const lists = entries.flatMap((entry) => (entry.type === "people" ? [entry] : []));
    expect(lists.map(({ list }) => list)).toEqual([["c1 -", "c2 Q1"]]);
    expect(raised({ entries } as Effects).map((alarm) => alarm.people?.list)).toEqual([
      lists[0]?.hash,
      lists[0]?.hash,
    ]);
  });

  it("counts a card that stands in it twice once, by its last row", () => {
    const { engine, people } = aGateway();
    people(BEGIN, [
      { card: "c1", down: BEGIN, sos: true },
      { card: "c2", down: BEGIN },
      { card: "c1", down: BEGIN },
    ]);
    expect(engine.people(MINE)?.underground).toBe(2);
    expect(engine.mine(MINE)?.counters).toMatchObject({ "people:card-twice": 1 });
    expect([...engine.openAlarms()]).toEqual([]);
  });

  it("judges no more people than the bound, and counts the others", () => {
    const { engine, people } = aGateway();
    const crowd = (n: number, from: number): Person[] =>
      Array.from({ length: n }, (_, i) => ({ card: `c${from + i}`, down: BEGIN }));
    people(BEGIN, crowd(BOUNDS.peoplePerMine, 0), null, 1, 2);
    people(BEGIN, crowd(7, BOUNDS.peoplePerMine), null, 2, 2);
    expect(engine.people(MINE)?.underground).toBe(BOUNDS.peoplePerMine);
    expect(engine.mine(MINE)?.counters).toMatchObject({ "people:beyond": 7 });
  });

  it("of a clock years ahead does not silence the lists that follow", () => {
    const { engine, feed, people } = aGateway();
    const body = { kind: "people", part: 1, parts: 1, count: null, areas: null, rejected: [] } as const;
    const ahead = { ...body, ts: Date.UTC(2031, 0, 1), people: [{ card: "c1", down: BEGIN, sos: true }] };
    const [first] = raised(feed.packet(BEGIN + 1_000, ahead, { system: "person" }));
    expect(first).toMatchObject({ raisedAt: BEGIN + 1_000, quality: "suspect" });
    people(BEGIN + 2_000, [{ card: "c1", down: BEGIN }]);
    expect(engine.alarm(first?.id ?? "")?.state).toBe("returned");
  });
});

describe("a changed number of the county", () => {
  const told = ({ entries }: Effects) =>
    entries.flatMap((entry) =>
      entry.type === "transition"
        ? [`${entry.transition.what} ${entry.alarm.rule} ${entry.alarm.limit}`]
        : [],
    );
  const AREAS: readonly Area[] = [{ code: "Q1", name: "限员区", kind: "rockburst", quota: 3 }];
  const crowd: Person[] = ["c1", "c2", "c3"].map((card) => ({ card, down: BEGIN, area: "Q1" }));
  const configured = (mine: Partial<MineConfig>) => aConfig({ rules: PEOPLE_RULES, mines: [aMine(mine)] });

  it("is judged at once, and ends only the alarm it is about", () => {
    const { feed, people } = aGateway({}, { rules: PEOPLE_RULES });
    expect(told(people(BEGIN + 1_000, [...crowd, { card: "c4", down: BEGIN, sos: true }], AREAS))).toEqual([
      "raise PER-01 null",
    ]);
    const stricter = configured({ areas: { Q1: { quota: 2 } } });
    expect(told(feed.config(BEGIN + 2_000, stricter))).toEqual(["raise PER-09 2"]);
    const stricterStill = configured({ areas: { Q1: { quota: 1 } } });
    expect(told(feed.config(BEGIN + 3_000, stricterStill))).toEqual([
      "rule-change PER-09 2",
      "raise PER-09 1",
    ]);
    const looser = configured({ areas: { Q1: { quota: 9 } } });
    expect(told(feed.config(BEGIN + 4_000, looser))).toEqual(["rule-change PER-09 1"]);
    const none = configured({ status: "closed" });
    expect(told(feed.config(BEGIN + 5_000, none))).toEqual(["rule-change PER-01 null"]);
  });
});

describe("what a list shows at once", () => {
  const AREAS: readonly Area[] = [
    { code: "Q1", name: "密闭", kind: "restricted" },
    { code: "Q2", name: "限员区", kind: "rockburst", quota: 2 },
    { code: "Q3", name: "大巷", kind: "normal" },
  ];
  const row = fc.record({
    area: fc.constantFrom("Q1", "Q2", "Q3"),
    sos: fc.boolean(),
    here: fc.constantFrom(true, true, true, false),
  });
  const hours = fc.array(fc.constantFrom(0, 11, 12, 13, 14), { minLength: 6, maxLength: 6 });
  const lists = fc.array(fc.array(row, { minLength: 6, maxLength: 6 }), { minLength: 1, maxLength: 12 });

  /** A second, naive model: what must be open after a list, looked up in the list alone. */
  function foretell(list: readonly Person[], now: number): string[] {
    const below = list.filter(({ up }) => up === undefined);
    const cards = below.flatMap(({ card, down, sos }) => [
      ...(sos ? [`PER-01 ${card}`] : []),
      ...(now - down >= 14 * HOUR ? [`PER-04 ${card}`] : now - down >= 12 * HOUR ? [`PER-04b ${card}`] : []),
    ]);
    const inArea = (code: string) => below.filter(({ area }) => area === code).length;
    const areas = [...(inArea("Q1") > 0 ? ["PER-05 Q1"] : []), ...(inArea("Q2") > 2 ? ["PER-09 Q2"] : [])];
    return [...cards, ...areas].sort();
  }

  it("is what a naive model foretells, list by list", () => {
    fc.assert(
      fc.property(hours, lists, (since, story) => {
        const { engine, people } = aGateway({}, { rules: PEOPLE_RULES });
        story.forEach((rows, i) => {
          const now = BEGIN + (i + 1) * 30_000;
          // One person stays, so that no list can be doubted.
          const list: Person[] = [
            { card: "c0", down: now },
            ...rows.map(({ area, sos, here }, k): Person => {
              const up = here ? {} : { up: now };
              return { card: `c${k + 1}`, down: BEGIN - (since[k] ?? 0) * HOUR, area, sos, ...up };
            }),
          ];
          people(now, list, AREAS);
          const open = [...engine.openAlarms()].filter(({ returnedAt }) => returnedAt === null);
          const named = open.map(({ rule, subject }) => `${rule} ${subject.id.split(":").at(-1)}`);
          expect(named.sort()).toEqual(foretell(list, now));
        });
      }),
      { numRuns: 100 },
    );
  });
});
