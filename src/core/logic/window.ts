import type { Amount, WindowCondition } from "../../model/condition.ts";
import type { Instant } from "../../model/time.ts";
import { stepsAtLeast } from "../decimal.ts";
import { VERDICTS, type Verdict } from "../verdict.ts";
import { Extreme } from "./extreme.ts";
import { Repeat } from "./repeat.ts";
import { Sums } from "./sums.ts";

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

export function openWindow(when: WindowCondition, resolution: number): Window {
  switch (when.kind) {
    case "rise":
    case "fall":
      return new Slope(when, resolution);
    case "mean":
      return new Mean(when, resolution);
    case "flat":
      return new Flat(when, resolution);
    case "repeats":
      return new Repeat(when);
    case "jump":
      return new Jump(when.by, resolution);
  }
}

/** An amount in counts of the resolution, or NaN and a share of what it is measured from. */
interface Size {
  readonly counts: number;
  readonly share: number;
}

const sizeOf = (amount: Amount, resolution: number): Size =>
  typeof amount === "number"
    ? { counts: stepsAtLeast(amount, resolution), share: 0 }
    : { counts: Number.NaN, share: amount.share };

function measured({ counts, share }: Size, base: number): number {
  if (!Number.isNaN(counts)) return counts;
  const part = share * Math.abs(base);
  // A share of a whole number of steps is not to be missed by a digit that no decimal has.
  const whole = Math.round(part);
  return Math.abs(part - whole) < 1e-9 * (1 + Math.abs(part)) ? whole : part;
}

/**
 * A share of the amount that makes a window true: below a half, so that no two values that wait are so far apart, and
 * with room beyond, so that the first value that does not wait seldom has to be judged. At a quarter a sample of a
 * methane sensor cost half as much again (`npm run bench -- engine`).
 */
const SLACK = 0.4;

interface SlopeSizes {
  readonly by: Size;
  readonly clear: Size | null;
}

type SlopeCondition = Extract<WindowCondition, { kind: "rise" | "fall" }>;
const slopes = new WeakMap<WindowCondition, Map<number, SlopeSizes>>();

/** One for all points that are measured alike. */
function slopeSizes(when: SlopeCondition, resolution: number): SlopeSizes {
  const known = slopes.get(when) ?? new Map<number, SlopeSizes>();
  slopes.set(when, known);
  const before = known.get(resolution);
  if (before !== undefined) return before;
  const clear = when.clear === null ? null : sizeOf(when.clear, resolution);
  const made = { by: sizeOf(when.by, resolution), clear };
  known.set(resolution, made);
  return made;
}

class Slope implements Window {
  verdict: Verdict = "unknown";
  private readonly sizes: SlopeSizes;
  private readonly extreme: Extreme;
  /** 1 for a rise from the least, -1 for a fall from the greatest. */
  private readonly sign: 1 | -1;
  /** As far above the least as makes it true. */
  private edge = Number.POSITIVE_INFINITY;
  /** Where the value came from when the condition became true; null = it is not. */
  private base: number | null = null;
  private newest = Number.NaN;

  constructor(when: SlopeCondition, resolution: number) {
    this.sizes = slopeSizes(when, resolution);
    this.extreme = new Extreme(when.within);
    this.sign = when.kind === "rise" ? 1 : -1;
  }

  get slack(): number {
    return SLACK * measured(this.sizes.by, this.extreme.value());
  }

  get above(): number {
    return this.sign === 1 ? Number.NEGATIVE_INFINITY : -this.edge;
  }

  get below(): number {
    return this.sign === 1 ? this.edge : Number.POSITIVE_INFINITY;
  }

  take(t: Instant, value: number): void {
    this.moveTo(t);
    const up = this.sign * value;
    this.extreme.add(t, up);
    this.judge(up);
  }

  takeAll(times: Float64Array, values: Float64Array, n: number): void {
    const { extreme, sign } = this;
    // What holds until it clears depends on each.
    if (this.sizes.clear !== null) {
      for (let i = 0; i < n; i++) this.take(times[i] as number, values[i] as number);
      return;
    }
    for (let i = 0; i < n; i++) {
      const t = times[i] as number;
      this.moveTo(t);
      extreme.add(t, sign * (values[i] as number));
    }
    this.judge(sign * (values[n - 1] as number));
  }

  private moveTo(t: Instant): void {
    if (t < this.newest) this.extreme.shift(t - this.newest);
    this.newest = t;
  }

  private judge(up: number): void {
    const least = this.extreme.value();
    const { by, clear } = this.sizes;
    const enough = measured(by, least);
    const risen = up - least >= enough;
    if (clear === null) this.verdict = risen ? "raise" : "clear";
    else this.hold(up, least, risen, clear);
    this.bound(least);
  }

  foresee(from: number, to: number): void {
    this.bound(Math.min(this.extreme.value(), this.sign === 1 ? from : -to));
  }

  /** The least only grows as the window moves on, so what is kept here errs on the near side. */
  private bound(least: number): void {
    this.edge = least + measured(this.sizes.by, least);
  }

  private hold(up: number, least: number, risen: boolean, clear: Size): void {
    if (this.base === null && risen) this.base = least;
    if (this.base === null) {
      this.verdict = "clear";
      return;
    }
    const off = up - this.base;
    if (risen || off >= measured(this.sizes.by, this.base)) this.verdict = "raise";
    else if (off >= measured(clear, this.base)) this.verdict = "between";
    else {
      this.verdict = "clear";
      this.base = null;
    }
  }

  ripen(): boolean {
    return false;
  }

  ripeFrom(): Instant {
    return Number.POSITIVE_INFINITY;
  }

  image(): number[] {
    const { above, below, base, newest } = this;
    return [
      VERDICTS.indexOf(this.verdict),
      above,
      below,
      base ?? Number.NaN,
      newest,
      ...this.extreme.image(),
    ];
  }

  restore([verdict = 0, above = 0, below = 0, base = 0, newest = 0, ...extreme]: readonly number[]): void {
    const edge = this.sign === 1 ? below : -above;
    Object.assign(this, { verdict: VERDICTS[verdict], edge, base: Number.isNaN(base) ? null : base, newest });
    this.extreme.restore(extreme);
  }
}

/** A mean over less than this share of its time is none. */
const MEAN_SEEN = 0.25;

class Mean implements Window {
  verdict: Verdict = "unknown";
  /** Every value moves the mean. */
  readonly slack = -1;
  above = Number.NEGATIVE_INFINITY;
  below = Number.POSITIVE_INFINITY;
  private readonly high: boolean;
  private readonly sizes: { readonly limit: Size; readonly clear: Size };
  private readonly sums: Sums;
  private newest = Number.NaN;
  /** Beyond these it is true, and released. */
  private limit = Number.NaN;
  private clear = Number.NaN;

  constructor(when: Extract<WindowCondition, { kind: "mean" }>, resolution: number) {
    this.high = when.side === "high";
    this.sizes = { limit: sizeOf(when.limit, resolution), clear: sizeOf(when.clear, resolution) };
    this.sums = new Sums(when.of);
  }

  /** A value is held against the mean of those before it. */
  take(t: Instant, value: number): void {
    if (t < this.newest) this.sums.shift(t - this.newest);
    this.newest = t;
    const { high } = this;
    if (Number.isNaN(this.limit)) this.verdict = "unknown";
    else if (high ? value > this.limit : value < this.limit) this.verdict = "raise";
    else this.verdict = (high ? value > this.clear : value < this.clear) ? "between" : "clear";
    this.sums.add(t, value);
    this.follow();
  }

  takeAll(times: Float64Array, values: Float64Array, n: number): void {
    for (let i = 0; i < n; i++) this.take(times[i] as number, values[i] as number);
  }

  private follow(): void {
    const mean = this.sums.mean(MEAN_SEEN);
    const at = ({ counts, share }: Size): number =>
      Number.isNaN(counts) ? mean + (share - 1) * Math.abs(mean) : mean + (this.high ? counts : -counts);
    this.limit = at(this.sizes.limit);
    this.clear = at(this.sizes.clear);
    if (Number.isNaN(this.limit)) return;
    if (this.high) this.below = this.limit;
    else this.above = this.limit;
  }

  foresee(): void {}

  ripen(): boolean {
    return false;
  }

  ripeFrom(): Instant {
    return Number.POSITIVE_INFINITY;
  }

  image(): number[] {
    const { above, below, newest, limit, clear } = this;
    return [VERDICTS.indexOf(this.verdict), above, below, newest, limit, clear, ...this.sums.image()];
  }

  restore(image: readonly number[]): void {
    const [verdict = 0, above = 0, below = 0, newest = 0, limit = 0, clear = 0, ...sums] = image;
    Object.assign(this, { verdict: VERDICTS[verdict], above, below, newest, limit, clear });
    this.sums.restore(sums);
  }
}

/** Whether values usually move is told by at least this share of the time asked for. */
const LIVELY_SEEN = 0.1;

class Flat implements Window {
  verdict: Verdict = "clear";
  /** Nothing but time makes it true. */
  readonly slack = Number.POSITIVE_INFINITY;
  above = Number.NEGATIVE_INFINITY;
  below = Number.POSITIVE_INFINITY;
  private readonly when: Extract<WindowCondition, { kind: "flat" }>;
  private readonly step: number;
  private readonly from: number;
  private readonly sums: Sums | null;
  private readonly std: number;
  private value = Number.NaN;
  private since = Number.NaN;
  private newest = Number.NaN;

  constructor(when: Extract<WindowCondition, { kind: "flat" }>, resolution: number) {
    this.when = when;
    this.step = stepsAtLeast(when.step, resolution);
    this.from = when.from === null ? Number.NEGATIVE_INFINITY : stepsAtLeast(when.from, resolution);
    this.sums = when.lively === null ? null : new Sums(when.lively.of);
    this.std = when.lively === null ? 0 : when.lively.std / (resolution === 0 ? 1 : resolution);
  }

  take(t: Instant, value: number): void {
    if (t < this.newest) {
      this.since += t - this.newest;
      this.sums?.shift(t - this.newest);
    }
    this.newest = t;
    this.sums?.add(t, value);
    if (Math.abs(value - this.value) < this.step) return;
    this.value = value;
    this.since = t;
    this.verdict = "clear";
  }

  takeAll(times: Float64Array, values: Float64Array, n: number): void {
    for (let i = 0; i < n; i++) this.take(times[i] as number, values[i] as number);
  }

  foresee(): void {}

  ripeFrom(): Instant {
    if (Number.isNaN(this.newest)) return Number.POSITIVE_INFINITY;
    const mayRise = this.verdict === "clear" && this.value >= this.from;
    return (mayRise ? this.since : this.newest) + this.when.for;
  }

  /** Becomes true on the sweep; only another value ends it. */
  ripen(): boolean {
    const due =
      this.verdict === "clear" &&
      this.newest - this.since >= this.when.for &&
      this.value >= this.from &&
      (this.sums === null || this.sums.deviation(LIVELY_SEEN) >= this.std);
    if (due) this.verdict = "raise";
    return due;
  }

  image(): number[] {
    const { value, since, newest } = this;
    return [VERDICTS.indexOf(this.verdict), value, since, newest, ...(this.sums?.image() ?? [])];
  }

  restore([verdict = 0, value = 0, since = 0, newest = 0, ...sums]: readonly number[]): void {
    Object.assign(this, { verdict: VERDICTS[verdict], value, since, newest });
    this.sums?.restore(sums);
  }
}

class Jump implements Window {
  verdict: Verdict = "clear";
  readonly slack: number;
  above = Number.NEGATIVE_INFINITY;
  below = Number.POSITIVE_INFINITY;
  private readonly by: number;
  private value = Number.NaN;

  constructor(by: number, resolution: number) {
    this.by = stepsAtLeast(by, resolution);
    this.slack = SLACK * this.by;
  }

  foresee(from: number, to: number): void {
    this.above = to - this.by;
    this.below = from + this.by;
  }

  take(_: Instant, value: number): void {
    this.verdict = Math.abs(value - this.value) >= this.by ? "raise" : "clear";
    this.value = value;
    this.above = value - this.by;
    this.below = value + this.by;
  }

  takeAll(times: Float64Array, values: Float64Array, n: number): void {
    if (n > 1) this.value = values[n - 2] as number;
    this.take(times[n - 1] as number, values[n - 1] as number);
  }

  ripen(): boolean {
    return false;
  }

  ripeFrom(): Instant {
    return Number.POSITIVE_INFINITY;
  }

  image(): number[] {
    return [VERDICTS.indexOf(this.verdict), this.value, this.above, this.below];
  }

  restore([verdict = 0, value = 0, above = 0, below = 0]: readonly number[]): void {
    Object.assign(this, { verdict: VERDICTS[verdict], value, above, below });
  }
}
