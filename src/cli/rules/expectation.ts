import type { Effects } from "../../core/effects.ts";
import type { JournalEntry } from "../../model/alarm.ts";
import { VERDICT } from "../../model/reading.ts";
import { SECOND } from "../../model/time.ts";
import { duration, type Line, words } from "./scenario-text.ts";

type Transition = JournalEntry & { type: "transition" };

/** Told of anyway; a scenario that means one names it. */
const QUIET_NOTICES = [
  "table-version",
  "table-confirm",
  "table-confirmed",
  "location-confirmed",
  "flood-begin",
  "flood-end",
];

/** A line whose transitions were not the expected ones. */
export interface Difference {
  readonly line: number;
  readonly text: string;
  readonly expected: readonly string[];
  readonly got: readonly string[];
  /** Each fault as a text to read. */
  readonly why: readonly string[];
}

/** Holds what a line brought about against what it says; null when they are the same. */
export function differenceOf(line: Line, effects: readonly Effects[], begin: number): Difference | null {
  const named = line.expected.filter((each) => !/^(verdict|refused|nothing)\b/.test(each));
  const told = effects.flatMap(({ entries }) => entries).filter((entry) => isTold(entry, named));
  const why = [
    ...(told.length === named.length ? [] : [`${told.length} for ${named.length}`]),
    ...named.flatMap((each, i) => (told[i] === undefined ? [] : mismatch(each, told[i], begin))),
    ...asides(line, effects.at(-1)),
  ];
  if (why.length === 0) return null;
  const got = told.map((entry) => describe(entry, begin));
  return { line: line.number, text: line.text, expected: named, got, why };
}

/** For people: the very line with its place, then what it says and what came. */
export function wordDifference(file: string, { line, text, expected, got, why }: Difference): string {
  const list = (head: string, items: readonly string[]) =>
    (items.length === 0 ? ["nothing"] : items).map(
      (item, i) => `  ${i === 0 ? head : " ".repeat(8)}  ${item}`,
    );
  return [
    `${file}:${line}  ${text}`,
    ...list("expected", expected),
    ...list("got     ", got),
    ...list("because ", why),
  ].join("\n");
}

function isTold(entry: JournalEntry, named: readonly string[]): boolean {
  if (entry.type === "people") return false;
  // What is out of service is told on its alarms; a scenario that means the record names it.
  if (entry.type === "service") return named.some((each) => each.startsWith("service "));
  if (entry.type !== "notice") return true;
  return !QUIET_NOTICES.includes(entry.code) || named.includes(`notice ${entry.code}`);
}

/** How a scenario names the subject: the point's code, `set:…`, `link:…` or `mine`. */
export function nameOf(entry: Transition): string {
  const { subject } = entry.alarm;
  const tail = subject.id.split(":").at(-1) as string;
  return subject.kind === "mine"
    ? "mine"
    : /^(point|gateway)$/.test(subject.kind)
      ? tail
      : `${subject.kind}:${tail}`;
}

const STATES = ["normal", "unacknowledged", "acknowledged", "returned"];
const LEVELS = ["none", "blue", "yellow", "orange", "red"];
const MOMENTS = ["raised", "returned", "detected", "due"];

/** Every word of an expectation must hold of what was told. */
function mismatch(expectation: string, entry: JournalEntry, begin: number): string[] {
  const { plain, keys } = words(expectation);
  const [subject, what, ...rest] = plain;
  if (entry.type !== "transition") {
    const same =
      entry.type === "service"
        ? subject === "service" && what === entry.what
        : entry.type === "notice" && subject === "notice" && what === entry.code;
    return same ? [] : [`expected ${expectation}, told ${describe(entry, begin)}`];
  }
  const { alarm, transition } = entry;
  const holds = (word: string): boolean => {
    if (STATES.includes(word)) return alarm.state === word;
    if (LEVELS.includes(word)) return alarm.level === word;
    if (word === "retro") return alarm.retrospective;
    return alarm.rule === word;
  };
  const facts = factsOf(entry, begin);
  const told = (key: string, value: string) =>
    MOMENTS.includes(key) && value !== "null" ? facts[key] === duration(value) : String(facts[key]) === value;
  return [
    ...(subject === nameOf(entry) ? [] : [`subject ${nameOf(entry)}`]),
    ...(what === transition.what ? [] : [`what ${transition.what}`]),
    ...rest.filter((word) => !holds(word)).map((word) => `not ${word}`),
    ...Object.entries(keys)
      .filter(([key, value]) => !told(key, value))
      .map(([key, value]) => `${key} is ${facts[key]}, not ${value}`),
  ].map((fault) => `expected ${expectation}: ${fault}`);
}

/** What an expectation may ask with `key=value`. */
function factsOf({ alarm, transition }: Transition, begin: number): Record<string, unknown> {
  return {
    value: alarm.value,
    quality: alarm.quality,
    episode: alarm.episode,
    raised: alarm.raisedAt - begin,
    detected: alarm.detectedAt - begin,
    returned: alarm.returnedAt === null ? null : alarm.returnedAt - begin,
    peak: alarm.peak?.value,
    limit: alarm.limit,
    from: alarm.limits?.from,
    people: alarm.people?.underground,
    area: alarm.people?.area,
    credibility: alarm.people?.quality,
    by: transition.by,
    parent: alarm.parent === null ? "none" : "some",
    events: alarm.mineEvents.length,
    calibrating: alarm.calibrating,
    ack: alarm.ack,
    class: alarm.class,
    suppression: alarm.suppression.kind,
    stage: alarm.handling.stage,
    due: alarm.handling.due === null ? null : alarm.handling.due - begin,
    latched: alarm.latched,
    chattering: alarm.chattering,
    fleeting: alarm.fleeting,
    first: alarm.firstOut?.n,
    request: alarm.request?.what ?? "none",
    calls: alarm.calls.length,
    answered: alarm.calls.at(-1)?.answered ?? "nobody",
    cause: alarm.cause?.code ?? "none",
    measure: alarm.cause?.measure ?? "none",
    feedback: alarm.feedback?.text ?? "none",
    corrections: alarm.corrections.length,
    approvedBy: transition.approvedBy ?? "nobody",
    note: transition.note,
    feed: alarm.feed,
  };
}

/** Expectations about the answer rather than the journal: verdict bytes, refused acts. */
function asides(line: Line, effects: Effects | undefined): string[] {
  return line.expected.flatMap((each) => {
    const { plain } = words(each);
    if (plain[0] === "verdict") {
      const bits = plain.slice(1).reduce((sum, word) => sum | VERDICT[word as keyof typeof VERDICT], 0);
      const got = effects?.verdicts?.[0] ?? 0;
      return got === bits ? [] : [`expected ${each}: verdict is ${got}`];
    }
    if (plain[0] !== "refused") return [];
    const result = effects?.result;
    const why = result?.ok === false ? result.why : result?.already ? "already" : "nothing refused";
    return why === plain[1] ? [] : [`expected ${each}: ${why}`];
  });
}

function describe(entry: JournalEntry, begin: number): string {
  if (entry.type === "service") return `service ${entry.what} ${entry.service.subject.id}`;
  if (entry.type === "notice") return `notice ${entry.code} (${entry.detail})`;
  if (entry.type !== "transition") return entry.type;
  const { alarm, transition } = entry;
  const raised = (alarm.raisedAt - begin) / SECOND;
  const { level, rule, value, quality, episode } = alarm;
  const fate = `${nameOf(entry)} ${transition.what} ${alarm.state} ${level} ${rule}`;
  return `${fate} value=${value} quality=${quality} raised=${raised}s episode=${episode}`;
}
