import type { Millis } from "../model/time.ts";

/** So many at once, refilled at a steady rate. May go into debt: what was already read is never turned back. */
export interface TokenBucket {
  /** True, and one taken, when a whole one is left. */
  take(now: Millis): boolean;
  /** Takes any number; the time until the debt is paid, 0 = none. */
  spend(n: number, now: Millis): Millis;
}

export function createTokenBucket({ perSecond, burst }: { perSecond: number; burst: number }): TokenBucket {
  let tokens = burst;
  let at: Millis | null = null;

  function refill(now: Millis): void {
    if (at !== null) tokens = Math.min(burst, tokens + ((now - at) / 1_000) * perSecond);
    at = now;
  }

  return {
    take(now) {
      refill(now);
      if (tokens < 1) return false;
      tokens--;
      return true;
    },
    spend(n, now) {
      refill(now);
      tokens -= n;
      return tokens >= 0 ? 0 : (-tokens / perSecond) * 1_000;
    },
  };
}
