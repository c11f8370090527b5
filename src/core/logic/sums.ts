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
    for (let next = Math.max(this.newest + 1, part - PARTS + 1); next <= part; next++) this.empty(next);
    this.newest = part;
    const at = slotOf(part);
    const off = value - this.origin;
    this.n[at] = (this.n[at] as number) + 1;
    this.sum[at] = (this.sum[at] as number) + off;
    this.squares[at] = (this.squares[at] as number) + off * off;
  }

  private empty(part: number): void {
    const at = slotOf(part);
    this.n[at] = 0;
    this.sum[at] = 0;
    this.squares[at] = 0;
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
    let n = 0;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < PARTS; i++) {
      n += this.n[i] as number;
      sum += this.sum[i] as number;
      squares += this.squares[i] as number;
    }
    return { n, sum, squares };
  }

  /** The clock the times come from was set. */
  shift(by: Millis): void {
    const parts = Math.round(by / this.width);
    const before = this.image();
    before[0] = (before[0] as number) + parts;
    before[1] = (before[1] as number) + parts;
    this.restore(before);
  }

  /** Newest part, first part, origin; then number, sum and squares of each part, newest first. */
  image(): number[] {
    const parts = Array.from({ length: PARTS }, (_, i) => slotOf(this.newest - i));
    return [this.newest, this.first, this.origin].concat(
      Number.isNaN(this.newest)
        ? []
        : parts.flatMap((at) => [this.n[at] as number, this.sum[at] as number, this.squares[at] as number]),
    );
  }

  restore([newest = Number.NaN, first = Number.NaN, origin = Number.NaN, ...parts]: readonly number[]): void {
    Object.assign(this, { newest, first, origin });
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
