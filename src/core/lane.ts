import type { Instant } from "../model/time.ts";
import type { Onset } from "./world.ts";

/** The second, short-lived state of a point: late samples in order of their time (architecture §3.10). */
export interface Lane {
  readonly slot: number;
  /** Gateway time of its last sample. */
  heard: Instant;
  t: Instant;
  value: number;
  state: number;
  /** By watch of the point. */
  readonly runs: (Run | null)[];
}

export interface Run {
  readonly watch: string;
  readonly pending: (Onset | null)[];
  reached: number;
  onset: Onset | null;
  clearing: Instant;
  peak: { value: number; at: Instant } | null;
  /** The value with which the highest step was reached. */
  value: number | null;
}
