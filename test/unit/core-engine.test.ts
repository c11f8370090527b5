import { describe, expect, it } from "vitest";
import type { Effects } from "../../src/core/effects.ts";
import { BOUNDS } from "../../src/model/bounds.ts";
import type { Person } from "../../src/model/people.ts";
import { VERDICT } from "../../src/model/reading.ts";
import { aConfig, aMine, aPoint, begun, MINE } from "../support/builders-core.ts";

const BEGIN = 1_700_000_000_000;

const MINES = [aMine({ systems: ["safety"], points: { "safety:A": { loc: "CF_CORNER", cycle: 0 } } })];
const aGateway = (config = aConfig({ mines: MINES })) => begun(BEGIN, config);

const notices = ({ entries }: Effects) =>
  entries.flatMap((entry) => (entry.type === "notice" ? [entry.code] : []));
const steps = ({ entries }: Effects) =>
  entries.flatMap((entry) =>
    entry.type === "transition" ? [`${entry.transition.what} ${entry.alarm.rule}`] : [],
  );

describe("a step about which nothing is to be told", () => {
  it("answers with one and the same frozen value", () => {
    const { feed } = aGateway();
    expect(feed.tick(BEGIN + 1_000)).toBe(feed.tick(BEGIN + 2_000));
    expect(Object.isFrozen(feed.tick(BEGIN + 3_000))).toBe(true);
  });
});

describe("rows for the series", () => {
  it("are all readings but refused and repeated ones, as sent, with their verdicts", () => {
    const { engine, feed } = aGateway();
    engine.gatherRows();
    feed.points(BEGIN, [aPoint({ code: "A" })]);
    const sent = [
      { p: "A", v: 0.5 },
      { p: "A", v: 0.5 },
      { p: "A", v: 9, bad: 4 },
      { p: "B", v: 7 },
      { p: "A", v: 0.1, s: 4, t: BEGIN - 600_000 },
    ];
    const { verdicts } = feed.readings(BEGIN + 1_000, sent);
    const rows = engine.takeRows();
    expect([...(verdicts ?? [])]).toEqual([
      VERDICT.plain,
      VERDICT.duplicate,
      VERDICT.rejected,
      VERDICT.unlisted,
      VERDICT.late | VERDICT.calibrating,
    ]);
    const n = rows?.n ?? 0;
    expect([...(rows?.v.subarray(0, n) ?? [])]).toEqual([0.5, 7, 0.1]);
    expect([...(rows?.flags.subarray(0, n) ?? [])]).toEqual([
      0,
      VERDICT.unlisted,
      VERDICT.late | VERDICT.calibrating,
    ]);
    expect([...(rows?.slots.subarray(0, n) ?? [])].map((slot) => engine.pointIdOfSlot(slot))).toEqual([
      `${MINE}:safety:A`,
      `${MINE}:safety:B`,
      `${MINE}:safety:A`,
    ]);
    expect(engine.slotCount()).toBe(2);
    expect(engine.pointIdOfSlot(9)).toBeNull();
  });

  it("are none where a message has no reading worth keeping", () => {
    const { engine, feed } = aGateway();
    engine.gatherRows();
    feed.readings(BEGIN + 1, []);
    feed.readings(BEGIN + 2, [{ p: "A", bad: 1 }]);
    expect(engine.takeRows()).toBeNull();
  });

  it("are gathered over many messages, in order, and given once", () => {
    const { engine, feed } = aGateway();
    feed.readings(BEGIN + 1, [{ p: "B", v: -1 }]);
    expect(engine.takeRows()).toBeNull();
    engine.gatherRows();
    for (let i = 0; i < 300; i++) feed.readings(BEGIN + 2 + i, [{ p: "B", v: i }]);
    const rows = engine.takeRows();
    expect([...(rows?.v.subarray(0, rows.n) ?? [])]).toEqual(Array.from({ length: 300 }, (_, i) => i));
    expect(engine.takeRows()).toBeNull();
  });
});

describe("what a mine's page shows", () => {
  it("counts by reason and keeps the last things refused", () => {
    const { engine, feed } = aGateway();
    feed.points(BEGIN, [aPoint({ code: "A" }), aPoint({ code: "A" })]);
    feed.message(BEGIN + 1, "readings", [{ p: "A", v: 1, bad: 5 }], { more: { qos: 0 } });
    feed.packet(BEGIN + 2, { kind: "unusable", reason: "not JSON" });
    feed.packet(BEGIN + 3, { kind: "unusable", reason: "no topic" }, { system: null });
    feed.packet(BEGIN + 4, { kind: "stats", ts: BEGIN, stats: [], rejected: [{ what: "x", reason: "y" }] });
    for (let i = 0; i < 60; i++) feed.readings(BEGIN + 5 + i, [{ p: "A", bad: 4 }]);
    const mine = engine.mine(MINE);
    expect(mine?.counters).toMatchObject({
      qos0: 1,
      unusable: 2,
      "rejected:code-twice": 1,
      "rejected:value-overflow": 1,
      "rejected:value-not-a-number": 60,
      "rejected:y": 1,
    });
    expect(mine?.rejects).toHaveLength(BOUNDS.rejectsPerMine);
    expect(mine?.rejects.at(-1)).toMatchObject({ topic: "safety/readings", reason: "value-not-a-number" });
  });

  it("says the worst level, what is open and what nobody has seen", () => {
    const { engine, feed } = aGateway();
    feed.points(BEGIN, [aPoint({ code: "A" }), aPoint({ code: "B" })]);
    feed.readings(BEGIN + 1_000, [
      { p: "A", v: 1.2 },
      { p: "B", v: 1.2 },
    ]);
    feed.readings(BEGIN + 2_000, [{ p: "B", v: 0.2 }]);
    expect(engine.mines()).toHaveLength(1);
    expect(engine.mine(MINE)).toMatchObject({ worst: "yellow", open: 1, unacknowledged: 2, link: "unknown" });
    expect(engine.mine("nobody")).toBeNull();
  });

  it("shows points with limits, word, quality and whether the table lists them", () => {
    const { engine, feed } = aGateway();
    const fan = aPoint({ code: "F", type: "1010", kind: "switch", cycle: 0 });
    feed.points(BEGIN, [aPoint({ code: "A", unit: "%CH4" }), fan, aPoint({ code: "N" })]);
    const quality = (code: string) => engine.point(`${MINE}:safety:${code}`)?.quality;
    expect(quality("N")).toBe("none");
    const now = BEGIN + 1_000;
    feed.readings(now, [
      { p: "A", v: 0.3 },
      { p: "F", v: 1 },
      { p: "U", v: 3 },
    ]);
    expect(engine.point(`${MINE}:safety:A`)).toMatchObject({
      value: 0.3,
      unit: "%CH4",
      loc: "CF_CORNER",
      confirmed: true,
      limits: { alarm: 1, cut: 1.5, release: 1, from: "law" },
      quality: "good",
      at: now,
      listed: true,
    });
    expect(engine.point(`${MINE}:safety:F`)).toMatchObject({
      word: "running",
      limits: null,
      confirmed: false,
    });
    expect(engine.point(`${MINE}:safety:U`)).toMatchObject({ listed: false, limits: null, unit: null });
    expect(engine.point(`${MINE}:safety:nothing`)).toBeNull();
    expect(engine.point("nonsense")).toBeNull();
    expect(engine.points(MINE)).toHaveLength(4);
    expect(engine.points("nobody")).toEqual([]);
    const states = [
      [128, "unknown"],
      [4, "calibrating"],
      [8, "over-range"],
      [1, "good"],
    ] as const;
    states.forEach(([s, word], i) => {
      feed.readings(now + 1_000 * (i + 1), [{ p: "A", v: 0.4, s }]);
      expect(quality("A")).toBe(word);
    });
    feed.readings(now + 9_000, [{ p: "A", v: 0.4, t: now + 3_600_000 }]);
    expect(quality("A")).toBe("suspect");
    feed.readings(now + 10_000, [{ p: "N", v: 0.4 }]);
    feed.tick(now + 200_000);
    expect(quality("N")).toBe("stale");
  });

  it("shows streams with their clock's offset, table and gaps", () => {
    const { engine, feed } = aGateway();
    feed.points(BEGIN, [aPoint({ code: "A" })]);
    feed.step({
      type: "link",
      now: BEGIN,
      mine: MINE,
      event: "up",
      connection: 1,
      system: "safety",
      why: "",
    });
    for (let i = 1; i < 5; i++) {
      feed.message(BEGIN + 1_000 * i, "readings", [{ p: "A", v: 0.1 }], {
        ts: BEGIN + 1_000 * i - 700,
        seq: 2 * i,
      });
    }
    const [stream] = engine.mine(MINE)?.streams ?? [];
    expect(stream).toMatchObject({
      link: "up",
      offset: 700,
      points: 1,
      tableVersion: 1,
      tableHeld: null,
      cycle: 30,
      seqGaps: 3,
    });
    expect(stream?.newestMessage).toBe(BEGIN + 4_000);
    feed.points(BEGIN + 5_000, []);
    expect(engine.mine(MINE)?.streams[0]?.tableHeld).toBe("the table is empty");
    expect(engine.table(MINE, "safety")).toMatchObject({ version: 1, held: "the table is empty" });
    expect(engine.table(MINE, "nothing")).toBeNull();
    feed.step({
      type: "link",
      now: BEGIN + 6_000,
      mine: MINE,
      event: "down",
      connection: 1,
      system: "safety",
      why: "",
    });
    expect(engine.mine(MINE)?.streams[0]?.link).toBe("down");
  });

  it("says what changed since a generation, and nothing else", () => {
    const { engine, feed } = aGateway();
    feed.points(BEGIN, [aPoint({ code: "A" }), aPoint({ code: "B" })]);
    feed.readings(BEGIN + 1_000, [
      { p: "A", v: 0.1 },
      { p: "B", v: 0.2 },
    ]);
    const before = engine.liveGeneration();
    feed.readings(BEGIN + 2_000, [{ p: "B", v: 0.3 }]);
    expect([...engine.changedSince(before)]).toMatchObject([
      { id: `${MINE}:safety:B`, value: 0.3, at: BEGIN + 2_000 },
    ]);
    expect([...engine.changedSince(engine.liveGeneration())]).toEqual([]);
  });

  it("shows who is underground, those who came up left out", () => {
    const { engine, feed } = aGateway();
    const people: Person[] = [
      { card: "1", down: BEGIN },
      { card: "2", down: BEGIN, up: BEGIN },
    ];
    const areas = [{ code: "a", name: "a", kind: "normal" as const }];
    const body = { kind: "people", ts: BEGIN, parts: 2, count: null, rejected: [] } as const;
    expect(engine.people(MINE)).toBeNull();
    feed.packet(BEGIN + 1, { ...body, part: 2, people: [people[1]!], areas }, { system: "person" });
    expect(engine.people(MINE)).toBeNull();
    feed.packet(BEGIN + 2, { ...body, part: 1, people: [people[0]!], areas: null }, { system: "person" });
    expect(engine.people(MINE)).toMatchObject({
      underground: 1,
      quality: "good",
      people: [people[0]],
      areas,
    });
    expect(engine.people("nobody")).toBeNull();
  });
});

describe("a point table in parts", () => {
  const table = { kind: "points", ts: BEGIN, parts: 2, rejected: [] } as const;

  it("takes effect with its last part, in whatever order they come", () => {
    const { engine, feed } = aGateway();
    feed.packet(BEGIN, { ...table, part: 2, points: [aPoint({ code: "B" })] });
    expect(engine.table(MINE, "safety")?.version).toBe(0);
    feed.packet(BEGIN, { ...table, part: 1, points: [aPoint({ code: "A" })] });
    expect(engine.table(MINE, "safety")?.points.map((def) => def.code)).toEqual(["A", "B"]);
  });

  it("is forgotten when a newer one begins before it is whole", () => {
    const { engine, feed } = aGateway();
    feed.packet(BEGIN, { ...table, part: 1, points: [aPoint({ code: "A" })] });
    feed.packet(BEGIN + 1, { ...table, ts: BEGIN + 1, part: 2, points: [aPoint({ code: "B" })] });
    expect(engine.table(MINE, "safety")?.version).toBe(0);
  });

  it("makes no new version of the same content", () => {
    const { engine, feed } = aGateway();
    feed.points(BEGIN, [aPoint({ code: "A" })]);
    expect(notices(feed.points(BEGIN + 1, [aPoint({ code: "A" })]))).toEqual([]);
    expect(engine.table(MINE, "safety")).toMatchObject({ version: 1, changes: [] });
    feed.points(BEGIN + 2, [aPoint({ code: "A", place: "elsewhere" }), aPoint({ code: "B" })]);
    const changes = engine.table(MINE, "safety")?.changes ?? [];
    expect(changes.map(({ what, code }) => `${what} ${code}`)).toEqual(["changed A", "added B"]);
  });

  it("that was held back is forgotten when the one in force comes again, or a person refuses it", () => {
    const { engine, feed } = aGateway();
    const good = [aPoint({ code: "A" }), aPoint({ code: "B" })];
    feed.points(BEGIN, good);
    feed.points(BEGIN + 1, [aPoint({ code: "A" })]);
    expect(engine.table(MINE, "safety")?.held).toContain("drops 1 of 2");
    feed.points(BEGIN + 2, good);
    expect(engine.table(MINE, "safety")?.held).toBeNull();
    feed.points(BEGIN + 3, []);
    const actor = { user: "li", role: "lead" as const, mines: [MINE], device: "desk" };
    const act = { id: "1", actor, do: "confirm-table", mine: MINE, system: "safety", accept: false } as const;
    expect(feed.step({ type: "act", now: BEGIN + 4, act }).result).toMatchObject({
      ok: true,
      already: false,
    });
    expect(engine.table(MINE, "safety")?.held).toBeNull();
    expect(feed.step({ type: "act", now: BEGIN + 5, act: { ...act, id: "2" } }).result).toMatchObject({
      already: true,
    });
  });
});

describe("an alarm", () => {
  it("keeps why it rang: samples, limit, origin, rule and configuration", () => {
    const { feed } = aGateway();
    feed.points(BEGIN, [aPoint({ code: "A" })]);
    for (let i = 1; i < 12; i++) feed.readings(BEGIN + 1_000 * i, [{ p: "A", v: i / 10 }]);
    const effects = feed.readings(BEGIN + 12_000, [{ p: "A", v: 1.6 }]);
    const [entry] = effects.entries;
    if (entry?.type !== "transition") throw new Error("no transition");
    expect(entry.evidence?.samples.map(({ v }) => v)).toEqual([0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.6]);
    expect(entry.evidence).toMatchObject({
      limit: 1.5,
      origin: "law: 《煤矿安全规程》第536条 CF_CORNER",
      quality: "good",
      spool: { from: entry.inputs[0], to: entry.inputs[0] },
      ruleHash: entry.alarm.ruleHash,
    });
    expect(entry.transition).toMatchObject({ what: "step-up", levelFrom: "yellow", levelTo: "orange" });
    expect(entry.inputs).toEqual([entry.inputs[0]]);
  });

  it("names the input that began it and the one that raised it", () => {
    const { feed } = aGateway();
    feed.points(BEGIN, [aPoint({ code: "C", type: "0004", unit: "ppm", loc: "CF_CORNER", alarmHigh: 24 })]);
    feed.readings(BEGIN + 1_000, [{ p: "C", v: 30 }]);
    feed.readings(BEGIN + 31_000, [{ p: "C", v: 30 }]);
    const { entries } = feed.readings(BEGIN + 61_000, [{ p: "C", v: 30 }]);
    expect(entries.map((entry) => "inputs" in entry && entry.inputs)).toEqual([[4, 6]]);
  });

  it("is listed no more a day after it ended, and forgotten then or when it is archived", () => {
    const { feed, engine } = aGateway();
    feed.points(BEGIN, [aPoint({ code: "A" })]);
    feed.readings(BEGIN + 1_000, [{ p: "A", v: 1.2 }]);
    const [alarm] = engine.openAlarms();
    const id = alarm?.id ?? "";
    const actor = { user: "li", role: "duty" as const, mines: ["*"], device: "desk" };
    feed.step({
      type: "act",
      now: BEGIN + 2_000,
      act: { id: "1", actor, do: "acknowledge", alarm: id, expect: null, note: null },
    });
    feed.readings(BEGIN + 3_000, [{ p: "A", v: 0.2 }]);
    feed.tick(BEGIN + 86_402_000);
    expect(engine.alarm(id)?.state).toBe("normal");
    const listed = () => [...engine.openAlarms()].some((one) => one.id === id);
    expect(listed()).toBe(true);
    feed.tick(BEGIN + 86_403_000);
    expect(listed()).toBe(false);
    // It waits for somebody to close it.
    const of = { alarm: id, expect: null } as const;
    const stages = (["verified", "handled", "fed-back", "archived"] as const).map(
      (stage) => ({ ...of, do: "stage", stage, note: "seen to" }) as const,
    );
    const cause = { ...of, do: "cause", code: "calibration", text: "", measure: null } as const;
    for (const [i, act] of [cause, ...stages].entries()) {
      expect(engine.alarm(id)?.handling.stage).not.toBe("archived");
      const now = BEGIN + 86_404_000 + i;
      feed.step({ type: "act", now, act: { id: `close ${i}`, actor, ...act } });
    }
    expect(engine.alarm(id)?.handling).toMatchObject({ stage: "archived", by: "li", due: null });
    feed.tick(BEGIN + 86_406_000);
    expect(engine.alarm(id)).toBeNull();
  });

  it("that nobody archives can be handled for a week", () => {
    const { feed, engine } = aGateway();
    feed.points(BEGIN, [aPoint({ code: "A" })]);
    feed.readings(BEGIN + 1_000, [{ p: "A", v: 1.2 }]);
    const id = [...engine.openAlarms()][0]?.id ?? "";
    feed.readings(BEGIN + 2_000, [{ p: "A", v: 0.2 }]);
    const actor = { user: "li", role: "duty" as const, mines: ["*"], device: "desk" };
    const act = { id: "1", actor, do: "acknowledge", alarm: id, expect: null, note: null } as const;
    feed.step({ type: "act", now: BEGIN + 3_000, act });
    feed.tick(BEGIN + 7 * 86_400_000);
    expect(engine.alarm(id)?.state).toBe("normal");
    feed.tick(BEGIN + 7 * 86_400_000 + 4_000);
    expect(engine.alarm(id)).toBeNull();
  });

  it("names the list of people once a snapshot, in records that fit the journal", () => {
    const { feed } = aGateway();
    feed.points(BEGIN, [aPoint({ code: "A" }), aPoint({ code: "B" })]);
    const people = Array.from(
      { length: 600 },
      (_, i): Person => ({ card: `5205230173110${i}`, down: BEGIN, area: "5205230173110001" }),
    );
    feed.packet(
      BEGIN,
      { kind: "people", ts: BEGIN, part: 1, parts: 1, count: null, people, areas: null, rejected: [] },
      { system: "person" },
    );
    const { entries } = feed.readings(BEGIN + 1_000, [
      { p: "A", v: 1.2 },
      { p: "B", v: 1.2 },
    ]);
    const lists = entries.filter((entry) => entry.type === "people");
    expect(lists.map((entry) => entry.type === "people" && entry.list.length)).toEqual([250, 250, 100]);
    for (const list of lists) expect(JSON.stringify(list).length).toBeLessThan(BOUNDS.journalBodyBytes);
    const named = entries.flatMap((entry) => (entry.type === "transition" ? [entry.alarm.people?.list] : []));
    expect(new Set([...named, ...lists.map((entry) => entry.type === "people" && entry.hash)]).size).toBe(1);
  });
});

describe("a flood beyond the bound on open alarms", () => {
  it("is one red alarm of the mine; what was kept back rises once there is room", () => {
    const codes = Array.from({ length: BOUNDS.pointsPerMine }, (_, i) => `P${i}`);
    const mines = [0, 1, 2].map((i) => aMine({ code: `mine${i}`, systems: ["safety"] }));
    const { feed, engine } = aGateway(aConfig({ mines }));
    const all: Effects[] = [];
    const each = (mine: string, v: number, now: number) =>
      all.push(
        feed.message(
          now,
          "readings",
          codes.map((p) => ({ p, v })),
          { more: { mine } },
        ),
      );
    for (const { code } of mines) {
      all.push(
        feed.points(
          BEGIN,
          codes.map((p) => aPoint({ code: p, cycle: 0 })),
          { mine: code },
        ),
      );
      each(code, 1.2, BEGIN + 1);
    }
    expect([...engine.openAlarms()]).toHaveLength(BOUNDS.openAlarms);
    expect(steps(feed.tick(BEGIN + 1_000))).toEqual(["raise FLOOD"]);
    each("mine0", 0.2, BEGIN + 2_000);
    each("mine2", 1.3, BEGIN + 3_000);
    const told = all.at(-1)?.entries ?? [];
    expect(
      told.filter((entry) => entry.type === "transition" && entry.transition.what === "raise"),
    ).toHaveLength(10_000);
    expect(told.flatMap((entry) => (entry.type === "transition" ? [entry.alarm.rule] : []))[0]).toBe("FLOOD");
    expect(steps(feed.tick(BEGIN + 4_000))).toEqual([]);
  });
});

describe("points beyond the bound of a mine", () => {
  it("are stored and listed, not judged, and refused far beyond it", () => {
    const { feed, engine } = aGateway();
    engine.gatherRows();
    const name = (i: number) => `52052301731101MN0001${i}`;
    const send = (from: number, n: number, v: number) =>
      feed.readings(
        BEGIN + from,
        Array.from({ length: n }, (_, i) => ({ p: name(from + i), v })),
      );
    send(0, BOUNDS.pointsPerMine, 0.2);
    const beyond = send(BOUNDS.pointsPerMine, 2, 9);
    expect([...(beyond.verdicts ?? [])]).toEqual([VERDICT.unlisted, VERDICT.unlisted]);
    expect(engine.takeRows()?.n).toBe(BOUNDS.pointsPerMine + 2);
    send(BOUNDS.pointsPerMine + 2, BOUNDS.pointsPerMine - 2, 9);
    const refused = send(2 * BOUNDS.pointsPerMine, 1, 9);
    expect([...(refused.verdicts ?? [])]).toEqual([VERDICT.rejected]);
    expect(engine.mine(MINE)?.counters["rejected:too-many-points"]).toBe(1);
    expect([...engine.openAlarms()]).toEqual([]);
  });
});
