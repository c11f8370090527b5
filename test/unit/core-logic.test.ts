import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Engine } from "../../src/core/engine.ts";
import type { JournalEntry } from "../../src/model/alarm.ts";
import type { Term } from "../../src/model/condition.ts";
import type { Rule } from "../../src/model/rule.ts";
import { BEGIN, POINTS, questions, stories } from "../support/any-terms.ts";
import { illegalSteps } from "../support/arrows.ts";
import { aConfig, aMine, anEngine, aPoint, aRule, createFeed, MINE } from "../support/builders-core.ts";
import { foretellLogic, JUDGED, type Question, type Sample, type Tally } from "../support/oracle-logic.ts";

/** The rules of a question as a pack would have them. */
function rulesOf({ plain, tested, order }: Pick<Question, "plain" | "tested" | "order">): Rule[] {
  const limits = plain.map(({ rule, ladder, type, level, limit, clear, delay }) =>
    aRule({
      ...{ id: rule, ladder, types: [type], level, onDelay: delay },
      when: { kind: "high", limit: limit / 100, clear: clear / 100 },
    }),
  );
  const formulas = tested.map(({ rule, over, term, unless }) =>
    aRule({
      ...{ id: rule, over, class: "logic", when: { kind: "logic", term: asData(term) } },
      types: over === "point" ? [JUDGED] : [],
      ...(unless === null ? {} : { unless: asData(unless) }),
    }),
  );
  const all = [...limits, ...formulas];
  return order.flatMap((id) => all.filter((rule) => rule.id === id));
}

/** What an expression says is known to the second model only. */
const asData = (term: Term): Term => JSON.parse(JSON.stringify(term)) as Term;

function live(
  samples: readonly Sample[],
  question: Pick<Question, "plain" | "tested" | "order">,
  { swap = (engine: Engine, _: number): Engine => engine, mark = (_: number): number => 0 } = {},
) {
  let engine = anEngine();
  let feed = createFeed(engine);
  const entries: JournalEntry[] = [];
  const keep = (effects: { entries: readonly JournalEntry[] }) => entries.push(...effects.entries);
  keep(feed.step({ type: "start", now: BEGIN, version: "test", epoch: "test" }));
  const mines = [aMine({ systems: ["safety"] })];
  keep(feed.config(BEGIN, aConfig({ rules: [], mines })));
  const points = Object.entries(POINTS).map(([code, type]) =>
    aPoint({ code, type, kind: type === "1010" ? "switch" : "analog", resolution: 0.01, cycle: 0 }),
  );
  keep(feed.points(BEGIN, points));
  // Of the time and of alarms something can be said before anything is known of the mine.
  keep(feed.config(BEGIN, aConfig({ rules: rulesOf(question), mines })));
  samples.forEach(({ t, p, v, s }, i) => {
    const next = swap(engine, i);
    if (next !== engine) feed = feed.with(next);
    engine = next;
    keep(feed.readings(t, [{ p, v: v / 100, s: s | mark(i) }]));
  });
  const told = entries.flatMap((entry) => {
    if (entry.type !== "transition" || !entry.alarm.rule.startsWith("T-")) return [];
    const { alarm, transition, t } = entry;
    const words = { raise: `raise ${alarm.quality}`, quality: `quality ${alarm.quality}`, return: "return" };
    const subject = alarm.point?.split(":").at(-1) ?? "mine";
    const what = words[transition.what as "raise"] ?? transition.what;
    return [`${t} ${alarm.rule} ${subject} ${what} since ${alarm.raisedAt}`];
  });
  return { told: told.sort(), entries };
}

/** One rule about the mine. */
const alone = (term: Term): Question => ({
  begin: BEGIN,
  points: POINTS,
  plain: [],
  tested: [{ rule: "T-1", over: "mine", term, unless: null }],
  order: ["T-1"],
});

describe("an alarm of a formula", () => {
  it("keeps as evidence the samples of the points of which it is true, each by its name", () => {
    const of = { types: ["0001"], locs: [], systems: [], near: "mine" as const, others: false };
    const is = { kind: "high" as const, limit: 1, clear: 1 };
    const term: Term = { kind: "point", is, of, atLeast: 1, remember: 0 };
    const samples = [
      { t: BEGIN + 1, p: "C", v: 200, s: 0 },
      { t: BEGIN + 2, p: "B", v: 120, s: 0 },
    ];
    const question: Question = alone(term);
    const [raised] = live(samples, question).entries.filter(({ type }) => type === "transition");
    const kept = raised?.type === "transition" ? raised.evidence?.samples : null;
    expect(kept).toEqual([{ t: BEGIN + 2, v: 1.2, s: 0, p: `${MINE}:safety:B` }]);
  });
});

/** Every kind of term, and what of it must have been met with. */
const KINDS = [
  ...["high", "low", "rise", "fall", "jump", "bits", "state", "remember", "self", "hours"],
  ...["sum", "min", "max", "spread", "expression", "all", "any", "not"],
  ...["alarms of a rule", "alarms of a ladder", "alarms of a class"],
  ...["alarms from none on", "alarms from yellow on", "alarms from orange on"],
  ...["open self", "open mine", "open for some time"],
];
/** What speaks of no other point's data can be neither unknown nor about nothing. */
const KNOWN = /^(hours|alarms|open)/;

describe("formulas", () => {
  it("and a naive second model that reads everything off the history tell the same", () => {
    const tally: Tally = new Map();
    fc.assert(
      fc.property(stories, questions, (samples, question) => {
        const { told, entries } = live(samples, question);
        expect(told).toEqual(foretellLogic(samples, question, tally).sort());
        expect(illegalSteps(entries)).toEqual([]);
      }),
      { numRuns: 600 },
    );
    for (const kind of KINDS) {
      const met = ["true", "false", ...(KNOWN.test(kind) ? [] : ["null"])].map((says) => `${kind} ${says}`);
      expect(met.filter((each) => !tally.has(each))).toEqual([]);
    }
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

  it("go on as they were, byte for byte, in engines restored from images at any of their moments", () => {
    const restarts = fc.uniqueArray(fc.nat(39), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(stories, questions, restarts, (samples, question, at) => {
        const swap = (engine: Engine, i: number) => {
          if (!at.includes(i)) return engine;
          const other = anEngine();
          other.restore(structuredClone(engine.image()));
          return other;
        };
        const [straight, reborn] = [live(samples, question), live(samples, question, { swap })];
        expect(JSON.stringify(reborn.entries)).toBe(JSON.stringify(straight.entries));
      }),
      { numRuns: 150 },
    );
  });
});
