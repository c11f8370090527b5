import type { Instant, Millis } from "../../model/time.ts";
import { PARTS } from "./parts.ts";

/** Room for a few entries, which is all that a quiet value needs; made of doubles, so that it holds them unboxed. */
const FEW = Array.from({ length: 8 }, () => Number.NaN);

/**
 * The least value of the last parts (of the negated values: the greatest). A queue of
 * parts with ascending values: what is older and greater than a newer value can never be the least again.
 */
export class Extreme {
  /** Part and least value in turn: what is looked at together lies together. Grows to what it ever held. */
  private queue: number[] = FEW.slice();
  private head = 0;
  private count = 0;

  /** Time never goes back here. */
  add(part: number, value: number): void {
    this.expire(part);
    this.push(part, value);
  }

  /**
   * The same as adding each, negated where `sign` is -1; the times ascend, each in the part that `width` tells. Of a
   * part only the least goes in, and not even that if the next value undercuts it.
   */
  addAll(times: Float64Array, values: Float64Array, n: number, sign: 1 | -1, width: Millis): void {
    let part = Math.floor((times[0] as number) / width);
    let until = surelyWithin(part, width);
    let least = sign * (values[0] as number);
    for (let i = 1; i < n; i++) {
      const t = times[i] as number;
      const value = sign * (values[i] as number);
      const own = t < until ? part : Math.floor(t / width);
      if (own === part) {
        if (value < least) least = value;
        continue;
      }
      if (value > least) this.add(part, least);
      part = own;
      until = surelyWithin(part, width);
      least = value;
    }
    this.add(part, least);
  }

  private expire(part: number): void {
    const { queue } = this;
    while (this.count > 0 && part - (queue[this.head] as number) >= PARTS) {
      this.head = (this.head + 2) & (queue.length - 1);
      this.count--;
    }
  }

  private push(part: number, value: number): void {
    const { queue, head } = this;
    const last = queue.length - 1;
    let { count } = this;
    let at = (head + 2 * count) & last;
    while (count > 0) {
      const before = (at - 2) & last;
      if ((queue[before + 1] as number) < value) {
        if (queue[before] !== part) break;
        this.count = count;
        return;
      }
      count--;
      at = before;
    }
    this.count = count + 1;
    if (2 * count > last) {
      this.grow();
      at = 2 * count;
    }
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

  /** The clock the times come from was set. */
  shift(parts: number): void {
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

/** Before this moment a time is of no later part, whatever the quotient is rounded to. */
const surelyWithin = (part: number, width: Millis): Instant => (part + 1) * width - 0.001;
