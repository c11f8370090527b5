import type { Step } from "../plan.ts";
import type { Watch } from "../world.ts";

/** With the last samples of each they fill what an alarm may keep. */
const POINTS = 8;

/** The points a step's formula speaks of, those of which it is true first. */
export function formulaSlots({ plan, logic }: Watch, step: Step): readonly number[] {
  const bound = (logic?.leaves ?? []).filter((_, i) => plan.formula?.leaves[i]?.rule === step.rule);
  const held = bound.flatMap(({ slots, held: is }) => slots.filter((_, i) => is[i] === 1));
  const all = bound.flatMap(({ slots }) => slots);
  return [...new Set([...held, ...all])].slice(0, POINTS);
}
