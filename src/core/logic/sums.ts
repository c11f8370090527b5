import type { Millis } from "../../model/time.ts";
import { PARTS } from "./parts.ts";

/** Number, sum and sum of squares, of a part or over all of them. */
const CELLS = 3;

/** What stands before the cells: the newest part and the first, what sums are distances from, and the totals. */
const NEWEST = 0;
const FIRST = 1;
const ORIGIN = 2;
const TOTAL = 3;
const HEAD = TOTAL + CELLS;

/** Room for a few parts, an hour being none of a week; made of doubles, so that it holds them unboxed. */
const FEW = Array.from({ length: HEAD + 4 * CELLS }, (_, i) => (i < TOTAL ? Number.NaN : 0));

/** Number, mean and spread of the values of the last parts. */
export class Sums {
  /**
   * The head, then the cells of the last parts, each part at its number modulo how many there is room for. Sums are of
   * distances from the first value, which keeps them small. In one array: what is looked at together lies together.
   */
  private all: number[] = FEW.slice();
  /** Where the cells of the newest part lie: remainders of doubles are slow. */
  private place = HEAD;

  /** Time never goes back here. */
  add(part: number, value: number): void {
    const at = this.cellsOf(part, value);
    const { all } = this;
    const off = value - (all[ORIGIN] as number);
    addTo(all, at, 1, off, off * off);
    addTo(all, TOTAL, 1, off, off * off);
  }

  /** The same as adding each, in the same order; the times ascend, each in the part that `width` tells. */
  addAll(times: Float64Array, values: Float64Array, n: number, width: Millis): void {
    const part = Math.floor((times[0] as number) / width);
    if (part !== Math.floor((times[n - 1] as number) / width)) {
      for (let i = 0; i < n; i++) this.add(Math.floor((times[i] as number) / width), values[i] as number);
      return;
    }
    const at = this.cellsOf(part, values[0] as number);
    const { all } = this;
    const origin = all[ORIGIN] as number;
    for (let i = 0; i < n; i++) {
      const off = (values[i] as number) - origin;
      addTo(all, at, 1, off, off * off);
      addTo(all, TOTAL, 1, off, off * off);
    }
  }

  /** Where those of a part lie, which may be the next one; distances are from the first value of all. */
  private cellsOf(part: number, value: number): number {
    const { all } = this;
    if (Number.isNaN(all[NEWEST])) {
      all[NEWEST] = part;
      all[FIRST] = part;
      all[ORIGIN] = value;
      this.place = this.placeOf(part);
    }
    if (part > (all[NEWEST] as number)) this.moveOn(part);
    // A clock that was set may be a part off.
    return part === this.all[NEWEST] ? this.place : this.placeOf(part);
  }

  private roomFor(): number {
    return (this.all.length - HEAD) / CELLS;
  }

  private placeOf(part: number): number {
    return HEAD + CELLS * modulo(part, this.roomFor());
  }

  /** Parts that are too old go; the totals are summed anew, so that no rounding builds up. */
  private moveOn(part: number): void {
    const [newest = 0, first = 0] = this.all;
    // One more than have been seen: a clock that was set may be a part off.
    while (this.roomFor() < PARTS && part - first + 2 > this.roomFor()) this.grow();
    for (let next = Math.max(newest + 1, part - PARTS + 1); next <= part; next++) {
      const at = this.placeOf(next);
      this.all.fill(0, at, at + CELLS);
    }
    this.all[NEWEST] = part;
    this.place = this.placeOf(part);
    this.sumUp();
  }

  /** Room for twice as many parts; it stays a power of two. */
  private grow(): void {
    const before = this.all;
    const parts = this.roomFor();
    const newest = before[NEWEST] as number;
    this.all = before.concat(before.slice(HEAD)).fill(0, HEAD);
    for (let part = newest - parts + 1; part <= newest; part++) {
      const from = HEAD + CELLS * modulo(part, parts);
      const to = this.placeOf(part);
      for (let i = 0; i < CELLS; i++) this.all[to + i] = before[from + i] as number;
    }
  }

  /** In an order that does not depend on how much room there is, for no sum of doubles is the same in another. */
  private sumUp(): void {
    const { all } = this;
    const newest = all[NEWEST] as number;
    const parts = this.roomFor();
    all.fill(0, TOTAL, HEAD);
    for (let i = 0; i < PARTS; i++) {
      const age = modulo(newest - i, PARTS);
      if (age >= parts) continue;
      const at = this.placeOf(newest - age);
      addTo(all, TOTAL, all[at] as number, all[at + 1] as number, all[at + 2] as number);
    }
  }

  /** NaN while less than this share of the span has been seen. */
  mean(share: number): number {
    const [, , origin = 0, n = 0, sum = 0] = this.all;
    return this.hasSeen(share) ? origin + sum / n : Number.NaN;
  }

  deviation(share: number): number {
    if (!this.hasSeen(share)) return Number.NaN;
    const [, , , n = 0, sum = 0, squares = 0] = this.all;
    return Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2));
  }

  private hasSeen(share: number): boolean {
    const [newest = Number.NaN, first = Number.NaN] = this.all;
    return (newest - first) / (PARTS - 1) >= share;
  }

  /** The clock the times come from was set. */
  shift(parts: number): void {
    const before = this.image();
    before[NEWEST] = (before[NEWEST] as number) + parts;
    before[FIRST] = (before[FIRST] as number) + parts;
    this.restore(before);
  }

  /** Newest part, first part, origin, totals; then number, sum and squares of each part, newest first. */
  image(): number[] {
    const { all } = this;
    const image = all.slice(0, HEAD);
    const newest = all[NEWEST] as number;
    if (Number.isNaN(newest)) return image;
    for (let part = newest; part > newest - this.roomFor(); part--) {
      const at = this.placeOf(part);
      image.push(all[at] as number, all[at + 1] as number, all[at + 2] as number);
    }
    return image;
  }

  restore(image: readonly number[]): void {
    this.all = FEW.slice();
    while (this.all.length < image.length) this.all = this.all.concat(this.all.slice(HEAD));
    for (let i = 0; i < HEAD; i++) this.all[i] = image[i] as number;
    const newest = image[NEWEST] as number;
    if (Number.isNaN(newest)) return;
    this.place = this.placeOf(newest);
    for (let i = 0; HEAD + CELLS * i < image.length; i++) {
      const at = this.placeOf(newest - i);
      for (let cell = 0; cell < CELLS; cell++) this.all[at + cell] = image[HEAD + CELLS * i + cell] as number;
    }
  }
}

function addTo(all: number[], at: number, n: number, sum: number, squares: number): void {
  all[at] = (all[at] as number) + n;
  all[at + 1] = (all[at + 1] as number) + sum;
  all[at + 2] = (all[at + 2] as number) + squares;
}

const modulo = (part: number, parts: number): number => ((part % parts) + parts) % parts;
