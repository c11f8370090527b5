import type { Instant, Millis } from "../../model/time.ts";

/** Parts a window is cut into: what is remembered of it never grows beyond. */
export const PARTS = 64;

/**
 * The least value of the last `span` (of the negated values: the greatest), to a 63rd of the span. A queue of
 * parts with ascending values: what is older and greater than a newer value can never be the least again.
 */
export class Extreme {
  private readonly width: Millis;
  private readonly part = new Float64Array(PARTS);
  private readonly least = new Float64Array(PARTS);
  private head = 0;
  private count = 0;

  constructor(span: Millis) {
    this.width = Math.max(1, span / (PARTS - 1));
  }

  /** Time never goes back here. */
  add(t: Instant, value: number): void {
    const part = Math.floor(t / this.width);
    this.expire(part);
    while (this.count > 0 && (this.least[this.last()] as number) >= value) this.count--;
    if (this.count > 0 && this.part[this.last()] === part) return;
    this.count++;
    this.part[this.last()] = part;
    this.least[this.last()] = value;
  }

  /** NaN = nothing is known. */
  value(): number {
    return this.count === 0 ? Number.NaN : (this.least[this.head] as number);
  }

  private expire(part: number): void {
    while (this.count > 0 && part - (this.part[this.head] as number) >= PARTS) {
      this.head = (this.head + 1) % PARTS;
      this.count--;
    }
  }

  private last(): number {
    return (this.head + this.count - 1) % PARTS;
  }

  /** The clock the times come from was set. */
  shift(by: Millis): void {
    const parts = Math.round(by / this.width);
    for (let i = 0; i < PARTS; i++) this.part[i] = (this.part[i] as number) + parts;
  }

  image(): number[] {
    return Array.from({ length: this.count }, (_, i) => (this.head + i) % PARTS).flatMap((at) => [
      this.part[at] as number,
      this.least[at] as number,
    ]);
  }

  restore(image: readonly number[]): void {
    this.head = 0;
    this.count = image.length / 2;
    for (let i = 0; i < this.count; i++) {
      this.part[i] = image[2 * i] as number;
      this.least[i] = image[2 * i + 1] as number;
    }
  }
}
