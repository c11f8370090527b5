import { describe, expect, it } from "vitest";
import { aConfig, aMine, anEngine, aPoint, aRule, createFeed, MINE } from "../support/builders-core.ts";

const T = 1_700_000_000_000;
const SHADOW = aRule({
  id: "CH4-90",
  types: ["0001"],
  ladder: "CH4",
  when: { kind: "high", limit: 0.8, clear: 0.8 },
  level: "red",
  shadow: true,
});
const LIVE = aRule({
  id: "CH4-01",
  types: ["0001"],
  ladder: "CH4",
  when: { kind: "high", limit: 1, clear: 1 },
});
const points = { "safety:A": { loc: "CF_CORNER" } };
const config = (...rules: ReturnType<typeof aRule>[]) => aConfig({ rules, mines: [aMine({ points })] });

function aHouse(...rules: ReturnType<typeof aRule>[]) {
  const engine = anEngine();
  const feed = createFeed(engine);
  feed.config(T, config(...rules));
  feed.points(T, [aPoint({ code: "A", cycle: 0 })]);
  return { engine, feed, shadow: () => engine.shadows()[0] };
}

describe("a shadow rule", () => {
  it("raises nothing, rings nowhere and is in no list; what it would have done is told on request", () => {
    const { engine, feed, shadow } = aHouse(SHADOW, LIVE);
    expect(feed.readings(T + 1_000, [{ p: "A", v: 0.9 }]).entries).toEqual([]);
    expect([...engine.openAlarms()]).toEqual([]);
    expect(engine.mine(MINE)).toMatchObject({ open: 0, worst: "none", unacknowledged: 0 });
    expect(shadow()).toMatchObject({ raised: 1, open: 1, last: [{ from: T + 1_000, to: null, value: 0.9 }] });

    const told = feed.readings(T + 2_000, [{ p: "A", v: 1.1 }]).entries;
    expect(told).toMatchObject([{ type: "transition", alarm: { rule: "CH4-01", level: "yellow" } }]);
    feed.readings(T + 3_000, [{ p: "A", v: 0.5 }]);
    expect(shadow()).toMatchObject({
      rule: { id: "CH4-90" },
      raised: 1,
      open: 0,
      last: [
        { point: `${MINE}:safety:A`, level: "red", limit: 0.8, from: T + 1_000, to: T + 3_000, value: 1.1 },
      ],
    });
  });

  it("names the newest first and keeps count of those it no longer shows", () => {
    const { feed, shadow } = aHouse(SHADOW);
    for (let i = 1; i <= 100; i++) feed.readings(T + i * 1_000, [{ p: "A", v: i % 2 === 0 ? 0.1 : 0.9 }]);
    expect(shadow()?.raised).toBe(50);
    expect(shadow()?.last).toHaveLength(32);
    expect(shadow()?.last[0]?.from).toBe(T + 99_000);
  });

  it("begins anew when it is changed, and is forgotten when it goes live", () => {
    const { engine, feed, shadow } = aHouse(SHADOW);
    feed.readings(T + 1_000, [{ p: "A", v: 0.9 }]);
    feed.config(T + 2_000, config({ ...SHADOW, source: "other:9" }));
    expect(shadow()?.raised).toBe(1);
    feed.config(T + 3_000, config({ ...SHADOW, onDelay: 5_000 }));
    expect(shadow()).toMatchObject({ raised: 0, open: 0 });
    feed.config(T + 4_000, config(SHADOW));
    expect(shadow()).toMatchObject({ raised: 1, open: 1 });
    const live = feed.config(T + 5_000, config({ ...SHADOW, shadow: false }));
    expect(engine.shadows()).toEqual([]);
    expect(live.entries).toMatchObject([{ transition: { what: "raise" }, alarm: { rule: "CH4-90" } }]);
  });

  it("judges what is live: late data is for the rules in force", () => {
    const { feed, shadow } = aHouse(SHADOW);
    feed.readings(T + 3_600_000, [{ p: "A", v: 0.1 }]);
    const late = [0.9, 0.1].map((v, i) => ({ p: "A", v, t: T + 60_000 * (i + 1) }));
    expect(feed.message(T + 3_601_000, "backfill", late).entries).toEqual([]);
    expect(shadow()?.raised ?? 0).toBe(0);
  });
});
