import { BOUNDS } from "../model/bounds.ts";
import type { Body, PacketInput } from "../model/input.ts";
import { REJECT_REASONS, STATE, VERDICT } from "../model/reading.ts";
import type { Instant } from "../model/time.ts";
import { FLAG, HOT, hot, isRepeat, NO_SLOT, remember } from "./columns.ts";
import { fireAt, fireBefore } from "./delays.ts";
import { joinLane, readLate } from "./history.ts";
import { judgePoint } from "./judge.ts";
import { hearStream } from "./links.ts";
import { catchUp, type SlotWindows, takeSample, waits } from "./logic/slot-windows.ts";
import { tally } from "./mine/streams.ts";
import { noteReject, topicOf } from "./rejects.ts";
import { breakSilence } from "./silence.ts";
import { isStation } from "./station.ts";
import { lag, type Standing, SUSPECT_AHEAD, standingOf } from "./stream-clock.ts";
import { followStation } from "./substations.ts";
import { addPoint, wirePoint } from "./wiring.ts";
import { definitionFromCode } from "./words.ts";
import { count, type Point, type Stream, type World } from "./world.ts";

export type ReadingsBody = Extract<Body, { kind: "readings" | "backfill" }>;

/** How the message of a reading stands in time. */
interface Setting {
  readonly stream: Stream;
  readonly standing: Standing | "backfill";
  readonly lag: number;
  readonly input: PacketInput;
}

/** Judges one message of readings in its order. A verdict byte each, null when all are plain; rows for the series. */
export function readReadings(
  world: World,
  input: PacketInput,
  stream: Stream,
  body: ReadingsBody,
): Uint8Array | null {
  const standing =
    body.kind === "backfill" ? "backfill" : standingOf(world, stream, body.ts, input.connection);
  const setting: Setting = { stream, standing, lag: lag(stream.offsets), input };
  if (standing === "live" || standing === "rebased") hearStream(world, stream, body.ts);
  const { n, t, v, s, bad } = body.columns;
  const { rows } = world;
  rows?.room(n);
  let verdicts: Uint8Array | null = null;
  const plain = standing === "live";
  for (let i = 0; i < n; i++) {
    if (plain) i = takePlain(world, stream, body, i, setting.lag);
    if (i === n) break;
    if (bad !== null && bad[i] !== 0) {
      verdicts ??= new Uint8Array(n);
      verdicts[i] = reject(world, stream, input, body, i);
      continue;
    }
    const code = body.columns.codes[i] as string;
    const slot = slotOf(world, stream, code);
    if (slot === NO_SLOT) {
      verdicts ??= new Uint8Array(n);
      verdicts[i] = VERDICT.rejected;
      noteReject(world, stream.mine, topicOf(input), "too-many-points", code);
      continue;
    }
    const at = t[i] as number;
    const value = v[i] as number;
    const state = s[i] as number;
    if (plain && isPlain(world, stream, slot, at, value, state, setting.lag)) {
      const verdict = newnessOf(world, slot, at);
      take(world, slot, at, value, state);
      const judged = at < world.now ? at : world.now;
      if (judged > stream.clock) stream.clock = judged;
      rows?.add(slot, at, value, state, verdict);
      if (verdict !== VERDICT.plain) {
        verdicts ??= new Uint8Array(n);
        verdicts[i] = verdict;
      }
      continue;
    }
    const verdict = readOne(world, setting, slot, at, value, state);
    rows?.add(slot, at, value, state, verdict);
    if (verdict !== VERDICT.plain) {
      verdicts ??= new Uint8Array(n);
      verdicts[i] = verdict;
    }
  }
  if (verdicts !== null) countVerdicts(stream, verdicts);
  tally(world, stream, n, verdicts === null ? 0 : rejectedOf(verdicts));
  count(stream.mine, "accepted", n);
  return verdicts;
}

/**
 * Takes readings about which nothing needs to be decided, from one on, as long as each point is the one that followed
 * last time; the first that is not one of them is returned. Columns do not grow in here: they are looked up once.
 */
function takePlain(world: World, stream: Stream, body: ReadingsBody, from: number, behind: number): number {
  const { columns, now, rows, codes, generation } = world;
  const { hot: row, flags, next, changed } = columns;
  const { n, codes: texts, t, v, s, bad } = body.columns;
  const ahead = now + SUSPECT_AHEAD;
  const { nextDue } = stream;
  let { previous, clock } = stream;
  let i = from;
  for (; i < n && previous >= 0 && (bad === null || bad[i] === 0); i++) {
    const slot = next[previous] as number;
    // The very text, as `slotOf` keeps it: `!==` would look into both, and each lies somewhere else.
    if (slot === NO_SLOT || flags[slot] !== 0 || !Object.is(codes[slot], texts[i])) break;
    const at = slot * HOT.stride;
    const sent = t[i] as number;
    const value = v[i] as number;
    const state = s[i] as number;
    const judged = sent < now ? sent : now;
    const before = row[at + HOT.sent] as number;
    // Newer than any before it: no repeat, and no time that its point has used.
    const isNew =
      sent > before && before <= ahead && sent <= ahead && judged >= (row[at + HOT.judged] as number);
    if (!isNew || judged >= nextDue || now - sent - behind > (row[at + HOT.oldAfter] as number)) break;
    if (!isQuiet(row, at, value, state)) break;
    row[at + HOT.judged] = judged;
    row[at + HOT.value] = value;
    row[at + HOT.state] = state;
    row[at + HOT.heard] = now;
    row[at + HOT.sent] = sent;
    offer(world, slot, judged, value, state);
    remember(columns, slot, sent, judged, value, state);
    changed[slot] = generation;
    if (rows !== null) rows.add(slot, sent, value, state, VERDICT.plain);
    if (judged > clock) clock = judged;
    previous = slot;
  }
  stream.previous = previous;
  stream.clock = clock;
  return i;
}

/** The windows of a point that has any take the sample, or it waits for them. */
function offer(world: World, slot: number, judged: Instant, value: number, state: number): void {
  const { columns } = world;
  const windows = world.windows[slot] as SlotWindows | null;
  if (windows === null || waits(columns, slot, judged, value, state)) return;
  if (takeSample(windows, columns, slot, judged, value, state))
    (world.points[slot] as Point).mine.logic.ripeFrom = Number.NEGATIVE_INFINITY;
}

/** Between all limits, or what it was. */
function isQuiet(row: Float64Array, at: number, value: number, state: number): boolean {
  return (
    (state === 0 &&
      value > (row[at + HOT.quietAbove] as number) &&
      value < (row[at + HOT.quietBelow] as number)) ||
    (value === row[at + HOT.value] && state === row[at + HOT.state] && (state & STATE.calibrating) === 0)
  );
}

/**
 * A reading about which nothing needs to be decided: in order, on time, new, of an idle point, with a value
 * between all limits or the same as before. Nine of ten readings end here, also those of a mine whose clock is
 * a little ahead of ours.
 */
function isPlain(
  world: World,
  stream: Stream,
  slot: number,
  t: Instant,
  value: number,
  state: number,
  behind: number,
): boolean {
  const { columns, now } = world;
  const row = columns.hot;
  const at = slot * HOT.stride;
  const judged = t < now ? t : now;
  return (
    columns.flags[slot] === 0 &&
    t <= now + SUSPECT_AHEAD &&
    judged >= (row[at + HOT.judged] as number) &&
    now - t - behind <= (row[at + HOT.oldAfter] as number) &&
    judged < stream.nextDue &&
    isQuiet(row, at, value, state) &&
    // A sample newer than any before it cannot be a repeat.
    (t > (row[at + HOT.sent] as number) || !isRepeat(columns, slot, t, value, state))
  );
}

/** The sample becomes the newest of its point. */
function take(world: World, slot: number, t: Instant, value: number, state: number): void {
  const { columns, now } = world;
  const row = columns.hot;
  const at = slot * HOT.stride;
  const judged = t < now ? t : now;
  row[at + HOT.judged] = judged;
  row[at + HOT.value] = value;
  row[at + HOT.state] = state;
  row[at + HOT.heard] = now;
  if (t > (row[at + HOT.sent] as number)) row[at + HOT.sent] = t;
  offer(world, slot, judged, value, state);
  remember(columns, slot, t, judged, value, state);
  columns.changed[slot] = world.generation;
}

/** The point's slot: the one that followed last time, if it is this one; else looked up, else made. */
function slotOf(world: World, stream: Stream, code: string): number {
  const { next } = world.columns;
  const previous = stream.previous;
  const guess = previous < 0 ? NO_SLOT : (next[previous] as number);
  let slot = guess;
  if (guess === NO_SLOT || world.codes[guess] !== code) {
    slot = stream.slots.get(code) ?? newSlot(world, stream, code);
    if (slot === NO_SLOT) return slot;
    // The text that comes next time is this one: the same object is compared at a glance.
    world.codes[slot] = code;
    if (previous >= 0) world.columns.next[previous] = slot;
  }
  stream.previous = slot;
  return slot;
}

function newSlot(world: World, stream: Stream, code: string): number {
  if (stream.mine.points >= 2 * BOUNDS.pointsPerMine) return NO_SLOT;
  const { def, known } = definitionFromCode(code);
  const point = addPoint(world, stream, def, known);
  wirePoint(world, point, "live");
  return point.slot;
}

function readOne(
  world: World,
  setting: Setting,
  slot: number,
  t: Instant,
  value: number,
  state: number,
): number {
  const { stream, standing } = setting;
  const { columns, now } = world;
  const point = world.points[slot] as Point;
  const unlisted = point.wiring === null ? VERDICT.unlisted : 0;
  if (isRepeat(columns, slot, t, value, state)) return VERDICT.duplicate | unlisted;
  const old = now - t - setting.lag > hot(columns, slot, HOT.oldAfter);
  if ((state & STATE.calibrating) !== 0) columns.calibrated[slot] = now;
  if (standing === "backfill" || old) {
    if (unlisted === 0) readLate(world, point, t, value, state);
    return VERDICT.late | unlisted | calibratingBit(state);
  }
  const judged = Math.min(t, now);
  const suspect = t > now + SUSPECT_AHEAD || standing === "rebased";
  const inOrder = judged >= hot(columns, slot, HOT.judged);
  const newness = suspect || !inOrder ? VERDICT.plain : newnessOf(world, slot, t);
  if (judged > stream.nextDue) fireBefore(world, stream, judged);
  if (standing === "lagging") hearStream(world, stream, t);
  breakSilence(world, point, judged, t);
  accept(world, slot, { t, judged, value, state, inOrder, suspect });
  if (judged > stream.clock) stream.clock = judged;
  if (unlisted === 0) {
    const orphan = ((columns.flags[slot] as number) & FLAG.orphan) !== 0;
    const seen = { judged, sent: t, value, state, suspect, inOrder, mayClear: inOrder && !orphan };
    if (((columns.flags[slot] as number) & FLAG.lane) !== 0) joinLane(world, point, seen);
    judgePoint(world, point, seen);
    if (inOrder && isStation(point)) followStation(world, point);
  }
  if (stream.clock >= stream.nextDue) fireAt(world, stream);
  return (
    (inOrder ? 0 : VERDICT.outOfOrder) |
    (suspect ? VERDICT.suspect : 0) |
    newness |
    unlisted |
    calibratingBit(state)
  );
}

/** A time that its point has used before, or may have: series that know rows by their time must not take one for the other. */
function newnessOf({ columns, now }: World, slot: number, t: Instant): number {
  const sent = hot(columns, slot, HOT.sent);
  // One sample stamped years ahead says nothing of those after it.
  const newer = sent > now + SUSPECT_AHEAD ? t <= now && t > hot(columns, slot, HOT.judged) : t > sent;
  return newer ? VERDICT.plain : VERDICT.notNewer;
}

const calibratingBit = (state: number): number =>
  (state & STATE.calibrating) !== 0 ? VERDICT.calibrating : 0;

function accept(
  world: World,
  slot: number,
  sample: {
    t: Instant;
    judged: Instant;
    value: number;
    state: number;
    inOrder: boolean;
    suspect: boolean;
  },
): void {
  const { columns } = world;
  const { t, judged, value, state } = sample;
  if (!sample.inOrder) {
    columns.hot[slot * HOT.stride + HOT.heard] = world.now;
    const windows = world.windows[slot] as SlotWindows | null;
    if (windows !== null) catchUp(windows, columns, slot);
    remember(columns, slot, t, judged, value, state);
    return;
  }
  take(world, slot, t, value, state);
  const flags = columns.flags[slot] as number;
  columns.flags[slot] = sample.suspect ? flags | FLAG.suspect : flags & ~FLAG.suspect;
}

function reject(world: World, stream: Stream, input: PacketInput, body: ReadingsBody, i: number): number {
  const reason = REJECT_REASONS[body.columns.bad?.[i] ?? 0] ?? "unknown";
  noteReject(world, stream.mine, topicOf(input), reason, body.columns.codes[i] ?? "");
  return VERDICT.rejected;
}

function rejectedOf(verdicts: Uint8Array): number {
  let n = 0;
  for (const verdict of verdicts) if (verdict === VERDICT.rejected) n++;
  return n;
}

const COUNTED = [
  ["duplicate", VERDICT.duplicate],
  ["out-of-order", VERDICT.outOfOrder],
  ["late", VERDICT.late],
  ["suspect", VERDICT.suspect],
  ["calibrating", VERDICT.calibrating],
  ["unlisted", VERDICT.unlisted],
] as const;

function countVerdicts(stream: Stream, verdicts: Uint8Array): void {
  for (const [name, bit] of COUNTED) {
    let n = 0;
    for (const verdict of verdicts) if ((verdict & bit) !== 0) n++;
    if (n > 0) count(stream.mine, name, n);
  }
}
