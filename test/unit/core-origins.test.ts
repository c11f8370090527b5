import { describe, expect, it } from "vitest";
import { aConfig, aMine, anEngine, aPoint, createFeed, MINE } from "../support/builders-core.ts";

const T = 1_700_000_000_000;
const ID = `${MINE}:safety:A`;

function limitsOf(def: object, mine: object = {}, second: object | null = null) {
  const engine = anEngine();
  const feed = createFeed(engine);
  feed.config(T, aConfig({ mines: [aMine(mine)] }));
  feed.points(T, [aPoint({ code: "A", cycle: 0, ...def })]);
  if (second !== null) feed.points(T + 1_000, [aPoint({ code: "A", cycle: 0, ...second })]);
  return { limits: engine.limits(ID), engine, feed };
}
const confirmed = { points: { "safety:A": { loc: "CF_CORNER" } } };

describe("where a point's limits come from", () => {
  it("is the law's row of the place, with its clause", () => {
    expect(limitsOf({}, confirmed).limits).toMatchObject({
      loc: "CF_CORNER",
      locFrom: { by: "file" },
      alarm: { value: 1, from: "law", kind: "law", what: "《煤矿安全规程》第536条 CF_CORNER" },
      cut: { value: 1.5, kind: "law" },
    });
  });

  it("is the county's file, line by line, for what it says otherwise", () => {
    const mine = {
      ...confirmed,
      limits: { "0001:CF_CORNER": { alarm: 0.8 } },
      sources: { "limits.0001:CF_CORNER": "mines/1.yaml:30", "points.safety:A": "mines/1.yaml:18" },
    };
    expect(limitsOf({}, mine).limits).toMatchObject({
      locFrom: { by: "file", at: "mines/1.yaml:18" },
      alarm: {
        value: 0.8,
        from: "county",
        kind: "override",
        what: "limits.0001:CF_CORNER",
        at: "mines/1.yaml:30",
      },
      cut: { value: 1.5, from: "law" },
    });
  });

  it("is the strictest word while nobody confirmed the place, each limit by whoever said it", () => {
    expect(limitsOf({ alarmHigh: 0.7 }).limits).toMatchObject({
      loc: null,
      locFrom: null,
      alarm: { value: 0.7, from: "mine", kind: "table", what: "alarmHigh" },
      cut: { value: 1, kind: "unconfirmed" },
    });
  });

  it("is the earlier table while nobody confirmed the looser one", () => {
    const { limits } = limitsOf({ alarmHigh: 0.7 }, {}, { alarmHigh: 0.9 });
    expect(limits?.alarm).toMatchObject({ value: 0.7, kind: "kept", what: "alarmHigh" });
  });

  it("is an act once the county's lead confirms the place, to a class that is known", () => {
    const { engine, feed } = limitsOf({ alarmHigh: 0.7 });
    const actor = { user: "li", role: "lead" as const, mines: ["*"], device: "" };
    const confirm = (id: string, loc: string) =>
      feed.step({ type: "act", now: T, act: { id, actor, do: "confirm-location", point: ID, loc } }).result;
    expect(confirm("1", "CF_CORNR")).toMatchObject({ ok: false, why: "not-possible" });
    expect(confirm("2", "CF_CORNER")).toMatchObject({ ok: true });
    expect(engine.limits(ID)).toMatchObject({
      loc: "CF_CORNER",
      locFrom: { by: "act" },
      alarm: { value: 1 },
    });
  });

  it("is not an act where the county's file has the word", () => {
    const { feed } = limitsOf({}, confirmed);
    const actor = { user: "li", role: "lead" as const, mines: ["*"], device: "" };
    const act = { id: "1", actor, do: "confirm-location" as const, point: ID, loc: "CF_FACE" };
    expect(feed.step({ type: "act", now: T, act }).result).toMatchObject({
      ok: false,
      why: "not-possible",
      detail: expect.stringContaining("CF_CORNER"),
    });
  });

  it("is nothing for a point that is not there", () => {
    expect(limitsOf({}).engine.limits(`${MINE}:safety:NONE`)).toBeNull();
  });
});

describe("a mine", () => {
  it("confirms its own table and no other's", () => {
    const { feed } = limitsOf({ alarmHigh: 0.7 }, {}, { alarmHigh: 0.9 });
    const confirm = (id: string, mines: string[]) => {
      const actor = { user: "m", role: "mine" as const, mines, device: "" };
      const act = { id, actor, do: "confirm-table" as const, mine: MINE, system: "safety", accept: true };
      return feed.step({ type: "act", now: T, act }).result;
    };
    expect(confirm("1", ["520523017399"])).toMatchObject({ ok: false, why: "forbidden" });
    expect(confirm("2", [MINE])).toMatchObject({ ok: true, already: false });
    expect(confirm("3", [MINE])).toMatchObject({ ok: true, already: true });
  });
});
