import { describe, expect, it } from "vitest";
import { effectiveLimits, lowerLimits, type Place } from "../../src/core/limits.ts";
import { createPlanner, scaleOf } from "../../src/core/plan.ts";
import type { LawLimit } from "../../src/model/rule.ts";
import { aConfig, aMine, aPoint, aRule } from "../support/builders-core.ts";

const config = aConfig();
const place = (more: Partial<Place> = {}): Place => ({
  system: "safety",
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

  it("of a confirmed place that no row knows are those of a place nobody knows", () => {
    const row = {
      ...(config.limits[0] as LawLimit),
      types: ["0004"],
      loc: "UNASSIGNED",
      alarm: 24,
      cut: null,
    };
    const tables = { ...config, limits: [{ ...row, release: 24 }] };
    const def = aPoint({ code: "C", type: "0004", alarmHigh: 50 });
    expect(effectiveLimits(place({ def, loc: "CHARGE" }), tables)).toMatchObject({ alarm: 24, from: "law" });
    expect(effectiveLimits(place({ def, loc: "CHARGE", system: "fire" }), tables)).toMatchObject({
      alarm: 50,
    });
  });

  it("that the county wrote to begin with give way to what it wrote for the mine, and to nothing looser", () => {
    const seed = {
      ...(config.limits[0] as LawLimit),
      types: ["0003"],
      loc: "UNASSIGNED",
      from: "county",
    } as const;
    const tables = { ...config, limits: [{ ...seed, alarm: 34, cut: null, release: 33 }] };
    const of = (alarmHigh: number, more: Partial<Place> = {}) =>
      effectiveLimits(
        place({ def: aPoint({ code: "T", type: "0003", alarmHigh }), loc: null, ...more }),
        tables,
      );
    expect(of(40)).toMatchObject({ alarm: 34, from: "county" });
    expect(of(30)).toMatchObject({ alarm: 30, from: "mine" });
    expect(of(50, { policy: { limits: { alarm: 40 } } })).toMatchObject({ alarm: 40, from: "county" });
  });

  it("below are those of the place, or the strictest where it is not confirmed", () => {
    const row = { ...(config.limits[0] as LawLimit), types: ["0002"], loc: "CF_FACE", alarm: 4 };
    const tables = { ...config, limits: [{ ...row, cut: null, release: null, alarmLow: 0.25 }] };
    const def = aPoint({ code: "W", type: "0002", loc: "CF_FACE", alarmLow: 0.15 });
    expect(lowerLimits(place({ def, loc: "CF_FACE" }), tables)).toMatchObject({ alarm: 0.25, from: "law" });
    expect(lowerLimits(place({ def, loc: null }), tables)).toMatchObject({ alarm: 0.25, release: 0.25 });
    const own = { ...def, alarmLow: 0.5 };
    expect(lowerLimits(place({ def: own, loc: null }), tables)).toMatchObject({ alarm: 0.5, from: "mine" });
    expect(effectiveLimits(place({ def, loc: "CF_FACE" }), tables)).toMatchObject({ alarm: 4, release: 4 });
  });

  it("below are the point's own", () => {
    const def = aPoint({ code: "W", type: "0002", alarmLow: 0.25, cutLow: 0.15, alarmLowClear: 0.3 });
    expect(lowerLimits(place({ def }), config)).toEqual({
      alarm: 0.25,
      cut: 0.15,
      release: 0.3,
      from: "mine",
    });
    expect(lowerLimits(place({ def, scale: null }), config)).toMatchObject({ alarm: 0.25 });
    expect(lowerLimits(place(), config)).toBeNull();
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

  it("judge a place that no rule knows as an unassigned one, and a pipe as a pipe", () => {
    const rules = [aRule({ id: "R", when: high, locs: ["UNASSIGNED"] })];
    expect(of({ rules }, aPoint({ code: "A", loc: "BUNKER" }), null).plans).toHaveLength(1);
    expect(of({ rules }, aPoint({ code: "A", loc: "BUNKER" }), "BUNKER").plans).toHaveLength(1);
    expect(of({ rules }, aPoint({ code: "A", loc: "PIPE" }), "PIPE").plans).toEqual([]);
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
