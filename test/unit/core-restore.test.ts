import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Engine } from "../../src/core/engine.ts";
import type { AlarmAct } from "../../src/model/act.ts";
import type { Alarm, JournalEntry } from "../../src/model/alarm.ts";
import type { FileTold } from "../../src/model/input.ts";
import { MINUTE } from "../../src/model/time.ts";
import { loadConfig } from "../../src/wire/config/load.ts";
import { illegalSteps } from "../support/arrows.ts";
import {
  aConfig,
  aMine,
  anEngine,
  aPoint,
  aRule,
  begun,
  createFeed,
  LIMITS,
  MINE,
  RULES,
} from "../support/builders-core.ts";
import { shippedConfig } from "../support/shipped-config.ts";

const BEGIN = 1_700_000_000_000;
const CODES = ["A", "B", "CO", "F1", "F2", "NEW", "52052301731101MN000101A01"];
const POINTS = [
  aPoint({ code: "A", loc: "CF_CORNER", cycle: 30 }),
  aPoint({ code: "B", loc: "MAIN_RETURN", alarmHigh: 0.6, substation: "1" }),
  aPoint({ code: "CO", type: "0004", unit: "ppm", loc: "CF_CORNER" }),
  aPoint({ code: "F1", type: "1010", kind: "switch", set: "W", machine: "1#", cycle: 0 }),
  aPoint({ code: "F2", type: "1010", kind: "switch", set: "W", machine: "2#", cycle: 0 }),
];
const config = (limit: number) =>
  aConfig({
    limits: LIMITS.map((row) =>
      row.types.includes("0004") ? { ...row, alarm: limit, release: limit } : row,
    ),
    rules: RULES.map((rule) =>
      rule.id === "CO-01"
        ? { ...rule, offDelay: 20_000, worsens: 1 }
        : rule.id === "CH4-01"
          ? { ...rule, latch: true }
          : rule,
    ),
    mines: [
      aMine({
        systems: ["safety", "person"],
        points: { "safety:A": { loc: "CF_CORNER" }, "safety:CO": { loc: "CF_CORNER" } },
      }),
    ],
  });

const reading = fc.record({
  p: fc.constantFrom(...CODES),
  v: fc.constantFrom(0, 1, 0.5, 0.7, 1.2, 1.7, 30, 12, null),
  s: fc.constantFrom(0, 0, 0, 0, 1, 4, 8, 64, 128),
  back: fc.constantFrom(0, 0, 0, 0, 5_000, 90_000, 400_000, 4_000_000, -1_000, -400_000),
  bad: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 4),
});
const KINDS = [
  ...(["readings", "readings", "readings", "readings", "readings", "backfill", "tick"] as const),
  ...(["link", "status", "table", "config", "people", "event", "ack", "self", "clock", "start"] as const),
  ...(["repeat", "confirm", "receipt", "unusable", "file", "files", "deed", "deed", "deed"] as const),
];
const move = fc.record({
  wait: fc.constantFrom(0, 1, 500, 1_000, 7_000, 30_000, 61_000, 200_000),
  kind: fc.constantFrom(...KINDS),
  readings: fc.array(reading, { maxLength: 6 }),
  n: fc.integer({ min: 0, max: 7 }),
  flag: fc.boolean(),
});
type Move = typeof move extends fc.Arbitrary<infer T> ? T : never;

/** Plays moves against an engine as if they came from outside; `swap` may replace the engine before any of them. */
function drive(
  moves: readonly Move[],
  swap: (engine: Engine, i: number) => Engine,
  made = (limit: number) => config(limit),
): JournalEntry[] {
  let engine = anEngine();
  let feed = createFeed(engine);
  let now = BEGIN;
  const entries: JournalEntry[] = [];
  const keep = (effects: { entries: readonly JournalEntry[] }) => entries.push(...effects.entries);
  keep(feed.step({ type: "start", now, version: "test", epoch: "test", firstCall: "with-raise" }));
  keep(feed.config(now, made(24), "24"));
  keep(feed.points(now, POINTS));
  const readings = (list: Move["readings"]) => list.map(({ back, ...rest }) => ({ ...rest, t: now - back }));
  moves.forEach((one, i) => {
    now += one.wait;
    const next = swap(engine, i);
    if (next !== engine) feed = feed.with(next);
    engine = next;
    keep(act(one, i));
  });
  return entries;

  function act(one: Move, i: number) {
    const ts = now - (one.n === 7 ? 3_600_000 : one.n === 6 ? 90_000 : 0);
    const last = [...entries].reverse().find((entry) => entry.type === "transition");
    const named = last?.type === "transition" ? last.alarm : null;
    const alarm = named?.id ?? "none";
    const actor = { user: "li", role: "lead" as const, mines: ["*"], device: "desk" };
    const link = { type: "link", now, mine: MINE, connection: one.n % 3, system: null, why: "" } as const;
    switch (one.kind) {
      case "readings":
      case "backfill":
        return feed.message(now, one.kind, readings(one.readings), { ts, seq: one.flag ? i : null });
      case "repeat":
        return feed.message(now, "readings", readings(one.readings), { ts, more: { digest: one.n } });
      case "link":
        return feed.step({ ...link, event: one.flag ? "up" : "down" });
      case "status": {
        const body = { kind: "status", ts, online: one.flag, software: null } as const;
        return feed.packet(now, body, { system: one.n > 3 ? "safety" : null, connection: one.n % 3 });
      }
      case "table": {
        const points = POINTS.slice(one.n % 3).map((def) =>
          one.flag ? { ...def, alarmHigh: one.n / 4 } : def,
        );
        return feed.points(now, points);
      }
      case "config":
        return feed.config(now, made(20 + one.n), String(20 + one.n));
      case "people": {
        const people = Array.from({ length: one.n * 20 }, (_, k) => ({ card: `c${k}`, down: ts }));
        const parts = one.flag ? 2 : 1;
        const body = {
          kind: "people",
          ts,
          part: 1 + (one.n % parts),
          parts,
          count: null,
          people,
          areas: null,
          rejected: [],
        } as const;
        return feed.packet(now, body, { system: "person" });
      }
      case "event": {
        const event = { p: "A", kind: "001", start: now - 1_000 * one.n, ...(one.flag ? { end: now } : {}) };
        return feed.packet(now, { kind: "events", ts, events: [event], rejected: [] });
      }
      case "ack":
        return feed.step({
          type: "act",
          now,
          act: { id: `${i}`, actor, do: "acknowledge", alarm, expect: null, note: null },
        });
      case "deed": {
        const user = one.flag ? "zhao" : "li";
        return feed.step({
          type: "act",
          now,
          act: {
            id: `${i}`,
            actor: { ...actor, user },
            ...deed(one, named, engine.requests()[0]?.id ?? "none", now),
          },
        });
      }
      case "confirm":
        return feed.step({
          type: "act",
          now,
          act: one.flag
            ? { id: `${i}`, actor, do: "confirm-table", mine: MINE, system: "safety", accept: one.n > 2 }
            : {
                id: `${i}`,
                actor,
                do: "confirm-location",
                point: `${MINE}:safety:B`,
                loc: one.n > 3 ? "CF_FACE" : "PIPE",
              },
        });
      case "receipt":
        return feed.step({ type: "receipt", now, alarm, rung: "seen", by: "li", device: "phone" });
      case "self":
        return feed.step({ type: "self", now, point: "disk-low", value: one.n % 2, detail: "" });
      case "clock":
        now += 1_000 * (one.n - 3);
        return feed.step({ type: "clock", now, by: 1_000 * (one.n - 3) });
      case "start":
        return feed.step({ type: "start", now, version: "test", epoch: "test", firstCall: "with-raise" });
      case "file":
        return feed.step({
          type: "file",
          now,
          mine: MINE,
          system: "safety",
          name: "x",
          outcome: one.flag ? "partly" : one.n > 3 ? "bad" : "duplicate",
          digest: one.n,
          records: 10,
          refused: { number: one.n },
          samples: [{ what: "x", reason: "number" }],
        });
      case "files":
        return feed.packet(now, { kind: "files", ts: now, rejected: [], files: toldOf(one) });
      case "unusable":
        return feed.packet(now, { kind: "unusable", reason: "not JSON" });
      case "tick":
        return feed.tick(now);
    }
  }
}

/** Some of these files were told of before, in another company. */
const toldOf = ({ n, flag }: Move): FileTold[] =>
  [n, n + 1].map((digest) => ({
    name: `${digest}`,
    outcome: flag ? ("partly" as const) : ("taken" as const),
    digest,
    records: 10,
    refused: flag ? { number: n } : {},
    samples: flag ? [{ what: "x", reason: "第2行", code: "number" }] : [],
  }));

/** Two people do what they like to the last alarm. */
function deed({ n, wait }: Move, alarm: Alarm | null, request: string, now: number): AlarmAct {
  const of = { alarm: alarm?.id ?? "none", expect: null };
  const until = now + 60_000 * (1 + n);
  const target = {
    kind: alarm?.subject.kind ?? "point",
    id: alarm?.subject.id ?? `${MINE}:safety:A`,
    key: alarm?.ladder ?? alarm?.rule ?? "CH4",
  };
  if (alarm?.latched && n > 3) return { ...of, do: "reset", note: null };
  switch (n) {
    case 0:
      return { ...of, do: "shelve", until, reason: "noise" };
    case 1:
      return { do: "out-of-service", target, until, reason: "repair" };
    case 2:
    case 3:
      return { do: "approve", request };
    case 4:
      return wait % 2 === 0
        ? { ...of, do: "unshelve", note: null }
        : { do: "return-to-service", target, note: null };
    case 5:
    case 6:
      return { ...of, do: "stage", stage: wait > 1_000 ? "verified" : "handled", note: null };
    default:
      return { ...of, do: "cause", code: "blasting", text: "", measure: null };
  }
}

const moves = fc.array(move, { minLength: 1, maxLength: 60 });
const same = (engine: Engine) => engine;

describe("an engine restored from an image", () => {
  it("goes on exactly as the one the image was made of", () => {
    fc.assert(
      fc.property(moves, fc.nat(59), (story, k) => {
        const straight = drive(story, same);
        const reborn = drive(story, (engine, i) => {
          if (i !== k) return engine;
          const other = anEngine();
          other.restore(structuredClone(engine.image()));
          return other;
        });
        expect(reborn).toEqual(straight);
      }),
      { numRuns: 300 },
    );
  });

  it("is not touched by what the first one does afterwards", () => {
    fc.assert(
      fc.property(moves, (story) => {
        let image: unknown = null;
        let frozen = "";
        drive(story, (engine, i) => {
          if (i === Math.floor(story.length / 2)) {
            image = engine.image();
            frozen = JSON.stringify(image, plain);
          }
          return engine;
        });
        expect(JSON.stringify(image, plain)).toBe(image === null ? "null" : frozen);
      }),
      { numRuns: 100 },
    );
  });

  it("goes on the same when its images are given away, and each of them is whole", () => {
    fc.assert(
      fc.property(moves, (story) => {
        const straight = drive(story, same);
        const one = drive(story, (engine) => {
          givenAway(engine.image());
          return engine;
        });
        expect(one).toEqual(straight);
        const reborn = drive(story, (engine) => {
          givenAway(engine.image());
          const other = anEngine();
          other.restore(givenAway(engine.image()));
          return other;
        });
        expect(reborn).toEqual(straight);
      }),
      { numRuns: 50 },
    );
  });

  it("folds under a new parent in the same order, whichever came back to life last", () => {
    const link = (id: string, after: number) =>
      aRule({
        id,
        systems: after === 5 ? ["safety", "person"] : ["safety"],
        ladder: "LINK",
        class: "link",
        when: { kind: "silence", of: "stream", after: after * MINUTE },
        level: after === 5 ? "yellow" : "orange",
        parent: "LINK-04",
      });
    const others = RULES.filter(({ id }) => id !== "LINK-01");
    const rules = [...others, link("LINK-01", 5), link("LINK-02", 10)];
    const { engine, feed } = begun(
      BEGIN,
      aConfig({ rules, mines: [aMine({ systems: ["safety", "person"] })] }),
    );
    const line = (event: "up" | "down", now: number) =>
      ({ type: "link", now, mine: MINE, event, connection: 1, system: null, why: "" }) as const;
    feed.step(line("up", BEGIN));
    feed.points(BEGIN, [aPoint({ code: "A", cycle: 0 })]);
    feed.points(BEGIN + MINUTE, [aPoint({ code: "P", cycle: 0 })], { system: "person" });
    // The safety stream's alarm is the older one, and the one that rose last.
    feed.tick(BEGIN + 10.5 * MINUTE);
    const open = [...engine.openAlarms()];
    expect(open.map(({ system, rule }) => [system, rule])).toEqual([
      ["safety", "LINK-02"],
      ["person", "LINK-01"],
    ]);
    feed.step(line("down", BEGIN + 10.5 * MINUTE));
    const other = anEngine();
    other.restore(structuredClone(engine.image()));
    const told = (to: typeof feed) => to.tick(BEGIN + 12 * MINUTE).entries;
    const twin = feed.with(other);
    const entries = told(feed);
    const folded = entries.filter((entry) => entry.type === "transition" && entry.transition.what === "fold");
    expect(folded).toHaveLength(2);
    expect(withoutInputs(told(twin))).toEqual(withoutInputs(entries));
  });

  it("refuses an image of another format", () => {
    expect(() => anEngine().restore({ format: 0 })).toThrow("must hold");
  });
});

/** The same tick has another number when it is told twice. */
const withoutInputs = (entries: readonly JournalEntry[]) =>
  entries.map((entry) => ({ ...entry, inputs: null, evidence: null }));

/** As the keeper of snapshots takes an image: whoever made it has its typed arrays no longer. */
function givenAway(image: unknown): unknown {
  const buffers = new Set<ArrayBuffer>();
  const look = (value: unknown): void => {
    if (value === null || typeof value !== "object") return;
    if (ArrayBuffer.isView(value)) buffers.add(value.buffer as ArrayBuffer);
    else for (const item of value instanceof Map ? value.values() : Object.values(value)) look(item);
  };
  look(image);
  return structuredClone(image, { transfer: [...buffers] });
}

const plain = (_: string, value: unknown) =>
  ArrayBuffer.isView(value) ? [...(value as Float64Array)] : value;

/** An out-of-service time ends while no second is looked at, and the next thing that comes sets the clock. */
const OVER_WHEN_THE_CLOCK_IS_SET: Move[] = [
  { wait: 0, kind: "deed", readings: [], n: 1, flag: false },
  { wait: 0, kind: "deed", readings: [], n: 2, flag: true },
  { wait: 0, kind: "readings", readings: [{ p: "A", v: 0, s: 8, back: 0, bad: 0 }], n: 0, flag: false },
  { wait: 200_000, kind: "clock", readings: [], n: 0, flag: false },
];

describe("whatever comes from outside", () => {
  it("never makes a step throw, and only ever takes legal steps with numbers in a row", () => {
    fc.assert(
      fc.property(moves, (story) => {
        const entries = drive(story, same);
        expect(illegalSteps(entries)).toEqual([]);
        const offsets = entries.flatMap((entry, i) =>
          entry.type === "transition" ? [entry.alarm.seq - i] : [],
        );
        expect(offsets.every((offset) => offset === 1)).toBe(true);
        const ids = entries.filter(
          (entry) => entry.type === "transition" && entry.transition.what === "raise",
        );
        expect(new Set(ids.map((entry) => entry.type === "transition" && entry.alarm.id)).size).toBe(
          ids.length,
        );
      }),
      { numRuns: 300, examples: [[OVER_WHEN_THE_CLOCK_IS_SET]] },
    );
  });

  it("gives the same effects twice", () => {
    fc.assert(
      fc.property(moves, (story) => {
        expect(drive(story, same)).toEqual(drive(story, same));
      }),
      { numRuns: 100 },
    );
  });
});

describe("shadow rules", () => {
  /** Every rule once more on trial, sharper and alone. */
  const withShadows = (limit: number) => {
    const plain = config(limit);
    const shadows = plain.rules.map((rule) => ({
      ...rule,
      id: `${rule.id}-S`,
      shadow: true,
      onDelay: 0,
      parent: rule.ladder,
    }));
    return { ...plain, rules: [...shadows, ...plain.rules] };
  };

  it("change nothing of what is told, whatever happens", () => {
    fc.assert(
      fc.property(moves, (story) => {
        expect(drive(story, same, withShadows)).toEqual(drive(story, same));
      }),
      { numRuns: 200 },
    );
  });

  it("of every shipped form change nothing either", () => {
    const loaded = loadConfig(shippedConfig(), () => undefined, BEGIN);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
    const shipped = (limit: number) => {
      const { mines } = config(limit);
      return { ...loaded.config, mines: mines.map((mine) => ({ ...mine, approvedUnderground: limit })) };
    };
    const tried = (limit: number) => {
      const plain = shipped(limit);
      const shadows = plain.rules.map((rule) => ({ ...rule, id: `${rule.id}-S`, shadow: true, onDelay: 0 }));
      return { ...plain, rules: [...shadows, ...plain.rules] };
    };
    fc.assert(
      fc.property(moves, (story) => {
        expect(drive(story, same, tried)).toEqual(drive(story, same, shipped));
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it("know after a restart what they would have done, and go on", () => {
    let seen = 0;
    fc.assert(
      fc.property(moves, fc.nat(59), (story, k) => {
        let straight = anEngine();
        let reborn = anEngine();
        drive(story, (engine) => (straight = engine), withShadows);
        drive(
          story,
          (engine, i) => {
            reborn = engine;
            if (i !== k) return engine;
            reborn = anEngine();
            reborn.restore(structuredClone(engine.image()));
            return reborn;
          },
          withShadows,
        );
        expect(reborn.shadows()).toEqual(straight.shadows());
        seen += straight.shadows().reduce((sum, { raised }) => sum + raised, 0);
      }),
      { numRuns: 100 },
    );
    expect(seen).toBeGreaterThan(100);
  });
});
