import { describe, expect, it } from "vitest";
import { compare, createSide } from "../../src/app/replay/difference.ts";
import { SCENARIO_MINE } from "../../src/cli/rules/scene.ts";
import { MINUTE } from "../../src/model/time.ts";
import { aConfig, anEngine, aPoint, aRule, createFeed } from "../support/builders-core.ts";

const T = 1_700_000_000_000;
/** Minutes since the beginning, and the value then. */
type Story = readonly (readonly [at: number, value: number])[];

/** The same readings judged by two limits. */
function compared(story: Story, before: number, after: number, { top = 9 } = {}) {
  const [first, second] = [before, after].map((limit) => {
    const engine = anEngine();
    const feed = createFeed(engine);
    const rules = [
      aRule({ id: "LOW", ladder: "L", types: ["0001"], when: { kind: "high", limit, clear: limit } }),
      aRule({
        id: "TOP",
        ladder: "L",
        types: ["0001"],
        level: "red",
        when: { kind: "high", limit: limit === after ? top : 9, clear: limit },
      }),
    ];
    const side = createSide(T);
    const points = { "safety:A": { loc: "CF_FACE" } };
    feed.config(T, aConfig({ rules, mines: [{ ...SCENARIO_MINE, points }] }));
    feed.points(T, [aPoint({ code: "A", cycle: 0 })]);
    for (const [at, v] of story) {
      for (const entry of feed.readings(T + at * MINUTE, [{ p: "A", v }]).entries)
        if (entry.type === "transition") side.note(entry);
    }
    return side;
  });
  const { changes, same } = compare(first!, second!);
  const said = changes.map(
    (one) => `${one.what}${"by" in one ? ` ${one.by / MINUTE}` : ""} at ${(one.one.told - T) / MINUTE}`,
  );
  return { said, same };
}

const HILL: Story = [
  [1, 0.2],
  [2, 0.9],
  [3, 1.1],
  [4, 0.95],
  [5, 0.2],
];

describe("what other rules would have told", () => {
  it("is nothing where they say the same", () => {
    expect(compared(HILL, 1, 1)).toEqual({ said: [], same: 1 });
  });

  it("comes earlier under a lower limit, later under a higher one", () => {
    expect(compared(HILL, 1, 0.8).said).toEqual(["earlier 1 at 2"]);
    expect(compared(HILL, 0.8, 1).said).toEqual(["later 1 at 3"]);
  });

  it("is an alarm more or less where only one of them was reached", () => {
    expect(compared(HILL, 2, 1).said).toEqual(["added at 3"]);
    expect(compared(HILL, 1, 2).said).toEqual(["lost at 3"]);
  });

  it("is another level of the same alarm where only a higher step changed", () => {
    expect(compared(HILL, 1, 1.0001, { top: 1.1 }).said).toEqual(["higher at 3"]);
  });

  it("is told alarm by alarm: two hills under one long alarm are one that comes earlier and one that is lost", () => {
    const hills: Story = [...HILL, [6, 0.9], [7, 1.2], [8, 0.2]];
    expect(compared(hills, 1, 0.1)).toEqual({ said: ["earlier 2 at 1", "lost at 7"], same: 0 });
  });

  it("does not take two alarms of the same point for one when hours lie between them", () => {
    const days: Story = [
      [1, 1.5],
      [2, 0.9],
      [300, 0.95],
      [301, 0.2],
    ];
    expect(compared(days, 1, 0.93).said).toEqual(["added at 300"]);
  });
});
