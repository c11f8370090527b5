import type { Gateway } from "../gateway.ts";
import { GATEWAY_MINE } from "../model/mine.ts";
import type { Instant } from "../model/time.ts";
import type { Configured } from "./configuration.ts";
import type { World } from "./world.ts";

/**
 * Tells the core of a new run before anything else comes in: a clock that was set back meanwhile, the start, and the
 * configuration, where it is another one. What the run before was in trouble with ended with it; what still is, is said
 * again. Gives the hash of the configuration in force.
 */
export async function beginRun(options: {
  readonly world: World;
  readonly gateway: Gateway;
  readonly configured: Configured;
  readonly version: string;
  readonly now: () => Instant;
}): Promise<string> {
  const { world, gateway, version, now } = options;
  const { engine, epoch, recovered } = world;
  if (recovered.now !== null && now() < recovered.now)
    await gateway.take({ type: "clock", by: now() - recovered.now });
  await gateway.take({ type: "start", version, epoch, firstCall: "with-raise" });
  const hash = await takeConfiguration(world, gateway, options.configured);
  for (const { def, value } of engine.points(GATEWAY_MINE)) {
    if (value === 0) continue;
    const detail = "the gateway was started anew";
    void gateway.take({ type: "self", point: def.code, value: 0, detail }).catch(() => {});
  }
  return hash;
}

async function takeConfiguration(
  { engine, configs }: World,
  gateway: Gateway,
  { canonical, config }: Configured,
): Promise<string> {
  const hash = await configs.keep(canonical);
  if (hash !== engine.configHash()) await gateway.take({ type: "config", hash, config, reason: "start" });
  return hash;
}
