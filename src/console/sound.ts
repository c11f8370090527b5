import { type Level, levelRank } from "../model/rule.ts";
import { isRinging } from "./alarm-order.ts";
import type { AlarmJson } from "./shapes.ts";

/** One tone of a pattern: start and length in seconds from the pattern's beginning. */
export interface Tone {
  readonly at: number;
  readonly for: number;
  readonly hertz: number;
}

export interface Pattern {
  readonly tones: readonly Tone[];
  /** Seconds from one beginning to the next; null = once. */
  readonly every: number | null;
}

export type Ring = Level | "late" | "stopped";

const beeps = (count: number, hertz: number, length: number, gap: number): Tone[] =>
  Array.from({ length: count }, (_, i) => ({ at: i * (length + gap), for: length, hertz }));

/**
 * Levels are told apart by ear alone: number, pitch and pace differ, not loudness.
 * Red climbs and repeats fast; a stopped stream is low and slow, like nothing else.
 */
export const PATTERNS: Readonly<Record<Ring, Pattern>> = {
  red: {
    tones: [
      ...beeps(3, 988, 0.12, 0.06),
      ...beeps(3, 1319, 0.12, 0.06).map((t) => ({ ...t, at: t.at + 0.6 })),
    ],
    every: 2.5,
  },
  orange: { tones: beeps(3, 784, 0.18, 0.12), every: 6 },
  yellow: { tones: beeps(2, 587, 0.22, 0.2), every: 15 },
  blue: { tones: beeps(1, 440, 0.3, 0), every: null },
  none: { tones: [], every: null },
  late: { tones: beeps(1, 392, 0.25, 0), every: null },
  stopped: { tones: beeps(2, 220, 0.5, 0.25), every: 8 },
};

/** What must be heard now: the worst level that nobody has acknowledged. */
export function ringing(alarms: Iterable<AlarmJson>): Level {
  let worst: Level = "none";
  for (const alarm of alarms) {
    if (isRinging(alarm) && levelRank(alarm.level) > levelRank(worst)) worst = alarm.level;
  }
  return worst;
}
