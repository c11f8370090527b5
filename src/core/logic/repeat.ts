import type { WindowCondition } from "../../model/condition.ts";
import { type Instant, MINUTE } from "../../model/time.ts";
import { VERDICTS, type Verdict } from "../verdict.ts";
import { ascend, type Kept, ownPlace, takeEach, type Window } from "./window.ts";

/** Of each such time one run of values is remembered. */
const PART = 10 * MINUTE;
/** Successive values in a run: what a sensor shows by its own does not come twice in this order. */
const RUN = 16;
/** With fewer different values a run says nothing: still air shows the same every day. */
const DIFFERENT = 4;
/** Of the parts looked at, so many must say something. */
const TELLING = 0.75;
/**
 * Of those, so many be known from before: sent at another moment a third of them choose another run, and some more for
 * each sample lost. At a half, 1 replay in 2,000 of such was found more than an hour late; a sensor's own values know none.
 */
const KNOWN = 1 / 3;
const STILL_KNOWN = 0.25;

/** Of its numbers: the part that goes on, and the part of the gateway's time in which it was last asked. */
const PART_NOW = 0;
const ASKED = 1;

const BASE = 0x01000193;
/** Takes the oldest value out of a run's sum. */
const OLDEST = power(BASE, RUN);

/**
 * Whether the values of the last `for` are those of `after` before, in the same order (domain.md §7.5: the same series
 * replayed 24 h later). Each part of the time is known by one of its runs, chosen by what it says and not by where it
 * stands: so neither another moment of sending nor a sample lost now and then hides a replay, and a part costs four bytes.
 */
export class Repeat implements Window {
  verdict: Verdict = "clear";
  private readonly length: number;
  private readonly lag: number;
  /** The run that each part is known by; 0 = it says nothing. */
  private readonly marks: Int32Array;
  private readonly numbers: number[];
  private readonly place: number;
  /** The mark of the part that goes on. */
  private mark = 0;
  private readonly run = new Int32Array(RUN);
  private sum = 0;
  private count = 0;
  private due = false;

  constructor(when: Extract<WindowCondition, { kind: "repeats" }>, kept: Kept) {
    this.numbers = kept.numbers;
    this.place = ownPlace(kept);
    this.length = Math.max(1, Math.ceil(when.for / PART));
    this.lag = Math.max(this.length, Math.round(when.after / PART));
    this.marks = new Int32Array(this.length + this.lag + 2);
  }

  /** A part of the time makes it true, no single value. */
  get slack(): number {
    return Number.POSITIVE_INFINITY;
  }

  get above(): number {
    return Number.NEGATIVE_INFINITY;
  }

  get below(): number {
    return Number.POSITIVE_INFINITY;
  }

  private get part(): number {
    return this.numbers[this.place + PART_NOW] as number;
  }

  private set part(part: number) {
    this.numbers[this.place + PART_NOW] = part;
  }

  private get asked(): number {
    return this.numbers[this.place + ASKED] as number;
  }

  private set asked(part: number) {
    this.numbers[this.place + ASKED] = part;
  }

  take(t: Instant, value: number): void {
    const part = Math.floor(t / PART);
    // A clock that was set by more than the parts beside one begins anew.
    if (part < this.part - 1) this.forget();
    if (Number.isNaN(this.part)) this.part = part;
    if (part > this.part) this.moveOn(part);
    this.add(Math.round(value * 8) | 0);
  }

  takeAll(times: Float64Array, values: Float64Array, n: number): void {
    const part = this.part;
    const isWithin = Math.floor((times[n - 1] as number) / PART) === part && ascend(times, n, part * PART);
    if (!isWithin) takeEach(this, times, values, n);
    else for (let i = 0; i < n; i++) this.add(Math.round((values[i] as number) * 8) | 0);
  }

  private add(value: number): void {
    const at = this.count % RUN;
    this.sum = (Math.imul(this.sum, BASE) + value - Math.imul(this.run[at] as number, OLDEST)) | 0;
    this.run[at] = value;
    this.count += 1;
    if (this.count < RUN) return;
    const mark = mixed(this.sum);
    // The greatest of a part stands for it.
    if (mark > this.mark && this.differs()) this.mark = mark;
  }

  /** Whether a run has values enough that differ. Every sample may ask: nothing is made for it. */
  private differs(): boolean {
    const { run } = this;
    let found = 0;
    for (let i = 0; i < RUN && found < DIFFERENT; i++) if (run.indexOf(run[i] as number) === i) found += 1;
    return found === DIFFERENT;
  }

  private moveOn(part: number): void {
    const { marks } = this;
    marks[this.part % marks.length] = this.mark;
    for (let next = Math.max(this.part + 1, part - marks.length + 1); next <= part; next++)
      marks[next % marks.length] = 0;
    this.part = part;
    this.mark = 0;
    const share = this.known();
    this.due = share >= KNOWN;
    if (this.verdict !== "clear" && !this.due) this.verdict = share >= STILL_KNOWN ? "between" : "clear";
  }

  /** The share of the telling parts that were there before; 0 while too few tell anything. */
  private known(): number {
    let telling = 0;
    let known = 0;
    for (let back = 1; back <= this.length; back++) {
      const mark = this.at(back);
      if (mark === 0) continue;
      telling += 1;
      // A run at the edge of a part may have been in the part beside it.
      const before = back + this.lag;
      if (mark === this.at(before) || mark === this.at(before - 1) || mark === this.at(before + 1))
        known += 1;
    }
    return telling >= TELLING * this.length ? known / telling : 0;
  }

  private at(back: number): number {
    const { marks } = this;
    const place = this.part - back;
    // The ring holds the part that goes on and those before it.
    return back >= marks.length || place < 0 ? 0 : (marks[place % marks.length] as number);
  }

  private forget(): void {
    this.marks.fill(0);
    this.run.fill(0);
    Object.assign(this, { part: Number.NaN, asked: Number.NaN, mark: 0, sum: 0, count: 0, due: false });
  }

  foresee(): void {}

  /** Once a part: what else it is asked for, a restart for one, must not change when it tells. */
  ripen(now: Instant): boolean {
    const part = Math.floor(now / PART);
    const ripe = part > this.asked && this.due && this.verdict !== "raise";
    if (ripe) this.verdict = "raise";
    this.asked = part;
    return ripe;
  }

  ripeFrom(): Instant {
    return Number.isNaN(this.asked) ? Number.NEGATIVE_INFINITY : (this.asked + 1) * PART;
  }

  image(): number[] {
    const { part, asked, mark, sum, count, run, marks } = this;
    const due = this.due ? 1 : 0;
    return [VERDICTS.indexOf(this.verdict), part, asked, mark, sum, count, due, ...run, ...marks];
  }

  restore(image: readonly number[]): void {
    const [verdict = 0, part = 0, asked = 0, mark = 0, sum = 0, count = 0, due = 0, ...rest] = image;
    Object.assign(this, { verdict: VERDICTS[verdict], part, asked, mark, sum, count, due: due === 1 });
    this.run.set(rest.slice(0, RUN));
    this.marks.set(rest.slice(RUN, RUN + this.marks.length));
  }
}

/** Spreads what similar runs sum up to; never 0. */
function mixed(sum: number): number {
  let mark = Math.imul(sum ^ (sum >>> 15), 0x2c1b3c6d);
  mark = Math.imul(mark ^ (mark >>> 12), 0x297a2d39);
  return (mark ^ (mark >>> 15)) & 0x7fffffff || 1;
}

function power(base: number, exponent: number): number {
  let product = 1;
  for (let i = 0; i < exponent; i++) product = Math.imul(product, base);
  return product;
}
