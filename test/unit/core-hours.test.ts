import { describe, expect, it } from "vitest";
import { countHour, countsSince, createHours, openHour } from "../../src/core/hours.ts";
import { HOUR } from "../../src/model/time.ts";
import { aConfig, aMine, anEngine, aPoint, createFeed, MINE } from "../support/builders-core.ts";

const BEGIN = 1_700_000_400_000 - (1_700_000_400_000 % HOUR);

describe("what is counted by the hour", () => {
  it("is the sum of the hours that had not ended by then", () => {
    const hours = createHours();
    for (let i = 0; i < 5; i++) {
      openHour(hours, BEGIN + i * HOUR + 5);
      countHour(hours, "accepted", 10 ** i);
    }
    expect(countsSince(hours, BEGIN).counts).toEqual({ accepted: 11_111 });
    expect(countsSince(hours, BEGIN + 3 * HOUR)).toEqual({
      from: BEGIN + 3 * HOUR,
      counts: { accepted: 11_000 },
    });
    expect(countsSince(hours, BEGIN + 9 * HOUR)).toEqual({ from: null, counts: {} });
  });

  it("is kept for three days, in so many names an hour, and goes to the hour that is when the clock was set back", () => {
    const hours = createHours();
    for (let i = 0; i < 100; i++) {
      openHour(hours, BEGIN + i * HOUR);
      countHour(hours, "x", 1);
    }
    openHour(hours, BEGIN);
    for (let i = 0; i < 500; i++) countHour(hours, `name ${i}`, 1);
    const { from, counts } = countsSince(hours, 0);
    expect(from).toBe(BEGIN + 27 * HOUR);
    expect(counts.x).toBe(73);
    expect(Object.keys(counts)).toHaveLength(64);
  });

  it("survives a restart", () => {
    const engine = anEngine();
    const feed = createFeed(engine);
    feed.step({ type: "start", now: BEGIN, version: "test", epoch: "test" });
    feed.config(BEGIN, aConfig({ mines: [aMine({})] }), "one");
    feed.points(BEGIN, [aPoint({ code: "A" })]);
    feed.readings(BEGIN + HOUR, [{ p: "A", v: 0.1 }]);
    feed.readings(BEGIN + 2 * HOUR, [{ p: "A", bad: 4 }]);
    const other = anEngine();
    other.restore(structuredClone(engine.image()));
    expect(other.check(MINE, BEGIN)).toEqual(engine.check(MINE, BEGIN));
    expect(other.check(MINE, BEGIN)?.counts).toMatchObject({ messages: 3, "rejected:value-not-a-number": 1 });
    expect(other.check(MINE, BEGIN + 2 * HOUR)?.counts).toMatchObject({ messages: 1 });
  });

  it("counts what a mine's first file had wrong, before any message of it came", () => {
    const engine = anEngine();
    const feed = createFeed(engine);
    feed.step({ type: "start", now: BEGIN, version: "test", epoch: "test" });
    feed.config(BEGIN, aConfig({ mines: [aMine({})] }), "one");
    const file = {
      type: "file" as const,
      mine: MINE,
      system: "safety",
      name: "a.txt",
      outcome: "partly" as const,
    };
    feed.step({ ...file, now: BEGIN + 1, digest: 1, records: 3, refused: { time: 2 }, samples: [] });
    feed.points(BEGIN + 2, [aPoint({ code: "A" })]);
    expect(engine.check(MINE, BEGIN)?.counts).toMatchObject({ messages: 1, "rejected:time": 2 });
  });
});
