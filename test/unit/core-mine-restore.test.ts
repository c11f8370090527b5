import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Engine } from "../../src/core/engine.ts";
import type { JournalEntry } from "../../src/model/alarm.ts";
import type { MineEvent } from "../../src/model/input.ts";
import { loadConfig } from "../../src/wire/config/load.ts";
import { illegalSteps } from "../support/arrows.ts";
import { aMine, anEngine, aPoint, createFeed } from "../support/builders-core.ts";
import { shippedConfig } from "../support/shipped-config.ts";

const BEGIN = 1_700_000_000_000;
const loaded = loadConfig(shippedConfig(), () => undefined, BEGIN);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
const OF_THE_MINE = loaded.config.rules.filter(
  ({ when, id }) => when.kind === "mine" || /^(STA|FAN-0[12]|CH4-0[1-4]$|LINK)/.test(id),
);
const config = {
  ...loaded.config,
  rules: OF_THE_MINE,
  mines: [aMine({ points: { "safety:T": { loc: "CF_FACE" }, "safety:U": { loc: "CF_CORNER" } } })],
};

const POINTS = [
  aPoint({ code: "T", loc: "CF_FACE", place: "1101采煤工作面T1", cuts: ["D"], substation: "S" }),
  aPoint({ code: "U", loc: "CF_CORNER", place: "1101采煤工作面T0", cycle: 0, alarmHigh: 1.2 }),
  aPoint({ code: "D", type: "1009", kind: "switch" }),
  aPoint({ code: "E", type: "1009", kind: "switch", cycle: 0 }),
  aPoint({ code: "F", type: "1015", kind: "switch", feeds: "D", cycle: 0 }),
  aPoint({ code: "S", type: "3006", kind: "state", cycle: 0 }),
  aPoint({ code: "P", type: "3007", kind: "state", substation: "S" }),
  aPoint({ code: "W1", type: "1010", kind: "switch", set: "W", machine: "1#" }),
  aPoint({ code: "W2", type: "1010", kind: "switch", set: "W", machine: "2#" }),
];

const reading = fc.record({
  p: fc.constantFrom("T", "T", "U", "D", "F", "S", "P", "W1", "W2"),
  v: fc.constantFrom(0, 1, 0, 1, 2, 0.8, 1.2, 1.6, null),
  s: fc.constantFrom(0, 0, 0, 0, 1, 2, 4, 5, 6, 8, 32, 128),
  back: fc.constantFrom(0, 0, 0, 5_000, 400_000),
  bad: fc.constantFrom(0, 0, 0, 0, 0, 4),
});
const move = fc.record({
  wait: fc.constantFrom(0, 500, 1_000, 7_000, 31_000, 61_000, 200_000, 700_000),
  kind: fc.constantFrom(
    "readings",
    "readings",
    "readings",
    "readings",
    "event",
    "table",
    "clock",
    "start",
    "tick",
  ),
  readings: fc.array(reading, { maxLength: 8 }),
  n: fc.integer({ min: 0, max: 7 }),
  flag: fc.boolean(),
});
type Move = typeof move extends fc.Arbitrary<infer T> ? T : never;
const KINDS = ["001", "002", "003", "004", "008"];

/** Plays moves; `swap` may replace the engine before any of them. */
function drive(moves: readonly Move[], swap: (engine: Engine) => Engine): JournalEntry[] {
  let engine = anEngine();
  let feed = createFeed(engine);
  let now = BEGIN;
  const entries: JournalEntry[] = [];
  const keep = (effects: { entries: readonly JournalEntry[] }) => entries.push(...effects.entries);
  keep(feed.step({ type: "start", now, version: "test", epoch: "test", firstCall: "with-raise" }));
  keep(feed.config(now, config, "one"));
  keep(feed.points(now, POINTS));
  for (const one of moves) {
    now += one.wait;
    engine = swap(engine);
    feed = feed.with(engine);
    keep(act(one));
  }
  return entries;

  function act(one: Move) {
    switch (one.kind) {
      case "readings":
        return feed.readings(
          now,
          one.readings.map(({ back, ...rest }) => ({ ...rest, t: now - back })),
        );
      case "event": {
        const p = ["T", "U", "D", "F"][one.n % 4] as string;
        const kind = KINDS[one.n % KINDS.length] as string;
        const event: MineEvent = {
          id: `${p}${kind}`,
          p,
          kind,
          start: now - 1_000,
          ...(one.flag ? { end: now } : {}),
        };
        return feed.packet(now, { kind: "events", ts: now, events: [event], rejected: [] });
      }
      case "table": {
        const points = POINTS.map((def) =>
          def.code === "U" && one.flag
            ? { ...def, alarmHigh: 0.8 }
            : def.code === "E" && one.n > 3
              ? { ...def, place: "x" }
              : def,
        );
        return feed.points(now, points);
      }
      case "clock":
        now += 1_000 * (one.n - 3);
        return feed.step({ type: "clock", now, by: 1_000 * (one.n - 3) });
      case "start":
        return feed.step({ type: "start", now, version: "test", epoch: "test", firstCall: "with-raise" });
      case "tick":
        return feed.tick(now);
    }
  }
}

const moves = fc.array(move, { minLength: 1, maxLength: 40 });

describe("what is remembered of a mine's own system", () => {
  it("survives a restart before every input", () => {
    const told = new Set<string>();
    fc.assert(
      fc.property(moves, (story) => {
        const straight = drive(story, (engine) => engine);
        const reborn = drive(story, (engine) => {
          const other = anEngine();
          other.restore(structuredClone(engine.image()));
          return other;
        });
        expect(reborn).toEqual(straight);
        expect(illegalSteps(straight)).toEqual([]);
        for (const entry of straight) if (entry.type === "transition") told.add(entry.alarm.rule);
      }),
      { numRuns: 60, seed: 20 },
    );
    // The stories are worth something only if they make these rules speak.
    expect([...told]).toEqual(
      expect.arrayContaining(["MINE-01", "CUT-01", "FEED-01", "CAL-01", "CAL-02", "SEN-05", "SEN-06"]),
    );
  });

  it("is not touched by what the engine does after its image was made", () => {
    fc.assert(
      fc.property(moves, (story) => {
        const images: { image: unknown; text: string }[] = [];
        drive(story, (engine) => {
          const image = engine.image();
          images.push({ image, text: JSON.stringify(image, plain) });
          return engine;
        });
        for (const { image, text } of images) expect(JSON.stringify(image, plain)).toBe(text);
      }),
      { numRuns: 10 },
    );
  });

  it("and every deadline that waits for something to come, is moved by a clock that was set, not fired", () => {
    for (const by of [-3_600_000, 3_600_000]) {
      const engine = anEngine();
      const feed = createFeed(engine);
      feed.step({ type: "start", now: BEGIN, version: "test", epoch: "test", firstCall: "with-raise" });
      feed.config(BEGIN, config, "one");
      feed.points(BEGIN, POINTS);
      const list = [
        { p: "W1", v: 1, s: 128 },
        { p: "W2", v: 0, s: 128 },
        { p: "U", v: 1.2 },
      ];
      feed.packet(BEGIN + 500, {
        kind: "events",
        ts: BEGIN,
        events: [{ p: "D", kind: "004", start: BEGIN, end: BEGIN }],
        rejected: [],
      });
      feed.readings(BEGIN + 1_000, list);
      const set = feed.step({ type: "clock", now: BEGIN + 2_000 + by, by });
      const after = feed.tick(BEGIN + 5_000 + by);
      const rules = [...set.entries, ...after.entries].flatMap((entry) =>
        entry.type === "transition" ? [entry.alarm.rule] : [],
      );
      expect(rules).toEqual([]);
    }
  });
});

const plain = (_: string, value: unknown) =>
  ArrayBuffer.isView(value) ? [...(value as Float64Array)] : value;
