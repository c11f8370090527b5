import type { ActResult } from "../model/act.ts";
import { SHELVE_CAP } from "../model/handling.ts";
import { type Level, levelRank } from "../model/rule.ts";
import { MINUTE } from "../model/time.ts";
import { already, done, notValid, type Of, refused, wordsOf } from "./act-answers.ts";
import { caseOf } from "./known.ts";
import type { Shelf } from "./life.ts";
import { ask, drop, pendingAbout } from "./requests.ts";
import { refreshAll } from "./suppression.ts";
import type { AlarmRecord, World } from "./world.ts";

/**
 * Shelving (ISA-18.2 E): a case does not ring for a stated time and reason. It covers the case's occurrences up to
 * the level it was given for; what rises above it ends it. Red is never shelved, orange only by two persons.
 */
export function shelve(world: World, act: Of<"shelve">, record: AlarmRecord): ActResult {
  const { alarm } = record;
  const { until } = act;
  const reason = wordsOf(act.reason);
  const cap = SHELVE_CAP[alarm.class];
  const level = highest(world, alarm.case);
  if (level === "red") return refused("not-possible", "red is never shelved");
  if (cap === 0) return refused("not-possible", `alarms of class ${alarm.class} are never shelved`);
  if (alarm.suppression.kind === "out-of-service")
    return refused("not-possible", `it is out of service, says ${alarm.suppression.by}`);
  if (reason === null) return notValid("reason", "a reason is needed");
  if (!(until > world.now)) return notValid("until", "it lies in the past");
  if (until > world.now + cap)
    return notValid("until", `class ${alarm.class} is shelved for ${cap / MINUTE} min at most`);
  const before = world.life.shelves.get(alarm.case);
  // Of two who shelve what both saw ring, the second is told of the first; who saw it shelved may shelve it anew.
  if (before !== undefined && act.expect !== null && act.expect < before.seq) return already(before);
  if (level === "orange") {
    const what = { what: "shelve", until, reason } as const;
    return ask(world, act, what, { mine: alarm.mine, of: { what: "shelve", case: alarm.case, level } });
  }
  const { user: by } = act.actor;
  beginShelf(world, { case: alarm.case, mine: alarm.mine, level, by, approvedBy: null, until, reason });
  return done(record.alarm.seq);
}

/** The highest level of the case that is not over; null of none. */
function highest(world: World, name: string): Level {
  const open = caseOf(world, name).filter(({ alarm }) => alarm.state !== "normal");
  return open.reduce<Level>(
    (top, { alarm }) => (levelRank(alarm.level) > levelRank(top) ? alarm.level : top),
    "none",
  );
}

export function beginShelf(world: World, shelf: Omit<Shelf, "at" | "seq">): void {
  const { by, approvedBy, reason } = shelf;
  const told = { by, note: reason, ...(approvedBy === null ? {} : { approvedBy }) };
  world.life.shelves.set(shelf.case, { ...shelf, at: world.now, seq: world.journalSeq + 1 });
  refreshAll(world, caseOf(world, shelf.case), told);
}

/** A person ends it, or takes back what waits for a second one. */
export function unshelve(world: World, act: Of<"unshelve">, record: AlarmRecord): ActResult {
  const { user } = act.actor;
  const note = wordsOf(act.note);
  const pending = pendingAbout(world, { case: record.alarm.case });
  const shelf = world.life.shelves.get(record.alarm.case);
  if (pending !== null) drop(world, pending, user, note ?? "taken back");
  if (shelf !== undefined) endShelf(world, shelf, { by: user, ...(note === null ? {} : { note }) });
  return pending === null && shelf === undefined ? already(null) : done(world.journalSeq);
}

function endShelf(world: World, shelf: Shelf, told: { by?: string; note?: string }): void {
  world.life.shelves.delete(shelf.case);
  refreshAll(world, caseOf(world, shelf.case), told);
}

/** An occurrence of the case is about to be of this level: what was shelved, or asked to be, below it is so no more. */
export function outgrow(world: World, name: string, level: Level): () => void {
  const { shelves, requests } = world.life;
  if (shelves.size === 0 && requests.size === 0) return NOTHING;
  const shelf = shelves.get(name);
  const pending = pendingAbout(world, { case: name });
  const isOutgrown = (of: { level: Level }) => levelRank(level) > levelRank(of.level);
  const shelfEnds = shelf !== undefined && isOutgrown(shelf);
  const requestEnds = pending !== null && pending.of.what === "shelve" && isOutgrown(pending.of);
  if (shelfEnds) shelves.delete(name);
  return () => {
    if (requestEnds) drop(world, pending, null, `it rose to ${level}`);
    if (shelfEnds) refreshAll(world, caseOf(world, name), { note: `it rose to ${level}` });
  };
}

const NOTHING = () => {};

/** Every shelf ends by itself. */
export function sweepShelves(world: World): void {
  for (const shelf of [...world.life.shelves.values()])
    if (shelf.until <= world.now) endShelf(world, shelf, { note: "its time is over" });
}
