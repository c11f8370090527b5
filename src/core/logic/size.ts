import type { Amount } from "../../model/condition.ts";
import { stepsAtLeast } from "../decimal.ts";

/** An amount in counts of the resolution, or NaN and a share of what it is measured from. */
export interface Size {
  readonly counts: number;
  readonly share: number;
}

export const sizeOf = (amount: Amount, resolution: number): Size =>
  typeof amount === "number"
    ? { counts: stepsAtLeast(amount, resolution), share: 0 }
    : { counts: Number.NaN, share: amount.share };

export function measured({ counts, share }: Size, base: number): number {
  if (!Number.isNaN(counts)) return counts;
  const part = share * Math.abs(base);
  // A share of a whole number of steps is not to be missed by a digit that no decimal has.
  const whole = Math.round(part);
  return Math.abs(part - whole) < 1e-9 * (1 + Math.abs(part)) ? whole : part;
}
