import { describe, expect, it } from "vitest";
import type { Act } from "../../src/model/act.ts";
import { aConfig, aMine, anEngine, aPoint, begun, MINE } from "../support/builders-core.ts";

const BEGIN = 1_700_000_000_000;
const POINTS = [
  aPoint({ code: "A", place: "1101采煤工作面T1" }),
  aPoint({ code: "D", type: "1009", kind: "switch" }),
  aPoint({ code: "F", type: "1015", kind: "switch" }),
  aPoint({ code: "G", type: "1015", kind: "switch", feeds: "D" }),
];
type Confirmed = Extract<Act, { do: "confirm-points" }>["points"];

function aGateway() {
  const mine = aMine({ points: { "safety:D": { loc: "CF_FACE" } } });
  const { engine, feed } = begun(BEGIN, aConfig({ mines: [mine] }), "one");
  let acts = 0;
  feed.points(BEGIN, POINTS);
  const confirm = (points: Confirmed, mines: readonly string[] = ["*"], role: "lead" | "duty" = "lead") => {
    const actor = { user: "lead", role, mines, device: "test" };
    const act = { id: `act-${++acts}`, actor, do: "confirm-points", mine: MINE, points } as const;
    return feed.step({ type: "act", now: BEGIN + acts, act });
  };
  const of = (code: string) => engine.point(`${MINE}:safety:${code}`);
  return { engine, feed, confirm, of };
}

describe("many points confirmed at once", () => {
  it("takes places and links, and says so in one notice", () => {
    const { confirm, of, engine } = aGateway();
    const { entries, result } = confirm([
      { point: "safety:A", loc: "CF_FACE", cuts: ["D"] },
      { point: "safety:F", feeds: "D" },
    ]);
    expect(result).toMatchObject({ ok: true, already: false });
    expect(entries.filter((entry) => entry.type === "notice")).toMatchObject([
      { code: "points-confirmed", detail: expect.stringContaining("safety:A CF_FACE") },
    ]);
    expect(of("A")).toMatchObject({ loc: "CF_FACE", limits: { alarm: 1 }, def: { cuts: ["D"] } });
    expect(of("F")?.def.feeds).toBe("D");
    expect(engine.check(MINE, BEGIN)).toMatchObject({ unfed: [], loose: [] });
    expect(confirm([{ point: "safety:F", feeds: "D" }]).result).toMatchObject({ ok: true, already: true });
  });

  it("does nothing at all when one of them is wrong, and names each fault", () => {
    const { confirm, of } = aGateway();
    const { result } = confirm([
      { point: "safety:A", loc: "CF_FACE" },
      { point: "safety:Z", loc: "CF_FACE" },
      { point: "safety:F", feeds: "Y" },
      { point: "safety:G", feeds: "A" },
      { point: "safety:D", loc: "CF_CORNER" },
      { point: "safety:F", loc: "NOWHERE" },
    ]);
    expect(result).toMatchObject({ ok: false, why: "not-possible" });
    const { detail } = result as { detail: string };
    for (const fault of [
      /safety:Z is no point/,
      /no point Y/,
      /table says feeds D/,
      /file says CF_FACE/,
      /class NOWHERE/,
    ])
      expect(detail).toMatch(fault);
    expect(of("A")?.loc).toBeNull();
  });

  it("is for those who may, of their mines", () => {
    const { confirm } = aGateway();
    const one = [{ point: "safety:A", loc: "CF_FACE" }];
    expect(confirm(one, ["999999"]).result).toMatchObject({ ok: false });
    expect(confirm(one, ["*"], "duty").result).toMatchObject({ ok: false, why: "forbidden" });
  });

  it("holds through new tables and a restart; what the mine's row says itself holds over it; it can be taken back", () => {
    const { confirm, engine, feed, of } = aGateway();
    confirm([{ point: "safety:F", feeds: "D", set: "S" }]);
    feed.points(
      BEGIN + 100,
      POINTS.map((def) => (def.code === "F" ? { ...def, place: "新" } : def)),
    );
    expect(of("F")?.def).toMatchObject({ place: "新", feeds: "D", set: "S" });
    const other = anEngine();
    other.restore(structuredClone(engine.image()));
    expect(other.points(MINE)).toEqual(engine.points(MINE));
    const feed2 = feed.with(other);
    feed2.points(
      BEGIN + 200,
      POINTS.map((def) => (def.code === "F" ? { ...def, set: "T" } : def)),
    );
    expect(other.point(`${MINE}:safety:F`)?.def).toMatchObject({ feeds: "D", set: "T" });
    confirm([{ point: "safety:F", feeds: "", set: "" }]);
    expect(of("F")?.def.feeds).toBeUndefined();
    expect(of("F")?.def.set).toBeUndefined();
  });
});
