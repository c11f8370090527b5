import type { WindowCondition } from "../../model/condition.ts";
import type { Instant } from "../../model/time.ts";
import type { Verdict } from "../verdict.ts";

/**
 * What the values of one point over some time say of one condition, kept up to date with every good live value
 * in counts of the point's resolution. Between `above` and `below`, exclusive, the next value leaves it clear.
 */
export interface Window {
  verdict: Verdict;
  readonly above: number;
  readonly below: number;
  /** How far the next values may be from this one without being looked at each by itself; < 0 = they may not. */
  readonly slack: number;
  take(t: Instant, value: number): void;
  /** The same as taking each of so many: nobody asks what was said of those before the last. */
  takeAll(times: Float64Array, values: Float64Array, n: number): void;
  /** Narrows `above` and `below` to what holds after any values between these, inclusive. */
  foresee(from: number, to: number): void;
  /** Looked at as time goes on: whether it became true by time alone. */
  ripen(now: Instant): boolean;
  /** Before this moment it cannot, unless the clock of the samples is set or a first one comes. */
  ripeFrom(): Instant;
  image(): number[];
  restore(image: readonly number[]): void;
}

/** Numbers that a window keeps. */
const KEPT = 3;

/**
 * The numbers that the windows of a point keep, side by side: as fields of the windows each of them would be an
 * object of its own that is fetched by itself, which cost more than all that is done with them.
 */
export interface Kept {
  readonly numbers: number[];
  /** Where those of the next window begin. */
  next: number;
}

/** Made of doubles, so that it holds them unboxed. */
export const keptBy = (windows: number): Kept => ({
  numbers: Array.from({ length: KEPT * windows }, () => Number.NaN),
  next: 0,
});

/** Where the numbers of one window begin. */
export function ownPlace(kept: Kept): number {
  const at = kept.next;
  kept.next += KEPT;
  return at;
}

/** What is worked out of a condition at a resolution: one for all points that are measured alike. */
export function sharedBy<W extends WindowCondition, T>(work: (when: W, resolution: number) => T) {
  const known = new WeakMap<W, Map<number, T>>();
  return (when: W, resolution: number): T => {
    const own = known.get(when) ?? new Map<number, T>();
    known.set(when, own);
    const made = own.get(resolution) ?? work(when, resolution);
    own.set(resolution, made);
    return made;
  };
}

/** Whether no time is before another, nor before the newest known; NaN = none is. */
export function ascend(times: Float64Array, n: number, newest: Instant): boolean {
  let before = newest;
  for (let i = 0; i < n; i++) {
    const t = times[i] as number;
    if (t < before) return false;
    before = t;
  }
  return true;
}

export function takeEach(window: Window, times: Float64Array, values: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) window.take(times[i] as number, values[i] as number);
}

/**
 * A share of the amount that makes a window true: below a half, so that no two values that wait are so far apart, and
 * with room beyond, so that the first value that does not wait seldom has to be judged. At a quarter a sample of a
 * methane sensor cost half as much again (`npm run bench -- engine`).
 */
export const SLACK = 0.4;
