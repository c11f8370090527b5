import type { Instant, Millis } from "../../model/time.ts";
import { PARTS } from "./extreme.ts";

/** Numbers of a part: how many values, their sum, and the sum of their squares. */
const CELLS = 3;
/** Room for a few parts, an hour being none of a week; made of doubles, so that it holds them unboxed. */
const FEW = Array.from({ length: 4 * CELLS }, () => Number.NaN).fill(0);

/** Number, mean and spread of the values of the last `span`, to a 63rd of it. */
export class Sums {
  private readonly width: Millis;
  /**
   * The cells of the last parts, each part at its number modulo how many there is room for. Sums are of distances
   * from `origin`, which keeps them small.
   */
  private cells: number[] = FEW.slice();
  private newest = Number.NaN;
  private first = Number.NaN;
  private origin = Number.NaN;
  /** Where the cells of the newest part lie: remainders of doubles are slow. */
  private place = 0;
  /** Number, sum and squares over all parts, kept up to date. */
  private n = 0;
  private sum = 0;
  private squares = 0;

  constructor(span: Millis) {
    this.width = Math.max(1, span / (PARTS - 1));
  }

  /** Time never goes back here. */
  add(t: Instant, value: number): void {
    const part = Math.floor(t / this.width);
    if (Number.isNaN(this.newest)) {
      this.newest = part;
      this.place = this.placeOf(part);
      this.first = part;
      this.origin = value;
    }
    if (part > this.newest) this.moveOn(part);
    // A clock that was set may be a part off.
    const at = part === this.newest ? this.place : this.placeOf(part);
    const off = value - this.origin;
    const { cells } = this;
    cells[at] = (cells[at] as number) + 1;
    cells[at + 1] = (cells[at + 1] as number) + off;
    cells[at + 2] = (cells[at + 2] as number) + off * off;
    this.n += 1;
    this.sum += off;
    this.squares += off * off;
  }

  private placeOf(part: number): number {
    return CELLS * modulo(part, this.cells.length / CELLS);
  }

  /** Parts that are too old go; the totals are summed anew, so that no rounding builds up. */
  private moveOn(part: number): void {
    // One more than have been seen: a clock that was set may be a part off.
    while (this.cells.length < PARTS * CELLS && (part - this.first + 2) * CELLS > this.cells.length)
      this.grow();
    for (let next = Math.max(this.newest + 1, part - PARTS + 1); next <= part; next++) {
      const at = this.placeOf(next);
      this.cells.fill(0, at, at + CELLS);
    }
    this.newest = part;
    this.place = this.placeOf(part);
    this.sumUp();
  }

  /** Room for twice as many parts; it stays a power of two. */
  private grow(): void {
    const before = this.cells;
    const parts = before.length / CELLS;
    this.cells = before.concat(before).fill(0);
    for (let part = this.newest - parts + 1; part <= this.newest; part++) {
      const from = CELLS * modulo(part, parts);
      const to = this.placeOf(part);
      for (let i = 0; i < CELLS; i++) this.cells[to + i] = before[from + i] as number;
    }
  }

  /** In an order that does not depend on how much room there is, for no sum of doubles is the same in another. */
  private sumUp(): void {
    this.n = 0;
    this.sum = 0;
    this.squares = 0;
    const parts = this.cells.length / CELLS;
    for (let i = 0; i < PARTS; i++) {
      const age = modulo(this.newest - i, PARTS);
      if (age >= parts) continue;
      const at = this.placeOf(this.newest - age);
      this.n += this.cells[at] as number;
      this.sum += this.cells[at + 1] as number;
      this.squares += this.cells[at + 2] as number;
    }
  }

  /** NaN while less than this share of the span has been seen. */
  mean(share: number): number {
    return this.hasSeen(share) ? this.origin + this.sum / this.n : Number.NaN;
  }

  deviation(share: number): number {
    if (!this.hasSeen(share)) return Number.NaN;
    return Math.sqrt(Math.max(0, this.squares / this.n - (this.sum / this.n) ** 2));
  }

  private hasSeen(share: number): boolean {
    return (this.newest - this.first) / (PARTS - 1) >= share;
  }

  /** The clock the times come from was set. */
  shift(by: Millis): void {
    const parts = Math.round(by / this.width);
    const before = this.image();
    before[0] = (before[0] as number) + parts;
    before[1] = (before[1] as number) + parts;
    this.restore(before);
  }

  /** Newest part, first part, origin, totals; then number, sum and squares of each part, newest first. */
  image(): number[] {
    const image = [this.newest, this.first, this.origin, this.n, this.sum, this.squares];
    if (Number.isNaN(this.newest)) return image;
    for (let part = this.newest; part > this.newest - this.cells.length / CELLS; part--) {
      const at = this.placeOf(part);
      image.push(this.cells[at] as number, this.cells[at + 1] as number, this.cells[at + 2] as number);
    }
    return image;
  }

  restore(image: readonly number[]): void {
    const [newest = Number.NaN, first = Number.NaN, origin = Number.NaN, n = 0, sum = 0, squares = 0] = image;
    Object.assign(this, { newest, first, origin, n, sum, squares });
    const parts = (image.length - TOTALS) / CELLS;
    this.cells = FEW.slice();
    while (this.cells.length < parts * CELLS) this.cells = this.cells.concat(this.cells);
    if (!Number.isNaN(newest)) this.place = this.placeOf(newest);
    for (let i = 0; i < parts; i++) {
      const at = this.placeOf(newest - i);
      for (let cell = 0; cell < CELLS; cell++)
        this.cells[at + cell] = image[TOTALS + CELLS * i + cell] as number;
    }
  }
}

/** Of an image: what stands before the parts. */
const TOTALS = 6;

const modulo = (part: number, parts: number): number => ((part % parts) + parts) % parts;
