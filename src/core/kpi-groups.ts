import type { KpiAnswer, KpiFact, KpiGrouping, Kpis } from "../model/kpi.ts";
import type { Level } from "../model/rule.ts";
import type { Instant, Millis } from "../model/time.ts";
import {
  activeSpans,
  chatterOf,
  counts,
  floodsOf,
  KPI,
  levelShares,
  percentiles,
  type Ring,
  ringsOf,
  type Span,
  topOf,
  worstRate,
} from "./kpi.ts";

export interface KpiOptions {
  readonly range: Span;
  readonly by: KpiGrouping;
  /** When each shift was; only for `shift`. */
  readonly shifts: readonly { readonly shift: string; readonly spans: readonly Span[] }[];
}

/** Adds up the figures of a range, one alarm after another, so that a year of them need not be held at once. */
export function createKpis({ range, by, shifts }: KpiOptions) {
  const total = createGroup("*", "*", [range], range);
  const groups = new Map<string, Group>();
  if (by === "shift") {
    for (const { shift, spans } of shifts) groups.set(shift, createGroup(shift, shift, spans, range));
  }
  const group = (key: string, name: string): Group => {
    const known = groups.get(key) ?? createGroup(key, name, [range], range);
    groups.set(key, known);
    return known;
  };

  /** Whose the ring is, and the moment at which it came to them. */
  function owners(fact: KpiFact, ring: Ring): [Group, Instant][] {
    switch (by) {
      case "mine":
        return [[group(fact.mine, fact.mineName), ring.t]];
      case "officer":
        return [...ring.people].map(([person, at]) => [group(person, person), at]);
      case "shift":
        return [...groups.values()].filter(({ has }) => has(ring.t)).map((one) => [one, ring.t]);
    }
  }

  /** Those to whom it stands at the end, whether it rang or not. */
  function holders(fact: KpiFact, rings: readonly Ring[]): Group[] {
    switch (by) {
      case "mine":
        return [group(fact.mine, fact.mineName)];
      case "officer":
        return [...new Set(rings.flatMap(({ people }) => [...people.keys()]))].map((one) => group(one, one));
      case "shift": {
        const raised = fact.steps[0]?.t ?? Number.NaN;
        return [...groups.values()].filter(({ has }) => has(raised));
      }
    }
  }

  return {
    add(fact: KpiFact): void {
      if (!counts(fact)) return;
      const rings = ringsOf(fact);
      const lasted = lastingOf(fact, range);
      for (const one of [total, ...holders(fact, rings)]) one.hold(lasted);
      for (const ring of rings) {
        if (ring.t < range.from || ring.t >= range.to) continue;
        total.take(fact, ring, ring.t, null);
        for (const [one, at] of owners(fact, ring))
          one.take(fact, ring, at, by === "officer" ? one.key : null);
      }
    },
    result: (): KpiAnswer => ({
      total: total.figures(),
      groups: [...groups.values()].map((one) => one.figures()).sort((a, b) => (a.key < b.key ? -1 : 1)),
    }),
  };
}

interface Lasting {
  readonly standing: boolean;
  readonly stale: boolean;
  readonly shelvings: readonly Instant[];
  readonly shelved: boolean;
}

function lastingOf(fact: KpiFact, { from, to }: Span): Lasting {
  const spans = activeSpans(fact, to);
  const before = fact.steps.filter(({ t }) => t < to);
  return {
    standing: spans.at(-1)?.to === to,
    stale: spans.some((span) => span.to > from && span.to - span.from > KPI.staleAfter),
    shelvings: before.filter(({ t, what }) => what === "shelve" && t >= from).map(({ t }) => t),
    shelved: before.at(-1)?.suppression === "shelved",
  };
}

type Group = ReturnType<typeof createGroup>;

function createGroup(key: string, name: string, spans: readonly Span[], range: Span) {
  const time = spans.reduce((sum, { from, to }) => sum + to - from, 0);
  const times: Instant[] = [];
  const levels = new Map<Level, number>();
  const rules = new Map<string, { n: number; of: { rule: string; title: string; titleEn: string } }>();
  const subjects = new Map<string, { n: number; of: Omit<Kpis["topSubjects"][number], "n" | "share"> }>();
  const bySubject = new Map<string, Instant[]>();
  const waits = { acknowledge: [] as Millis[], call: [] as Millis[], feedback: [] as Millis[] };
  const sums = { fleeting: 0, unacknowledged: 0, standing: 0, stale: 0, shelvings: 0, shelved: 0 };
  const has = (t: Instant): boolean => spans.some(({ from, to }) => from <= t && t < to);

  /** `by`: only what this officer acknowledged counts as a time to acknowledge. */
  function take(fact: KpiFact, ring: Ring, at: Instant, by: string | null): void {
    const { rule, title, titleEn, mine, mineName, subject, place, ladder } = fact;
    const { acknowledged, over, called, fedBack, level } = ring;
    times.push(at);
    levels.set(level, (levels.get(level) ?? 0) + 1);
    count(rules, rule, { rule, title, titleEn });
    count(subjects, `${mine} ${subject.id}`, {
      mine,
      mineName,
      subject: subject.id,
      name: subject.name,
      place,
    });
    const one = `${mine} ${subject.id} ${ladder ?? rule}`;
    const known = bySubject.get(one);
    if (known === undefined) bySubject.set(one, [ring.t]);
    else known.push(ring.t);
    if (acknowledged === null) sums.unacknowledged += 1;
    else if (by === null || acknowledged.by === by) waits.acknowledge.push(acknowledged.at - ring.t);
    if (called !== null) waits.call.push(called - ring.t);
    if (fedBack !== null) waits.feedback.push(fedBack - ring.t);
    const unseen = over !== null && (acknowledged === null || acknowledged.at > over);
    if (unseen && over - ring.t <= KPI.fleetingWithin) sums.fleeting += 1;
  }

  function hold({ standing, stale, shelvings, shelved }: Lasting): void {
    sums.standing += Number(standing);
    sums.stale += Number(stale);
    sums.shelvings += shelvings.length;
    sums.shelved += Number(shelved);
  }

  function figures(): Kpis {
    times.sort((a, b) => a - b);
    const rings = times.length;
    const worst = worstRate(times);
    const floods = floodsOf(times).map(({ from, to }) => ({ from, to: Math.min(to ?? range.to, range.to) }));
    const flooded = floods.reduce((sum, flood) => sum + overlap(flood, spans), 0);
    const chatters = [...bySubject.values()]
      .map((own) => chatterOf([...own].sort((a, b) => a - b)))
      .filter((n) => n > 0);
    return {
      key,
      name,
      time,
      rings,
      rate: {
        average: time === 0 ? 0 : (rings * KPI.window) / time,
        worst: worst.n,
        worstAt: worst.at,
      },
      floods: { n: floods.length, time: flooded, share: time === 0 ? 0 : flooded / time },
      chattering: { subjects: chatters.length, rings: chatters.reduce((sum, n) => sum + n, 0) },
      fleeting: sums.fleeting,
      standing: sums.standing,
      stale: sums.stale,
      levels: levelShares(levels, rings),
      topRules: topOf(rules, rings),
      topSubjects: topOf(subjects, rings),
      toAcknowledge: percentiles(waits.acknowledge),
      unacknowledged: sums.unacknowledged,
      toCall: percentiles(waits.call),
      toFeedback: percentiles(waits.feedback),
      shelved: { n: sums.shelvings, standing: sums.shelved },
    };
  }

  return { key, has, take, hold, figures };
}

function count<T>(into: Map<string, { n: number; of: T }>, key: string, of: T): void {
  const known = into.get(key);
  if (known === undefined) into.set(key, { n: 1, of });
  else known.n += 1;
}

const overlap = (flood: Span, spans: readonly Span[]): Millis =>
  spans.reduce(
    (sum, { from, to }) => sum + Math.max(0, Math.min(to, flood.to) - Math.max(from, flood.from)),
    0,
  );
