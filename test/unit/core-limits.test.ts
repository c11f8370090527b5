import { describe, expect, it } from "vitest";
import { effectiveLimits, lowerLimits, type Place } from "../../src/core/limits.ts";
import { createPlanner, scaleOf } from "../../src/core/plan.ts";
import { aConfig, aMine, aPoint, aRule } from "../support/builders-core.ts";

const config = aConfig();
const place = (more: Partial<Place> = {}): Place => ({
  def: aPoint({ code: "A", loc: "CF_CORNER" }),
  kept: null,
  loc: "CF_CORNER",
  mine: aMine(),
  policy: null,
  scale: { factor: 1, offset: 0, resolution: 0.01 },
  ...more,
});

describe("the limits that hold for a point", () => {
  it("are the law's for a confirmed place", () => {
    expect(effectiveLimits(place(), config)).toEqual({ alarm: 1, cut: 1.5, release: 1, from: "law" });
  });

  it("are the county's where it wrote its own, from the widest to the narrowest", () => {
    const mine = aMine({
      limits: { "0001": { alarm: 0.9 }, "0001:CF_CORNER": { alarm: 0.8, release: 0.8 } },
    });
    expect(effectiveLimits(place({ mine }), config)).toEqual({
      alarm: 0.8,
      cut: 1.5,
      release: 0.8,
      from: "county",
    });
    const policy = { limits: { cut: 1.2 } };
    expect(effectiveLimits(place({ mine, policy }), config)).toMatchObject({ alarm: 0.8, cut: 1.2 });
  });

  it("of a confirmed place without a row in the law are the point's own", () => {
    const def = aPoint({ code: "T", type: "0003", alarmHigh: 34, alarmHighClear: 33 });
    expect(effectiveLimits(place({ def, loc: "CF_FACE" }), config)).toEqual({
      alarm: 34,
      cut: null,
      release: 33,
      from: "mine",
    });
  });

  it("are none where nobody wrote any", () => {
    const def = aPoint({ code: "T", type: "0003" });
    expect(effectiveLimits(place({ def }), config)).toBeNull();
  });

  it("never release above the alarm limit, whatever a table says", () => {
    const def = aPoint({ code: "T", type: "0003", alarmHigh: 30, alarmHighClear: 50 });
    expect(effectiveLimits(place({ def }), config)).toMatchObject({ alarm: 30, release: 30 });
  });

  it("of methane in an unconfirmed place are at most 1.0, 1.0 and 1.0", () => {
    const def = aPoint({ code: "A" });
    expect(effectiveLimits(place({ def, loc: null }), config)).toEqual({
      alarm: 1,
      cut: 1,
      release: 1,
      from: "law",
    });
  });

  it("of an unconfirmed place cannot be loosened by anybody's numbers", () => {
    const def = aPoint({ code: "A", loc: "CF_CORNER", alarmHigh: 3 });
    const policy = { limits: { alarm: 2, cut: 2, release: 2 } };
    expect(effectiveLimits(place({ def, loc: null, policy }), config)).toMatchObject({ alarm: 1, cut: 1 });
  });

  it("keep a stricter limit that a newer table loosened", () => {
    const kept = aPoint({ code: "T", type: "0003", alarmHigh: 26 });
    const def = aPoint({ code: "T", type: "0003", alarmHigh: 34 });
    expect(effectiveLimits(place({ def, kept }), config)).toMatchObject({ alarm: 26 });
  });

  it("of a drainage pipe are its own, and of an unknown unit as well, unconverted", () => {
    const def = aPoint({ code: "P", alarmHigh: 60, cutHigh: 70, restoreHigh: 55 });
    const own = { alarm: 60, cut: 70, release: 55, from: "mine" };
    expect(effectiveLimits(place({ def, loc: "PIPE" }), config)).toEqual(own);
    expect(effectiveLimits(place({ def, scale: null }), config)).toEqual(own);
  });

  it("are converted with the point's unit", () => {
    const def = aPoint({ code: "C", type: "0004", unit: "%CO", alarmHigh: 0.002 });
    const scale = { factor: 10_000, offset: 0, resolution: 1 };
    expect(effectiveLimits(place({ def, loc: null, scale }), config)).toMatchObject({ alarm: 20 });
  });

  it("below are the point's own", () => {
    const def = aPoint({ code: "W", type: "0002", alarmLow: 0.25, cutLow: 0.15, alarmLowClear: 0.3 });
    expect(lowerLimits(place({ def }))).toEqual({ alarm: 0.25, cut: 0.15, release: 0.3, from: "mine" });
    expect(lowerLimits(place({ def, scale: null }))).toMatchObject({ alarm: 0.25 });
    expect(lowerLimits(place())).toBeNull();
  });
});

describe("the scale of a point", () => {
  it("is never coarser than its type's resolution", () => {
    expect(scaleOf(aPoint({ code: "A", resolution: 0.5 }), config)).toMatchObject({ resolution: 0.01 });
    expect(scaleOf(aPoint({ code: "A", resolution: 0.001 }), config)).toMatchObject({ resolution: 0.001 });
  });

  it("converts within a quantity and knows no way between two", () => {
    const co = { code: "C", type: "0004" };
    expect(scaleOf(aPoint({ ...co, unit: "%CO" }), config)).toMatchObject({ factor: 10_000, resolution: 1 });
    expect(scaleOf(aPoint({ ...co, unit: "%CH4" }), config)).toBeNull();
    expect(scaleOf(aPoint({ ...co, unit: "furlong" }), config)).toBeNull();
    expect(scaleOf(aPoint({ code: "X", type: "9999", unit: "furlong" }), config)).toMatchObject({
      factor: 1,
    });
  });
});

describe("the plans for a point", () => {
  const hash = (text: string) => text;
  const of = (
    rules: Parameters<typeof aConfig>[0],
    point = aPoint({ code: "A", loc: "CF_CORNER" }),
    loc: string | null = "CF_CORNER",
  ) =>
    createPlanner(aConfig(rules), hash).forPoint({
      system: "safety",
      def: point,
      kept: null,
      loc,
      mine: aMine(),
      policy: null,
    });
  const high = { kind: "high", limit: 1, clear: 1 } as const;

  it("have a hash of the condition and limits, not of the texts", () => {
    const rule = aRule({ id: "R", when: high });
    const [a] = of({ rules: [rule] }).plans;
    const [b] = of({ rules: [{ ...rule, title: "other words", basis: "elsewhere" }] }).plans;
    const [c] = of({ rules: [{ ...rule, when: { ...high, clear: 0.9 } }] }).plans;
    const [d] = of({ rules: [{ ...rule, onDelay: 1 }] }).plans;
    expect(b?.hash).toBe(a?.hash);
    expect(new Set([a?.hash, c?.hash, d?.hash]).size).toBe(3);
  });

  it("keep a shadow rule in a plan of its own", () => {
    const rule = aRule({ id: "R", when: high, ladder: "L" });
    const plans = of({ rules: [rule, { ...rule, id: "S", shadow: true }] }).plans;
    expect(plans.map(({ key, ladder, shadow }) => [key, ladder, shadow])).toEqual([
      ["L", "L", false],
      ["shadow S", null, true],
    ]);
  });

  it("leave out a rule of another system, type, status or place", () => {
    const rule = aRule({ id: "R", when: high });
    const without = [
      { ...rule, systems: ["fan"] },
      { ...rule, types: ["0004"] },
      { ...rule, statuses: ["closed" as const] },
      { ...rule, locs: ["CF_FACE"] },
    ];
    for (const each of without) expect(of({ rules: [each] }).plans).toEqual([]);
    expect(of({ rules: [rule] }).plans).toHaveLength(1);
  });

  it("do not judge a drainage pipe by an air limit that names no place", () => {
    const pipe = aPoint({ code: "P", loc: "PIPE" });
    expect(of({ rules: [aRule({ id: "R", when: high })] }, pipe, "PIPE").plans).toEqual([]);
    expect(of({ rules: [aRule({ id: "R", when: high, locs: ["PIPE"] })] }, pipe, "PIPE").plans).toHaveLength(
      1,
    );
  });

  it("judge a proposed place that no rule knows as an unassigned one", () => {
    const rules = [aRule({ id: "R", when: high, locs: ["UNASSIGNED"] })];
    expect(of({ rules }, aPoint({ code: "A", loc: "BUNKER" }), null).plans).toHaveLength(1);
    expect(of({ rules }, aPoint({ code: "A", loc: "BUNKER" }), "BUNKER").plans).toEqual([]);
  });

  it("make one of two steps that say the same", () => {
    const rule = aRule({ id: "R", when: high, ladder: "L" });
    const [plan] = of({ rules: [rule, { ...rule, id: "S" }, { ...rule, id: "T", level: "red" }] }).plans;
    expect(plan?.steps.map((step) => step.rule.id)).toEqual(["R", "T"]);
  });

  it("are quiet only between the limits, and never for a watched switch", () => {
    const both = [
      aRule({ id: "R", when: high }),
      aRule({ id: "S", when: { kind: "low", limit: 0.2, clear: 0.2 } }),
    ];
    const { quietAbove, quietBelow } = of({ rules: both });
    expect(quietBelow).toBeLessThan(0.995);
    expect(quietBelow).toBeGreaterThan(0.99);
    expect(quietAbove).toBeGreaterThan(0.205);
    expect(quietAbove).toBeLessThan(0.21);
    expect(of({ rules: [aRule({ id: "R", when: { kind: "state", is: ["on"] } })] }).quietBelow).toBe(
      Number.NEGATIVE_INFINITY,
    );
  });
});
