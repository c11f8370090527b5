import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Effects } from "../../src/core/effects.ts";
import type { PointDef } from "../../src/model/point.ts";
import { loadConfig } from "../../src/wire/config/load.ts";
import { anEngine, aPoint, createFeed, MINE } from "../support/builders-core.ts";

const BEGIN = 1_700_000_000_000;

/** The engine with the configuration that ships, and one mine of the demo. */
function shipped(points: readonly PointDef[], { system = "safety", mine = MINE } = {}) {
  const files = readdirSync("config", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => ({ path: name, text: readFileSync(join("config", name), "utf8") }));
  const loaded = loadConfig(files, () => undefined, BEGIN);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  const engine = anEngine();
  const feed = createFeed(engine);
  feed.step({ type: "start", now: BEGIN, version: "test", epoch: "test", firstCall: "with-raise" });
  // About rules: whom an alarm is told to is no part of it.
  feed.config(BEGIN, { ...loaded.config, duty: null });
  feed.points(BEGIN, points, { system, mine });
  const at = (seconds: number, p: string, v: number | null, s = 0) =>
    told(feed.message(BEGIN + seconds * 1_000, "readings", [{ p, v, s }], { more: { system, mine } }));
  return { at, tick: (seconds: number) => told(feed.tick(BEGIN + seconds * 1_000)) };
}

const told = ({ entries }: Effects) =>
  entries.flatMap((entry) => {
    if (entry.type !== "transition" || entry.alarm.class === "link") return [];
    const { alarm, transition } = entry;
    return [
      `${alarm.subject.id.split(":").at(-1)} ${transition.what} ${alarm.state} ${alarm.level} ${alarm.rule}`,
    ];
  });

describe("the rules that ship", () => {
  it("make 1.62 on the hand point one orange alarm that 1.00 does not clear and 0.99 does", () => {
    const { at } = shipped([aPoint({ code: "HAND-CH4", unit: "%CH4", loc: "CF_CORNER", cycle: 0 })]);
    expect(at(1, "HAND-CH4", 1.62)).toEqual(["HAND-CH4 raise unacknowledged orange CH4-02"]);
    expect(at(2, "HAND-CH4", 1.0)).toEqual([]);
    expect(at(3, "HAND-CH4", 0.99)).toEqual(["HAND-CH4 return returned orange CH4-02"]);
  });

  it("make a hand fan that stops red at once", () => {
    const fan = aPoint({
      code: "HAND-FAN",
      type: "1010",
      kind: "switch",
      set: "HAND",
      machine: "1#",
      cycle: 0,
    });
    const { at } = shipped([fan], { system: "fan" });
    expect(at(1, "HAND-FAN", 1)).toEqual([]);
    expect(at(2, "HAND-FAN", 0)).toEqual(["HAND raise unacknowledged red FAN-01"]);
    expect(at(3, "HAND-FAN", 1)).toEqual(["HAND return returned red FAN-01"]);
  });

  it("raise carbon monoxide at 24 ppm that stays for a minute", () => {
    const { at } = shipped([aPoint({ code: "HAND-CO", type: "0004", unit: "ppm", cycle: 0 })], {
      mine: "520523017313",
    });
    expect(at(1, "HAND-CO", 24)).toEqual([]);
    expect(at(60, "HAND-CO", 24)).toEqual([]);
    expect(at(61, "HAND-CO", 24)).toEqual(["HAND-CO raise unacknowledged yellow CO-01"]);
    expect(at(62, "HAND-CO", 23)).toEqual(["HAND-CO return returned yellow CO-01"]);
  });

  it("raise a broken methane sensor orange, any other blue, each once", () => {
    const { at } = shipped([aPoint({ code: "A", cycle: 0 }), aPoint({ code: "W", type: "0002", cycle: 0 })]);
    at(1, "A", null, 128);
    at(1, "W", null, 128);
    expect([...at(61, "A", null, 128), ...at(61, "W", null, 128)]).toEqual([
      "A raise unacknowledged orange SEN-01",
      "W raise unacknowledged blue SEN-01c",
    ]);
  });

  it("miss a silent methane sensor orange and a silent wind sensor yellow", () => {
    const points = [aPoint({ code: "A" }), aPoint({ code: "W", type: "0002" }), aPoint({ code: "B" })];
    const { at, tick } = shipped(points);
    at(10, "A", 0.1);
    at(10, "W", 2);
    for (const seconds of [40, 70, 99]) at(seconds, "B", 0.1);
    expect(tick(100)).toEqual([
      "A raise unacknowledged orange SEN-08",
      "W raise unacknowledged yellow SEN-08b",
    ]);
  });

  it("judge methane at a place nobody confirmed by the strictest limits", () => {
    const { at } = shipped([
      aPoint({ code: "NEW", loc: "MAIN_RETURN", cycle: 0 }),
      aPoint({ code: "BARE", cycle: 0 }),
    ]);
    expect(at(1, "NEW", 0.75)).toEqual(["NEW raise unacknowledged orange CH4-17"]);
    expect(at(2, "BARE", 1.0)).toEqual(["BARE raise unacknowledged orange CH4-92"]);
  });
});
