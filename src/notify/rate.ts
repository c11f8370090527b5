import type { Instant } from "../model/time.ts";

const WINDOW_MS = 60_000;
/** Of all that may be sent in a minute, so much is kept for red. */
const RED_SHARE = 0.2;

/**
 * At most so many messages in any 60 s, however they fall: a bucket that refills while it empties would let twice
 * as many through, and past 20 a robot is muted. The last fifth is for red alone.
 */
export interface Rate {
  left(now: Instant, red: boolean): number;
  /** When one more may go. */
  next(now: Instant, red: boolean): Instant;
  took(at: Instant): void;
}

export function createRate(most: number, before: readonly Instant[]): Rate {
  let times = [...before];
  const allowed = (red: boolean) => (red ? most : Math.max(1, most - Math.floor(most * RED_SHARE)));
  /** A time that lies ahead was written by a clock that has been set since. */
  const counted = (now: Instant) => {
    times = times.filter((at) => at > now - WINDOW_MS && at <= now);
    return times;
  };
  return {
    left: (now, red) => allowed(red) - counted(now).length,
    next(now, red) {
      const counts = counted(now);
      const waitsFor = counts[counts.length - allowed(red)];
      return waitsFor === undefined ? now : waitsFor + WINDOW_MS;
    },
    took(at) {
      times.push(at);
    },
  };
}
