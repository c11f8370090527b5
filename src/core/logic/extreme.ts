import type { Instant, Millis } from "../../model/time.ts";

/** Parts a window is cut into: what is remembered of it never grows beyond. */
export const PARTS = 64;

/** Room for a few entries, which is all that a quiet value needs; made of doubles, so that it holds them unboxed. */
const FEW = Array.from({ length: 8 }, () => Number.NaN);

/**
 * The least value of the last `span` (of the negated values: the greatest), to a 63rd of the span. A queue of
 * parts with ascending values: what is older and greater than a newer value can never be the least again.
 */
export class Extreme {
  private readonly width: Millis;
  /** Part and least value in turn: what is looked at together lies together. Grows to what it ever held. */
  private queue: number[] = FEW.slice();
  private head = 0;
  private count = 0;

  constructor(span: Millis) {
    this.width = Math.max(1, span / (PARTS - 1));
  }

  /** Time never goes back here. */
  add(t: Instant, value: number): void {
    const part = Math.floor(t / this.width);
    const last = this.queue.length - 1;
    while (this.count > 0 && part - (this.queue[this.head] as number) >= PARTS) {
      this.head = (this.head + 2) & last;
      this.count--;
    }
    while (this.count > 0 && (this.queue[this.last() + 1] as number) >= value) this.count--;
    if (this.count > 0 && this.queue[this.last()] === part) return;
    if (2 * this.count > last) this.grow();
    this.count++;
    const at = this.last();
    this.queue[at] = part;
    this.queue[at + 1] = value;
  }

  /** Twice as long; its length stays a power of two. */
  private grow(): void {
    const inOrder = this.queue.slice(this.head).concat(this.queue.slice(0, this.head));
    this.queue = inOrder.concat(inOrder);
    this.head = 0;
  }

  /** NaN = nothing is known. */
  value(): number {
    return this.count === 0 ? Number.NaN : (this.queue[this.head + 1] as number);
  }

  private last(): number {
    return (this.head + 2 * this.count - 2) & (this.queue.length - 1);
  }

  /** The clock the times come from was set. */
  shift(by: Millis): void {
    const parts = Math.round(by / this.width);
    for (let at = 0; at < this.queue.length; at += 2) this.queue[at] = (this.queue[at] as number) + parts;
  }

  image(): number[] {
    const image: number[] = [];
    for (let i = 0; i < this.count; i++) {
      const at = (this.head + 2 * i) & (this.queue.length - 1);
      image.push(this.queue[at] as number, this.queue[at + 1] as number);
    }
    return image;
  }

  restore(image: readonly number[]): void {
    this.head = 0;
    this.count = image.length / 2;
    while (this.queue.length < image.length) this.grow();
    for (let i = 0; i < image.length; i++) this.queue[i] = image[i] as number;
  }
}
