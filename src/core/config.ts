import type { EffectiveConfig } from "../model/config.ts";
import type { ConfigInput } from "../model/input.ts";
import { GATEWAY_MINE, GATEWAY_SYSTEM } from "../model/mine.ts";
import { isHead, notice } from "./journal.ts";
import { judgePeopleAnew } from "./people/judge.ts";
import { wirePeople } from "./people/watches.ts";
import { createPlanner } from "./plan.ts";
import { forgetShadows } from "./shadow.ts";
import { type Manner, wireMine, wirePoint, wireStream } from "./wiring.ts";
import { mineOf, streamOf, type World } from "./world.ts";

/**
 * A new configuration as a whole. Watches whose rule and effective limits stay the same keep their state; an
 * alarm whose rule changed or vanished ends, and its point is judged anew at once from its last live sample.
 */
export function readConfig(world: World, input: ConfigInput): void {
  // The same words mean something else to another version of the engine.
  if (input.hash === world.configHash && input.reason !== "upgrade") return;
  useConfig(world, input.config, input.hash);
  for (const mine of world.mines.values()) {
    for (const record of mine.active) if (isHead(world, record.alarm)) mine.heads.add(record);
  }
  wireAll(world, "live");
  if (input.told !== undefined)
    notice(world, mineOf(world, GATEWAY_MINE), GATEWAY_SYSTEM, "config-reloaded", input.told);
}

export function useConfig(world: World, config: EffectiveConfig, hash: string): void {
  forgetShadows(world, config);
  world.config = config;
  world.configHash = hash;
  world.planner = createPlanner(config, world.hash);
  for (const mine of world.mines.values()) mine.config = null;
  for (const one of config.mines) {
    const mine = mineOf(world, one.code);
    mine.config = one;
    for (const system of one.systems) streamOf(world, mine, system);
  }
}

export function wireAll(world: World, manner: Manner): void {
  for (const point of world.points) wirePoint(world, point, manner);
  for (const mine of world.mines.values()) {
    for (const stream of mine.streams.values()) wireStream(world, stream, manner);
    wireMine(world, mine, manner);
    wirePeople(world, mine, manner);
    if (manner === "live") judgePeopleAnew(world, mine);
  }
}
