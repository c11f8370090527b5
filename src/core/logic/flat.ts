import type { WindowCondition } from "../../model/condition.ts";
import type { Instant } from "../../model/time.ts";
import { stepsAtLeast } from "../decimal.ts";
import { VERDICTS, type Verdict } from "../verdict.ts";
import { partWidth } from "./parts.ts";
import { Sums } from "./sums.ts";
import { ascend, type Kept, ownPlace, sharedBy, takeEach, type Window } from "./window.ts";

type When = Extract<WindowCondition, { kind: "flat" }>;

/** Whether values usually move is told by at least this share of the time asked for. */
const LIVELY_SEEN = 0.1;

const sizes = sharedBy((when: When, resolution) => ({
  for: when.for,
  step: stepsAtLeast(when.step, resolution),
  from: when.from === null ? Number.NEGATIVE_INFINITY : stepsAtLeast(when.from, resolution),
  /** The least spread that counts as moving; null = nobody asks. */
  std: when.lively === null ? null : when.lively.std / (resolution === 0 ? 1 : resolution),
  width: when.lively === null ? Number.NaN : partWidth(when.lively.of),
}));

/** Of its numbers: the value that stays, since when, and the time of the newest. */
const VALUE = 0;
const SINCE = 1;
const NEWEST = 2;

/** Whether the value has not moved for so long, where it usually does. */
export class Flat implements Window {
  verdict: Verdict = "clear";
  private readonly sizes: ReturnType<typeof sizes>;
  private readonly sums: Sums | null;
  private readonly numbers: number[];
  private readonly at: number;

  constructor(when: When, resolution: number, kept: Kept) {
    this.sizes = sizes(when, resolution);
    this.sums = when.lively === null ? null : new Sums();
    this.numbers = kept.numbers;
    this.at = ownPlace(kept);
  }

  private own(which: number): number {
    return this.numbers[this.at + which] as number;
  }

  /** Nothing but time makes it true. */
  get slack(): number {
    return Number.POSITIVE_INFINITY;
  }

  get above(): number {
    return Number.NEGATIVE_INFINITY;
  }

  get below(): number {
    return Number.POSITIVE_INFINITY;
  }

  take(t: Instant, value: number): void {
    const { width } = this.sizes;
    const newest = this.own(NEWEST);
    if (t < newest) {
      this.numbers[this.at + SINCE] = this.own(SINCE) + (t - newest);
      this.sums?.shift(Math.round((t - newest) / width));
    }
    this.numbers[this.at + NEWEST] = t;
    this.sums?.add(Math.floor(t / width), value);
    this.follow(t, value);
  }

  takeAll(times: Float64Array, values: Float64Array, n: number): void {
    if (!ascend(times, n, this.own(NEWEST))) {
      takeEach(this, times, values, n);
      return;
    }
    this.numbers[this.at + NEWEST] = times[n - 1] as number;
    this.sums?.addAll(times, values, n, this.sizes.width);
    for (let i = 0; i < n; i++) this.follow(times[i] as number, values[i] as number);
  }

  private follow(t: Instant, value: number): void {
    if (Math.abs(value - this.own(VALUE)) < this.sizes.step) return;
    this.numbers[this.at + VALUE] = value;
    this.numbers[this.at + SINCE] = t;
    this.verdict = "clear";
  }

  foresee(): void {}

  ripeFrom(): Instant {
    const newest = this.own(NEWEST);
    if (Number.isNaN(newest)) return Number.POSITIVE_INFINITY;
    const mayRise = this.verdict === "clear" && this.own(VALUE) >= this.sizes.from;
    return (mayRise ? this.own(SINCE) : newest) + this.sizes.for;
  }

  /** Becomes true on the sweep; only another value ends it. */
  ripen(): boolean {
    const { sizes, sums } = this;
    const due =
      this.verdict === "clear" &&
      this.own(NEWEST) - this.own(SINCE) >= sizes.for &&
      this.own(VALUE) >= sizes.from &&
      (sums === null || sums.deviation(LIVELY_SEEN) >= (sizes.std ?? 0));
    if (due) this.verdict = "raise";
    return due;
  }

  image(): number[] {
    const sums = this.sums?.image() ?? [];
    return [VERDICTS.indexOf(this.verdict), this.own(VALUE), this.own(SINCE), this.own(NEWEST), ...sums];
  }

  restore([verdict = 0, value = 0, since = 0, newest = 0, ...sums]: readonly number[]): void {
    this.verdict = VERDICTS[verdict] as Verdict;
    this.numbers[this.at + VALUE] = value;
    this.numbers[this.at + SINCE] = since;
    this.numbers[this.at + NEWEST] = newest;
    this.sums?.restore(sums);
  }
}
