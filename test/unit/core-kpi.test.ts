import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chatterOf, floodsOf, percentiles, worstRate } from "../../src/core/kpi.ts";
import { createKpis } from "../../src/core/kpi-groups.ts";
import { shiftSpans } from "../../src/core/kpi-shifts.ts";
import type { KpiFact, KpiGrouping, KpiStep } from "../../src/model/kpi.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/model/time.ts";

const BEGIN = Date.UTC(2026, 1, 7, 16);
const range = { from: BEGIN, to: BEGIN + 8 * HOUR };

let made = 0;
const step = (
  t: number,
  what: KpiStep["what"],
  from: string,
  to: string,
  over: Partial<KpiStep> = {},
): KpiStep =>
  ({ t, what, from, to, suppression: "none", stage: "received", calls: 0, called: [], ...over }) as KpiStep;
const aFact = (steps: readonly KpiStep[], over: Partial<KpiFact> = {}): KpiFact => ({
  id: `A${++made}`,
  mine: "M1",
  mineName: "一号矿",
  rule: "CH4-04",
  ladder: "CH4",
  title: "t",
  titleEn: "t",
  subject: { id: `S${made}`, name: "T1" },
  place: "x",
  class: "over-limit",
  ack: "required",
  retrospective: false,
  folded: false,
  steps,
  ...over,
});
/** Raised, acknowledged after so long by somebody, over after so long. */
function story(t: number, acked: number | null, over: number | null, by = "wang"): KpiStep[] {
  const raised = step(t, "raise", "normal", "unacknowledged", { levelTo: "orange" });
  const acts: [number, "ack" | "over"][] = [];
  if (acked !== null) acts.push([t + acked, "ack"]);
  if (over !== null) acts.push([t + over, "over"]);
  acts.sort((a, b) => a[0] - b[0]);
  let state = "unacknowledged";
  return [
    raised,
    ...acts.map(([at, what]) => {
      const from = state;
      if (what === "ack") state = from === "returned" ? "normal" : "acknowledged";
      else state = from === "acknowledged" ? "normal" : "returned";
      return what === "ack"
        ? step(at, "acknowledge", from, state, { by })
        : step(at, state === "normal" ? "end" : "return", from, state);
    }),
  ];
}
const figures = (
  facts: readonly KpiFact[],
  by: KpiGrouping = "mine",
  shifts: Parameters<typeof createKpis>[0]["shifts"] = [],
) => {
  const kpis = createKpis({ range, by, shifts });
  for (const fact of facts) kpis.add(fact);
  return kpis.result();
};

describe("figures of a shift", () => {
  it("count what rang: not the canary, what asks for nobody, what is folded, shelved, or told of the past", () => {
    const steps = story(BEGIN, 60_000, null);
    const shelved = steps.map((one) => ({ ...one, suppression: "shelved" as const }));
    const { total } = figures([
      aFact(steps),
      aFact(steps, { class: "test" }),
      aFact(steps, { ack: "none" }),
      aFact(steps, { folded: true }),
      aFact(steps, { retrospective: true }),
      aFact(shelved),
    ]);
    expect(total.rings).toBe(1);
    expect(total.levels.orange).toEqual({ n: 1, share: 1 });
    // All but the canary stand at the end.
    expect(total.standing).toBe(5);
  });

  it("count a step up after an acknowledgement as another ring, and one before it as the same", () => {
    const again = [
      ...story(BEGIN, 60_000, null),
      step(BEGIN + 2 * MINUTE, "step-up", "acknowledged", "unacknowledged", { levelTo: "red" }),
      step(BEGIN + 3 * MINUTE, "acknowledge", "unacknowledged", "acknowledged", { by: "li" }),
    ];
    const louder = [
      step(BEGIN, "raise", "normal", "unacknowledged", { levelTo: "orange" }),
      step(BEGIN + 1000, "step-up", "unacknowledged", "unacknowledged", { levelTo: "red" }),
    ];
    const { total, groups } = figures([aFact(again), aFact(louder)], "officer");
    expect(total.rings).toBe(3);
    expect(total.levels.red.n).toBe(1);
    expect(total.unacknowledged).toBe(1);
    expect(total.toAcknowledge).toEqual({ n: 2, p50: 60_000, p90: 60_000, p99: 60_000 });
    expect(groups.map(({ key, rings }) => [key, rings])).toEqual([
      ["li", 1],
      ["wang", 1],
    ]);
  });

  it("tell the time to a call and to a feedback, and give each officer what reached them", () => {
    const steps = [
      step(BEGIN, "raise", "normal", "unacknowledged", { levelTo: "red" }),
      step(BEGIN, "escalate", "unacknowledged", "unacknowledged", { called: ["wang"] }),
      step(BEGIN + 60_000, "escalate", "unacknowledged", "unacknowledged", { called: ["li"] }),
      step(BEGIN + 90_000, "acknowledge", "unacknowledged", "acknowledged", { by: "li" }),
      step(BEGIN + 120_000, "call", "acknowledged", "acknowledged", { by: "li", calls: 1 }),
      step(BEGIN + 600_000, "feedback", "acknowledged", "acknowledged", { by: "li", calls: 1 }),
    ];
    const { groups } = figures([aFact(steps)], "officer");
    const [li, wang] = groups;
    expect(li).toMatchObject({ key: "li", rings: 1, toAcknowledge: { n: 1, p50: 90_000 } });
    expect(li).toMatchObject({ toCall: { p50: 120_000 }, toFeedback: { p50: 600_000 } });
    expect(wang).toMatchObject({ key: "wang", rings: 1, toAcknowledge: { n: 0, p50: null } });
  });

  it("call stale what was active for more than a day, and shelved what is", () => {
    const old = aFact(story(BEGIN - 25 * HOUR, 1000, null));
    const young = aFact(story(BEGIN - 2 * HOUR, 1000, null));
    const ended = aFact(story(BEGIN - 30 * HOUR, 1000, 30 * HOUR + 1000));
    const shelved = aFact([
      ...story(BEGIN, null, null),
      step(BEGIN + 1000, "shelve", "unacknowledged", "unacknowledged", { suppression: "shelved" }),
    ]);
    const { total } = figures([old, young, ended, shelved]);
    expect(total).toMatchObject({ stale: 2, standing: 3, rings: 1, shelved: { n: 1, standing: 1 } });
  });

  it("are those of the shift in which it rang, in the county's zone, over midnight too", () => {
    const offsets = [{ from: 0, minutes: 480 }];
    const shifts = shiftSpans(
      { from: BEGIN, to: BEGIN + DAY },
      [
        { name: "夜", from: 1320, to: 360 },
        { name: "日", from: 360, to: 1320 },
      ],
      offsets,
    );
    // 16:00Z is midnight there: the rest of one night, a day, the beginning of the next night.
    expect(shifts[0]?.spans).toEqual([
      { from: BEGIN, to: BEGIN + 6 * HOUR },
      { from: BEGIN + 22 * HOUR, to: BEGIN + DAY },
    ]);
    const kpis = createKpis({ range: { from: BEGIN, to: BEGIN + DAY }, by: "shift", shifts });
    kpis.add(aFact(story(BEGIN + HOUR, null, null)));
    kpis.add(aFact(story(BEGIN + 23 * HOUR, null, null)));
    kpis.add(aFact(story(BEGIN + 7 * HOUR, null, null)));
    const { groups } = kpis.result();
    expect(Object.fromEntries(groups.map(({ key, rings, time }) => [key, [rings, time / HOUR]]))).toEqual({
      夜: [2, 8],
      日: [1, 16],
    });
  });
});

describe("a flood", () => {
  it("begins with the eleventh ring in ten minutes and ends when fewer than five are left", () => {
    const times = Array.from({ length: 11 }, (_, i) => BEGIN + i * SECOND);
    expect(floodsOf(times.slice(1))).toEqual([]);
    expect(floodsOf(times)).toEqual([{ from: BEGIN + 10 * SECOND, to: BEGIN + 6 * SECOND + 10 * MINUTE }]);
  });
});

/* A second, naive model: every figure again from the whole list, moment by moment. */
describe("the naive model", () => {
  const seconds = fc.nat({ max: 8 * 3600 - 1 });
  const wait = fc.option(fc.nat({ max: 1800 }), { nil: null });
  const fact = fc
    .record({
      t: fc.oneof(seconds, fc.nat({ max: 900 })),
      acked: wait,
      over: wait,
      subject: fc.nat({ max: 3 }),
      by: fc.constantFrom("wang", "li"),
    })
    .map(({ t, acked, over, subject, by }) =>
      aFact(story(BEGIN + t * SECOND, acked && acked * SECOND, over && over * SECOND, by), {
        subject: { id: `S${subject}`, name: "x" },
        mine: `M${subject % 2}`,
      }),
    );

  it("finds the same figures in any stories", () => {
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 60 }), (facts) => {
        const { total, groups } = figures(facts);
        for (const one of [total, ...groups]) {
          const own = facts.filter(({ mine }) => one.key === "*" || mine === one.key);
          expect(pick(one)).toEqual(naive(own));
        }
      }),
      { numRuns: 150 },
    );
  });

  const pick = (one: ReturnType<typeof figures>["total"]) => ({
    rings: one.rings,
    average: Math.round(one.rate.average * 1e9),
    worst: one.rate.worst,
    floods: one.floods.n,
    flooded: one.floods.time,
    chattering: one.chattering,
    fleeting: one.fleeting,
    standing: one.standing,
    acknowledge: one.toAcknowledge,
    unacknowledged: one.unacknowledged,
    top: one.topSubjects
      .map(({ subject, n }) => [subject, n] as const)
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)),
  });

  function naive(facts: readonly KpiFact[]) {
    const raised = facts.map(({ steps }) => steps[0]!.t);
    const within = (t: number, ms: number) => raised.filter((at) => at > t - ms && at <= t).length;
    let flood: number | null = null;
    let floods = 0;
    let flooded = 0;
    // Second by second: all moments of these stories are whole seconds.
    for (let t = BEGIN; t < range.to; t += SECOND) {
      const n = within(t, 10 * MINUTE);
      if (flood !== null && n < 5) {
        flooded += t - flood;
        flood = null;
      }
      if (flood === null && n > 10) {
        flood = t;
        floods += 1;
      }
    }
    if (flood !== null) flooded += range.to - flood;
    const acked = facts.flatMap(({ steps }) => {
      const seen = steps.find(({ what }) => what === "acknowledge");
      return seen === undefined ? [] : [seen.t - steps[0]!.t];
    });
    acked.sort((a, b) => a - b);
    const rank = (q: number) =>
      acked.length === 0 ? null : acked.find((_, i) => (i + 1) / acked.length >= q - 1e-12)!;
    const keys = [...new Set(facts.map(({ subject }) => subject.id))];
    const chatters = keys.map((key) => {
      const own = facts.filter(({ subject }) => subject.id === key).map(({ steps }) => steps[0]!.t);
      return own.filter((t) =>
        own.some(
          (from) =>
            from <= t &&
            t <= from + MINUTE &&
            own.filter((at) => at >= from && at <= from + MINUTE).length >= 3,
        ),
      ).length;
    });
    return {
      rings: raised.length,
      average: Math.round((raised.length / 48) * 1e9),
      worst: Math.max(0, ...raised.map((t) => within(t, 10 * MINUTE))),
      floods,
      flooded,
      chattering: {
        subjects: chatters.filter((n) => n > 0).length,
        rings: chatters.reduce((a, b) => a + b, 0),
      },
      fleeting: facts.filter(({ steps }) => {
        const over = steps.find(({ to }) => to === "returned" || to === "normal");
        return over !== undefined && over.what === "return" && over.t - steps[0]!.t <= MINUTE;
      }).length,
      standing: facts.filter(({ steps }) =>
        ["unacknowledged", "acknowledged"].includes(steps.filter(({ t }) => t < range.to).at(-1)!.to),
      ).length,
      acknowledge: { n: acked.length, p50: rank(0.5), p90: rank(0.9), p99: rank(0.99) },
      unacknowledged: facts.length - acked.length,
      top: keys
        .map((key) => [key, facts.filter(({ subject }) => subject.id === key).length] as const)
        .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)),
    };
  }
});

describe("small figures", () => {
  it("are right where they are easy to get wrong", () => {
    expect(percentiles([])).toEqual({ n: 0, p50: null, p90: null, p99: null });
    expect(percentiles([3, 1, 2])).toEqual({ n: 3, p50: 2, p90: 3, p99: 3 });
    expect(worstRate([])).toEqual({ n: 0, at: null });
    expect(worstRate([0, 10 * MINUTE])).toEqual({ n: 1, at: 0 });
    expect(chatterOf([0, 30_000, 60_000])).toBe(3);
    expect(chatterOf([0, 30_000, 60_001])).toBe(0);
  });
});
