import type { EffectiveConfig } from "../model/config.ts";
import type { ConfigInput } from "../model/input.ts";
import { GATEWAY_MINE, GATEWAY_SYSTEM, type MineCode, type MineConfig } from "../model/mine.ts";
import { reviewDuty } from "./duty/escalation.ts";
import { isHead, notice } from "./journal.ts";
import { judgePeopleAnew } from "./people/judge.ts";
import { wirePeople } from "./people/watches.ts";
import { createPlanner } from "./plan.ts";
import { forgetShadows } from "./shadow.ts";
import { type Manner, wireMine, wirePoint, wireStream } from "./wiring.ts";
import { type Mine, mineOf, type Point, streamOf, type World } from "./world.ts";

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
  reviewDuty(world);
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
    mine.config = asSaid(world, one);
    for (const system of one.systems) streamOf(world, mine, system);
  }
}

/** A mine's status by act goes before that of its file. */
function asSaid({ duty }: World, one: MineConfig): MineConfig {
  const status = duty.inForce.get(one.code);
  return status === undefined || status === one.status ? one : { ...one, status };
}

/** The mine's status is another one: the rules for it are obeyed at once. */
export function useStatus(world: World, code: MineCode): void {
  const mine = world.mines.get(code);
  const filed = world.config?.mines.find((one) => one.code === code);
  if (mine === undefined || filed === undefined) return;
  const status = mine.config?.status;
  mine.config = asSaid(world, filed);
  if (mine.config.status === status) return;
  for (const stream of mine.streams.values()) {
    for (const slot of stream.slots.values()) wirePoint(world, world.points[slot] as Point, "live");
  }
  wireRest(world, mine, "live");
}

export function wireAll(world: World, manner: Manner): void {
  for (const point of world.points) wirePoint(world, point, manner);
  for (const mine of world.mines.values()) wireRest(world, mine, manner);
}

function wireRest(world: World, mine: Mine, manner: Manner): void {
  for (const stream of mine.streams.values()) wireStream(world, stream, manner);
  wireMine(world, mine, manner);
  wirePeople(world, mine, manner);
  if (manner === "live") judgePeopleAnew(world, mine);
}
