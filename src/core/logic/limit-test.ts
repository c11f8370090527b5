import type { LimitCondition, LimitName, LimitRef } from "../../model/condition.ts";
import type { EffectiveLimits } from "../../model/rule.ts";
import { canonical, type Scale, stepsAbove, stepsAtLeast, stepsAtMost, stepsBelow } from "../decimal.ts";
import type { Grades, OwnLimits } from "../limits.ts";

/** A limit as counts of the point's resolution: ≥ (≤) `raise` is over it, < (>) `clear` is back. */
export interface LimitTest {
  readonly kind: "high" | "low";
  readonly raise: number;
  readonly clear: number;
}

/** What is known of a place's limits. */
export interface Known {
  readonly limits: EffectiveLimits | null;
  readonly lower: EffectiveLimits | null;
  readonly own: { readonly high: OwnLimits; readonly low: OwnLimits };
  readonly grades: Grades | null;
  readonly scale: Scale;
  /** Whether limits written as numbers may be used: the unit is known and the place is one of air. */
  readonly numbers: boolean;
}

/** Null when a limit the condition names is not known here: then there is nothing to judge. */
export function limitTest(
  when: LimitCondition,
  known: Known,
): { readonly test: LimitTest; readonly limit: number } | null {
  const limit = limitValue(when.limit, when, known);
  if (limit === null) return null;
  const clear = limitValue(when.clear, when, known) ?? limit;
  const { resolution } = known.scale;
  return { test: counted(when, limit, clear, resolution), limit };
}

/** A release beyond the limit would end an alarm that still stands: the limit is the most it can be. */
function counted({ kind, strict }: LimitCondition, limit: number, clear: number, r: number): LimitTest {
  if (kind === "high") {
    const steps = strict === true ? stepsAbove : stepsAtLeast;
    return { kind, raise: steps(limit, r), clear: steps(Math.min(clear, limit), r) };
  }
  const steps = strict === true ? stepsBelow : stepsAtMost;
  return { kind, raise: steps(limit, r), clear: steps(Math.max(clear, limit), r) };
}

function limitValue(ref: LimitRef, when: LimitCondition, known: Known): number | null {
  if (typeof ref === "number") return known.numbers ? ref : null;
  if (typeof ref === "string") return named(ref, when, known);
  const base = named(ref.of, when, known);
  return base === null ? null : canonical(base, { factor: ref.times, offset: 0, resolution: 0 });
}

function named(name: LimitName, when: LimitCondition, known: Known): number | null {
  const limits = when.kind === "high" ? known.limits : known.lower;
  const own = known.own[when.kind];
  switch (name) {
    case "alarm":
    case "cut":
    case "release":
      return limits?.[name] ?? null;
    case "blue":
    case "yellow":
    case "orange":
    case "red":
      return known.grades?.[name] ?? null;
    case "own-alarm":
      return own.alarm;
    case "own-cut":
      return own.cut;
    case "own-release":
      return when.limit === "own-cut" ? (own.restore ?? own.release) : (own.release ?? own.restore);
  }
}

/** Whether the condition speaks of what the mine wrote for the point, not of the law or the county. */
export const isOwn = ({ limit }: LimitCondition): boolean => {
  const name = typeof limit === "object" ? limit.of : limit;
  return typeof name === "string" && name.startsWith("own-");
};

/** Whether the one is over its limit wherever the other is. */
export const isAsStrict = (one: LimitTest, other: LimitTest): boolean =>
  one.kind === other.kind && (one.kind === "high" ? one.raise <= other.raise : one.raise >= other.raise);
