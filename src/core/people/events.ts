import { BOUNDS } from "../../model/bounds.ts";
import type { MineEvent } from "../../model/input.ts";
import { type Instant, MINUTE } from "../../model/time.ts";
import { raiseRetrospective, release } from "../alarm.ts";
import type { Plan } from "../plan.ts";
import { SUSPECT_AHEAD } from "../stream-clock.ts";
import type { Mine, Watch, World } from "../world.ts";
import type { Word } from "./crew.ts";
import { lookAt, NOBODY } from "./findings.ts";
import { type Glimpse, judgeWhom } from "./judge.ts";
import { findWatch, forgetIdle, makeWatch, type Whom } from "./watches.ts";
import { answers, isSame, wordOf } from "./words.ts";

/** Records of one occurrence and our own alarm of it lie this close together. */
const NEAR = 5 * MINUTE;

/** What the mine's own system says about people begins, ends, or is told when it is over (contract §3, `events`). */
export function readPeopleEvents(world: World, mine: Mine, events: readonly MineEvent[]): void {
  const { words } = mine.crew;
  for (const event of events) {
    const word = wordOf(mine, event);
    if (word === null) continue;
    const at = words.findIndex((known) => isSame(known, word));
    if (event.end === undefined) {
      if (at < 0 && !hasEnded(mine, word)) begin(world, mine, word);
    } else if (at < 0) {
      recordPast(world, mine, word, event.end);
    } else {
      const [known] = words.splice(at, 1);
      end(world, mine, known ?? word, event.end);
    }
  }
  forgetIdle(world, mine);
}

/** The beginning may come after the end: a queue that drains is not always in order. */
const hasEnded = (mine: Mine, word: Word): boolean =>
  mine.events.some(({ event }) => {
    const other = event.end === undefined ? null : wordOf(mine, event);
    return other !== null && isSame(other, word);
  });

/** The mine has waited its own delays already: its word rings at once. */
function begin(world: World, mine: Mine, word: Word): void {
  const { words } = mine.crew;
  words.push(word);
  if (words.length > BOUNDS.peopleWordsPerMine) words.shift();
  see(world, mine, word, glimpseAt(world, word.start));
}

function end(world: World, mine: Mine, word: Word, at: Instant): void {
  see(world, mine, word, { ...glimpseAt(world, at), ends: true });
  if (mine.people !== null) return;
  // No snapshot will ever carry an off-delay to its end.
  for (const watch of watchesOf(mine, word)) {
    if (watch.open !== null) release(world, watch, Math.min(at, world.now), null);
  }
}

const glimpseAt = (world: World, moment: Instant): Glimpse => ({
  judged: Math.min(moment, world.now),
  sent: moment,
  suspect: moment > world.now + SUSPECT_AHEAD,
  inOrder: true,
  mayClear: true,
  clock: Number.POSITIVE_INFINITY,
  again: null,
  ends: false,
});

function see(world: World, mine: Mine, word: Word, glimpse: Glimpse): void {
  const look = lookAt(world, mine, mine.people ?? NOBODY);
  for (const plan of plansFor(mine, word)) judgeWhom(world, plan, whomOf(word), look, glimpse);
}

const plansFor = (mine: Mine, word: Word): Plan[] =>
  mine.crew.plans.filter((plan) => answers(mine, plan, word));

const whomOf = ({ subject, code }: Word): Whom => ({ kind: subject, code });

const watchesOf = (mine: Mine, word: Word): Watch[] =>
  plansFor(mine, word).flatMap((plan) => findWatch(mine, plan, whomOf(word)) ?? []);

/** It began and ended unseen; unless an alarm of ours tells of it already. */
function recordPast(world: World, mine: Mine, word: Word, at: Instant): void {
  for (const plan of plansFor(mine, word)) {
    const watch = findWatch(mine, plan, whomOf(word)) ?? makeWatch(world, mine, plan, whomOf(word));
    const { start } = word;
    if (isTold(world, watch, start, at)) continue;
    const onset = { judged: Math.min(start, world.now), sent: start, input: world.input };
    const shown = { value: null, at: onset.judged, quality: "good" as const, calibrating: false };
    raiseRetrospective(world, watch, plan.steps.length - 1, onset, shown, Math.min(at, world.now));
  }
}

function isTold(world: World, { subject, plan }: Watch, start: Instant, end: Instant): boolean {
  for (const { alarm } of world.alarms.values()) {
    if (alarm.subject.id !== subject.id || (alarm.ladder ?? alarm.rule) !== plan.key) continue;
    if (alarm.raisedAt <= end + NEAR && (alarm.returnedAt ?? world.now) >= start - NEAR) return true;
  }
  return false;
}
