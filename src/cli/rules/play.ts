import { alarmHash } from "../../app/hash.ts";
import type { Effects } from "../../core/effects.ts";
import { createEngine, type Engine } from "../../core/engine.ts";
import type { JournalEntry } from "../../model/alarm.ts";
import type { EffectiveConfig } from "../../model/config.ts";
import { type Instant, SECOND } from "../../model/time.ts";
import { evaluator } from "../../wire/config/expression.ts";
import { deed } from "./deeds.ts";
import { type Difference, differenceOf } from "./expectation.ts";
import { type Line, placed, type Scenario, words } from "./scenario-text.ts";
import { sceneOf } from "./scene.ts";
import { createStage, type Stage } from "./stage.ts";

export interface Played {
  readonly entries: readonly JournalEntry[];
  readonly differences: readonly Difference[];
}

export interface HowToPlay {
  /** The engine is imaged, cloned and restored before every line. */
  readonly reborn?: boolean;
  readonly newEngine?: () => Engine;
  /** Ends with the first difference: it is asked only whether there is one. */
  readonly untilDifferent?: boolean;
}

/** Plays a scenario with the rules, limits, units and words of a configuration, on a mine of its own. */
export function play(scenario: Scenario, base: EffectiveConfig, how: HowToPlay = {}): Played {
  const scene = sceneOf(scenario, base);
  const stage = createStage(
    scene,
    how.newEngine ?? (() => createEngine({ hash: alarmHash, compile: evaluator })),
  );
  const differences: Difference[] = [];
  for (const line of scenario.lines) {
    if (how.untilDifferent === true && differences.length > 0) break;
    placed(line.number, () => {
      if (how.reborn === true) stage.rebirth();
      const difference = differenceOf(line, perform(stage, line), scene.begin);
      if (difference !== null) differences.push(difference);
    });
  }
  return { entries: stage.entries, differences };
}

/** Time passes second by second up to the line's moment, then the line's action is done. */
function perform(stage: Stage, line: Line): Effects[] {
  if (line.again === null) return performAt(stage, line.at, line.action);
  const { every, until } = line.again;
  const effects: Effects[] = [];
  for (let at = line.at, i = 0; at <= until; at += every, i++) {
    for (const each of performAt(stage, at, turned(line.action, i))) if (tells(each)) effects.push(each);
  }
  return effects;
}

/** Of `0.4|0.5|0.6` in a repeated action, the one whose turn it is. */
function turned(action: string, turn: number): string {
  return action.replace(/[^\s=,]*\|[^\s,]*/g, (all) => {
    const choices = all.split("|");
    return choices[turn % choices.length] ?? "";
  });
}

const tells = (effects: Effects): boolean =>
  effects.entries.length > 0 || effects.result !== null || effects.verdicts !== null;

function performAt(stage: Stage, at: number, action: string): Effects[] {
  const { plain: all, keys } = words(action);
  const [verb = "", ...plain] = all;
  const to = stage.begin + stage.shift + at;
  if (verb === "asleep") {
    stage.now = to;
    return [];
  }
  const before = to > stage.now ? tickTo(stage, to) : [];
  return [...before, ...deed(stage, { verb, plain, keys, action })];
}

function tickTo(stage: Stage, to: Instant): Effects[] {
  const effects: Effects[] = [];
  for (stage.now += SECOND; stage.now < to; stage.now += SECOND) {
    const one = stage.keep(stage.feed.tick(stage.now));
    if (one.entries.length > 0) effects.push(one);
  }
  stage.now = to;
  return effects;
}
