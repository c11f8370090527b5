import { type Instant, MINUTE, SECOND } from "../model/time.ts";
import { HOT } from "./columns.ts";
import { streamCycle } from "./cycle.ts";
import { notice } from "./journal.ts";
import { nextDue } from "./watch.ts";
import type { Offsets, Stream, World } from "./world.ts";

/** How a message stands in time: with the stream, behind it, or first of a clock that was set back. */
export type Standing = "live" | "lagging" | "rebased";

/** A step back of a mine's clock by less is jitter. */
const STEP = 10 * SECOND;
/** Two messages must be this far apart to tell a clock that was set from a queue that drains. */
const SPAN = 5 * SECOND;
const DRIFT = 2 * SECOND;
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
  if (!isBehind(stream, ts, now)) {
    stream.lagging = null;
    if (ts <= now + SUSPECT_AHEAD) stream.front = Math.max(stream.front, ts);
    measure(world, stream, now - ts);
    return "live";
  }
  const first = stream.lagging;
  const drift = first === null ? 0 : Math.abs(ts - first.ts - (now - first.at));
  const same = first !== null && first.connection === connection;
  if (!same || drift > Math.max(DRIFT, (now - first.at) / 4)) {
    stream.lagging = { connection, at: now, ts };
    return "lagging";
  }
  if (now - first.at < SPAN) return "lagging";
  rebase(world, stream, ts);
  return "rebased";
}

function isBehind(stream: Stream, ts: Instant, now: Instant): boolean {
  const limit = Math.max(3 * streamCycle(stream) * SECOND, 2 * MINUTE);
  return ts < stream.front - STEP || now - ts - lag(stream.offsets) > limit;
}

/** How far the mine's clock is known to be behind; a clock that is ahead makes nothing late. */
export const lag = (offsets: Offsets): number => (offsets.median > 0 ? offsets.median : 0);

/** The marks of the stream move to the mine's new time, so that its samples are in order again. */
function rebase(world: World, stream: Stream, ts: Instant): void {
  const { now, columns } = world;
  const by = Math.min(ts, now);
  const shift = by - stream.clock;
  if (shift < 0) shiftDelays(stream, shift);
  stream.clock = Math.min(stream.clock, by);
  for (const slot of stream.slots.values()) {
    const at = slot * HOT.stride + HOT.judged;
    columns.hot[at] = Math.min(columns.hot[at] as number, by);
  }
  const back = stream.front > ts ? `set back by ${Math.round((stream.front - ts) / SECOND)} s` : "behind";
  notice(world, stream.mine, stream.system, "clock-rebased", `the mine's clock was ${back}`);
  stream.front = ts;
  stream.lagging = null;
  stream.offsets.count = 0;
  stream.offsets.at = 0;
  for (let i = 0; i < MEASURED; i++) measure(world, stream, now - ts);
}

/** Delays keep what has run of them. */
export function shiftDelays(stream: Stream, shift: number): void {
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
