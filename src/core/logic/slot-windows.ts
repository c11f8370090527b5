import type { WindowCondition } from "../../model/condition.ts";
import { STATE, UNKNOWN_BITS } from "../../model/reading.ts";
import type { Instant } from "../../model/time.ts";
import { type Columns, FLAG, HOT, RING, remembered, sampleAt, WAIT, waitForNone } from "../columns.ts";
import { rawAbove, rawBelow, type Scale, scaled } from "../decimal.ts";
import { openWindow } from "./open-window.ts";
import { type Kept, keptBy, type Window } from "./window.ts";

/** Values under these states say nothing of the air: bad data and calibration gas. */
const NO_VALUE = UNKNOWN_BITS | STATE.calibrating;

/** What rules ask of one point: conditions and their names. One for all points of which the same is asked. */
export interface Asked {
  readonly names: readonly string[];
  readonly whens: readonly WindowCondition[];
}

/** The windows that rules keep of one point; only points that a rule names have any. */
export interface SlotWindows {
  /** By place in the list. */
  readonly names: readonly string[];
  readonly list: readonly Window[];
  readonly scale: Scale;
}

export const windowName = (when: WindowCondition): string => JSON.stringify(when);

/** The windows that are asked for; those that are known already go on, new ones begin with the last samples. */
export function wantWindows(
  known: SlotWindows | null,
  { names, whens }: Asked,
  scale: Scale,
  columns: Columns,
  slot: number,
): SlotWindows | null {
  if (known !== null) catchUp(known, columns, slot);
  if (names.length === 0) return null;
  const kept = known !== null && JSON.stringify(known.scale) === JSON.stringify(scale) ? known : null;
  const before = names.map((name) => windowOf(kept, name));
  const numbers = keptBy(before.filter((window) => window === null).length);
  const list = whens.map((when, i) => before[i] ?? begun(when, scale, columns, slot, numbers));
  waitForNone(columns, slot, kept === null ? Number.NaN : newestOf(columns, slot));
  return { names, list, scale };
}

/** Time of the newest sample the windows were given, or wait with; NaN = none. */
export const newestOf = ({ wait }: Columns, slot: number): Instant =>
  wait[slot * WAIT.stride + WAIT.newest] as number;

/** Null: nothing of that name is kept. */
export function windowOf(windows: SlotWindows | null, name: string): Window | null {
  return windows === null ? null : (windows.list[windows.names.indexOf(name)] ?? null);
}

function begun(when: WindowCondition, scale: Scale, columns: Columns, slot: number, numbers: Kept): Window {
  const window = openWindow(when, scale.resolution, numbers);
  const samples = remembered(columns, slot).filter(
    ({ value, state }) => !Number.isNaN(value) && (state & NO_VALUE) === 0,
  );
  samples.sort((a, b) => a.judged - b.judged);
  for (const { judged, value } of samples) window.take(judged, scaled(value, scale));
  return window;
}

/**
 * Whether a sample waits for more of them, for no window can say anything new of it: eight of nine do, and nothing but
 * the point's row is looked at.
 */
export function waits({ wait }: Columns, slot: number, t: Instant, value: number, state: number): boolean {
  const at = slot * WAIT.stride;
  const near =
    value > (wait[at + WAIT.from] as number) &&
    value < (wait[at + WAIT.to] as number) &&
    t >= (wait[at + WAIT.newest] as number) &&
    (state & NO_VALUE) === 0;
  if (!near || (wait[at + WAIT.waits] as number) >= RING.samples) return false;
  wait[at + WAIT.newest] = t;
  wait[at + WAIT.waits] = (wait[at + WAIT.waits] as number) + 1;
  return true;
}

/**
 * Every live sample in order that does not wait passes here before it is remembered, also those about which nothing
 * needs to be decided. True when times begin anew: it is the first, or dated before the one that came before it, for
 * the mine's clock was set.
 */
export function takeSample(
  windows: SlotWindows,
  columns: Columns,
  slot: number,
  t: Instant,
  value: number,
  state: number,
): boolean {
  if (Number.isNaN(value) || (state & NO_VALUE) !== 0) {
    catchUp(windows, columns, slot);
    return false;
  }
  const { wait } = columns;
  const at = slot * WAIT.stride;
  const anew = !(t >= (wait[at + WAIT.newest] as number));
  wait[at + WAIT.newest] = t;
  const counts = scaled(value, windows.scale);
  const n = gather(windows, columns, slot);
  if (n > 0) {
    // Together with those that waited: of all of them something was known before.
    times[n] = t;
    waited[n] = counts;
    takeAll(windows, n + 1);
    wait[at + WAIT.waits] = 0;
  } else {
    for (const window of windows.list) {
      const blind = window.verdict === "unknown";
      window.take(t, counts);
      // What nothing could be said of until now is looked at with the next sample.
      if (blind && window.verdict !== "unknown")
        columns.flags[slot] = (columns.flags[slot] as number) | FLAG.loud;
    }
  }
  wait[at + WAIT.from] = Number.POSITIVE_INFINITY;
  wait[at + WAIT.to] = Number.NEGATIVE_INFINITY;
  letWait(windows, columns, slot, counts);
  writeQuiet(windows, columns, slot);
  return anew;
}

/** Room for those that waited and the one that ends it. */
const times = new Float64Array(RING.samples + 1);
const waited = new Float64Array(RING.samples + 1);

/** The windows take what waited: whoever reads one, or remembers a sample they do not take, calls this first. */
export function catchUp(windows: SlotWindows, columns: Columns, slot: number): void {
  const { wait } = columns;
  const row = slot * WAIT.stride;
  const n = gather(windows, columns, slot);
  if (n > 0) takeAll(windows, n);
  wait[row + WAIT.waits] = 0;
  wait[row + WAIT.from] = Number.POSITIVE_INFINITY;
  wait[row + WAIT.to] = Number.NEGATIVE_INFINITY;
}

/** Those that wait, oldest first; how many they are. */
function gather({ scale }: SlotWindows, columns: Columns, slot: number): number {
  const { ring } = columns;
  const waits = columns.wait[slot * WAIT.stride + WAIT.waits] as number;
  for (let i = 0; i < waits; i++) {
    const at = sampleAt(columns, slot, waits - i);
    times[i] = ring[at + RING.judged] as number;
    waited[i] = scaled(ring[at + RING.value] as number, scale);
  }
  return waits;
}

/** One window after the other: the memory of each is fetched once. */
function takeAll({ list }: SlotWindows, n: number): void {
  for (const window of list) window.takeAll(times, waited, n);
}

/** While every window is clear, values near the last one may wait; bounds are as if all of them had come. */
function letWait(windows: SlotWindows, { wait }: Columns, slot: number, counts: number): void {
  let near = Number.POSITIVE_INFINITY;
  for (const { verdict, slack } of windows.list) near = Math.min(near, verdict === "clear" ? slack : -1);
  if (near < 0) return;
  const at = slot * WAIT.stride;
  wait[at + WAIT.from] = rawAbove(counts - near, windows.scale);
  wait[at + WAIT.to] = rawBelow(counts + near, windows.scale);
  for (const window of windows.list) window.foresee(counts - near, counts + near);
}

/** Between which values the next sample changes nothing. */
export function writeQuiet(windows: SlotWindows, columns: Columns, slot: number): void {
  let above = Number.NEGATIVE_INFINITY;
  let below = Number.POSITIVE_INFINITY;
  for (const window of windows.list) {
    if (window.above > above) above = window.above;
    if (window.below < below) below = window.below;
  }
  const { hot, wait } = columns;
  const at = slot * HOT.stride;
  const own = slot * WAIT.stride;
  hot[at + HOT.quietAbove] = Math.max(wait[own + WAIT.above] as number, rawAbove(above, windows.scale));
  hot[at + HOT.quietBelow] = Math.min(wait[own + WAIT.below] as number, rawBelow(below, windows.scale));
}

/** Whether no window is true or held; else each sample is looked at. */
export function areQuiet(windows: SlotWindows, columns: Columns, slot: number): boolean {
  catchUp(windows, columns, slot);
  return windows.list.every(({ verdict }) => verdict === "clear" || verdict === "unknown");
}
