import type { Instant, Millis } from "../../model/time.ts";

/** Parts a window is cut into: what is remembered of it never grows beyond. */
export const PARTS = 64;

/**
 * The least value of the last `span` (of the negated values: the greatest), to a 63rd of the span. A queue of
 * parts with ascending values: what is older and greater than a newer value can never be the least again.
 */
export class Extreme {
  private readonly width: Millis;
  /** Part and least value in turn: what is looked at together lies together. */
  private readonly queue = new Float64Array(2 * PARTS);
  private head = 0;
  private count = 0;

  constructor(span: Millis) {
    this.width = Math.max(1, span / (PARTS - 1));
  }

  /** Time never goes back here. */
  add(t: Instant, value: number): void {
    const { queue } = this;
    const part = Math.floor(t / this.width);
    while (this.count > 0 && part - (queue[2 * this.head] as number) >= PARTS) {
      this.head = (this.head + 1) % PARTS;
      this.count--;
    }
    let last = this.last();
    while (this.count > 0 && (queue[last + 1] as number) >= value) {
      this.count--;
      last = this.last();
    }
    if (this.count > 0 && queue[last] === part) return;
    this.count++;
    last = this.last();
    queue[last] = part;
    queue[last + 1] = value;
  }

  /** NaN = nothing is known. */
  value(): number {
    return this.count === 0 ? Number.NaN : (this.queue[2 * this.head + 1] as number);
  }

  private last(): number {
    return 2 * ((this.head + this.count - 1 + PARTS) % PARTS);
  }

  /** The clock the times come from was set. */
  shift(by: Millis): void {
    const parts = Math.round(by / this.width);
    for (let i = 0; i < PARTS; i++) this.queue[2 * i] = (this.queue[2 * i] as number) + parts;
  }

  image(): number[] {
    const image: number[] = [];
    for (let i = 0; i < this.count; i++) {
      const at = 2 * ((this.head + i) % PARTS);
      image.push(this.queue[at] as number, this.queue[at + 1] as number);
    }
    return image;
  }

  restore(image: readonly number[]): void {
    this.head = 0;
    this.count = image.length / 2;
    this.queue.set(image);
  }
}
