import { describe, expect, it } from "vitest";
import type { Effects } from "../../src/core/effects.ts";
import { BOUNDS } from "../../src/model/bounds.ts";
import { aConfig, aMine, aPoint, begun, MINE } from "../support/builders-core.ts";

const BEGIN = 1_700_000_000_000;

const MINES = [aMine({ systems: ["safety"], points: { "safety:A": { loc: "CF_CORNER", cycle: 0 } } })];
const aGateway = (config = aConfig({ mines: MINES })) => begun(BEGIN, config);

const steps = ({ entries }: Effects) =>
  entries.flatMap((entry) =>
    entry.type === "transition" ? [`${entry.transition.what} ${entry.alarm.rule}`] : [],
  );

describe("an act", () => {
  const actor = { user: "li", role: "lead" as const, mines: ["other"], device: "desk" };

  it("on a mine the person has no part in is refused", () => {
    const { feed, engine } = aGateway();
    feed.points(BEGIN, [aPoint({ code: "A" })]);
    feed.readings(BEGIN + 1, [{ p: "A", v: 1.2 }]);
    const [alarm] = engine.openAlarms();
    const on = { actor, alarm: alarm?.id ?? "", note: "seen", expect: null };
    const point = `${MINE}:safety:A`;
    const acts = [
      { id: "1", ...on, do: "acknowledge" as const },
      { id: "2", ...on, do: "comment" as const },
      { id: "3", actor, do: "confirm-location" as const, point, loc: "CF_FACE" },
      { id: "4", actor, do: "confirm-table" as const, mine: MINE, system: "safety", accept: true },
    ];
    for (const act of acts) {
      expect(feed.step({ type: "act", now: BEGIN + 2, act }).result).toMatchObject({ why: "forbidden" });
    }
  });

  it("on what does not exist is refused, and again refused when it is sent again", () => {
    const { feed } = aGateway();
    const lead = { ...actor, mines: ["*"] };
    const where = {
      id: "1",
      actor: lead,
      do: "confirm-location",
      point: `${MINE}:safety:Z`,
      loc: "CF_FACE",
    } as const;
    const table = {
      id: "2",
      actor: lead,
      do: "confirm-table",
      mine: "nobody",
      system: "safety",
      accept: true,
    } as const;
    for (const act of [where, where, table]) {
      expect(feed.step({ type: "act", now: BEGIN, act }).result).toMatchObject({
        ok: false,
        why: "unknown-point",
      });
    }
  });

  it("that confirms what is so already changes nothing", () => {
    const { feed } = aGateway();
    feed.points(BEGIN, [aPoint({ code: "A" })]);
    const act = {
      id: "1",
      actor: { ...actor, mines: [MINE] },
      do: "confirm-location",
      point: `${MINE}:safety:A`,
      loc: "CF_CORNER",
    } as const;
    expect(feed.step({ type: "act", now: BEGIN, act }).result).toMatchObject({ ok: true, already: true });
  });

  it("on a mine's credential is in the journal with who did it, and an administrator's alone", () => {
    const { feed } = aGateway();
    const by = (role: "admin" | "lead", mines: string[]) => ({ ...actor, user: "zhang", role, mines });
    const issued = {
      do: "credentials",
      mine: MINE,
      what: "issued",
      credential: "abcdefgh",
      system: "fan",
    } as const;
    const step = (id: string, who: ReturnType<typeof by>, mine = MINE) =>
      feed.step({ type: "act", now: BEGIN, act: { ...issued, id, actor: who, mine } });
    expect(step("1", by("admin", [MINE])).entries).toMatchObject([
      { type: "notice", mine: MINE, system: "fan", code: "credential-issued", detail: "abcdefgh by zhang" },
    ]);
    for (const [id, who, mine] of [
      ["2", by("lead", [MINE]), MINE],
      ["3", by("admin", ["other"]), MINE],
      ["4", by("admin", ["*"]), "nobody"],
    ] as const) {
      const { entries, result } = step(id, who, mine);
      expect([entries, result?.ok]).toEqual([[], false]);
    }
  });

  it("is remembered for a long time, not for ever", () => {
    const { feed } = aGateway();
    const act = (id: number) =>
      feed.step({
        type: "act",
        now: BEGIN,
        act: { id: `${id}`, actor, do: "comment", alarm: "x", note: "", expect: null },
      });
    for (let i = 0; i <= 10_000; i++) act(i);
    expect(act(10_000).result).toMatchObject({ why: "unknown-alarm" });
  });

  it("with a very long note keeps the journal's records within their bound", () => {
    const { feed, engine } = aGateway();
    feed.points(BEGIN, [aPoint({ code: "A" })]);
    feed.readings(BEGIN + 1, [{ p: "A", v: 1.2 }]);
    const [alarm] = engine.openAlarms();
    const on = {
      actor: { ...actor, mines: ["*"] },
      alarm: alarm?.id ?? "",
      note: "长".repeat(5_000),
      expect: null,
    };
    for (let i = 0; i < 40; i++)
      feed.step({ type: "act", now: BEGIN + 2, act: { id: `c${i}`, ...on, do: "comment" } });
    const { entries } = feed.step({
      type: "act",
      now: BEGIN + 3,
      act: { id: "a", ...on, do: "acknowledge" },
    });
    const size = new TextEncoder().encode(JSON.stringify(entries[0])).length;
    expect(size).toBeLessThan(BOUNDS.journalBodyBytes);
  });
});

describe("a shelf whose time is over", () => {
  const until = BEGIN + 91_000;
  function shelved() {
    const points = { "safety:A": { loc: "CF_CORNER", cycle: 30 } };
    const { feed, engine } = begun(BEGIN, aConfig({ mines: [aMine({ systems: ["safety"], points })] }));
    feed.points(BEGIN, [aPoint({ code: "A" })]);
    feed.readings(BEGIN + 1_000, [{ p: "A", v: 1.2 }]);
    const [alarm] = engine.openAlarms();
    const actor = { user: "li", role: "lead", mines: ["*"], device: "desk" } as const;
    const shelve = { id: "1", actor, do: "shelve", alarm: alarm?.id ?? "", expect: null } as const;
    feed.step({ type: "act", now: BEGIN + 1_000, act: { ...shelve, until, reason: "noise" } });
    return { feed, isShelved: () => [...engine.openAlarms()][0]?.suppression.kind === "shelved" };
  }

  it("ends before anything else is judged in its second", () => {
    const { feed, isShelved } = shelved();
    feed.step({ type: "tick", now: until - 1 });
    expect(isShelved()).toBe(true);
    // The point becomes stale in the same second.
    const what = whatOf(feed.step({ type: "tick", now: until }));
    expect(what).toEqual(["unshelve", "quality"]);
  });

  it("has ended with the start, when that comes after it", () => {
    const { feed, isShelved } = shelved();
    const start = { type: "start", now: until + 500, version: "test", epoch: "test" } as const;
    expect([whatOf(feed.step(start)), isShelved()]).toEqual([["unshelve"], false]);
  });
});

const whatOf = ({ entries }: Effects) =>
  entries.flatMap((entry) => (entry.type === "transition" ? [entry.transition.what] : []));

describe("a receipt", () => {
  it("is written down the first time only, and never for an alarm that nobody knows", () => {
    const { feed, engine } = aGateway();
    feed.points(BEGIN, [aPoint({ code: "A" })]);
    feed.readings(BEGIN + 1, [{ p: "A", v: 1.2 }]);
    const [alarm] = engine.openAlarms();
    const receipt = { type: "receipt", now: BEGIN + 2, rung: "seen", by: "li", device: "phone" } as const;
    expect(steps(feed.step({ ...receipt, alarm: alarm?.id ?? "" }))).toEqual(["receipt CH4-01"]);
    expect(steps(feed.step({ ...receipt, alarm: alarm?.id ?? "" }))).toEqual([]);
    expect(steps(feed.step({ ...receipt, alarm: "nothing" }))).toEqual([]);
  });
});
