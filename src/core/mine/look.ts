import type { PreNoticeKind } from "../../model/duty.ts";
import { HOUR, type Instant } from "../../model/time.ts";
import { release } from "../alarm.ts";
import { FLAG, HOT, hot } from "../columns.ts";
import { canonicalValue, keepWaiting } from "../delays.ts";
import { isAnnounced } from "../duty/pre-notices.ts";
import { notice } from "../journal.ts";
import type { Step } from "../plan.ts";
import type { Verdict } from "../verdict.ts";
import { isBusy, nextDue, ripen, settle } from "../watch.ts";
import { type Point, type Stream, type Watch, type World, watchId } from "../world.ts";
import { onCalibration } from "./calibration.ts";
import { onCut, onEvent, onUnreported } from "./events.ts";
import { isFollowing, isSwitch, runsOnSamples } from "./facts.ts";
import { onDeadFeed, onLiveFeed } from "./feeds.ts";
import type { Finding, Look, Moment } from "./finding.ts";
import { onList } from "./lists.ts";
import { onSwitched, onUnknownMachines } from "./machines.ts";
import type { MineTest } from "./mine-test.ts";
import { onLooserRow } from "./rows.ts";
import { idleClock, isAboutTable, isCalendar, isHeard, isList, isStirred } from "./stirred.ts";
import { onRejected, onSkew } from "./streams.ts";
import { onSupply, supplyClock } from "./supply.ts";

/**
 * Conditions about the mine's own system hang on more than one sample. Each is looked at when its point sends
 * something new, when the mine sends a record, and every second for as long as it has something to follow.
 */

/** A sample of the point, or a record about it: everything that follows the point looks. */
export function lookPoint(world: World, point: Point, moment: Moment | null): void {
  for (const watch of point.own) {
    // What a table says does not change with a sample.
    if (moment === null || !isAboutTable(watch)) look(world, watch, moment);
  }
}

/** The second's look at what goes on, in an order that does not depend on how it came to be. */
export function sweepLooks(world: World): void {
  const anew = world.looked < 0;
  for (const mine of world.mines.values()) {
    for (const stream of mine.streams.values()) {
      const { own } = stream;
      const came = anew || isHeard(world, stream);
      // A sample that says the same again is looked at by nobody, and yet a feed may wait for it.
      if (came) for (const watch of own.feeds) glance(world, watch);
      for (const watch of own.watches) if (came || isBusy(watch)) look(world, watch, null);
      if (world.now % HOUR === 0) for (const point of own.calendars) lookHourly(world, point);
    }
    // Falling silent changes what is known of the whole mine just as a message does. A list changes with tables: of
    // fifty thousand places nobody asks every second, but for the end of a delay.
    for (const watch of mine.own) if (!isList(watch) || isWaiting(watch)) glance(world, watch);
  }
  const stirred = [...world.looks].filter((watch) => isStirred(world, watch));
  const following = stirred.map((watch) => ({ watch, id: watchId(watch.subject, watch.plan) }));
  following.sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const { watch } of following) look(world, watch, null);
  world.looked = world.generation;
}

const isWaiting = (watch: Watch): boolean => nextDue(watch) < Number.POSITIVE_INFINITY;

function lookHourly(world: World, { own }: Point): void {
  for (const watch of own) if (isCalendar(watch.plan)) look(world, watch, null);
}

function glance(world: World, watch: Watch): void {
  if (isStirred(world, watch)) look(world, watch, null);
}

export function look(world: World, watch: Watch, moment: Moment | null): void {
  const at = moment ?? idleMoment(world, watch);
  const findings = watch.plan.steps.map((step, i) => {
    const memory = watch.memory[i] ?? null;
    return unlessAnnounced(world, watch, step, findingOf({ world, watch, step, memory, moment: at }, step));
  });
  if (findings.every(({ verdict }) => verdict === "same")) {
    if (isBusy(watch)) finish(world, watch, clockOf(world, watch), null);
    return;
  }
  remember(world, watch, findings);
  const verdicts = findings.map(({ verdict }) => verdictFor(watch, verdict));
  const first = findings.find(({ verdict }) => verdict === "raise");
  const value = first?.value ?? shownValue(world, watch);
  const sight = { ...at, ...first?.onset, value, inOrder: true, mayClear: true };
  // A record of the mine may be newer than any sample of its stream.
  const clock = Math.max(clockOf(world, watch), first === undefined ? 0 : Math.min(sight.judged, world.now));
  if (first !== undefined || isBusy(watch)) {
    settle(world, watch, verdicts, sight, clock);
    // A change-over is an event: it is over as soon as it was told.
    if (isSwitch(watch) && first !== undefined) settle(world, watch, ["clear"], sight, clock);
    if (!runsOnSamples(watch)) finish(world, watch, clock, value);
  }
  follow(world, watch);
}

function idleMoment(world: World, { stream }: Watch): Moment {
  const judged = idleClock(world, stream);
  return { judged, sent: judged, suspect: false };
}

function findingOf(one: Look, { test }: Step): Finding {
  const { watch } = one;
  const { is, over } = test as MineTest;
  switch (is.of) {
    case "event":
      return onEvent(one, pointOf(watch), is);
    case "cut":
      return onCut(one, pointOf(watch), is);
    case "feed":
      if (is.is === "unlinked") return onList(one);
      return is.is === "live-after-cut"
        ? onLiveFeed(one, pointOf(watch), is)
        : onDeadFeed(one, pointOf(watch));
    case "calibration":
      return onCalibration(one, pointOf(watch), is, over);
    case "table":
      return is.is === "unconfirmed" ? onList(one) : onLooserRow(one, pointOf(watch));
    case "unreported":
      return onUnreported(one, pointOf(watch), is, over);
    case "skew":
      return onSkew(one, streamOf(watch), is);
    case "rejected":
      return onRejected(one, streamOf(watch), is);
    case "supply":
      return onSupply(one, is.all);
    case "machines":
      return is.are === "unknown" ? onUnknownMachines(one, streamOf(watch)) : onSwitched(one);
  }
}

/**
 * What a rule holds against a mine for not being announced is nothing while a pre-notice covers it. An alarm that is
 * open stays: no pre-notice hides one.
 */
function unlessAnnounced(world: World, watch: Watch, { test }: Step, finding: Finding): Finding {
  if (finding.verdict !== "raise" || watch.open !== null) return finding;
  const kinds = announcedAs((test as MineTest).is);
  if (kinds.length === 0 || !isAnnounced(world, watch, kinds)) return finding;
  if (isSwitch(watch)) {
    const names = finding.memory?.names?.join(", ") ?? "";
    notice(
      world,
      watch.mine,
      watch.stream?.system ?? null,
      "planned-switch-over",
      `${watch.subject.name}: ${names}`,
    );
  }
  return { ...finding, verdict: "clear" };
}

/** FAN-03, FEED-02 and SEN-03 are about what was not announced (domain.md §10). */
function announcedAs(is: MineTest["is"]): readonly PreNoticeKind[] {
  if (is.of === "machines") return is.are === "switched" ? ["switch-over"] : [];
  if (is.of === "feed") return is.is === "dead-without-cut" ? ["work", "calibration"] : [];
  const dull = is.of === "calibration" && (is.is === "too-long" || is.is === "too-often");
  return dull ? ["calibration"] : [];
}

function pointOf({ point }: Watch): Point {
  if (point === null) throw new Error("must hold: the condition is about a point");
  return point;
}

function streamOf({ stream }: Watch): Stream {
  if (stream === null) throw new Error("must hold: the condition is about a stream");
  return stream;
}

/** Where nothing can be told, an open alarm is held as unknown and a delay that runs goes on. */
const verdictFor = ({ open }: Watch, verdict: Finding["verdict"]): Verdict =>
  verdict !== "hold" && verdict !== "same" ? verdict : open !== null ? "unknown" : "calibrating";

function remember(world: World, watch: Watch, findings: readonly Finding[]): void {
  if (watch.memory.length === 0 && findings.every(({ memory }) => memory === null)) return;
  watch.memory = findings.map(({ memory }) => memory);
  if (isFollowing(watch)) world.remembered.add(watch);
}

/** Watches that somebody else looks at every second need no place in the list. */
export function follow(world: World, watch: Watch): void {
  const { group } = watch.plan;
  if (group !== "mine-point" && group !== "mine-set") return;
  if (isFollowing(watch) || isBusy(watch)) world.looks.add(watch);
  else world.looks.delete(watch);
  if (runsOnSamples(watch)) keepWaiting(world, watch);
}

function clockOf(world: World, watch: Watch): Instant {
  if (runsOnSamples(watch)) return watch.stream?.clock ?? world.now;
  const [first] = watch.plan.steps;
  const supply = first?.test.kind === "mine" && first.test.is.of === "supply";
  return supply && watch.machines.flat().length > 0 ? supplyClock(world, watch.machines.flat()) : world.now;
}

function finish(world: World, watch: Watch, clock: Instant, value: number | null): void {
  const shown = { value, at: world.now, quality: "good" as const, calibrating: false };
  ripen(world, watch, clock, shown);
  // Nothing clears in silence: a message must have come since.
  const heard = watch.stream === null ? clock : watch.stream.heard;
  if (watch.open !== null && watch.clearing + watch.plan.offDelay <= heard) {
    release(world, watch, watch.clearing, value);
  }
}

function shownValue(world: World, watch: Watch): number | null {
  const { point } = watch;
  if (point === null || point.meaning !== null) return null;
  const value = hot(world.columns, point.slot, HOT.value);
  const hidden = ((world.columns.flags[point.slot] as number) & FLAG.unlisted) !== 0;
  return hidden ? null : canonicalValue(watch, value);
}
