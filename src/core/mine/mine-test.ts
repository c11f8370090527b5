import type { MineCondition } from "../../model/mine-condition.ts";
import { type EffectiveLimits, levelRank } from "../../model/rule.ts";
import { stepsAtLeast, stepsAtMost } from "../decimal.ts";
import type { Step, Wiring } from "../plan.ts";

/** What a condition about the mine's own system is judged from. */
export type MineGroup = "mine-point" | "mine-set" | "mine-stream" | "mine-whole";

/** From which counts of the resolution on a point is over a limit, or near one; null = it has no such limit. */
export interface Over {
  readonly high: number | null;
  readonly low: number | null;
  /** Counts are whole numbers; false: the values themselves, for a point without a resolution. */
  readonly whole: boolean;
}

export interface MineTest {
  readonly kind: "mine";
  readonly is: MineCondition;
  /** Known where the condition asks for limits of the point. */
  readonly over: Over | null;
}

export function mineGroup(is: MineCondition): MineGroup {
  switch (is.of) {
    case "event":
    case "cut":
    case "calibration":
    case "unreported":
      return "mine-point";
    case "feed":
      return is.is === "unlinked" ? "mine-whole" : "mine-point";
    case "table":
      return is.is === "unconfirmed" ? "mine-whole" : "mine-point";
    case "skew":
    case "rejected":
      return "mine-stream";
    case "supply":
      return "mine-whole";
    case "machines":
      return "mine-set";
  }
}

export function mineTest(is: MineCondition, over: Over | null): MineTest {
  return { kind: "mine", is, over: over === null ? null : overFor(is, over) };
}

function overFor(is: MineCondition, over: Over): Over | null {
  if (is.of === "unreported") return over;
  if (is.of !== "calibration") return null;
  if (is.is === "over-limit") return over;
  if (is.is !== "soon-after-limit") return null;
  const near = over.high === null ? null : over.high * is.share;
  return { ...over, low: null, high: near === null || !over.whole ? near : Math.ceil(near - 1e-9) };
}

/** From where on the mine's devices cut the power, and below what they restore it. */
export function cutOf(limits: EffectiveLimits | null, resolution: number): Wiring["cut"] {
  if (limits === null || limits.cut === null) return null;
  const clear = limits.release ?? limits.cut;
  return { raise: stepsAtLeast(limits.cut, resolution), clear: stepsAtLeast(clear, resolution) };
}

/** The lowest upper and the highest lower limit of a point, and of the rules about it; early warnings are none. */
export function overOf(
  steps: readonly Step[],
  limits: EffectiveLimits | null,
  lower: EffectiveLimits | null,
  resolution: number,
): Over {
  const tests = steps.flatMap(({ rule, test }) =>
    rule.class === "over-limit" && !rule.shadow && levelRank(rule.level) >= levelRank("yellow") ? [test] : [],
  );
  const highs = tests.flatMap((test) => (test.kind === "high" ? [test.raise] : []));
  const lows = tests.flatMap((test) => (test.kind === "low" ? [test.raise] : []));
  const upper = limits?.alarm ?? limits?.cut ?? null;
  const under = lower?.alarm ?? lower?.cut ?? null;
  if (upper !== null) highs.push(stepsAtLeast(upper, resolution));
  if (under !== null) lows.push(stepsAtMost(under, resolution));
  return {
    high: highs.length === 0 ? null : Math.min(...highs),
    low: lows.length === 0 ? null : Math.max(...lows),
    whole: resolution > 0,
  };
}
