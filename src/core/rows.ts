import { VERDICT } from "../model/reading.ts";
import type { SeriesRows } from "../model/series.ts";
import type { Instant } from "../model/time.ts";

/**
 * Rows for the series, gathered over many messages: one piece to hand over, and no array for a message with a
 * single reading.
 */
export interface Rows {
  /** Makes room for so many more. */
  room(n: number): void;
  add(slot: number, t: Instant, v: number, s: number, verdict: number): void;
  /** What was gathered since the last time; null = nothing. Its arrays may be longer than `n`. */
  take(): SeriesRows | null;
}

const FIRST = 64;
const DROPPED = VERDICT.rejected | VERDICT.duplicate;

export function createRows(): Rows {
  let rows = allocate(FIRST);
  let capacity = FIRST;
  let n = 0;

  function grow(to: number): void {
    const larger = allocate(to);
    larger.slots.set(rows.slots);
    larger.t.set(rows.t);
    larger.v.set(rows.v);
    larger.s.set(rows.s);
    larger.flags.set(rows.flags);
    rows = larger;
    capacity = to;
  }

  return {
    room(more) {
      if (n + more > capacity) grow(Math.max(n + more, 2 * capacity));
    },
    add(slot, t, v, s, verdict) {
      if ((verdict & DROPPED) !== 0) return;
      rows.slots[n] = slot;
      rows.t[n] = t;
      rows.v[n] = v;
      rows.s[n] = s;
      rows.flags[n] = verdict;
      n++;
    },
    take() {
      if (n === 0) return null;
      const taken = { n, ...rows };
      // As many again is the best guess at what comes next.
      capacity = Math.max(FIRST, n);
      rows = allocate(capacity);
      n = 0;
      return taken;
    },
  };
}

/** One buffer for all columns: an allocation outside the heap costs as much as judging ten readings. */
function allocate(n: number) {
  const size = (n + 7) & ~7;
  const buffer = new ArrayBuffer(size * 25);
  return {
    t: new Float64Array(buffer, 0, n),
    v: new Float64Array(buffer, size * 8, n),
    slots: new Uint32Array(buffer, size * 16, n),
    s: new Uint32Array(buffer, size * 20, n),
    flags: new Uint8Array(buffer, size * 24, n),
  };
}
