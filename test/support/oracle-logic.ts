import type { GroupTerm, PointTerm, Term } from "../../src/model/condition.ts";

/**
 * A second, naive model of formulas for one mine with one rule without delays. Nothing is remembered that can be
 * looked up again: every leaf is read off the whole history each time, second by second.
 */
export interface Sample {
  readonly t: number;
  readonly p: string;
  /** Whole hundredths. */
  readonly v: number;
  readonly s: number;
}

export interface Question {
  readonly begin: number;
  /** Sensor type by point. */
  readonly points: Readonly<Record<string, string>>;
  readonly term: Term;
  readonly unless: Term | null;
}

type Says = boolean | null;

export function foretellLogic(samples: readonly Sample[], question: Question): string[] {
  const told: string[] = [];
  let open: { raised: number; quality: string; barred: boolean } | null = null;
  let since: number | null = null;
  const last = samples.at(-1)?.t ?? question.begin;
  const moments = [
    ...samples.map(({ t }) => t),
    ...Array.from(
      { length: Math.ceil((last - question.begin) / 1_000) },
      (_, i) => question.begin + (i + 1) * 1_000,
    ),
  ].sort((a, b) => a - b);

  const look = (at: number, known: readonly Sample[]) => {
    const says = truth(question.term, at, known, question);
    const barred = question.unless !== null && truth(question.unless, at, known, question) === true;
    if (open !== null) {
      if (says === false) {
        told.push(`${at} return since ${open.raised}`);
        open = null;
        return;
      }
      const quality = says === null ? "unknown" : "good";
      if (quality !== open.quality) told.push(`${at} quality ${quality} since ${open.raised}`);
      open.quality = quality;
      // What may not rise now does not ring either, though it stays open.
      if (barred !== open.barred)
        told.push(`${at} ${barred ? "suppress" : "unsuppress"} since ${open.raised}`);
      open.barred = barred;
      return;
    }
    if (says === true) since ??= at;
    if (says === false) since = null;
    if (since === null || barred) return;
    open = { raised: since, quality: says === null ? "unknown" : "good", barred: false };
    told.push(`${at} raise ${open.quality} since ${since}`);
    since = null;
  };

  look(question.begin, []);
  for (const at of [...new Set(moments)]) {
    // A full second is looked at before what arrives in it.
    if ((at - question.begin) % 1_000 === 0)
      look(
        at,
        samples.filter(({ t }) => t < at),
      );
    if (samples.some(({ t }) => t === at))
      look(
        at,
        samples.filter(({ t }) => t <= at),
      );
  }
  return told;
}

function truth(term: Term, at: number, known: readonly Sample[], question: Question): Says | undefined {
  switch (term.kind) {
    case "not": {
      const inner = truth(term.term, at, known, question);
      return typeof inner === "boolean" ? !inner : inner;
    }
    case "all": {
      const parts = term.terms.map((each) => truth(each, at, known, question));
      if (parts.includes(undefined)) return undefined;
      return parts.includes(false) ? false : parts.includes(null) ? null : true;
    }
    case "any": {
      const parts = term.terms
        .map((each) => truth(each, at, known, question))
        .filter((each) => each !== undefined);
      if (parts.length === 0) return undefined;
      return parts.includes(true) ? true : parts.includes(null) ? null : false;
    }
    case "point":
      return pointTruth(term, at, known, question);
    case "group":
      return groupTruth(term, known, question);
    case "hours":
      return isWithin(at, term.from, term.to);
    default:
      throw new Error(`the naive model does not know ${term.kind}`);
  }
}

function pointTruth(
  term: PointTerm,
  at: number,
  known: readonly Sample[],
  question: Question,
): Says | undefined {
  const now = counted(term, known, question);
  if (now === true || now === undefined || term.remember === 0) return now;
  // When it was last true: the first look at which it no longer was.
  const moments = [...new Set(known.map(({ t }) => t))];
  for (let i = moments.length - 1; i > 0; i--) {
    const before = counted(
      term,
      known.filter(({ t }) => t <= moments[i - 1]!),
      question,
    );
    const after = counted(
      term,
      known.filter(({ t }) => t <= moments[i]!),
      question,
    );
    if (before === true && after !== true) return at < moments[i]! + term.remember ? true : now;
  }
  return now;
}

function counted(term: PointTerm, known: readonly Sample[], question: Question): Says | undefined {
  const members = Object.entries(question.points)
    .filter(([, type]) => term.of?.types.includes(type))
    .map(([code]) =>
      memberTruth(
        term,
        known.filter(({ p }) => p === code),
      ),
    );
  if (members.length === 0) return undefined;
  const needed = term.atLeast === "every" ? members.length : term.atLeast;
  const yes = members.filter((each) => each === true).length;
  const maybe = members.filter((each) => each === null).length;
  return yes >= needed ? true : yes + maybe < needed ? false : null;
}

/** Gone through from the beginning: what a fold said when it last said anything holds between limit and release. */
function groupTruth(
  { fold, of, limit }: GroupTerm,
  known: readonly Sample[],
  { points }: Question,
): Says | undefined {
  const codes = Object.keys(points).filter((code) => of.types.includes(points[code] as string));
  if (codes.length === 0) return undefined;
  const [raise, clear] = [limit.limit as number, limit.clear as number].map((each) =>
    Math.round(each * 100),
  ) as [number, number];
  const newest = new Map<string, Sample>();
  let on = false;
  let says: Says = null;
  for (const sample of known) {
    newest.set(sample.p, sample);
    const own = codes.map((code) => newest.get(code));
    const values = own.flatMap((each) => (each === undefined || (each.s & 0xf4) !== 0 ? [] : [each.v]));
    const blind = values.length < codes.length;
    const [most, least] = [Math.max(...values), Math.min(...values)];
    const together = { sum: values.reduce((a, b) => a + b, 0), max: most, min: least, spread: most - least };
    const off = limit.kind === "high" ? together[fold] - raise : raise - together[fold];
    const under = limit.kind === "high" ? clear - together[fold] : together[fold] - clear;
    const over = limit.strict ? off > 0 : off >= 0;
    const back = limit.strict ? under >= 0 : under > 0;
    // One that is not known could only make a maximum higher, a minimum lower; of the others anything may become.
    const sure =
      values.length > 0 &&
      (!blind ||
        (fold === "max" && (limit.kind === "high" ? over : back)) ||
        (fold === "min" && (limit.kind === "high" ? back : over)));
    if (sure) on = over || (on && !back);
    says = sure ? on : null;
  }
  return says;
}

/** By the clock of a county at Greenwich. */
function isWithin(at: number, from: number, to: number): boolean {
  const minute = Math.floor(at / 60_000) % 1_440;
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

function memberTruth({ is }: PointTerm, own: readonly Sample[]): Says {
  const newest = own.at(-1);
  if (newest === undefined) return null;
  if ((newest.s & 0xf0) !== 0) return null;
  if (is.kind === "rise") return risen(is.by as number, is.within, own);
  if (is.kind !== "high" && is.kind !== "low") throw new Error(`the naive model does not know ${is.kind}`);
  const [limit, clear] = [is.limit as number, is.clear as number].map((each) => Math.round(each * 100)) as [
    number,
    number,
  ];
  // The last value that decided anything; in between, and under calibration gas, what was stays.
  for (const { v, s } of [...own].reverse()) {
    if ((s & 0xf0) !== 0 || (s & 4) !== 0) continue;
    const up = is.kind === "high" ? v - limit : limit - v;
    const back = is.kind === "high" ? clear - v : v - clear;
    if (is.strict ? up > 0 : up >= 0) return true;
    if (is.strict ? back >= 0 : back > 0) return false;
  }
  return false;
}

/** By parts of a 63rd of the window, of which 64 count. */
function risen(by: number, within: number, own: readonly Sample[]): Says {
  const good = own.filter(({ s }) => (s & 0xf4) === 0);
  const newest = good.at(-1);
  if (newest === undefined) return (own.at(-1)!.s & 4) !== 0 ? false : null;
  const part = (t: number) => Math.floor(t / (within / 63));
  // Calibration gas changes nothing: what the last good value said stays.
  const recent = good.filter(({ t }) => part(newest.t) - part(t) < 64);
  return newest.v - Math.min(...recent.map(({ v }) => v)) >= Math.round(by * 100);
}
