import type { Clock } from "./clock.ts";

/**
 * The gateway's one `now`: the wall clock read once, then advanced by the monotonic clock, so that a stepped
 * wall clock moves no deadline. It never goes back within a run but by `rebase`.
 */
export interface Now {
  now(): number;
  /** Wall clock − now, in ms: what an operator has to know. */
  drift(): number;
  /** Takes the wall clock as the truth; answers by how much `now` moved. */
  rebase(): number;
}

export function createNow(clock: Clock): Now {
  let base = clock.wall();
  let start = clock.mono();
  const now = () => Math.floor(base + (clock.mono() - start));
  return {
    now,
    drift: () => clock.wall() - now(),
    rebase() {
      const before = now();
      base = clock.wall();
      start = clock.mono();
      return now() - before;
    },
  };
}
