import type {
  AlarmsTerm,
  GroupTerm,
  HoursTerm,
  LimitCondition,
  OpenTerm,
  PointTerm,
  Selector,
  Term,
} from "../../src/model/condition.ts";
import type { Spoken } from "./any-terms.ts";
import { type Plain, plainAlarms, rankOf, type Standing } from "./oracle-alarms.ts";

/**
 * A second, naive model of formulas for one mine, with rules without delays. Nothing is remembered that can be
 * looked up again: every leaf is read off the whole history each time, second by second.
 */
export interface Sample {
  readonly t: number;
  readonly p: string;
  /** Whole hundredths. */
  readonly v: number;
  readonly s: number;
}

export interface Tested {
  readonly rule: string;
  /** About every methane sensor, or about the mine. */
  readonly over: "point" | "mine";
  readonly term: Term;
  readonly unless: Term | null;
}

export interface Question {
  readonly begin: number;
  /** Sensor type by point. */
  readonly points: Readonly<Record<string, string>>;
  /** Of whose alarms terms may speak. */
  readonly plain: readonly Plain[];
  /** Each speaks of alarms of those before it only. */
  readonly tested: readonly Tested[];
  /** In which order all of them are written: it must not matter. */
  readonly order: readonly string[];
}

type Says = boolean | null;

/** How often each kind of term was true, false, unknown (null), or about nothing there is (undefined). */
export type Tally = Map<string, number>;

/** A rule under test at one subject, and what its alarm has come to. */
interface Watch {
  readonly name: string;
  readonly rule: Tested;
  /** Null: the mine. */
  readonly code: string | null;
  since: number | null;
  open: { raised: number; quality: string; barred: boolean } | null;
}

/** What can be known at one look. */
interface View {
  readonly at: number;
  readonly known: readonly Sample[];
  readonly question: Question;
  readonly watch: Watch;
  /** Alarms that stood after each moment so far, the present ones last. */
  readonly alarms: readonly (readonly Standing[])[];
  readonly tally: Tally;
}

/** Rules about methane sensors. */
export const JUDGED = "0001";

export function foretellLogic(samples: readonly Sample[], question: Question, tally: Tally = new Map()) {
  const told: string[] = [];
  const history: (readonly Standing[])[] = [];
  const watches = question.tested.flatMap((rule) =>
    subjectsOf(rule, question).map(
      (code): Watch => ({ name: `${rule.rule} ${code ?? "mine"}`, rule, code, since: null, open: null }),
    ),
  );
  const last = samples.at(-1)?.t ?? question.begin;
  const seconds = Math.floor((last - question.begin) / 1_000);
  const moments = [
    ...samples.map(({ t }) => t),
    ...Array.from({ length: seconds }, (_, i) => question.begin + (i + 1) * 1_000),
  ].sort((a, b) => a - b);

  const look = (at: number, known: readonly Sample[]) => {
    const plain = plainAlarms(at, known, question.points, question.plain);
    const standing = () => [...plain, ...watches.flatMap((watch) => standingOf(watch))];
    for (const watch of watches) {
      const view = { at, known, question, watch, alarms: [...history, standing()], tally };
      told.push(...lookOnce(view, watch));
    }
    // Looking twice at the same alarms says nothing new.
    if (JSON.stringify(history.at(-1)) !== JSON.stringify(standing())) history.push(standing());
  };

  look(question.begin, []);
  for (const at of [...new Set(moments)]) {
    const known = samples.filter(({ t }) => t <= at);
    look(at, known);
  }
  return told;
}

const subjectsOf = ({ over }: Tested, { points }: Question): (string | null)[] =>
  over === "mine" ? [null] : Object.keys(points).filter((code) => points[code] === JUDGED);

function standingOf({ name, rule, code, open }: Watch): Standing[] {
  if (open === null) return [];
  const about = { rule: rule.rule, ladder: null, class: "logic", level: "yellow" as const };
  return [{ watch: name, ...about, subject: code ?? "mine", raised: open.raised }];
}

function lookOnce(view: View, watch: Watch): string[] {
  const { at } = view;
  const { term, unless } = watch.rule;
  const says = truth(term, view);
  const barred = unless !== null && truth(unless, view) === true;
  const { open } = watch;
  if (open !== null) {
    const tell = (what: string) => `${at} ${watch.name} ${what} since ${open.raised}`;
    if (says === false) {
      watch.open = null;
      return [tell("return")];
    }
    const quality = says === null ? "unknown" : "good";
    // What may not rise now does not ring either, though it stays open.
    const told = [
      ...(quality === open.quality ? [] : [tell(`quality ${quality}`)]),
      ...(barred === open.barred ? [] : [tell(barred ? "suppress" : "unsuppress")]),
    ];
    watch.open = { ...open, quality, barred };
    return told;
  }
  if (says === true) watch.since ??= at;
  if (says === false) watch.since = null;
  if (watch.since === null || barred) return [];
  const made = { raised: watch.since, quality: says === null ? "unknown" : "good", barred: false };
  watch.open = made;
  watch.since = null;
  return [`${at} ${watch.name} raise ${made.quality} since ${made.raised}`];
}

function truth(term: Term, view: View): Says | undefined {
  const says = truthOf(term, view);
  for (const name of namesOf(term)) {
    const key = `${name} ${says}`;
    view.tally.set(key, (view.tally.get(key) ?? 0) + 1);
  }
  return says;
}

/** What a term is counted as. */
function namesOf(term: Term): string[] {
  switch (term.kind) {
    case "point":
      return [
        term.is.kind,
        ...(term.remember > 0 ? ["remember"] : []),
        ...(term.of === null ? ["self"] : []),
      ];
    case "group":
      return [term.fold];
    case "alarms":
      return [`alarms of a ${term.by}`, `alarms from ${term.level} on`];
    case "open":
      return [`open ${term.near}`, ...(term.for > 0 ? ["open for some time"] : [])];
    default:
      return [term.kind];
  }
}

function truthOf(term: Term, view: View): Says | undefined {
  switch (term.kind) {
    case "not": {
      const inner = truth(term.term, view);
      return typeof inner === "boolean" ? !inner : inner;
    }
    case "all": {
      const parts = term.terms.map((each) => truth(each, view));
      if (parts.includes(undefined)) return undefined;
      return parts.includes(false) ? false : parts.includes(null) ? null : true;
    }
    case "any": {
      const parts = term.terms.map((each) => truth(each, view)).filter((each) => each !== undefined);
      if (parts.length === 0) return undefined;
      return parts.includes(true) ? true : parts.includes(null) ? null : false;
    }
    case "point":
      return pointTruth(term, view);
    case "group":
      return groupTruth(term, view.known, view.question);
    case "hours":
      return isWithin(view.at, term);
    case "alarms":
      return alarmsTruth(term, view);
    case "open":
      return openTruth(term, view);
    case "expression":
      return expressionTruth(term as Spoken, view);
  }
}

/** What time alone changes is seen once a second. */
const secondOf = (at: number): number => at - (at % 1_000);

/** Its own alarm does not count: nothing feeds itself. */
const others = ({ watch }: View, alarms: readonly Standing[]) =>
  alarms.filter((alarm) => alarm.watch !== watch.name);

/** From the first moment on: with so many it is true, and stays so until there are fewer than the release. */
function alarmsTruth({ by, is, level, atLeast, clear }: AlarmsTerm, view: View): boolean {
  let on = false;
  for (const alarms of view.alarms) {
    const counted = others(view, alarms).filter(
      (alarm) => alarm[by] === is && rankOf(alarm.level) >= rankOf(level),
    );
    const subjects = new Set(counted.map(({ subject }) => subject)).size;
    on = on ? subjects >= clear : subjects >= atLeast;
  }
  return on;
}

function openTruth({ is, for: time, near }: OpenTerm, view: View): boolean {
  const subject = view.watch.code ?? "mine";
  return others(view, view.alarms.at(-1) ?? []).some(
    (alarm) =>
      (alarm.rule === is || alarm.ladder === is) &&
      (near === "mine" || alarm.subject === subject) &&
      (time === 0 || secondOf(view.at) - alarm.raised >= time),
  );
}

/** About nothing where a number has no points, unknown while a value is missing or of calibration gas. */
function expressionTruth({ inputs, says }: Spoken, view: View): Says | undefined {
  const numbers: Record<string, number> = {};
  let whole = true;
  for (const { name, fold, of } of inputs) {
    const codes = codesOf(of, view);
    if (codes.length === 0) return undefined;
    const newest = codes.map((code) => view.known.findLast(({ p }) => p === code));
    const values = newest.flatMap((each) =>
      each === undefined || (each.s & 0xf4) !== 0 ? [] : [each.v / 100],
    );
    if (values.length < codes.length) whole = false;
    const [most, least] = [Math.max(...values), Math.min(...values)];
    numbers[name] = { sum: values.reduce((a, b) => a + b, 0), max: most, min: least, spread: most - least }[
      fold
    ];
  }
  return whole ? says(numbers) : null;
}

/** The points a term speaks of; null = the judged one. */
function codesOf(of: Selector | null, { question: { points }, watch }: View): string[] {
  const own = watch.code === null ? [] : [watch.code];
  if (of === null) return own;
  const near = of.near === "self" ? own : Object.keys(points);
  return near.filter(
    (code) => of.types.includes(points[code] as string) && !(of.others && own.includes(code)),
  );
}

function pointTruth(term: PointTerm, view: View): Says | undefined {
  const { at, known } = view;
  const now = counted(term, known, view);
  if (now === true || now === undefined || term.remember === 0) return now;
  // When it was last true: the first look at which it no longer was.
  const moments = [...new Set(known.map(({ t }) => t))];
  const upTo = (moment: number) => known.filter(({ t }) => t <= moment);
  for (let i = moments.length - 1; i > 0; i--) {
    const before = counted(term, upTo(moments[i - 1]!), view);
    const after = counted(term, upTo(moments[i]!), view);
    if (before === true && after !== true) return secondOf(at) < moments[i]! + term.remember ? true : now;
  }
  return now;
}

function counted(term: PointTerm, known: readonly Sample[], view: View): Says | undefined {
  const members = codesOf(term.of, view).map((code) =>
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
function isWithin(at: number, { from, to }: HoursTerm): boolean {
  const minute = Math.floor(at / 60_000) % 1_440;
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

function memberTruth({ is }: PointTerm, own: readonly Sample[]): Says {
  const newest = own.at(-1);
  if (newest === undefined) return null;
  const hidden = (newest.s & 0xf0) !== 0;
  if (is.kind === "bits") return (newest.s & is.mask) !== 0 ? true : hidden ? null : false;
  if (hidden) return null;
  switch (is.kind) {
    case "rise":
      return moved(1, is.by as number, is.within, own);
    case "fall":
      return moved(-1, is.by as number, is.within, own);
    case "jump": {
      const good = own.filter(hasValue);
      if (good.length === 0) return (newest.s & 4) !== 0 ? false : null;
      const [before, after] = [good.at(-2), good.at(-1)];
      return before !== undefined && Math.abs(after!.v - before.v) >= Math.round(is.by * 100);
    }
    case "state": {
      // Under calibration gas what was stays; what the switch does not know is not known.
      const word = (v: number) => (v === 0 ? "stopped" : v === 100 ? "running" : null);
      if ((newest.s & 4) === 0 && word(newest.v) === null) return null;
      const told = own.findLast(({ v, s }) => (s & 0xf4) === 0 && word(v) !== null);
      return told !== undefined && is.is.includes(word(told.v) as "stopped");
    }
    case "high":
    case "low":
      return limitTruth(is, own);
    default:
      throw new Error(`the naive model does not know ${is.kind}`);
  }
}

function limitTruth(is: LimitCondition, own: readonly Sample[]): boolean {
  const [limit, clear] = [is.limit as number, is.clear as number].map((each) => Math.round(each * 100)) as [
    number,
    number,
  ];
  // The last value that decided anything; in between, and under calibration gas, what was stays.
  for (const { v } of own.filter(hasValue).reverse()) {
    const up = is.kind === "high" ? v - limit : limit - v;
    const back = is.kind === "high" ? clear - v : v - clear;
    if (is.strict ? up > 0 : up >= 0) return true;
    if (is.strict ? back >= 0 : back > 0) return false;
  }
  return false;
}

/** Neither bad data nor calibration gas. */
const hasValue = ({ s }: Sample): boolean => (s & 0xf4) === 0;

/** Up (1) or down (-1) from the least, or the greatest, by parts of a 63rd of the window, of which 64 count. */
function moved(side: number, by: number, within: number, own: readonly Sample[]): Says {
  const good = own.filter(hasValue);
  const newest = good.at(-1);
  if (newest === undefined) return (own.at(-1)!.s & 4) !== 0 ? false : null;
  const part = (t: number) => Math.floor(t / (within / 63));
  // Calibration gas changes nothing: what the last good value said stays.
  const recent = good.filter(({ t }) => part(newest.t) - part(t) < 64);
  return side * newest.v - Math.min(...recent.map(({ v }) => side * v)) >= Math.round(by * 100);
}
