import { describe, expect, it } from "vitest";
import { rule, tell } from "../support/rule-play.ts";

describe("a rise", () => {
  const rules = rule("CH4-22", "{ rise: 0.30, within: 5m }", { offDelay: "10m" });

  it("is so much above the least of the time before, to the very amount", () => {
    const story = `
      point A cycle=30
      at 0s    every 30s until 4m A 0.41|0.40|0.42
      at 4m30s A 0.69
      at 5m    A 0.70       -> A raise CH4-22 value=0.7
      at 5m30s every 30s until 18m30s A 0.70
      at 19m   A 0.70       -> A return CH4-22 returned=9m`;
    // 0.40 was last seen at 3m30s: at 9m that is too long ago, and the quiet begins.
    expect(tell(rules, story)).toBe("");
  });

  it("counts what has gone before the window no more", () => {
    const story = `
      point A cycle=30
      at 0s    A 0.10
      at 30s   every 30s until 10m A 0.20
      at 10m30s A 0.49
      at 11m   A 0.50       -> A raise`;
    expect(tell(rules, story)).toBe("");
  });

  it("sees neither calibration gas nor bad data", () => {
    const story = `
      point A cycle=30
      at 0s   A 0.20
      at 30s  A 2.00 s=4    -> verdict calibrating
      at 60s  A 0.00 s=4    -> verdict calibrating
      at 90s  A - s=128
      at 120s A 0.00 s=128
      at 150s A 0.30
      at 180s A 0.49
      at 210s A 0.50        -> A raise`;
    expect(tell(rules, story)).toBe("");
  });

  it("begins with the samples a point already has when a rule comes to speak of it", () => {
    const story = `
      rule CH4-22 statuses=stopped
      point A cycle=30
      at 0s   A 0.20
      at 30s  A 0.25
      at 60s  reload CH4-22 statuses=producing
      at 90s  A 0.50        -> A raise`;
    expect(tell(rules, story)).toBe("");
  });

  it("with a release holds until the value is back where it came from, however long that takes", () => {
    const held = rule("T-1", "{ rise: 0.30, within: 5m, clear: 0.10 }");
    const story = `
      point A cycle=30
      at 0s   A 0.20
      at 30s  A 0.50        -> A raise T-1
      at 60s  every 30s until 20m A 0.45
      at 20m30s A 0.30
      at 21m  A 0.29        -> A return`;
    expect(tell(held, story)).toBe("");
  });
});

describe("a fall", () => {
  it("by a share is measured from the greatest of the window, and is over within its release", () => {
    const rules = rule("WS-03", "{ fall: 30%, within: 5m, clear: 15% }", { type: '"0002"' });
    const story = `
      point W type=0002 unit=m/s cycle=30
      at 0s   W 4.0
      at 30s  W 2.9
      at 60s  W 2.8         -> W raise WS-03 value=2.8
      at 90s  every 30s until 15m W 2.5
      at 15m30s W 3.4
      at 16m  W 3.5         -> W return`;
    expect(tell(rules, story)).toBe("");
  });

  it("by an amount", () => {
    const rules = rule("T-1", "{ fall: 0.5, within: 1m }");
    const story = `
      point A cycle=10
      at 0s   A 1.0
      at 10s  A 0.51
      at 20s  A 0.50        -> A raise
      at 30s  every 10s until 60s A 0.50
      at 1m10s A 0.50       -> A return`;
    expect(tell(rules, story)).toBe("");
  });
});

describe("a mean", () => {
  it("of its own day is what a value is held against, once a quarter of the day was seen", () => {
    const rules = rule("FAN-08", "{ mean: { below: 80%, of: 24h, clear: 90% } }", { type: '"0005"' });
    const story = `
      point P type=0005 unit=Pa cycle=0
      at 0s   P 1000
      at 1m   P 500
      at 10m  every 10m until 7h P 1000
      at 7h1m P 801
      at 7h2m P 780         -> P raise FAN-08
      at 7h3m P 870
      at 7h4m P 900         -> P return`;
    expect(tell(rules, story)).toBe("");
  });

  it("above by an amount", () => {
    const rules = rule("CO-04", "{ mean: { above: 10, of: 24h } }", { type: '"0004"' });
    const story = `
      point C type=0004 unit=ppm cycle=0
      at 0s   every 10m until 7h C 5
      at 7h1m C 15
      at 7h2m C 16          -> C raise CO-04
      at 7h3m C 15          -> C return`;
    expect(tell(rules, story)).toBe("");
  });
});

describe("a flat line", () => {
  const rules = rule("SEN-04", "{ flat: 1h, step: 0.01, from: 0.10 }");

  it("is told when nothing has changed for so long, and ends with the next change", () => {
    const story = `
      point A cycle=30
      at 0s   A 0.11
      at 30s  every 30s until 1h A 0.12
      at 1h30s A 0.12
      at 1h31s tick         -> A raise SEN-04
      at 1h1m A 0.12
      at 1h2m A 0.13        -> A return`;
    expect(tell(rules, story)).toBe("");
  });

  it("does not count below its beginning, in silence, or while the point is blind", () => {
    const low = `
      point A cycle=30
      at 0s   every 30s until 2h A 0.05`;
    expect(tell(rules, low)).toBe("");
    const silent = `
      point A cycle=0
      at 0s   A 0.5
      at 3h   tick
      at 3h1s A - s=128
      at 4h   A - s=128`;
    expect(tell(rules, silent)).toBe("");
  });

  it("of a point whose values have usually moved only, where it says so", () => {
    const lively = rule("SEN-04", "{ flat: 1h, step: 0.01, lively: { std: 0.02, of: 10h } }");
    const moved = `
      point A cycle=30
      point B cycle=30
      at 0s   every 30s until 1h A 0.20|0.30, B 0.20|0.21
      at 1h30s every 30s until 2h A 0.30, B 0.21
      at 2h30s A 0.30, B 0.21
      at 2h31s tick         -> A raise SEN-04`;
    expect(tell(lively, moved)).toBe("");
  });
});

describe("a jump", () => {
  it("is between two samples, up or down, and over with the next", () => {
    const rules = rule("T-1", "{ jump: 1.0 }");
    const story = `
      point A cycle=0
      at 1s  A 0.2
      at 2s  A 1.19
      at 3s  A 0.19     -> A raise T-1
      at 4s  A 0.19     -> A return
      at 5s  A 1.19     -> A raise
      at 6s  A 1.19     -> A return`;
    expect(tell(rules, story)).toBe("");
  });
});

describe("windows as parts of a condition", () => {
  it("of the judged point, with limits around them", () => {
    const rules = rule(
      "CH4-22",
      "{ all: [{ rise: 0.30, within: 5m }, { high: { of: alarm, times: 0.5 } }, { not: { high: alarm, clear: release } }] }",
      { loc: "CF_FACE", ack: "none", level: "blue" },
    );
    const story = `
      point A loc=CF_FACE confirmed cycle=30
      at 0s   A 0.10
      at 30s  A 0.40
      at 60s  A 0.50       -> A raise blue CH4-22
      at 90s  A 1.00       -> A end`;
    expect(tell(rules, story)).toBe("");
  });

  it("of other points, which are looked at when their window moves", () => {
    const rules = rule(
      "DUCT",
      "{ all: [{ state: [no-wind] }, { any: [{ high: 0.8, of: { type: methane, near: set } }, { rise: 0.2, within: 5m, of: { type: methane, near: set } }] }] }",
      { type: '"1003"', level: "red" },
    );
    const story = `
      point D type=1003 set=H cycle=0
      point A set=H cycle=30
      at 0s   D 0, A 0.10
      at 30s  A 0.25
      at 60s  A 0.30       -> D raise red DUCT
      at 90s  every 30s until 5m A 0.30
      at 5m30s A 0.30      -> D return`;
    expect(tell(rules, story)).toBe("");
  });
});
