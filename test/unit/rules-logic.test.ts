import { describe, expect, it } from "vitest";
import { loadRules, rule, tell } from "../support/rule-play.ts";

const SMOKE = { type: '"1008"', level: "red" };
const FAN = { type: '"1001"', level: "orange", over: "set" };

describe("several points joined", () => {
  const rules = rule(
    "SMK",
    '{ all: [{ state: [smoke] }, { high: 24, of: { type: "0004", near: set } }] }',
    SMOKE,
  );
  const points = `
    point S type=1008 set=B1 cycle=0
    point T type=1008 set=B2 cycle=0
    point C type=0004 unit=ppm set=B1 cycle=0`;

  it("are true together, whichever comes last, and only of what shares the set", () => {
    const story = `${points}
      at 1s  S 1
      at 2s  C 23
      at 3s  C 24     -> S raise red SMK raised=3s
      at 4s  C 23     -> S return SMK
      at 5s  S 0
      at 6s  C 30
      at 7s  T 1
      at 8s  S 1      -> S raise SMK raised=8s
      at 9s  S 0      -> S return`;
    expect(tell(rules, story)).toBe("");
  });

  it("hold what is open while one of them is blind, and raise nothing by it", () => {
    const story = `${points}
      at 1s  S 1, C 30     -> S raise SMK
      at 2s  C - s=128     -> S quality quality=unknown
      at 3s  C 30          -> S quality quality=good
      at 4s  C - s=32      -> S quality quality=unknown
      at 5s  S 0           -> S return
      at 6s  S 1
      at 7s  C 30          -> S raise SMK episode=2`;
    expect(tell(rules, story)).toBe("");
  });

  it("are not ended by calibration gas or its absence", () => {
    const story = `${points}
      at 1s  S 1, C 30     -> S raise SMK
      at 2s  C 0 s=4       -> verdict calibrating
      at 3s  C 5           -> S return
      at 4s  C 500 s=4     -> verdict calibrating
      at 5s  C 30          -> S raise`;
    expect(tell(rules, story)).toBe("");
  });

  it("are blind when a point goes silent", () => {
    const story = `
      point S type=1008 set=B1 cycle=0
      point C type=0004 unit=ppm set=B1 cycle=30
      at 1s    S 1, C 30     -> S raise SMK
      at 1m30s tick
      at 1m31s tick          -> S quality quality=unknown
      at 1m40s C 20          -> S return`;
    expect(tell(rules, story)).toBe("");
  });

  it("come and go with the point table", () => {
    const story = `
      point S type=1008 set=B1 cycle=0
      point C type=0004 unit=ppm set=B9 cycle=0
      at 1s  S 1, C 30
      at 2s  table S, C set=B1  -> notice table-version; S raise SMK
      at 3s  table S, C set=B9  -> notice table-version; S return`;
    expect(tell(rules, story)).toBe("");
  });
});

describe("a value between release and limit", () => {
  it("stays what it was for each point and part", () => {
    const rules = rule(
      "T-1",
      '{ all: [{ high: 1.0, clear: 0.8 }, { high: 30, clear: 20, of: { type: "0004", near: set } }] }',
    );
    const story = `
      point A set=B cycle=0
      point C type=0004 unit=ppm set=B cycle=0
      at 1s  A 0.9, C 25
      at 2s  A 1.0
      at 3s  A 0.9
      at 4s  C 30     -> A raise T-1
      at 5s  C 20
      at 6s  A 0.8
      at 7s  C 19     -> A return
      at 8s  C 25
      at 9s  C 30     -> A raise
      at 10s A 0.79   -> A return
      at 11s A 0.9`;
    expect(tell(rules, story)).toBe("");
  });
});

describe("any of several", () => {
  it("does without what no point can say", () => {
    const rules = rule(
      "T-1",
      '{ any: [{ high: 1.0 }, { state: [smoke], of: { type: "1008", near: set } }] }',
    );
    const story = `
      point A set=B cycle=0
      at 1s  A 1.0    -> A raise T-1
      at 2s  A 0.9    -> A return`;
    expect(tell(rules, story)).toBe("");
    // A conjunction about points that are not there says nothing, and neither does its negation.
    const silent =
      rule("T-2", '{ all: [{ high: 1.0 }, { state: [smoke], of: { type: "1008", near: set } }] }') +
      rule("T-3", '{ not: { state: [smoke], of: { type: "1008", near: set } } }');
    expect(tell(silent, "point A set=B cycle=0\nat 1s A 1.5\nat 2s A 0.1")).toBe("");
  });

  it("is true by one of them although another is unknown, and unknown where none decides", () => {
    const rules = rule(
      "T-1",
      '{ any: [{ high: 1.0 }, { state: [smoke], of: { type: "1008", near: set } }] }',
    );
    const story = `
      point A set=B cycle=0
      point S type=1008 set=B cycle=0
      at 1s  A 1.0         -> A raise T-1
      at 2s  A 0.9         -> A quality quality=unknown
      at 3s  S 0           -> A return`;
    expect(tell(rules, story)).toBe("");
  });
});

describe("not", () => {
  it("is true only of what is known to be false", () => {
    const rules = rule(
      "T-1",
      '{ all: [{ high: 0.8 }, { not: { state: [running], of: { type: "1001", near: set } } }] }',
    );
    const story = `
      point A set=B cycle=0
      point F type=1001 set=B cycle=0
      at 1s  A 0.9
      at 2s  F 1
      at 3s  F 0          -> A raise T-1
      at 4s  F - s=32     -> A quality quality=unknown
      at 5s  F 1          -> A return`;
    expect(tell(rules, story)).toBe("");
  });
});

describe("counts of points", () => {
  const points = `
    point A cycle=0 loc=CF_FACE
    point B cycle=0 loc=CF_FACE
    point C cycle=0 loc=CF_RETURN`;

  it("are of so many, or of every one", () => {
    const rules =
      rule("TWO", "{ all: [{ high: 1.0, of: { near: mine, atLeast: 2 } }] }", { over: "mine" }) +
      rule("ALL", "{ all: [{ high: 1.0, of: { type: methane, every: true } }] }", { over: "mine" });
    const story = `${points}
      at 1s  A 1.0
      at 2s  B 1.0       -> mine raise TWO raised=2s
      at 3s  C 1.0       -> mine raise ALL raised=3s
      at 4s  A 0.9       -> mine return ALL
      at 5s  C - s=128   -> mine quality TWO quality=unknown
      at 6s  B 0.9       -> mine return TWO`;
    expect(tell(rules, story)).toBe("");
  });

  it("leave the judged point out where only others count, and keep to places and systems", () => {
    const rules =
      rule(
        "OTH",
        "{ all: [{ high: 1.0 }, { high: 0.8, of: { near: mine, others: true, loc: CF_RETURN } }] }",
        {
          loc: "CF_FACE",
        },
      ) + rule("FAR", "{ all: [{ high: 1.0 }, { high: 0.1, of: { near: mine, system: fan } }] }");
    const story = `${points}
      at 1s  A 1.0
      at 2s  B 0.9
      at 3s  C 0.8       -> A raise OTH
      at 4s  C 0.7       -> A return OTH`;
    expect(tell(rules, story)).toBe("");
  });

  it("of a place that is only proposed go by the proposal", () => {
    const rules = rule("T-1", "{ all: [{ high: 0.5, of: { loc: [CF_FACE] } }] }", { over: "mine" });
    expect(tell(rules, `${points}\nat 1s C 1.0\nat 2s B 0.5 -> mine raise T-1`)).toBe("");
  });
});

describe("what belongs together", () => {
  const rules = rule(
    "FEED",
    '{ all: [{ high: cut, clear: release }, { state: [powered], of: { type: "1015", near: feeds } }] }',
  );

  it("is found from a sensor over the device it cuts to the feed that shows its power", () => {
    const story = `
      point A loc=CF_FACE confirmed cycle=0 cuts=D1+D2
      point D1 type=1014 cycle=0
      point K1 type=1015 cycle=0 feeds=D1
      point K9 type=1015 cycle=0 feeds=D9
      at 1s  K9 1, K1 0, A 1.5
      at 2s  K1 1      -> A raise FEED
      at 3s  K1 0      -> A return`;
    expect(tell(rules, story)).toBe("");
  });

  it("is found by place and by substation", () => {
    const near =
      rule("P", '{ all: [{ high: 1.0 }, { state: [smoke], of: { type: "1008", near: place } }] }') +
      rule("Q", '{ all: [{ high: 1.0 }, { state: [smoke], of: { type: "1008", near: substation } }] }');
    const story = `
      point A place=X substation=7 cycle=0
      point S type=1008 place=X substation=8 cycle=0
      point T type=1008 place=Y substation=7 cycle=0
      at 1s  A 1.0
      at 2s  S 1     -> A raise P
      at 3s  T 1     -> A raise Q`;
    expect(tell(near, story)).toBe("");
  });
});

describe("remembering", () => {
  const rules = rule(
    "SMK-02",
    '{ all: [{ state: [smoke], remember: 5m }, { high: 24, remember: 5m, of: { type: "0004", near: set } }] }',
    SMOKE,
  );
  const points = `
    point S type=1008 set=B1 cycle=0
    point C type=0004 unit=ppm set=B1 cycle=0`;

  it("counts as true for so long after it ended", () => {
    const story = `${points}
      at 1s    S 1
      at 10s   S 0
      at 5m9s  C 24     -> S raise SMK-02 raised=5m9s
      at 5m10s tick     -> S return`;
    expect(tell(rules, story)).toBe("");
  });

  it("ends when its time is over, on the gateway's clock", () => {
    const story = `${points}
      at 1s    S 1
      at 10s   S 0
      at 5m10s C 24
      at 5m20s S 1     -> S raise
      at 5m30s C 10
      at 5m40s S 0
      at 10m29s tick
      at 10m30s tick   -> S return`;
    expect(tell(rules, story)).toBe("");
  });

  it("keeps its time through a clock that is set", () => {
    const story = `${points}
      at 1s    S 1
      at 10s   S 0
      at 20s   clock 30s
      at 5m9s  C 24     -> S raise
      at 5m10s tick     -> S return`;
    expect(tell(rules, story)).toBe("");
  });
});

describe("unless", () => {
  const rules = rule(
    "CO",
    '{ high: 24, clear: 24, unless: { state: [running], of: { type: "1001", near: set } } }',
    {
      type: '"0004"',
      onDelay: "60s",
    },
  );
  const points = `
    point C type=0004 unit=ppm set=B1 cycle=30
    point F type=1001 set=B1 cycle=0`;

  it("keeps a condition from rising; what waits goes on waiting, and rises when it ends", () => {
    const story = `${points}
      at 1s    F 1
      at 10s   C 30
      at 40s   C 30
      at 70s   C 30
      at 100s  C 30
      at 110s  F 0      -> C raise CO raised=10s`;
    expect(tell(rules, story)).toBe("");
  });

  it("ends nothing that is open, and keeps it from ringing for as long as it is true", () => {
    const story = `${points}
      at 1s    F 0
      at 10s   C 30
      at 40s   C 30
      at 70s   C 30     -> C raise CO suppression=none
      at 71s   F 1      -> C suppress unacknowledged suppression=by-design
      at 80s   F 0      -> C unsuppress unacknowledged suppression=none
      at 81s   F 1      -> C suppress unacknowledged suppression=by-design
      at 100s  C 30
      at 101s  C 10     -> C return suppression=none`;
    expect(tell(rules, story)).toBe("");
  });

  it("does not keep back what is no longer true when it ends", () => {
    const story = `${points}
      at 1s    F 1
      at 10s   C 30
      at 80s   C 10
      at 90s   F 0`;
    expect(tell(rules, story)).toBe("");
  });

  it("does not count while it is unknown", () => {
    const story = `${points}
      at 1s    F - s=32
      at 10s   C 30
      at 40s   C 30
      at 70s   C 30     -> C raise CO`;
    expect(tell(rules, story)).toBe("");
  });

  it("stands beside silences and links as well", () => {
    const silent = rule(
      "SIL",
      '{ silence: point, unless: { state: [running], of: { type: "1001", near: set } } }',
    );
    const story = `
      point A set=B1 cycle=30
      point B cycle=30
      point F type=1001 set=B1 cycle=0
      at 1s   F 1, A 0.1, B 0.1
      at 30s  B 0.1
      at 60s  B 0.1
      at 90s  B 0.1
      at 100s B 0.1
      at 110s F 0     -> A raise SIL
      at 120s A 0.1   -> A return`;
    expect(tell(silent, story)).toBe("");
  });
});

describe("rules over a set", () => {
  it("make one alarm of the set, with the words about all machines in the same ladder", () => {
    const rules =
      rule("LFAN-01", '{ set: { all: [stopped, "off"] } }', { ...FAN, ladder: "LFAN", onDelay: "60s" }) +
      rule(
        "LFAN-01r",
        '{ all: [{ state: [stopped, "off"], of: { type: "1001", near: set, every: true } }, { high: 0.8, of: { type: methane, near: set } }] }',
        { ...FAN, ladder: "LFAN", level: "red" },
      );
    const story = `
      point F1 type=1001 set=H1 machine=1 cycle=0
      point F2 type=1001 set=H1 machine=2 cycle=0
      point A set=H1 cycle=0
      at 1s   F1 0, F2 0, A 0.3
      at 61s  A 0.4     -> set:H1 raise orange LFAN-01 raised=1s
      at 62s  A 0.8     -> set:H1 step-up red LFAN-01r
      at 63s  A 0.5
      at 64s  F1 1      -> set:H1 return`;
    expect(tell(rules, story)).toBe("");
  });

  it("speak of any point of the set where nothing says of which, and of no set without a name", () => {
    const rules = rule("T-1", "{ high: 1.0, clear: 0.8 }", { over: "set" });
    const story = `
      point A set=H1 cycle=0
      point B set=H1 cycle=0
      point C cycle=0
      at 1s  C 1.5
      at 2s  A 1.0     -> set:H1 raise T-1
      at 3s  B 1.0
      at 4s  A 0.5
      at 5s  B 0.9
      at 6s  B 0.7     -> set:H1 return`;
    expect(tell(rules, story)).toBe("");
  });
});

describe("rules over a mine", () => {
  it("run their delays on the sample clock of the system they name", () => {
    const rules = rule("T-1", "{ high: 1.0, clear: 1.0 }", { over: "mine", onDelay: "30s", offDelay: "20s" });
    const story = `
      point A cycle=0
      point B cycle=0
      at 1s   A 1.2
      at 31s  B 0.1    -> mine raise T-1 raised=1s
      at 40s  A 0.2
      at 59s  B 0.1
      at 60s  B 0.1    -> mine return T-1 returned=40s`;
    expect(tell(rules, story)).toBe("");
  });
});

describe("hours", () => {
  it("are of the zone of the gateway, over midnight as well", () => {
    const rules = rule("T-1", '{ all: [{ high: 1.0 }, { hours: "22:00-06:00" }] }');
    const story = `
      begin 21:59
      point A cycle=0
      at 1s   A 1.2
      at 59s  tick
      at 60s  tick     -> A raise T-1 raised=60s
      at 8h   A 1.2
      at 8h1m tick     -> A return`;
    expect(tell(rules, story)).toBe("");
  });
});

describe("a rule that names what is not there", () => {
  const faultsOf = (when: string, more = {}) => {
    const loaded = loadRules(rule("T-1", when, more));
    return loaded.ok ? [] : loaded.faults.map(({ what }) => what);
  };

  it.each([
    ["{ all: [{ high: 1, of: { type: smoak } }] }", /when.all.0.of.type: unknown sensor type or group smoak/],
    ["{ any: [{ high: 1, of: { loc: CF_FACES } }] }", /when.any.0.of.loc: unknown location class/],
    ["{ not: { high: 1, of: { system: safty } } }", /when.not.of.system: unknown system safty/],
    ["{ high: 1, clear: 1, unless: { high: 1, of: { type: x } } }", /when.unless.of.type: unknown/],
    ["{ all: [{ high: 1, clear: 2 }] }", /when.all.0.clear: releases above/],
    ["{ all: [{ high: 1, of: { atLeast: 2, every: true } }] }", /not both/],
    ["{ alarms: { ladder: NONE }, atLeast: 2 }", /no rule or ladder NONE/],
    ["{ alarms: { rule: T-1 }, atLeast: 2, clear: 3 }", /releases above the number/],
    ["{ open: T-1, for: 5m }", /cannot rest on itself/],
    ['{ all: [{ hours: "06:00-06:00" }] }', /no time at all/],
  ])("is refused with its place: %s", (when, says) => {
    expect(faultsOf(when)).toEqual([expect.stringMatching(says)]);
  });

  it("is refused over a set or a mine where its condition has a subject of its own", () => {
    expect(faultsOf("{ silence: point }", { over: "mine" })).toEqual([
      expect.stringMatching(/subject of its own/),
    ]);
  });
});
