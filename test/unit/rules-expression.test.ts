import { describe, expect, it } from "vitest";
import { compileExpression } from "../../src/wire/config/expression.ts";
import { loadRules, rule, tell } from "../support/rule-play.ts";

/** Return air that carries more methane than face and corner together can explain. */
const MORE = [
  '{ cel: "back > face + corner * 0.5", with: { back: { near: self },',
  'face: { type: "0001", loc: CF_FACE, near: set },',
  'corner: { type: "0001", loc: CF_CORNER, near: set, take: min } } }',
].join(" ");

describe("an expression over the values of points", () => {
  const rules = rule("XPR", MORE, { type: '"0001"', loc: "[CF_RETURN]", level: "yellow" });
  const points = `
    point B set=W1 loc=CF_RETURN cycle=0
    point F set=W1 loc=CF_FACE cycle=0
    point C set=W1 loc=CF_CORNER cycle=0
    point D set=W1 loc=CF_CORNER cycle=0`;

  it("is true and no longer true with whichever value comes last", () => {
    const story = `${points}
      at 1s  B 0.60, F 0.20, C 0.90
      at 2s  D 0.80
      at 3s  D 0.70   -> B raise yellow XPR raised=3s
      at 4s  C 0.60
      at 5s  D 0.90
      at 6s  C 0.80   -> B return XPR
      at 7s  B 0.61   -> B raise XPR
      at 8s  F 0.21   -> B return XPR`;
    expect(tell(rules, story)).toBe("");
  });

  it("is unknown while one of its values is, and holds what is open", () => {
    const story = `${points}
      at 1s  F 0.10, C 0.10, D 0.10
      at 2s  B 0.60        -> B raise XPR
      at 3s  C - s=128     -> B quality quality=unknown
      at 4s  C 0.10        -> B quality quality=good
      at 5s  B 0.10        -> B return`;
    expect(tell(rules, story)).toBe("");
  });

  it("says nothing where the mine has none of the points it asks for", () => {
    const story = `
      point B set=W1 loc=CF_RETURN cycle=0
      at 1s  B 9.00`;
    expect(tell(rules, story)).toBe("");
  });

  it("may stand among other parts", () => {
    const among = rule("XPR", `{ all: [${MORE}, { high: 0.5, clear: 0.4 }] }`, {
      type: '"0001"',
      loc: "[CF_RETURN]",
    });
    const story = `${points}
      at 1s  F 0.10, C 0.10, D 0.10, B 0.40
      at 2s  B 0.50        -> B raise XPR
      at 3s  B 0.45
      at 4s  B 0.39        -> B return`;
    expect(tell(among, story)).toBe("");
  });
});

describe("an expression is refused", () => {
  const why = (source: string) => {
    const compiled = compileExpression(source, ["a", "b"]);
    return compiled.ok ? "" : compiled.why;
  };

  it.each([
    ["a + b", /it is a double, not true or false/],
    ["a * 2 > b", /no such overload: double \* int/],
    ["c > 1.0", /Unknown variable: c/],
    ["a >", /Unexpected token/],
    ['"x".matches("(a+)+$") && a > b', /no call \(matches\)/],
    ["[a, b].all(x, x > 1.0)", /an expression has no/],
    ["a.constructor", /an expression has no/],
    ["dyn(a)", /no call \(dyn\)/],
    [`a > ${"1.0 + ".repeat(80)}b`, /Exceeded/],
  ])("when it is %s", (source, says) => {
    expect(why(source)).toMatch(says);
  });

  it("where a name of `with` is not asked for, or names no sensor", () => {
    const faults = (when: string) => {
      const loaded = loadRules(rule("T-1", when));
      return loaded.ok ? [] : loaded.faults.map(({ what }) => what);
    };
    const unasked = '{ cel: "a > 1.0", with: { a: { near: self }, b: { near: self } } }';
    expect(faults(unasked)).toEqual([
      expect.stringMatching(/when.with.b: the expression does not ask for it/),
    ]);
    expect(faults('{ cel: "a > 1.0", with: { a: { type: methan } } }')).toEqual([
      expect.stringMatching(/when.with.a.type: unknown sensor type or group methan/),
    ]);
  });
});
