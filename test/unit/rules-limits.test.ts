import { describe, expect, it } from "vitest";
import { loadRules, rule, tell } from "../support/rule-play.ts";

describe("a limit", () => {
  it("inclusive raises at itself and is not released at its release", () => {
    const rules = rule("T-1", "{ high: 1.0, clear: 0.8 }") + rule("T-2", "{ low: 0.2, clear: 0.3 }");
    const story = `
      point A cycle=0 loc=CF_FACE confirmed
      at 1s  A 0.99
      at 2s  A 1.00   -> A raise T-1 value=1 limit=1
      at 3s  A 0.80
      at 4s  A 0.79   -> A return T-1
      at 5s  A 0.21
      at 6s  A 0.20   -> A raise T-2
      at 7s  A 0.30
      at 8s  A 0.31   -> A return T-2`;
    expect(tell(rules, story)).toBe("");
  });

  it("strict raises beyond itself only and is released at its release", () => {
    const rules = rule("T-1", "{ above: 1.0, clear: 0.8 }") + rule("T-2", "{ below: 0.2, clear: 0.3 }");
    const story = `
      point A cycle=0 loc=CF_FACE confirmed
      at 1s  A 1.00
      at 2s  A 1.004
      at 3s  A 1.005  -> A raise T-1
      at 4s  A 0.81
      at 5s  A 0.804  -> A return T-1
      at 6s  A 0.20
      at 7s  A 0.19   -> A raise T-2
      at 8s  A 0.29
      at 9s  A 0.30   -> A return T-2`;
    expect(tell(rules, story)).toBe("");
  });

  it("strict on a quantity that is not rounded is passed by the next number there is", () => {
    const rules = rule("T-1", "{ above: 0.1, clear: 0.1 }", { type: '"0005"' });
    const story = `
      point A type=0005 unit=Pa cycle=0
      at 1s  A 0.1
      at 2s  A 0.10000000000000002 -> A raise T-1
      at 3s  A 0.1                 -> A return T-1`;
    expect(tell(rules, story)).toBe("");
  });

  it("may be so many times a named one, exactly", () => {
    const rules = rule("T-1", "{ high: { of: alarm, times: 0.8 }, clear: { of: alarm, times: 0.75 } }");
    const story = `
      point A cycle=0 loc=CF_FACE confirmed
      at 1s  A 0.79
      at 2s  A 0.80   -> A raise T-1 limit=0.8
      at 3s  A 0.75
      at 4s  A 0.74   -> A return T-1`;
    expect(tell(rules, story)).toBe("");
  });
});

const OWN =
  rule("LIM-01", "{ high: own-alarm, clear: own-release }") +
  rule("LIM-02", "{ high: own-cut, clear: own-release }", { level: "orange" }) +
  rule("LIM-03", "{ low: own-alarm, clear: own-release }");

describe("the limits a mine wrote into a point's row", () => {
  it("are judged in both directions where no other rule knows the place, each released by its own", () => {
    const story = `
      point A type=0001 loc=CF_RETURN confirmed cycle=0 alarmHigh=0.7 alarmHighClear=0.6 cutHigh=0.9 restoreHigh=0.5 alarmLow=0.1 alarmLowClear=0.15
      at 1s  A 0.69
      at 2s  A 0.70   -> A raise yellow LIM-01 limit=0.7
      at 3s  A 0.90   -> A raise orange LIM-02 limit=0.9
      at 4s  A 0.60
      at 5s  A 0.59   -> A return LIM-01
      at 6s  A 0.50
      at 7s  A 0.49   -> A return LIM-02
      at 8s  A 0.11
      at 9s  A 0.10   -> A raise LIM-03
      at 10s A 0.15
      at 11s A 0.16   -> A return LIM-03`;
    expect(tell(OWN, story)).toBe("");
  });

  it("make no alarm of their own where another rule is as strict about the place", () => {
    const rules =
      rule("CH4-03", "{ high: alarm, clear: release }", { loc: "CF_FACE", ladder: "CH4" }) +
      rule("CH4-04", "{ high: cut, clear: release }", { loc: "CF_FACE", ladder: "CH4", level: "orange" }) +
      rule("CH4-21", "{ high: { of: alarm, times: 0.5 }, clear: release }", { ack: "none", level: "blue" }) +
      OWN;
    const story = `
      only CH4-03 CH4-04 LIM*
      point A loc=CF_FACE confirmed cycle=0 alarmHigh=1.0 cutHigh=1.5
      point B loc=CF_FACE confirmed cycle=0 alarmHigh=0.8 cutHigh=1.2
      at 1s  A 1.50   -> A raise orange CH4-04
      at 2s  B 0.80   -> B raise yellow LIM-01
      at 3s  B 1.20   -> B raise yellow CH4-03; B raise orange LIM-02`;
    expect(tell(rules, story)).toBe("");
    // A mere early warning is not as strict as an alarm.
    const early = `
      only CH4-21 LIM*
      point A loc=CF_FACE confirmed cycle=0 alarmHigh=1.0
      at 1s  A 1.0    -> A raise CH4-21; A raise LIM-01`;
    expect(tell(rules, early)).toBe("");
  });

  it("are the stricter of two while a looser row waits for a person", () => {
    const story = `
      point A loc=CF_RETURN confirmed cycle=0 alarmHigh=0.7 alarmLow=0.2
      at 1s  table A alarmHigh=0.9 alarmLow=0.1 -> notice table-version; notice table-confirm
      at 2s  A 0.70   -> A raise LIM-01 limit=0.7
      at 3s  A 0.69   -> A return LIM-01
      at 4s  A 0.20   -> A raise LIM-03 limit=0.2`;
    expect(tell(OWN, story)).toBe("");
  });
});

const LADDER =
  rule("CH4-03", "{ high: alarm, clear: 0.8 }", { ladder: "CH4" }) +
  rule("CH4-23", "{ lasting: { high: alarm, clear: 0.8 } }", {
    ladder: "CH4",
    onDelay: "10m",
    level: "orange",
  }) +
  rule("CH4-20", "{ bits: [overRange] }", { ladder: "CH4", level: "red" });

describe("how long an alarm has stood", () => {
  it("is counted on by values between release and limit, and lifts the alarm one step", () => {
    const story = `
      point A loc=CF_FACE confirmed cycle=0
      at 1s     A 1.0    -> A raise yellow CH4-03
      at 5m     A 0.9
      at 10m    A 0.9
      at 10m1s  A 0.85   -> A step-up orange CH4-23
      at 11m    A 0.79   -> A return`;
    expect(tell(LADDER, story)).toBe("");
  });

  it("begins anew with the next alarm", () => {
    const story = `
      point A loc=CF_FACE confirmed cycle=0
      at 1s   A 1.0    -> A raise yellow CH4-03
      at 9m   A 0.7    -> A return
      at 10m  A 1.1    -> A raise yellow CH4-03 episode=2
      at 19m  A 1.1
      at 20m  A 1.1    -> A step-up orange CH4-23`;
    expect(tell(LADDER, story)).toBe("");
  });

  it("is counted on while the sensor is blind, and is not reached by blindness", () => {
    const story = `
      point A loc=CF_FACE confirmed cycle=0
      at 1s    A 1.0        -> A raise yellow CH4-03
      at 2m    A - s=128    -> A quality yellow quality=unknown
      at 10m   A - s=128
      at 10m1s A - s=128    -> A step-up orange CH4-23`;
    expect(tell(LADDER, story)).toBe("");
  });
});

describe("a ladder of several kinds of condition", () => {
  it("is one alarm, over when all of them are", () => {
    const story = `
      point A loc=CF_FACE confirmed cycle=0
      at 1s  A 4.0 s=8   -> A raise red CH4-20
      at 2s  A 1.2
      at 3s  A 0.9
      at 4s  A 0.7       -> A return`;
    expect(tell(LADDER, story)).toBe("");
  });
});

describe("steps of sets and streams", () => {
  it("of one ladder and level are taken by their delays: a station stopped for 10 minutes", () => {
    const fan = (id: string, more: string) =>
      `  - { id: ${id}, title: 主扇, titleEn: Fan, unverified: true, system: safety, type: main-fan, ladder: FAN, level: red, class: fan, when: { set: { all: [stopped, "off"] } }${more} }\n`;
    const story = `
      point F1 type=1010 set=W machine=1# cycle=0
      point X cycle=30
      at 1s   F1 0           -> set:W raise red FAN-01
      at 2s   ack set:W      -> set:W acknowledge
      at 10m  X 0.1
      at 10m1s X 0.1         -> set:W step-up unacknowledged red FAN-02
      at 11m  F1 1           -> set:W return`;
    expect(tell(fan("FAN-02", ", onDelay: 10m") + fan("FAN-01", ""), story)).toBe("");
  });
});

describe("a limit's release", () => {
  it("beyond the limit is refused with its place", () => {
    const loaded = loadRules(rule("T-1", "{ lasting: { below: 1, clear: 0.5 } }"));
    expect(loaded.ok ? [] : loaded.faults).toMatchObject([
      { what: expect.stringContaining("releases below"), allowed: "at least 1" },
    ]);
  });
});
