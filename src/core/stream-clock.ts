import { type Instant, MINUTE, SECOND } from "../model/time.ts";
import { HOT } from "./columns.ts";
import { oldAfter, streamCycle } from "./cycle.ts";
import { notice } from "./journal.ts";
import { shiftStreamLooks } from "./mine/clocks.ts";
import type { Front, Offsets } from "./stream-memory.ts";
import { nextDue } from "./watch.ts";
import type { Stream, World } from "./world.ts";

/** How a message stands in time: with the stream, behind it, or first of a clock that was set back. */
export type Standing = "live" | "lagging" | "rebased";

/** A step back of a mine's clock by less is jitter. */
const STEP = 10 * SECOND;
/** Two messages must be this far apart to tell a clock that was set from a queue that drains. */
const SPAN = 5 * SECOND;
const DRIFT = 2 * SECOND;
/** Connections of a stream whose time is remembered. */
const CONNECTIONS = 8;
/** Ahead of the gateway by more is marked suspect, and no measure of anything. */
export const SUSPECT_AHEAD = 5 * MINUTE;
const OFFSET_NOTICE = 1 * MINUTE;
const OFFSET_ALARM = 5 * MINUTE;

/**
 * Tells from a message's `ts` whether the mine's clock was set back: it steps back by > 10 s and stays there on
 * the same connection, advancing as fast as time does. A queue that drains advances faster.
 */
export function standingOf(world: World, stream: Stream, ts: Instant, connection: number): Standing {
  const { now } = world;
  const front = frontOf(stream, connection);
  if (!isBehind(stream, front, ts, now)) {
    front.lagging = null;
    if (ts <= now + SUSPECT_AHEAD) front.ts = Math.max(front.ts, ts);
    measure(world, stream, now - ts);
    return "live";
  }
  const first = front.lagging;
  const drift = first === null ? 0 : Math.abs(ts - first.ts - (now - first.at));
  if (first === null || drift > Math.max(DRIFT, (now - first.at) / 4)) {
    front.lagging = { at: now, ts };
    return "lagging";
  }
  if (now - first.at < SPAN) return "lagging";
  rebase(world, stream, front, ts);
  return "rebased";
}

/** Two computers of a mine may have two clocks: each connection is compared with itself. */
function frontOf(stream: Stream, connection: number): Front {
  const known = stream.fronts.get(connection);
  if (known !== undefined) return known;
  const made: Front = { ts: Number.NEGATIVE_INFINITY, lagging: null };
  stream.fronts.set(connection, made);
  for (const oldest of stream.fronts.keys()) {
    if (stream.fronts.size <= CONNECTIONS) break;
    stream.fronts.delete(oldest);
  }
  return made;
}

function isBehind(stream: Stream, front: Front, ts: Instant, now: Instant): boolean {
  return ts < front.ts - STEP || now - ts - lag(stream.offsets) > oldAfter(streamCycle(stream));
}

/** How far the mine's clock is known to be behind; a clock that is ahead makes nothing late. */
export const lag = (offsets: Offsets): number => (offsets.median > 0 ? offsets.median : 0);

/** The marks of the stream move to the mine's new time, so that its samples are in order again. */
function rebase(world: World, stream: Stream, front: Front, ts: Instant): void {
  const { now, columns } = world;
  const by = Math.min(ts, now);
  const shift = by - stream.clock;
  if (shift < 0) {
    shiftDelays(stream, shift);
    shiftStreamLooks(world, stream, shift);
  }
  stream.clock = Math.min(stream.clock, by);
  for (const slot of stream.slots.values()) {
    const at = slot * HOT.stride + HOT.judged;
    columns.hot[at] = Math.min(columns.hot[at] as number, by);
  }
  const back = front.ts > ts ? `set back by ${Math.round((front.ts - ts) / SECOND)} s` : "behind";
  notice(world, stream.mine, stream.system, "clock-rebased", `the mine's clock was ${back}`);
  front.ts = ts;
  front.lagging = null;
  stream.offsets.count = 0;
  stream.offsets.at = 0;
  for (let i = 0; i < MEASURED; i++) measure(world, stream, now - ts);
}

/** Delays keep what has run of them. */
function shiftDelays(stream: Stream, shift: number): void {
  for (const watch of stream.waiting) {
    watch.pending.forEach((onset, i) => {
      if (onset !== null) watch.pending[i] = { ...onset, judged: onset.judged + shift };
    });
    watch.clearing += shift;
  }
  stream.nextDue = Math.min(...[...stream.waiting].map(nextDue), Number.POSITIVE_INFINITY);
}

/** Messages before an offset counts for anything. */
const MEASURED = 3;
const sorted = new Float64Array(9);

function measure(world: World, stream: Stream, offset: number): void {
  const { offsets } = stream;
  const size = offsets.ring.length;
  offsets.ring[offsets.at] = offset;
  offsets.at = (offsets.at + 1) % size;
  offsets.count = Math.min(offsets.count + 1, size);
  if (offsets.count < MEASURED) {
    offsets.median = Number.NaN;
    return;
  }
  offsets.median = median(offsets);
  tell(world, stream, Math.abs(offsets.median));
}

function median(offsets: Offsets): number {
  const n = offsets.count;
  for (let i = 0; i < n; i++) {
    const value = offsets.ring[i] as number;
    let at = i;
    while (at > 0 && (sorted[at - 1] as number) > value) {
      sorted[at] = sorted[at - 1] as number;
      at--;
    }
    sorted[at] = value;
  }
  return sorted[n >> 1] as number;
}

/** Once past each mark, and again only after it was well. */
function tell(world: World, stream: Stream, size: number): void {
  const level = size > OFFSET_ALARM ? 2 : size > OFFSET_NOTICE ? 1 : 0;
  if (level > stream.clockTold) {
    const code = level === 2 ? "clock-offset-alarm" : "clock-offset";
    const seconds = Math.round(stream.offsets.median / SECOND);
    notice(world, stream.mine, stream.system, code, `the mine's clock is ${seconds} s behind the gateway's`);
    stream.clockTold = level;
  } else if (size <= OFFSET_NOTICE / 2) {
    stream.clockTold = 0;
  }
}
