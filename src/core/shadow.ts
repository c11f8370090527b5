import type { Alarm } from "../model/alarm.ts";
import type { EffectiveConfig } from "../model/config.ts";
import type { Rule } from "../model/rule.ts";
import type { ShadowCase, ShadowView } from "../model/view.ts";
import type { World } from "./world.ts";

/** What one shadow rule would have done. */
export interface ShadowLog {
  /** Alarms it would have raised since it stands as it does. */
  raised: number;
  /** Ids of those that would be open. */
  readonly open: Set<string>;
  /** The newest last. */
  readonly last: ShadowCase[];
}

/** Occurrences shown of one shadow rule; all are counted. */
const SHOWN = 32;

/** Writes down what a shadow rule would have done; nobody else learns of it. */
export function noteShadow(world: World, alarm: Alarm, raised: boolean): void {
  // What ends with its rule has no place left to be noted in.
  const log = raised ? logOf(world, alarm.rule) : world.shadows.get(alarm.rule);
  if (log === undefined) return;
  const to = alarm.endedAt ?? alarm.returnedAt;
  if (raised) {
    log.raised++;
    log.last.push(caseOf(alarm, to));
    if (log.last.length > SHOWN) log.last.shift();
  } else {
    const at = log.last.findIndex(({ id }) => id === alarm.id);
    if (at >= 0) log.last[at] = caseOf(alarm, to);
  }
  if (to === null) log.open.add(alarm.id);
  else log.open.delete(alarm.id);
}

function logOf(world: World, rule: string): ShadowLog {
  const known = world.shadows.get(rule);
  if (known !== undefined) return known;
  const made: ShadowLog = { raised: 0, open: new Set(), last: [] };
  world.shadows.set(rule, made);
  return made;
}

function caseOf(alarm: Alarm, to: number | null): ShadowCase {
  const { id, mine, mineName, subject, point, place, level, unit, limit } = alarm;
  const value = to === null ? alarm.value : (alarm.peak?.value ?? alarm.value);
  const about = { id, mine, mineName, subject, point, place, level, unit, limit };
  return { ...about, from: alarm.raisedAt, to, value };
}

/** A rule that is no shadow any more, or another one under the same id, begins to count anew. */
export function forgetShadows(world: World, next: EffectiveConfig): void {
  const words = (rules: readonly Rule[], id: string) =>
    JSON.stringify(
      rules.filter((rule) => rule.id === id && rule.shadow).map(({ source: _, ...rule }) => rule),
    );
  const before = world.config?.rules ?? [];
  for (const id of [...world.shadows.keys()]) {
    const now = words(next.rules, id);
    if (now === "[]" || now !== words(before, id)) world.shadows.delete(id);
  }
}

export function viewShadows(world: World): ShadowView[] {
  const rules = world.config?.rules.filter((rule) => rule.shadow) ?? [];
  return rules.map((rule) => {
    const log = world.shadows.get(rule.id);
    return {
      rule,
      raised: log?.raised ?? 0,
      open: log?.open.size ?? 0,
      last: [...(log?.last ?? [])].reverse(),
    };
  });
}
