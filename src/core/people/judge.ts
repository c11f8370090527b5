import { staleAfter } from "../../model/mine.ts";
import { type Instant, MINUTE } from "../../model/time.ts";
import { streamCycle } from "../cycle.ts";
import { fireAt, keepWaiting } from "../delays.ts";
import type { Plan } from "../plan.ts";
import type { Verdict } from "../verdict.ts";
import { type Sight, settle } from "../watch.ts";
import { type Mine, type Stream, streamOf, type Watch, type World } from "../world.ts";
import type { People } from "./crew.ts";
import { factsOf } from "./facts.ts";
import { candidates, codeOf, type Finding, finding, type Look, lookAt, nextOvertime } from "./findings.ts";
import { findWatch, forgetIdle, kindOf, makeWatch, showLimits, type Whom } from "./watches.ts";
import { answers, dropOutdated } from "./words.ts";

/** When and as what something about people was seen. */
export interface Glimpse extends Omit<Sight, "value"> {
  /** What delays have come to. */
  readonly clock: Instant;
  /** The moment that names an occurrence where the subject had one before; null = `sent` does. */
  readonly again: Instant | null;
  /** The mine itself says that it is over. */
  readonly ends: boolean;
}

/** A snapshot that is not history. `held` is what is believed now, `came` what it says. */
export function judgeSnapshot(world: World, stream: Stream, held: People, came: People): void {
  const { mine } = stream;
  const { judged, ts, suspect } = came;
  Object.assign(mine.crew, { heard: world.now, trust: "fresh", due: Number.NaN });
  if (judged > stream.clock) stream.clock = judged;
  const doubted = held.doubtedAt !== null;
  const look: Look = { mine, people: held, facts: factsOf(came.list), doubted, now: world.now };
  if (!doubted) dropOutdated(look);
  const sight = { judged, sent: ts, suspect, inOrder: true, mayClear: true };
  judgePlans(world, mine.crew.plans, look, { ...sight, clock: stream.clock, again: null, ends: false });
  if (stream.clock >= stream.nextDue) fireAt(world, stream);
  forgetIdle(world, mine);
}

/** Changed rules see the last list at once (contract §8, reload). */
export function judgePeopleAnew(world: World, mine: Mine): void {
  const { people, crew } = mine;
  if (people === null || crew.trust !== "fresh") return;
  judgePlans(world, crew.plans, lookAt(world, mine, people), {
    ...sightOf(people),
    clock: streamOf(world, mine, "person").clock,
    again: world.now,
    ends: false,
  });
  forgetIdle(world, mine);
}

const sightOf = ({ judged, ts, suspect }: People) => ({
  judged,
  sent: ts,
  suspect,
  inOrder: true,
  mayClear: true,
});

/** Each second: a list that is too old, and cards that have been underground for too long meanwhile. */
export function sweepPeople(world: World, mine: Mine): void {
  const { people, crew } = mine;
  if (people !== null && crew.trust !== "stale") {
    const stale = staleAfter(streamCycle(streamOf(world, mine, "person")));
    if (stale > 0 && world.now - crew.heard >= stale) becomeStale(world, mine, people);
    else if (crew.trust === "fresh" && !(world.now < crew.due)) judgeOvertime(world, mine, people);
  }
  if (crew.watches.size > 0 && world.now % MINUTE === 0) forgetIdle(world, mine);
}

/** The list no longer holds: what is pending rises, what is open is held, both marked unknown (contract §3). */
function becomeStale(world: World, mine: Mine, people: People): void {
  mine.crew.trust = "stale";
  const look = lookAt(world, mine, people);
  for (const watch of inOrder([...mine.crew.watches.values()])) {
    const { value } = findingsOf(
      watch.plan,
      { kind: kindOf(watch.plan), code: codeOf(watch) },
      look,
    )[0] as Finding;
    const verdicts = watch.plan.steps.map(() => "unknown" as const);
    settle(world, watch, verdicts, { ...sightOf(people), value }, Number.NEGATIVE_INFINITY);
    keepWaiting(world, watch);
  }
}

const inOrder = (watches: Watch[]): Watch[] =>
  watches.sort((a, b) => (nameOf(a.plan, a.subject.id) < nameOf(b.plan, b.subject.id) ? -1 : 1));

const nameOf = (plan: Plan, id: string): string => `${plan.key}|${id}`;

function judgeOvertime(world: World, mine: Mine, people: People): void {
  const look = lookAt(world, mine, people);
  const timed = mine.crew.plans.filter((plan) => nextOf(plan, look) !== null);
  const { now } = world;
  judgePlans(world, timed, look, { ...sightOf(people), judged: now, clock: now, again: null, ends: false });
  mine.crew.due = Math.min(Number.POSITIVE_INFINITY, ...timed.map((plan) => nextOf(plan, look) ?? 0));
}

/** When the next card comes to a step of the plan; null for one that knows no duration. */
function nextOf(plan: Plan, look: Look): Instant | null {
  const next = plan.steps.flatMap(({ test }) =>
    test.kind === "people" && test.is.what === "overtime" ? [nextOvertime(test.is, look)] : [],
  );
  return next.length === 0 ? null : Math.min(...next);
}

function judgePlans(world: World, plans: readonly Plan[], look: Look, glimpse: Glimpse): void {
  for (const plan of plans) {
    for (const whom of whomOf(plan, look)) judgeWhom(world, plan, whom, look, glimpse);
  }
}

/** Who may be in a state of the plan, was, or is said to be; always in the same order. */
function whomOf(plan: Plan, look: Look): Whom[] {
  const { crew } = look.mine;
  const found = new Map<string, Whom>();
  const add = (whom: Whom) => found.set(`${whom.kind} ${whom.code}`, whom);
  const kind = kindOf(plan);
  for (const { test } of plan.steps) {
    if (test.kind === "people") for (const code of candidates(test.is, look)) add({ kind, code });
  }
  for (const watch of crew.watches.values()) {
    if (watch.plan.key === plan.key) add({ kind: watch.subject.kind as Whom["kind"], code: codeOf(watch) });
  }
  for (const word of crew.words) {
    if (answers(look.mine, plan, word)) add({ kind: word.subject, code: word.code });
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, whom]) => whom);
}

/** Lets the rules of a plan see one subject. */
export function judgeWhom(world: World, plan: Plan, whom: Whom, look: Look, glimpse: Glimpse): void {
  const { mine } = look;
  const known = findWatch(mine, plan, whom);
  const findings = findingsOf(plan, whom, look);
  const said = isSaid(mine, plan, whom);
  const verdicts = findings.map(({ so }) =>
    so || said ? "raise" : glimpse.ends ? "clear" : missing(whom, known, look),
  );
  const raises = verdicts.includes("raise");
  if (known === null && !raises) return;
  const watch = known ?? makeWatch(world, mine, plan, whom);
  if (raises)
    showLimits(
      watch,
      findings.map(({ limit }) => limit),
    );
  const shown = findings.findLast(({ so }) => so) ?? (findings[0] as Finding);
  const before = watch.episodes.at(-1);
  const begun = watch.open === null && shown.so && shown.since !== null;
  const sight: Sight = {
    ...glimpse,
    // An occurrence begins where the one before it ended at the earliest.
    judged: begun ? Math.max(shown.since ?? 0, before?.returned ?? 0) : glimpse.judged,
    sent: glimpse.again !== null && before !== undefined ? glimpse.again : glimpse.sent,
    value: mine.people === null ? null : shown.value,
  };
  settle(world, watch, verdicts, sight, glimpse.clock);
  keepWaiting(world, watch);
}

/** One finding a step. A word without card or area is about the mine, of which no list tells. */
function findingsOf(plan: Plan, whom: Whom, look: Look): Finding[] {
  return plan.steps.map(({ test }) =>
    test.kind === "people" && kindOf(plan) === whom.kind ? finding(test.is, whom.code, look) : NOTHING,
  );
}

const NOTHING: Finding = { so: false, value: null, limit: null, since: null };

const isSaid = (mine: Mine, plan: Plan, { kind, code }: Whom): boolean =>
  mine.crew.words.some((word) => word.subject === kind && word.code === code && answers(mine, plan, word));

/** It is not so: over, unless the list is doubted or the card that called for help is missing from it. */
function missing(whom: Whom, watch: Watch | null, look: Look): Verdict {
  if (look.doubted) return "unknown";
  const test = watch?.plan.steps[0]?.test;
  if (whom.kind !== "card" || test?.kind !== "people" || test.is.what !== "sos") return "clear";
  const { below, up } = look.facts;
  const isAnswered = watch?.open?.alarm.state === "acknowledged";
  return below.has(whom.code) || up.has(whom.code) || isAnswered ? "clear" : "unknown";
}
