import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Engine } from "../../src/core/engine.ts";
import type { JournalEntry } from "../../src/model/alarm.ts";
import type { PointCondition, Term } from "../../src/model/condition.ts";
import { illegalSteps } from "../support/arrows.ts";
import { aConfig, aMine, anEngine, aPoint, aRule, createFeed, MINE } from "../support/builders-core.ts";
import { foretellLogic, type Question, type Sample } from "../support/oracle-logic.ts";

const BEGIN = 1_700_000_000_000;
const POINTS = { A: "0001", B: "0001", C: "0004" };

const conditions: fc.Arbitrary<PointCondition> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("high" as const, "low" as const),
    limit: fc.constantFrom(1, 1.5),
    clear: fc.constantFrom(1, 1.2, 1.5),
    strict: fc.boolean(),
  }),
  fc.constant({ kind: "rise" as const, by: 0.3, within: 60_000, clear: null }),
);

const parts: fc.Arbitrary<Term> = fc.record({
  kind: fc.constant("point" as const),
  is: conditions,
  of: fc.record({
    types: fc.constantFrom(["0001"], ["0004"], ["0001", "0004"], ["0009"]),
    locs: fc.constant([]),
    systems: fc.constant([]),
    near: fc.constant("mine" as const),
    others: fc.constant(false),
  }),
  atLeast: fc.constantFrom(1, 1, 2, "every" as const),
  remember: fc.constantFrom(0, 0, 20_000),
});

const groups: fc.Arbitrary<Term> = fc.record({
  kind: fc.constant("group" as const),
  fold: fc.constantFrom("sum" as const, "min" as const, "max" as const, "spread" as const),
  of: fc.record({
    types: fc.constantFrom(["0001"], ["0001"], ["0004"], ["0009"]),
    locs: fc.constant([]),
    systems: fc.constant([]),
    near: fc.constant("mine" as const),
    others: fc.constant(false),
  }),
  limit: fc
    .record({
      kind: fc.constantFrom("high" as const, "low" as const),
      limit: fc.constantFrom(0.3, 1, 1.5, 2.2),
      clear: fc.constantFrom(0.3, 1, 1.2, 1.5, 2.2),
      strict: fc.boolean(),
    })
    // A release beyond its limit is refused when rules are loaded.
    .filter(({ kind, limit, clear }) => (kind === "high" ? clear <= limit : clear >= limit)),
});

/** Stories begin at 22:13:20 and last some minutes. */
const minute = fc.constantFrom(22 * 60 + 13, 22 * 60 + 14, 22 * 60 + 17, 22 * 60 + 20, 6 * 60);
/** Beside a part about points: of hours alone something could be said before the points of the mine are known. */
const hours: fc.Arbitrary<Term> = fc
  .record({ from: minute, to: minute, part: parts, not: fc.boolean() })
  .filter(({ from, to }) => from !== to)
  .map(({ from, to, part, not }) => {
    const term: Term = { kind: "hours", from, to };
    return { kind: "all", terms: [not ? { kind: "not", term } : term, part] };
  });

const { term: terms } = fc.letrec<{ term: Term }>((tie) => ({
  term: fc.oneof(
    { maxDepth: 3, depthIdentifier: "term" },
    { arbitrary: parts, weight: 5 },
    { arbitrary: groups, weight: 2 },
    { arbitrary: hours, weight: 1 },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom("all" as const, "any" as const),
        terms: fc.array(tie("term"), { minLength: 1, maxLength: 3 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("not" as const), term: tie("term") }) },
  ),
}));

const stories: fc.Arbitrary<Sample[]> = fc
  .array(
    fc.record({
      wait: fc.constantFrom(1, 500, 1_700, 7_000, 31_000),
      p: fc.constantFrom("A", "B", "C"),
      v: fc.constantFrom(20, 60, 99, 100, 101, 119, 120, 121, 149, 150, 151),
      s: fc.constantFrom(0, 0, 0, 0, 4, 128),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((moves) => {
    let t = BEGIN;
    return moves.map(({ wait, ...rest }) => {
      t += wait;
      // Never on a full second: what a second's sweep sees and what arrives in it are two moments.
      if ((t - BEGIN) % 1_000 === 0) t += 1;
      return { t, ...rest };
    });
  });

function live(
  samples: readonly Sample[],
  { term, unless }: Pick<Question, "term" | "unless">,
  { swap = (engine: Engine, _: number): Engine => engine, mark = (_: number): number => 0 } = {},
) {
  const rule = aRule({
    id: "T-1",
    when: { kind: "logic", term },
    over: "mine",
    ...(unless === null ? {} : { unless }),
  });
  let engine = anEngine();
  let feed = createFeed(engine);
  const entries: JournalEntry[] = [];
  const keep = (effects: { entries: readonly JournalEntry[] }) => entries.push(...effects.entries);
  keep(feed.step({ type: "start", now: BEGIN, version: "test", epoch: "test" }));
  keep(feed.config(BEGIN, aConfig({ rules: [rule], mines: [aMine({ systems: ["safety"] })] })));
  keep(
    feed.points(
      BEGIN,
      Object.entries(POINTS).map(([code, type]) => aPoint({ code, type, resolution: 0.01, cycle: 0 })),
    ),
  );
  samples.forEach(({ t, p, v, s }, i) => {
    const next = swap(engine, i);
    if (next !== engine) feed = feed.with(next);
    engine = next;
    keep(feed.readings(t, [{ p, v: v / 100, s: s | mark(i) }]));
  });
  const told = entries.flatMap((entry) => {
    if (entry.type !== "transition") return [];
    const { alarm, transition, t } = entry;
    const words = { raise: `raise ${alarm.quality}`, quality: `quality ${alarm.quality}`, return: "return" };
    return [`${t} ${words[transition.what as "raise"] ?? transition.what} since ${alarm.raisedAt}`];
  });
  return { told, entries };
}

const questions = fc.record({ term: terms, unless: fc.option(terms, { nil: null }) });

describe("an alarm of a formula", () => {
  it("keeps as evidence the samples of the points of which it is true, each by its name", () => {
    const of = { types: ["0001"], locs: [], systems: [], near: "mine" as const, others: false };
    const is = { kind: "high" as const, limit: 1, clear: 1 };
    const term: Term = { kind: "point", is, of, atLeast: 1, remember: 0 };
    const samples = [
      { t: BEGIN + 1, p: "C", v: 200, s: 0 },
      { t: BEGIN + 2, p: "B", v: 120, s: 0 },
    ];
    const [raised] = live(samples, { term, unless: null }).entries.filter(
      ({ type }) => type === "transition",
    );
    const kept = raised?.type === "transition" ? raised.evidence?.samples : null;
    expect(kept).toEqual([{ t: BEGIN + 2, v: 1.2, s: 0, p: `${MINE}:safety:B` }]);
  });
});

describe("formulas", () => {
  it("and a naive second model that reads everything off the history tell the same", () => {
    fc.assert(
      fc.property(stories, questions, (samples, question) => {
        const { told, entries } = live(samples, question);
        expect(told).toEqual(foretellLogic(samples, { begin: BEGIN, points: POINTS, ...question }));
        expect(illegalSteps(entries)).toEqual([]);
      }),
      { numRuns: 600 },
    );
  });

  it("say the same when no reading is taken by the short path", () => {
    // A state bit that means nothing to any rule keeps a reading off it.
    const marks = (i: number) => (i % 2 === 0 ? 512 : 1024);
    fc.assert(
      fc.property(stories, questions, (samples, question) => {
        expect(live(samples, question).told).toEqual(live(samples, question, { mark: marks }).told);
      }),
      { numRuns: 300 },
    );
  });

  it("go on as they were in an engine restored from an image", () => {
    fc.assert(
      fc.property(stories, questions, fc.nat(39), (samples, question, k) => {
        const swap = (engine: Engine, i: number) => {
          if (i !== k) return engine;
          const other = anEngine();
          other.restore(structuredClone(engine.image()));
          return other;
        };
        expect(live(samples, question, { swap }).entries).toEqual(live(samples, question).entries);
      }),
      { numRuns: 300 },
    );
  });
});
