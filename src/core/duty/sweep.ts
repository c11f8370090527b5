import type { World } from "../world.ts";
import { sweepCover } from "./cover.ts";
import { followChains, sweepChains } from "./escalation.ts";
import { sweepPreNotices } from "./pre-notices.ts";
import { sweepStatuses } from "./status.ts";

/** The second's look at everything about the duty. */
export function sweepDuty(world: World): void {
  sweepPreNotices(world);
  sweepStatuses(world);
  sweepCover(world);
  followChains(world);
  sweepChains(world);
}
