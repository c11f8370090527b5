import type { Instant } from "../model/time.ts";

const WINDOW_MS = 60_000;
/** Of all that may be sent in a minute, so much is kept for red. */
const RED_SHARE = 1 / 3;

/** When the next message may go; `tight`: half of the minute's are gone, so that one must tell as much as it can. */
export interface Room {
  readonly next: Instant;
  readonly tight: boolean;
}

/**
 * At most so many messages in any 60 s, however they fall: a bucket that refills while it empties would let twice
 * as many through, and past 20 a robot is muted. The first half goes at once; the rest is spread over the time until
 * the first ones are a minute old, so that nothing, and least of all red, ever waits long for the next.
 */
export interface Rate {
  room(now: Instant, red: boolean): Room;
  took(at: Instant): void;
}

export function createRate(most: number, before: readonly Instant[]): Rate {
  const forAll = Math.max(1, most - Math.floor(most * RED_SHARE));
  let times = [...before];
  return {
    room(now, red) {
      // A time that lies ahead was written by a clock that has been set since.
      times = times.filter((at) => at > now - WINDOW_MS && at <= now);
      const allowed = red ? most : forAll;
      const left = allowed - times.length;
      const full = times[times.length - allowed];
      if (full !== undefined) return { next: full + WINDOW_MS, tight: true };
      const first = times[0];
      const last = times.at(-1);
      if (left > allowed / 2 || first === undefined || last === undefined) return { next: now, tight: false };
      return { next: last + (first + WINDOW_MS - last) / (left + 1), tight: true };
    },
    took(at) {
      times.push(at);
    },
  };
}
