import type { PointPolicy } from "../model/mine.ts";
import { defaultCycle } from "../model/mine.ts";
import type { PointDef } from "../model/point.ts";
import { MINUTE, type Millis, SECOND } from "../model/time.ts";
import type { Stream } from "./world.ts";

/** Seconds between samples of the stream; 0 = on change. */
export const streamCycle = (stream: Stream): number =>
  stream.mine.config?.cycles[stream.system] ?? defaultCycle(stream.system);

/** Seconds between samples of a point: the county's word, the point's own, the mine's for the system. */
export const pointCycle = (stream: Stream, def: PointDef, policy: PointPolicy | null): number =>
  policy?.cycle ?? def.cycle ?? streamCycle(stream);

/** A sample that arrives this much after its time is history (contract §3). */
export const oldAfter = (cycle: number): Millis => Math.max(3 * cycle * SECOND, 2 * MINUTE);
