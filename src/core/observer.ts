import { FLAG } from "./columns.ts";
import { canonical, scaled } from "./decimal.ts";
import type { Step } from "./plan.ts";
import type { Verdict } from "./verdict.ts";
import type { Sight } from "./watch.ts";
import type { Watch, World } from "./world.ts";

/** What a condition said of one look; `silent`: nothing, because its points have sent nothing. */
export type Said = Verdict | "silent";

/** Sees what every condition of every rule said. For measuring scenarios: a live engine has none. */
export interface Observer {
  /** `leaf`: where in the rule's condition, "" = all of it; `exact`: the value stood exactly at the limit. */
  saw(rule: string, leaf: string, said: Said, exact: boolean): void;
}

export function observe(
  observer: Observer,
  world: World,
  watch: Watch,
  verdicts: readonly Verdict[],
  sight: Sight,
): void {
  watch.plan.steps.forEach((step, i) => {
    const verdict = verdicts[i];
    if (verdict === undefined) return;
    const said = verdict === "unknown" && isSilent(world, watch) ? "silent" : verdict;
    observer.saw(step.rule.id, "", said, said !== "silent" && isExact(watch, step, sight.value));
  });
}

function isSilent(world: World, watch: Watch): boolean {
  const slots = watch.point === null ? watch.machines.flat() : [watch.point.slot];
  return slots.some((slot) => ((world.columns.flags[slot] as number) & FLAG.stale) !== 0);
}

function isExact({ plan }: Watch, { limit }: Step, value: number | null): boolean {
  if (limit === null || value === null) return false;
  const scale = { factor: 1, offset: 0, resolution: plan.scale.resolution };
  return scaled(value, scale) === scaled(canonical(limit, scale), scale);
}
