import { z } from "zod";
import type { LimitCondition } from "../../model/condition.ts";

const LimitNameText = z.enum([
  "alarm",
  "cut",
  "release",
  "own-alarm",
  "own-cut",
  "own-release",
  "blue",
  "yellow",
  "orange",
  "red",
]);

/** A limit as a rule may write it. */
export const Limit = z
  .union([z.number(), LimitNameText, z.strictObject({ of: LimitNameText, times: z.number().positive() })])
  .meta({
    id: "limit",
    description:
      "A number in the type's unit; a limit resolved for each point (own-…: what the mine wrote into its row; a level: what the county graded); or so many times one: {of: alarm, times: 0.8}",
  });

const RELEASE = {
  high: "Released strictly below this",
  low: "Released strictly above this",
  above: "Released at this or below",
  below: "Released at this or above",
} as const;

/** `high: L, clear: L` (≥ raises, < releases), `low` (≤, >), `above` (>, ≤), `below` (<, ≥). */
export const limitForms = [
  z.strictObject({ high: Limit, clear: Limit.meta({ description: RELEASE.high }) }),
  z.strictObject({ low: Limit, clear: Limit.meta({ description: RELEASE.low }) }),
  z.strictObject({ above: Limit, clear: Limit.meta({ description: RELEASE.above }) }),
  z.strictObject({ below: Limit, clear: Limit.meta({ description: RELEASE.below }) }),
] as const;

const LimitForm = z.union(limitForms);
export type LimitForm = z.output<typeof LimitForm>;

/** A limit held for so long, a value between release and limit included: how long an alarm has stood. */
export const LastingForm = z.strictObject({ lasting: LimitForm });

/** The same where a release may be left out: then it is the limit itself. */
export type PartialLimitForm = LimitForm extends infer Form
  ? Form extends { readonly clear: infer Clear }
    ? Omit<Form, "clear"> & { readonly clear?: Clear | undefined }
    : never
  : never;

export function limitCondition(form: PartialLimitForm): LimitCondition {
  if ("high" in form) return { kind: "high", limit: form.high, clear: form.clear ?? form.high };
  if ("low" in form) return { kind: "low", limit: form.low, clear: form.clear ?? form.low };
  return "above" in form
    ? { kind: "high", limit: form.above, clear: form.clear ?? form.above, strict: true }
    : { kind: "low", limit: form.below, clear: form.clear ?? form.below, strict: true };
}
