/** Keys remembered at most; the oldest window goes first, so a flood of names cannot fill the memory. */
const MOST_KEYS = 10_000;

export interface Throttle {
  /** Takes one of `most` in this window; answers the milliseconds to wait, 0 when taken. */
  take(key: string, now: number): number;
  /** Gives one back: a try that turned out well does not count. */
  giveBack(key: string): void;
}

/** So many in a window a key. Past it the caller is told how long to wait. */
export function createThrottle({ most, windowMs }: { most: number; windowMs: number }): Throttle {
  const windows = new Map<string, { since: number; taken: number }>();
  return {
    take(key, now) {
      const window = windows.get(key);
      if (window === undefined || now - window.since >= windowMs) {
        windows.delete(key);
        if (windows.size >= MOST_KEYS) forgetOldest(windows);
        windows.set(key, { since: now, taken: 1 });
        return 0;
      }
      if (window.taken >= most) return Math.max(1, window.since + windowMs - now);
      window.taken += 1;
      return 0;
    },
    giveBack(key) {
      const window = windows.get(key);
      if (window !== undefined && window.taken > 0) window.taken -= 1;
    },
  };
}

function forgetOldest(windows: Map<string, unknown>): void {
  const first = windows.keys().next();
  if (!first.done) windows.delete(first.value);
}
