import type { WindowCondition } from "../../model/condition.ts";
import type { Instant } from "../../model/time.ts";
import { stepsAtLeast } from "../decimal.ts";
import { VERDICTS, type Verdict } from "../verdict.ts";
import { type Kept, ownPlace, SLACK, type Window } from "./window.ts";

/** Its numbers. */
const VALUE = 0;
const ABOVE = 1;
const BELOW = 2;

/** How far a value is from the one before it. */
export class Jump implements Window {
  verdict: Verdict = "clear";
  private readonly by: number;
  private readonly numbers: number[];
  private readonly at: number;

  constructor({ by }: Extract<WindowCondition, { kind: "jump" }>, resolution: number, kept: Kept) {
    this.by = stepsAtLeast(by, resolution);
    this.numbers = kept.numbers;
    this.at = ownPlace(kept);
    this.numbers[this.at + ABOVE] = Number.NEGATIVE_INFINITY;
    this.numbers[this.at + BELOW] = Number.POSITIVE_INFINITY;
  }

  private own(which: number): number {
    return this.numbers[this.at + which] as number;
  }

  get slack(): number {
    return SLACK * this.by;
  }

  get above(): number {
    return this.own(ABOVE);
  }

  get below(): number {
    return this.own(BELOW);
  }

  foresee(from: number, to: number): void {
    this.numbers[this.at + ABOVE] = to - this.by;
    this.numbers[this.at + BELOW] = from + this.by;
  }

  take(_: Instant, value: number): void {
    this.verdict = Math.abs(value - this.own(VALUE)) >= this.by ? "raise" : "clear";
    this.numbers[this.at + VALUE] = value;
    this.foresee(value, value);
  }

  takeAll(times: Float64Array, values: Float64Array, n: number): void {
    if (n > 1) this.numbers[this.at + VALUE] = values[n - 2] as number;
    this.take(times[n - 1] as number, values[n - 1] as number);
  }

  ripen(): boolean {
    return false;
  }

  ripeFrom(): Instant {
    return Number.POSITIVE_INFINITY;
  }

  image(): number[] {
    return [VERDICTS.indexOf(this.verdict), this.own(VALUE), this.above, this.below];
  }

  restore([verdict = 0, value = 0, above = 0, below = 0]: readonly number[]): void {
    this.verdict = VERDICTS[verdict] as Verdict;
    this.numbers[this.at + VALUE] = value;
    this.numbers[this.at + ABOVE] = above;
    this.numbers[this.at + BELOW] = below;
  }
}
