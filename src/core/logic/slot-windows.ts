import type { WindowCondition } from "../../model/condition.ts";
import { STATE, UNKNOWN_BITS } from "../../model/reading.ts";
import type { Instant } from "../../model/time.ts";
import { type Columns, FLAG, HOT, remembered } from "../columns.ts";
import { rawAbove, rawBelow, type Scale, scaled } from "../decimal.ts";
import { openWindow, type Window } from "./window.ts";

/** Values under these states say nothing of the air: bad data and calibration gas. */
const NO_VALUE = UNKNOWN_BITS | STATE.calibrating;

/** The windows that rules keep of one point; only points that a rule names have any. */
export interface SlotWindows {
  readonly byName: Map<string, Window>;
  readonly list: Window[];
  readonly scale: Scale;
  /** Between these, exclusive, nothing but the windows can change what is known. */
  above: number;
  below: number;
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
  const byName = new Map<string, Window>();
  for (const [name, when] of wanted)
    byName.set(name, kept?.byName.get(name) ?? begun(when, scale, columns, slot));
  const quiet = { above: Number.NEGATIVE_INFINITY, below: Number.POSITIVE_INFINITY };
  return { byName, list: [...byName.values()], scale, ...quiet };
}

function begun(when: WindowCondition, scale: Scale, columns: Columns, slot: number): Window {
  const window = openWindow(when, scale.resolution);
  const samples = remembered(columns, slot).filter(
    ({ value, state }) => !Number.isNaN(value) && (state & NO_VALUE) === 0,
  );
  samples.sort((a, b) => a.judged - b.judged);
  for (const { judged, value } of samples) window.take(judged, scaled(value, scale));
  return window;
}

/** Every live sample in order passes here, also those about which nothing needs to be decided. */
export function takeSample(
  windows: SlotWindows,
  columns: Columns,
  slot: number,
  t: Instant,
  value: number,
  state: number,
): void {
  if (Number.isNaN(value) || (state & NO_VALUE) !== 0) return;
  const counts = scaled(value, windows.scale);
  for (const window of windows.list) {
    const blind = window.verdict === "unknown";
    window.take(t, counts);
    // What nothing could be said of until now is looked at with the next sample.
    if (blind && window.verdict !== "unknown")
      columns.flags[slot] = (columns.flags[slot] as number) | FLAG.loud;
  }
  writeQuiet(windows, columns, slot);
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
export const areQuiet = (windows: SlotWindows): boolean =>
  windows.list.every(({ verdict }) => verdict === "clear" || verdict === "unknown");
