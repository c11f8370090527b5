import type { KpiFact, KpiShare, KpiStep, Kpis, Percentiles } from "../model/kpi.ts";
import { LEVELS, type Level } from "../model/rule.ts";
import { DAY, type Instant, MINUTE, type Millis } from "../model/time.ts";

/** ISA-18.2 and EEMUA 191: what counts as a flood, as chattering, as fleeting, as stale. */
export const KPI = {
  window: 10 * MINUTE,
  /** A flood begins with more rings than this in the window, and ends with fewer than that. */
  floodAbove: 10,
  floodBelow: 5,
  /** So many rings of one subject within a minute. */
  chatter: 3,
  chatterWithin: MINUTE,
  fleetingWithin: MINUTE,
  staleAfter: DAY,
  top: 10,
} as const;

/** A time from which figures are taken: `from` ≤ t < `to`. */
export interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

/** An alarm that began to ring, and what came of it. */
export interface Ring {
  readonly t: Instant;
  readonly level: Level;
  readonly acknowledged: { readonly at: Instant; readonly by: string } | null;
  /** Null while it is still active. */
  readonly over: Instant | null;
  readonly called: Instant | null;
  readonly fedBack: Instant | null;
  /** Who was called, whose device had it, who acknowledged it; each with the first moment. */
  readonly people: ReadonlyMap<string, Instant>;
}

/** The times it rang. What is folded, shelved or out of service, told of the past or asks for nobody, does not ring. */
export function ringsOf(fact: KpiFact): Ring[] {
  if (!counts(fact) || fact.folded || fact.retrospective || fact.ack === "none") return [];
  const starts = fact.steps.flatMap((step, i) => (isRing(step) ? [i] : []));
  return starts.map((at, i) => ringFrom(fact.steps, at, starts[i + 1] ?? fact.steps.length));
}

/** The canary is in no figure (contract §4). */
export const counts = (fact: KpiFact): boolean => fact.class !== "test";

const isRing = ({ from, to, suppression }: KpiStep): boolean =>
  to === "unacknowledged" && from !== "unacknowledged" && suppression === "none";

function ringFrom(steps: readonly KpiStep[], at: number, end: number): Ring {
  const own = steps.slice(at, end);
  const first = steps[at] as KpiStep;
  const seen = own.find(({ what }) => what === "acknowledge");
  const people = new Map<string, Instant>();
  // A screen is told of a step up without another receipt: whose device had the alarm has this too.
  for (const { what, by } of steps.slice(0, at))
    if (what === "receipt" && by !== undefined) people.set(by, first.t);
  for (const step of own) {
    const { what, by } = step;
    const reached = [...step.called, ...(by !== undefined && REACHING.has(what) ? [by] : [])];
    for (const person of reached) if (!people.has(person)) people.set(person, step.t);
  }
  return {
    t: first.t,
    level: levelAt(steps, at),
    acknowledged: seen === undefined ? null : { at: seen.t, by: seen.by ?? "" },
    over: steps.slice(at).find(({ to }) => !isActive(to))?.t ?? null,
    called: own.find(({ calls }) => calls > first.calls)?.t ?? null,
    fedBack:
      own.find(({ what, stage }) => what === "feedback" || (what === "stage" && stage === "fed-back"))?.t ??
      null,
    people,
  };
}

const REACHING: ReadonlySet<KpiStep["what"]> = new Set(["receipt", "acknowledge"]);

const isActive = (state: KpiStep["to"]): boolean => state === "unacknowledged" || state === "acknowledged";

function levelAt(steps: readonly KpiStep[], at: number): Level {
  for (let i = at; i >= 0; i--) {
    const { levelTo } = steps[i] as KpiStep;
    if (levelTo !== undefined) return levelTo;
  }
  return "none";
}

/** When it was active, up to a moment. */
export function activeSpans({ steps }: KpiFact, until: Instant): Span[] {
  const spans: Span[] = [];
  let since: Instant | null = null;
  for (const { t, to } of steps) {
    if (t >= until) break;
    if (isActive(to)) since ??= t;
    else if (since !== null) {
      spans.push({ from: since, to: t });
      since = null;
    }
  }
  return since === null ? spans : [...spans, { from: since, to: until }];
}

/**
 * More than ten rings in ten minutes, until fewer than five. `times` ascending; a ring leaves the window when it is
 * ten minutes old. A flood that is not over is left open.
 */
export function floodsOf(times: readonly Instant[]): { from: Instant; to: Instant | null }[] {
  const floods: { from: Instant; to: Instant | null }[] = [];
  let oldest = 0;
  let flooded = false;
  const leave = (now: Instant, n: number): void => {
    for (; oldest < n && (times[oldest] as number) + KPI.window <= now; oldest++) {
      if (!flooded || n - oldest - 1 >= KPI.floodBelow) continue;
      flooded = false;
      (floods.at(-1) as { to: Instant | null }).to = (times[oldest] as number) + KPI.window;
    }
  };
  for (const [i, t] of times.entries()) {
    leave(t, i);
    if (flooded || i + 1 - oldest <= KPI.floodAbove) continue;
    flooded = true;
    floods.push({ from: t, to: null });
  }
  leave(Number.POSITIVE_INFINITY, times.length);
  return floods;
}

/** Most rings of any ten minutes, and when they were complete. */
export function worstRate(times: readonly Instant[]): { n: number; at: Instant | null } {
  let oldest = 0;
  let worst = { n: 0, at: null as Instant | null };
  for (const [i, t] of times.entries()) {
    while ((times[oldest] as number) + KPI.window <= t) oldest++;
    if (i + 1 - oldest > worst.n) worst = { n: i + 1 - oldest, at: t };
  }
  return worst;
}

/** How many of these rings of one subject are within a minute that has three. */
export function chatterOf(times: readonly Instant[]): number {
  const among = new Set<number>();
  for (let i = KPI.chatter - 1; i < times.length; i++) {
    const first = i - KPI.chatter + 1;
    if ((times[i] as number) - (times[first] as number) > KPI.chatterWithin) continue;
    for (let at = first; at <= i; at++) among.add(at);
  }
  return among.size;
}

/** Nearest rank. */
export function percentiles(durations: readonly Millis[]): Percentiles {
  const sorted = [...durations].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
  return { n: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99) };
}

/** The most frequent, with their share of all; equal ones by name. */
export function topOf<T>(
  items: ReadonlyMap<string, { readonly n: number; readonly of: T }>,
  all: number,
): (KpiShare & T)[] {
  return [...items]
    .sort(([a, x], [b, y]) => y.n - x.n || (a < b ? -1 : 1))
    .slice(0, KPI.top)
    .map(([, { n, of }]) => ({ ...of, n, share: shareOf(n, all) }));
}

export const shareOf = (n: number, all: number): number => (all === 0 ? 0 : n / all);

export function levelShares(counted: ReadonlyMap<Level, number>, all: number): Kpis["levels"] {
  const shares = LEVELS.map((level) => {
    const n = counted.get(level) ?? 0;
    return [level, { n, share: shareOf(n, all) }];
  });
  return Object.fromEntries(shares) as Kpis["levels"];
}
