import type { WindowCondition } from "../../src/model/condition.ts";

export interface Sample {
  readonly t: number;
  /** In counts of the resolution. */
  readonly v: number;
}

/** What is remembered of a window goes by parts of it: so many, the one that goes on among them. */
const PARTS = 64;

/**
 * What the last sample of a list says of a condition: a second model that keeps every sample, sums everything anew
 * and shares no code with the engine. Rises and falls without `clear` only. Null = within rounding of either answer.
 */
export function foretellWindow(
  samples: readonly Sample[],
  when: WindowCondition,
  resolution: number,
): string | null {
  const last = samples.at(-1)!;
  const counts = (amount: number) => Math.ceil(amount / resolution - 1e-9);
  const within = (span: number) => inSpan(samples, span, 0) ?? [];
  switch (when.kind) {
    case "rise":
    case "fall": {
      const sign = when.kind === "rise" ? 1 : -1;
      const base = Math.min(...within(when.within).map(({ v }) => sign * v));
      const enough = typeof when.by === "number" ? counts(when.by) : when.by.share * Math.abs(base);
      return sign * last.v - base >= enough - 1e-9 ? "raise" : "clear";
    }
    case "jump": {
      const before = samples.at(-2);
      return before !== undefined && Math.abs(last.v - before.v) >= counts(when.by) ? "raise" : "clear";
    }
    case "flat": {
      let base = samples[0]!;
      for (const sample of samples) if (Math.abs(sample.v - base.v) >= counts(when.step)) base = sample;
      if (when.from !== null && base.v < counts(when.from)) return "clear";
      // Once it is true, nothing but another value ends it.
      const still = samples.slice(samples.indexOf(base)).filter(({ t }) => t - base.t >= when.for);
      const upTo = (sample: Sample) => samples.slice(0, samples.indexOf(sample) + 1);
      return still.some((sample) => isLively(upTo(sample), when.lively, resolution)) ? "raise" : "clear";
    }
    case "mean": {
      const before = samples.slice(0, -1);
      const mean = meanOf(before, when.of, 0.25);
      if (mean === null) return "unknown";
      const side = when.side === "high" ? 1 : -1;
      const at = (amount: typeof when.limit) =>
        typeof amount === "number"
          ? mean + side * counts(amount)
          : mean + (amount.share - 1) * Math.abs(mean);
      const edges = [at(when.limit), at(when.clear)];
      // So near to an edge the order in which a mean was summed decides.
      if (edges.some((edge) => Math.abs(last.v - edge) < 1e-6)) return null;
      const beyond = (edge: number) => side * (last.v - edge) > 0;
      return beyond(at(when.limit)) ? "raise" : beyond(at(when.clear)) ? "between" : "clear";
    }
    case "repeats":
      throw new Error("has tests of its own");
  }
}

/** Null while less than this share of the span has been seen. */
function meanOf(samples: readonly Sample[], span: number, seen: number): number | null {
  const kept = inSpan(samples, span, seen);
  return kept === null ? null : kept.reduce((sum, { v }) => sum + v, 0) / kept.length;
}

function inSpan(samples: readonly Sample[], span: number, seen: number): readonly Sample[] | null {
  const part = (t: number) => Math.floor(t / (span / (PARTS - 1)));
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return null;
  if ((part(last.t) - part(first.t)) / (PARTS - 1) < seen) return null;
  return samples.filter(({ t }) => part(t) > part(last.t) - PARTS);
}

function isLively(
  samples: readonly Sample[],
  lively: { readonly std: number; readonly of: number } | null,
  resolution: number,
): boolean {
  if (lively === null) return true;
  const kept = inSpan(samples, lively.of, 0.1);
  if (kept === null) return false;
  const mean = kept.reduce((sum, { v }) => sum + v, 0) / kept.length;
  const variance = kept.reduce((sum, { v }) => sum + (v - mean) ** 2, 0) / kept.length;
  return Math.sqrt(variance) >= lively.std / resolution - 1e-9;
}
