import type { JournalRecord } from "../model/alarm.ts";
import type { Instant } from "../model/time.ts";

/** P3 (contract §1): at the rated load 99 of 100 within this, and in a flood every one within that. */
const USUAL_MS = 300;
const WORST_MS = 2_000;
/** More rings in a minute than this are a flood: the worst counts, not the usual. */
const FLOOD = 1_000;
/** Fewer say nothing about 99 of 100. */
const ENOUGH = 20;
const WINDOW_MS = 60_000;
/** A delay past the worst is a trouble for so long. */
const RECENT_MS = 10_000;
const MOST = 20_000;

/** When a ring of an alarm was on disk, and written to the screens. */
export interface Pushed {
  readonly alarm: string;
  readonly n: number;
  readonly stored: Instant;
  /** Null = there was no screen. */
  readonly pushed: Instant | null;
}

export interface DelaysOptions {
  readonly mono: () => number;
  readonly now: () => Instant;
  /** How long the oldest packet has waited for the core, and the oldest batch for the disk; ms, 0 = none waits. */
  readonly waiting: () => number;
  /** Seconds from received to this rung. */
  readonly observe: (rung: "stored" | "pushed", seconds: number) => void;
  readonly keep: (pushes: readonly Pushed[]) => void;
}

interface Waiting {
  readonly seq: number;
  readonly heard: number;
  readonly ring: { readonly alarm: string; readonly n: number; readonly stored: Instant } | null;
}

/**
 * Measures the gateway's own promise: from a reading received to its transition on disk and on the screens. What is
 * broken is said by a point of its own (`delay-broken`), and remembered with each ring.
 */
export function createDelays(options: DelaysOptions) {
  const { mono, now } = options;
  let waiting: Waiting[] = [];
  let taken: { at: number; ms: number }[] = [];
  let lateAt = Number.NEGATIVE_INFINITY;
  let worst = 0;
  let made: Pushed[] = [];

  function note(ms: number, at: number): void {
    if (taken.length < MOST) taken.push({ at, ms });
    if (ms <= WORST_MS) return;
    lateAt = at;
    worst = ms;
  }

  return {
    /** The journal has these; `heard` = when what caused each was received. */
    told(records: readonly JournalRecord[], heard: readonly number[]): void {
      const at = mono();
      const stored = now();
      for (const [i, record] of records.entries()) {
        if (record.type !== "transition") continue;
        const { alarm, transition } = record;
        const since = heard[i] ?? at;
        options.observe("stored", (at - since) / 1_000);
        const rings =
          transition.to === "unacknowledged" &&
          (transition.what === "raise" || transition.from !== transition.to);
        const ring = rings && alarm.class !== "test" ? { alarm: alarm.id, n: transition.n, stored } : null;
        if (waiting.length < MOST) waiting.push({ seq: record.seq, heard: since, ring });
      }
    },

    /** Records up to `seq` were written to `screens` screens. */
    pushed(seq: number, screens: number): void {
      let done = 0;
      const at = mono();
      while (done < waiting.length && (waiting[done] as Waiting).seq <= seq) {
        const { heard, ring } = waiting[done++] as Waiting;
        if (screens > 0) {
          options.observe("pushed", (at - heard) / 1_000);
          note(at - heard, at);
        }
        if (ring !== null) made.push({ ...ring, pushed: screens > 0 ? now() : null });
      }
      if (done > 0) waiting = waiting.slice(done);
    },

    /** Once a second: what is remembered goes to the store; answers what is broken, null = nothing. */
    look(): string | null {
      if (made.length > 0) {
        options.keep(made);
        made = [];
      }
      const at = mono();
      taken = taken.filter((one) => at - one.at < WINDOW_MS);
      const held = options.waiting();
      if (held > WORST_MS) return `what was received waits for ${seconds(held)}`;
      if (at - lateAt < RECENT_MS) return `a transition took ${seconds(worst)} to the screens`;
      if (taken.length < ENOUGH || taken.length > FLOOD) return null;
      const sorted = taken.map(({ ms }) => ms).sort((a, b) => a - b);
      const p99 = sorted[Math.ceil(0.99 * sorted.length) - 1] ?? 0;
      return p99 > USUAL_MS ? `99 of 100 transitions took up to ${Math.round(p99)} ms to the screens` : null;
    },
  };
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
