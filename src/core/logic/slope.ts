import type { WindowCondition } from "../../model/condition.ts";
import type { Instant } from "../../model/time.ts";
import { VERDICTS, type Verdict } from "../verdict.ts";
import { Extreme } from "./extreme.ts";
import { partWidth } from "./parts.ts";
import { measured, type Size, sizeOf } from "./size.ts";
import { ascend, type Kept, ownPlace, SLACK, sharedBy, takeEach, type Window } from "./window.ts";

type When = Extract<WindowCondition, { kind: "rise" | "fall" }>;

const sizes = sharedBy((when: When, resolution) => ({
  by: sizeOf(when.by, resolution),
  clear: when.clear === null ? null : sizeOf(when.clear, resolution),
  width: partWidth(when.within),
}));

/** Of its numbers: time of the newest value. */
const NEWEST = 0;
/** As far above the least as makes it true. */
const EDGE = 1;
/** Where the value came from when the condition became true; NaN = it is not. */
const BASE = 2;

/** How far the value has risen above the least of the last `within`, or fallen below the greatest. */
export class Slope implements Window {
  verdict: Verdict = "unknown";
  private readonly sizes: ReturnType<typeof sizes>;
  private readonly extreme = new Extreme();
  /** 1 for a rise from the least, -1 for a fall from the greatest. */
  private readonly sign: 1 | -1;
  private readonly numbers: number[];
  private readonly at: number;

  constructor(when: When, resolution: number, kept: Kept) {
    this.sizes = sizes(when, resolution);
    this.sign = when.kind === "rise" ? 1 : -1;
    this.numbers = kept.numbers;
    this.at = ownPlace(kept);
    this.numbers[this.at + EDGE] = Number.POSITIVE_INFINITY;
  }

  private own(which: number): number {
    return this.numbers[this.at + which] as number;
  }

  get slack(): number {
    return SLACK * measured(this.sizes.by, this.extreme.value());
  }

  get above(): number {
    return this.sign === 1 ? Number.NEGATIVE_INFINITY : -this.own(EDGE);
  }

  get below(): number {
    return this.sign === 1 ? this.own(EDGE) : Number.POSITIVE_INFINITY;
  }

  take(t: Instant, value: number): void {
    const newest = this.own(NEWEST);
    const { width } = this.sizes;
    if (t < newest) this.extreme.shift(Math.round((t - newest) / width));
    this.numbers[this.at + NEWEST] = t;
    const up = this.sign * value;
    this.extreme.add(Math.floor(t / width), up);
    this.judge(up);
  }

  takeAll(times: Float64Array, values: Float64Array, n: number): void {
    const { extreme, sign, sizes } = this;
    // What holds until it clears depends on each.
    if (sizes.clear !== null || !ascend(times, n, this.own(NEWEST))) {
      takeEach(this, times, values, n);
      return;
    }
    extreme.addAll(times, values, n, sign, sizes.width);
    this.numbers[this.at + NEWEST] = times[n - 1] as number;
    this.judge(sign * (values[n - 1] as number));
  }

  private judge(up: number): void {
    const least = this.extreme.value();
    const { by, clear } = this.sizes;
    const risen = up - least >= measured(by, least);
    if (clear === null) this.verdict = risen ? "raise" : "clear";
    else this.hold(up, least, risen, clear);
    this.bound(least);
  }

  foresee(from: number, to: number): void {
    this.bound(Math.min(this.extreme.value(), this.sign === 1 ? from : -to));
  }

  /** The least only grows as the window moves on, so what is kept here errs on the near side. */
  private bound(least: number): void {
    this.numbers[this.at + EDGE] = least + measured(this.sizes.by, least);
  }

  private hold(up: number, least: number, risen: boolean, clear: Size): void {
    if (Number.isNaN(this.own(BASE)) && risen) this.numbers[this.at + BASE] = least;
    const base = this.own(BASE);
    if (Number.isNaN(base)) {
      this.verdict = "clear";
      return;
    }
    const off = up - base;
    if (risen || off >= measured(this.sizes.by, base)) this.verdict = "raise";
    else if (off >= measured(clear, base)) this.verdict = "between";
    else {
      this.verdict = "clear";
      this.numbers[this.at + BASE] = Number.NaN;
    }
  }

  ripen(): boolean {
    return false;
  }

  ripeFrom(): Instant {
    return Number.POSITIVE_INFINITY;
  }

  image(): number[] {
    const { above, below } = this;
    const verdict = VERDICTS.indexOf(this.verdict);
    return [verdict, above, below, this.own(BASE), this.own(NEWEST), ...this.extreme.image()];
  }

  restore([verdict = 0, above = 0, below = 0, base = 0, newest = 0, ...extreme]: readonly number[]): void {
    this.verdict = VERDICTS[verdict] as Verdict;
    this.numbers[this.at + EDGE] = this.sign === 1 ? below : -above;
    this.numbers[this.at + BASE] = base;
    this.numbers[this.at + NEWEST] = newest;
    this.extreme.restore(extreme);
  }
}
