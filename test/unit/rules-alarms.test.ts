import { describe, expect, it } from "vitest";
import { rule, tell } from "../support/rule-play.ts";

const CH4 =
  rule("CH4-03", "{ high: alarm, clear: release }", { loc: "CF_FACE", ladder: "CH4" }) +
  rule("CH4-04", "{ high: cut, clear: release }", { loc: "CF_FACE", ladder: "CH4", level: "orange" });

const POINTS = `
  point A loc=CF_FACE confirmed cycle=0
  point B loc=CF_FACE confirmed cycle=0
  point C loc=CF_FACE confirmed cycle=0
  point D loc=CF_FACE confirmed cycle=0`;

describe("open alarms of a mine", () => {
  const rules =
    CH4 + rule("CH4-24", "{ alarms: { ladder: CH4 }, atLeast: 3, clear: 2 }", { over: "mine", level: "red" });

  it("are counted when they change, and released by fewer than the release", () => {
    const story = `${POINTS}
      at 1s  A 1.0       -> A raise
      at 2s  B 1.0       -> B raise
      at 3s  C 1.0       -> C raise; mine raise red CH4-24 raised=3s
      at 4s  ack A       -> A acknowledge
      at 5s  A 0.5       -> A end
      at 6s  C - s=128   -> C quality
      at 7s  B 0.5       -> B return; mine return CH4-24`;
    expect(tell(rules, story)).toBe("");
  });

  it("are counted from a level on", () => {
    const level =
      CH4 +
      rule("T-1", "{ alarms: { class: over-limit, level: orange }, atLeast: 2 }", {
        over: "mine",
        level: "red",
        class: "logic",
      });
    const story = `${POINTS}
      at 1s  A 1.0, B 1.5   -> A raise yellow; B raise orange
      at 2s  A 1.5          -> A step-up orange; mine raise T-1
      at 3s  B 0.9          -> B return; mine return T-1`;
    expect(tell(level, story)).toBe("");
  });

  it("that time brings about within a second of the sweep are seen in that second", () => {
    const slow =
      rule("CO", "{ high: 24, clear: 24 }", { type: '"0004"', onDelay: "60s" }) +
      rule("T-1", "{ alarms: { rule: CO }, atLeast: 1 }", { over: "mine", class: "logic" });
    const story = `
      point C type=0004 unit=ppm cycle=30
      at 1s    C 30
      at 1m1s  tick       -> C raise CO; mine raise T-1`;
    expect(tell(slow, story)).toBe("");
  });
});

describe("an alarm that stands", () => {
  it("for so long makes another on the same subject", () => {
    const rules =
      CH4 + rule("LONG", "{ open: CH4, for: 10m }", { loc: "CF_FACE", level: "red", class: "logic" });
    const story = `${POINTS}
      at 1s     A 1.0     -> A raise CH4-03
      at 5m     B 1.0     -> B raise CH4-03
      at 10m1s  tick      -> A raise red LONG
      at 11m    A 0.5     -> A return CH4-03; A return LONG
      at 15m    tick      -> B raise red LONG`;
    expect(tell(rules, story)).toBe("");
  });

  it("elsewhere in the mine keeps another from rising", () => {
    const fan = rule("FAN", "{ set: { all: [stopped] } }", {
      type: "main-fan",
      system: "[safety, fan]",
      class: "fan",
    });
    const rules = fan + rule("WS", "{ below: 0.5, clear: 0.5, unless: { open: FAN } }", { type: '"0002"' });
    const story = `
      point F type=1010 system=fan set=W cycle=0
      point W type=0002 unit=m/s cycle=0
      at 1s  F 0          -> set:W raise FAN
      at 2s  W 0.2
      at 3s  F 1          -> set:W return FAN; W raise WS raised=2s`;
    expect(tell(rules, story)).toBe("");
  });
});

describe("what speaks of alarms", () => {
  const near = rule("NEAR", "{ above: 0.9, clear: 0.9, unless: { open: CH4 } }", { loc: "CF_FACE" });

  it.each([
    ["before", near + CH4],
    ["after", CH4 + near],
  ])("sees what the same sample does to them, also written %s them", (_, rules) => {
    const story = `${POINTS}
      at 1s  A 1.0       -> A raise CH4-03
      at 2s  A 0.95      -> A return CH4-03; A raise NEAR raised=1s`;
    expect(tell(rules, story)).toBe("");
  });

  it("sees them after those that speak of others", () => {
    const any = rule("ANY", "{ alarms: { ladder: CH4 }, atLeast: 1 }", { loc: "CF_FACE", class: "logic" });
    const some = "{ high: 0.5, of: { near: mine } }";
    const when = `{ any: [${some}], unless: { alarms: { rule: ANY }, atLeast: 2 } }`;
    const top = rule("TOP", when, { over: "mine", class: "logic" });
    const story = `${POINTS}
      at 1s  A 1.0       -> A raise CH4-03; A raise ANY; B raise ANY; C raise ANY; D raise ANY
      at 2s  A 0.9       -> A return CH4-03; A return ANY; B return ANY; C return ANY; D return ANY; mine raise TOP raised=1s`;
    expect(tell(top + any + CH4, story)).toBe("");
  });

  it("sees how long one has stood with the next full second, whatever is sent before it", () => {
    const long = rule("LONG", "{ open: CH4, for: 10s }", { loc: "CF_FACE", class: "logic" });
    const story = `${POINTS}
      at 1s500ms    A 1.0     -> A raise CH4-03
      at 11s700ms   A 1.1
      at 12s        tick      -> A raise LONG`;
    expect(tell(CH4 + long, story)).toBe("");
  });
});

describe("what is remembered", () => {
  it("is forgotten with the next full second, whatever is sent before it", () => {
    const high = rule("REM", "{ any: [{ high: 1.0, clear: 1.0, of: { near: mine }, remember: 10s }] }", {
      over: "mine",
      class: "logic",
    });
    const story = `${POINTS}
      at 1s         B 0.2, C 0.2, D 0.2
      at 1s500ms    A 1.0     -> mine raise REM
      at 2s500ms    A 0.5
      at 12s700ms   B 0.2 s=1
      at 13s        tick      -> mine return REM`;
    expect(tell(high, story)).toBe("");
  });
});

describe("values of a group", () => {
  const points = `
    point P1 type=0005 unit=Pa set=S cycle=0
    point P2 type=0005 unit=Pa set=S cycle=0
    point P3 type=0005 unit=Pa set=S cycle=0`;
  const group = (when: string) => rule("T-1", when, { type: '"0005"', over: "set" });

  it("are summed when all of them are known", () => {
    const story = `${points}
      at 1s  P1 40, P2 30
      at 2s  P3 30         -> set:S raise T-1
      at 3s  P2 20
      at 4s  P3 9          -> set:S return
      at 5s  P1 - s=128
      at 6s  P2 500
      at 7s  P1 1          -> set:S raise`;
    expect(tell(group("{ sum: { near: set, high: 100, clear: 70 } }"), story)).toBe("");
  });

  it("decide by their greatest or least although another is not known", () => {
    const most = `${points}
      at 1s  P1 9
      at 2s  P2 10         -> set:S raise T-1
      at 3s  P2 9          -> set:S quality quality=unknown
      at 4s  P3 1          -> set:S return`;
    expect(tell(group("{ max: { near: set, high: 10 } }"), most)).toBe("");
    const least = `${points}
      at 1s  P1 5, P2 6, P3 7
      at 2s  P3 4.9        -> set:S raise T-1
      at 3s  P3 5          -> set:S return`;
    expect(tell(group("{ min: { near: set, below: 5 } }"), least)).toBe("");
  });

  it("differ from each other by their spread", () => {
    const story = `${points}
      at 1s  P1 10, P2 12, P3 11
      at 2s  P2 15         -> set:S raise T-1
      at 3s  P1 11         -> set:S return`;
    expect(tell(group("{ spread: { near: set, high: 5 } }"), story)).toBe("");
  });
});
