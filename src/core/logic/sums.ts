import type { Instant, Millis } from "../../model/time.ts";
import { PARTS } from "./extreme.ts";

/** Number, mean and spread of the values of the last `span`, to a 63rd of it. */
export class Sums {
  private readonly width: Millis;
  private readonly n = new Float64Array(PARTS);
  private readonly sum = new Float64Array(PARTS);
  /** Of squares of distances from `origin`, which keeps them small. */
  private readonly squares = new Float64Array(PARTS);
  private newest = Number.NaN;
  private first = Number.NaN;
  private origin = Number.NaN;
  /** Number, sum and squares over all parts, kept up to date. */
  private readonly total = new Float64Array(3);

  constructor(span: Millis) {
    this.width = Math.max(1, span / (PARTS - 1));
  }

  /** Time never goes back here. */
  add(t: Instant, value: number): void {
    const part = Math.floor(t / this.width);
    if (Number.isNaN(this.newest)) {
      this.newest = part;
      this.first = part;
      this.origin = value;
    }
    if (part > this.newest) this.moveOn(part);
    const at = slotOf(part);
    const off = value - this.origin;
    this.n[at] = (this.n[at] as number) + 1;
    this.sum[at] = (this.sum[at] as number) + off;
    this.squares[at] = (this.squares[at] as number) + off * off;
    this.count(1, off, off * off);
  }

  private count(n: number, sum: number, squares: number): void {
    const { total } = this;
    total[0] = (total[0] as number) + n;
    total[1] = (total[1] as number) + sum;
    total[2] = (total[2] as number) + squares;
  }

  /** Parts that are too old go; the totals are summed anew, so that no rounding builds up. */
  private moveOn(part: number): void {
    for (let next = Math.max(this.newest + 1, part - PARTS + 1); next <= part; next++) {
      const at = slotOf(next);
      this.n[at] = 0;
      this.sum[at] = 0;
      this.squares[at] = 0;
    }
    this.newest = part;
    this.total.fill(0);
    for (let i = 0; i < PARTS; i++)
      this.count(this.n[i] as number, this.sum[i] as number, this.squares[i] as number);
  }

  /** NaN while less than this share of the span has been seen. */
  mean(share: number): number {
    const { n, sum } = this.totals(share);
    return this.origin + sum / n;
  }

  deviation(share: number): number {
    const { n, sum, squares } = this.totals(share);
    return Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2));
  }

  private totals(share: number): { n: number; sum: number; squares: number } {
    const seen = (this.newest - this.first) / (PARTS - 1);
    if (!(seen >= share)) return { n: Number.NaN, sum: 0, squares: 0 };
    const { total } = this;
    return { n: total[0] as number, sum: total[1] as number, squares: total[2] as number };
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
    const parts = Array.from({ length: PARTS }, (_, i) => slotOf(this.newest - i));
    return [this.newest, this.first, this.origin, ...this.total].concat(
      Number.isNaN(this.newest)
        ? []
        : parts.flatMap((at) => [this.n[at] as number, this.sum[at] as number, this.squares[at] as number]),
    );
  }

  restore(image: readonly number[]): void {
    const [newest = Number.NaN, first = Number.NaN, origin = Number.NaN] = image;
    Object.assign(this, { newest, first, origin });
    this.total.set(image.slice(3, 6));
    const parts = image.slice(6);
    for (const list of [this.n, this.sum, this.squares]) list.fill(0);
    for (let i = 0; i < parts.length / 3; i++) {
      const at = slotOf(newest - i);
      this.n[at] = parts[3 * i] as number;
      this.sum[at] = parts[3 * i + 1] as number;
      this.squares[at] = parts[3 * i + 2] as number;
    }
  }
}

const slotOf = (part: number): number => ((part % PARTS) + PARTS) % PARTS;
