import { defaultCycle } from "../model/mine.ts";
import { SECOND } from "../model/time.ts";
import { streamCycle } from "./cycle.ts";
import type { Stream, World } from "./world.ts";

/** It sent within two cycles, and has been back for one if it paused: late parts of a cycle are not silence. */
export function isAlive(world: World, stream: Stream): boolean {
  const cycle = (streamCycle(stream) || defaultCycle(stream.system)) * SECOND;
  if (stream.newestMessage !== stream.heard) return false;
  return world.now - stream.heard <= 2 * cycle && world.now - stream.revived >= cycle;
}
