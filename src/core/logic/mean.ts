import type { WindowCondition } from "../../model/condition.ts";
import type { Instant, Millis } from "../../model/time.ts";
import { VERDICTS, type Verdict } from "../verdict.ts";
import { partWidth } from "./parts.ts";
import { type Size, sizeOf } from "./size.ts";
import { Sums } from "./sums.ts";
import { takeEach, type Window } from "./window.ts";

/** A mean over less than this share of its time is none. */
const MEAN_SEEN = 0.25;

/** How far a value is above or below the mean of those before it. */
export class Mean implements Window {
  verdict: Verdict = "unknown";
  /** Every value moves the mean. */
  readonly slack = -1;
  above = Number.NEGATIVE_INFINITY;
  below = Number.POSITIVE_INFINITY;
  private readonly high: boolean;
  private readonly sizes: { readonly limit: Size; readonly clear: Size };
  private readonly sums = new Sums();
  private readonly width: Millis;
  private newest = Number.NaN;
  /** Beyond these it is true, and released. */
  private limit = Number.NaN;
  private clear = Number.NaN;

  constructor(when: Extract<WindowCondition, { kind: "mean" }>, resolution: number) {
    this.high = when.side === "high";
    this.sizes = { limit: sizeOf(when.limit, resolution), clear: sizeOf(when.clear, resolution) };
    this.width = partWidth(when.of);
  }

  /** A value is held against the mean of those before it. */
  take(t: Instant, value: number): void {
    if (t < this.newest) this.sums.shift(Math.round((t - this.newest) / this.width));
    this.newest = t;
    const { high } = this;
    if (Number.isNaN(this.limit)) this.verdict = "unknown";
    else if (high ? value > this.limit : value < this.limit) this.verdict = "raise";
    else this.verdict = (high ? value > this.clear : value < this.clear) ? "between" : "clear";
    this.sums.add(Math.floor(t / this.width), value);
    this.follow();
  }

  takeAll(times: Float64Array, values: Float64Array, n: number): void {
    takeEach(this, times, values, n);
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
