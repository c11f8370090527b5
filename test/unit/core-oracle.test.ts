import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Act } from "../../src/model/act.ts";
import type { JournalEntry } from "../../src/model/alarm.ts";
import { SECOND } from "../../src/model/time.ts";
import { illegalSteps } from "../support/arrows.ts";
import { aConfig, aMine, anEngine, aPoint, aRule, createFeed, MINE } from "../support/builders-core.ts";
import { type Event, foretell, type Spec } from "../support/oracle.ts";

const BEGIN = 1_700_000_000_000;
const STATES: Record<string, string> = { unacknowledged: "B", acknowledged: "C", returned: "D", normal: "A" };

const specOf = (delays: readonly [number, number]): Spec => ({
  begin: BEGIN,
  steps: [
    { rule: "LOW", level: "yellow", limit: 100, delay: delays[0] },
    { rule: "TOP", level: "orange", limit: 150, delay: delays[1] },
  ],
  fault: { rule: "BIT", level: "blue", bit: 128, delay: 45 * SECOND },
  silence: { rule: "MISS", level: "red" },
});

/** The same rules for the engine. */
function configOf(spec: Spec) {
  const rules = [
    ...spec.steps.map(({ rule, level, limit, delay }) =>
      aRule({
        id: rule,
        level: level as "yellow",
        ladder: "LIMIT",
        locs: ["CF_CORNER"],
        onDelay: delay,
        when: { kind: "high", limit: limit / 100, clear: 1 },
      }),
    ),
    aRule({ id: "BIT", level: "blue", onDelay: spec.fault.delay, when: { kind: "bits", mask: 128 } }),
    aRule({ id: "MISS", level: "red", types: ["0001"], when: { kind: "silence", of: "point" } }),
  ];
  const points = { "safety:A": { loc: "CF_CORNER" }, "safety:X": { loc: "CF_CORNER" } };
  return aConfig({ rules, mines: [aMine({ systems: ["safety"], points })] });
}

function live(events: readonly Event[], spec: Spec): { told: string[]; entries: JournalEntry[] } {
  const engine = anEngine();
  const feed = createFeed(engine);
  const entries: JournalEntry[] = [];
  const keep = (effects: { entries: readonly JournalEntry[] }) => entries.push(...effects.entries);
  keep(feed.step({ type: "start", now: BEGIN, version: "test", epoch: "test" }));
  keep(feed.config(BEGIN, configOf(spec)));
  // The other point has no rules of its own: it only carries the clock.
  keep(feed.points(BEGIN, [aPoint({ code: "A" }), aPoint({ code: "X", type: "0003", cycle: 0 })]));
  let acts = 0;
  for (const event of events) {
    if (event.do === "tick") keep(feed.tick(event.now));
    if (event.do === "other") keep(feed.readings(event.now, [{ p: "X", v: 0 }]));
    if (event.do === "sample") {
      keep(feed.readings(event.now, [{ p: "A", v: event.v / 100, s: event.s, t: event.t }], event.now));
    }
    if (event.do === "ack" || event.do === "shelve" || event.do === "unshelve") {
      keep(feed.tick(event.now));
      const last = entries.findLast(
        (entry) => entry.type === "transition" && entry.transition.what === "raise",
      );
      if (last?.type !== "transition") continue;
      const { now } = event;
      const by = (user: string) => ({
        id: `${acts++}`,
        actor: { user, role: "lead" as const, mines: ["*"], device: "desk" },
      });
      const of = { alarm: last.alarm.id, expect: null };
      const act: Act =
        event.do === "shelve"
          ? { ...by("wang"), ...of, do: "shelve", until: now + event.minutes * 60_000, reason: "noisy" }
          : { ...by("wang"), ...of, do: event.do === "ack" ? "acknowledge" : "unshelve", note: null };
      const effects = feed.step({ type: "act", now, act });
      keep(effects);
      const request = effects.result?.ok === true ? effects.result.request : undefined;
      if (request !== undefined)
        keep(feed.step({ type: "act", now, act: { ...by("li"), do: "approve", request } }));
    }
  }
  const told = entries.flatMap((entry) => {
    if (entry.type !== "transition" || entry.alarm.point !== `${MINE}:safety:A`) return [];
    const { alarm, transition, t } = entry;
    const { rule, level, quality, raisedAt } = alarm;
    const state = STATES[alarm.state];
    const quiet = alarm.suppression.kind === "none" ? "" : " quiet";
    return [`${t} ${rule} ${transition.what} ${state} ${level} ${quality} since ${raisedAt}${quiet}`];
  });
  return { told, entries };
}

const seconds = (min: number, max: number) => fc.integer({ min, max }).map((n) => n * SECOND);

/** Samples in order, swapped, late and repeated, of every kind of value and state, among other traffic. */
const stories = fc
  .array(
    fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({
          do: fc.constant("sample" as const),
          wait: seconds(1, 70),
          back: fc.oneof(
            { weight: 6, arbitrary: fc.constant(0) },
            { weight: 2, arbitrary: seconds(1, 100) },
            { weight: 1, arbitrary: seconds(121, 900) },
          ),
          v: fc.constantFrom(20, 99, 100, 120, 149, 150, 170),
          s: fc.oneof(
            { weight: 7, arbitrary: fc.constant(0) },
            { weight: 3, arbitrary: fc.constantFrom(1, 2, 4, 5, 8, 16, 32, 64, 128, 132, 136) },
          ),
          again: fc.boolean(),
        }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constant("other" as const), wait: seconds(1, 60) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("ack" as const), wait: seconds(1, 5) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("tick" as const), wait: seconds(1, 400) }) },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constant("shelve" as const),
          wait: seconds(1, 5),
          minutes: fc.constantFrom(1, 5, 60, 61),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("unshelve" as const), wait: seconds(1, 5) }) },
    ),
    { minLength: 1, maxLength: 40 },
  )
  .map((moves) => {
    let now = BEGIN;
    return moves.flatMap((move): Event[] => {
      now += move.wait;
      if (move.do === "shelve") return [{ now, do: move.do, minutes: move.minutes }];
      if (move.do !== "sample") return [{ now, do: move.do }];
      const old = move.back > 120 * SECOND;
      // What is late shows nothing here: whatever it says, it must not touch what is live.
      const one: Event = { now, do: "sample", t: now - move.back, v: old ? 20 : move.v, s: old ? 0 : move.s };
      return move.again ? [one, { ...one, now: now + 1 }] : [one];
    });
  });

describe("the engine and a naive second model of the rules", () => {
  it.each([
    [0, 0],
    [40 * SECOND, 0],
    [0, 60 * SECOND],
    [30 * SECOND, 90 * SECOND],
  ] as const)("tell the same of every story, with delays of %i and %i ms", (low, top) => {
    const spec = specOf([low, top]);
    fc.assert(
      fc.property(stories, (events) => {
        const { told, entries } = live(events, spec);
        expect(told).toEqual(foretell(events, spec));
        expect(illegalSteps(entries)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it("would differ if the model cleared at the limit itself", () => {
    const spec = specOf([0, 0]);
    const events: Event[] = [
      { now: BEGIN + 1_000, do: "sample", t: BEGIN + 1_000, v: 120, s: 0 },
      { now: BEGIN + 2_000, do: "sample", t: BEGIN + 2_000, v: 100, s: 0 },
    ];
    const [low, top] = spec.steps;
    const wrong: Spec = { ...spec, steps: [{ ...low!, limit: 101 }, top!] };
    expect(live(events, spec).told).not.toEqual(foretell(events, wrong));
    expect(foretell(events, spec)).toHaveLength(1);
  });
});
