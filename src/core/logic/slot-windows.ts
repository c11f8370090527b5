import type { WindowCondition } from "../../model/condition.ts";
import { STATE, UNKNOWN_BITS } from "../../model/reading.ts";
import type { Instant } from "../../model/time.ts";
import { type Columns, FLAG, HOT, remembered } from "../columns.ts";
import { rawAbove, rawBelow, type Scale, scaled } from "../decimal.ts";
import { openWindow, type Window } from "./window.ts";

/** Values under these states say nothing of the air: bad data and calibration gas. */
const NO_VALUE = UNKNOWN_BITS | STATE.calibrating;

/** Samples that may wait for one another: taken together they cost the memory of their windows once. */
const WAITING = 16;

/** The windows that rules keep of one point; only points that a rule names have any. */
export interface SlotWindows {
  readonly byName: ReadonlyMap<string, Window>;
  readonly list: readonly Window[];
  readonly scale: Scale;
  /** Between these, exclusive, nothing but the windows can change what is known. */
  above: number;
  below: number;
  /** Samples that the windows have not taken yet, time and counts in turn, and how many numbers that is. */
  readonly waiting: Float64Array;
  waits: number;
  /** Counts between these, inclusive, may wait: no window can say anything new of them. */
  from: number;
  to: number;
  /** Time of the newest sample. */
  newest: Instant;
}

export const windowName = (when: WindowCondition): string => JSON.stringify(when);

/** The windows that are asked for; those that are known already go on, new ones begin with the last samples. */
export function wantWindows(
  known: SlotWindows | null,
  wanted: ReadonlyMap<string, WindowCondition>,
  scale: Scale,
  columns: Columns,
  slot: number,
): SlotWindows | null {
  if (wanted.size === 0) return null;
  const kept = known !== null && JSON.stringify(known.scale) === JSON.stringify(scale) ? known : null;
  if (kept !== null) catchUp(kept);
  const byName = new Map<string, Window>();
  for (const [name, when] of wanted)
    byName.set(name, kept?.byName.get(name) ?? begun(when, scale, columns, slot));
  const quiet = { above: Number.NEGATIVE_INFINITY, below: Number.POSITIVE_INFINITY };
  const idle = { waiting: new Float64Array(2 * WAITING), waits: 0, ...NONE_MAY_WAIT };
  return { byName, list: [...byName.values()], scale, ...quiet, ...idle, newest: kept?.newest ?? Number.NaN };
}

const NONE_MAY_WAIT = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };

function begun(when: WindowCondition, scale: Scale, columns: Columns, slot: number): Window {
  const window = openWindow(when, scale.resolution);
  const samples = remembered(columns, slot).filter(
    ({ value, state }) => !Number.isNaN(value) && (state & NO_VALUE) === 0,
  );
  samples.sort((a, b) => a.judged - b.judged);
  for (const { judged, value } of samples) window.take(judged, scaled(value, scale));
  return window;
}

/**
 * Every live sample in order passes here, also those about which nothing needs to be decided. True when times
 * begin anew: it is the first, or dated before the one that came before it, for the mine's clock was set.
 */
export function takeSample(
  windows: SlotWindows,
  columns: Columns,
  slot: number,
  t: Instant,
  value: number,
  state: number,
): boolean {
  if (Number.isNaN(value) || (state & NO_VALUE) !== 0) return false;
  const counts = scaled(value, windows.scale);
  const anew = !(t >= windows.newest);
  windows.newest = t;
  if (counts >= windows.from && counts <= windows.to && windows.waits < windows.waiting.length) {
    windows.waiting[windows.waits++] = t;
    windows.waiting[windows.waits++] = counts;
    return anew;
  }
  catchUp(windows);
  for (const window of windows.list) {
    const blind = window.verdict === "unknown";
    window.take(t, counts);
    // What nothing could be said of until now is looked at with the next sample.
    if (blind && window.verdict !== "unknown")
      columns.flags[slot] = (columns.flags[slot] as number) | FLAG.loud;
  }
  letWait(windows, counts);
  writeQuiet(windows, columns, slot);
  return anew;
}

/** The windows take what waited: whoever reads one calls this first. */
export function catchUp(windows: SlotWindows): void {
  const { waiting, waits } = windows;
  for (let at = 0; at < waits; at += 2) {
    for (const window of windows.list) window.take(waiting[at] as number, waiting[at + 1] as number);
  }
  windows.waits = 0;
  windows.from = NONE_MAY_WAIT.from;
  windows.to = NONE_MAY_WAIT.to;
}

/** While every window is clear, values near the last one may wait; bounds are as if all of them had come. */
function letWait(windows: SlotWindows, counts: number): void {
  let near = Number.POSITIVE_INFINITY;
  for (const { verdict, slack } of windows.list) near = Math.min(near, verdict === "clear" ? slack : -1);
  if (near < 0) return;
  windows.from = counts - near;
  windows.to = counts + near;
  for (const window of windows.list) window.foresee(windows.from, windows.to);
}

/** Between which values the next sample changes nothing. */
export function writeQuiet(windows: SlotWindows, columns: Columns, slot: number): void {
  let above = Number.NEGATIVE_INFINITY;
  let below = Number.POSITIVE_INFINITY;
  for (const window of windows.list) {
    if (window.above > above) above = window.above;
    if (window.below < below) below = window.below;
  }
  const at = slot * HOT.stride;
  columns.hot[at + HOT.quietAbove] = Math.max(windows.above, rawAbove(above, windows.scale));
  columns.hot[at + HOT.quietBelow] = Math.min(windows.below, rawBelow(below, windows.scale));
}

/** Whether no window is true or held; else each sample is looked at. */
export function areQuiet(windows: SlotWindows): boolean {
  catchUp(windows);
  return windows.list.every(({ verdict }) => verdict === "clear" || verdict === "unknown");
}
