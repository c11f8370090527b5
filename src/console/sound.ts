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

export interface Bell {
  /** Must be called from a click or a key press: browsers allow sound only then. Sounds at once, as a test. */
  arm(): Promise<void>;
  armed(): boolean;
  /** Rings this from now on, until told otherwise. */
  ring(what: Ring): void;
  once(what: Ring): void;
}

export function createBell(context: () => AudioContext, changed: () => void): Bell {
  let audio: AudioContext | null = null;
  let now: Ring = "none";
  let timer: ReturnType<typeof setInterval> | null = null;

  function play(pattern: Pattern): void {
    if (audio?.state !== "running") return;
    for (const tone of pattern.tones) sound(audio, tone);
  }

  return {
    async arm() {
      audio ??= context();
      audio.onstatechange = changed;
      await audio.resume();
      changed();
      play(PATTERNS[now === "none" ? "blue" : now]);
    },
    armed: () => audio?.state === "running",
    ring(what) {
      if (what === now) return;
      now = what;
      if (timer !== null) clearInterval(timer);
      timer = null;
      const pattern = PATTERNS[what];
      play(pattern);
      if (pattern.every !== null) timer = setInterval(() => play(pattern), pattern.every * 1000);
    },
    once: (what) => play(PATTERNS[what]),
  };
}

/** A short rise and fall keeps a tone from clicking. */
function sound(audio: AudioContext, tone: Tone): void {
  const start = audio.currentTime + 0.02 + tone.at;
  const end = start + tone.for;
  const gain = audio.createGain();
  const source = audio.createOscillator();
  source.type = "triangle";
  source.frequency.value = tone.hertz;
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(0.5, start + 0.015);
  gain.gain.setValueAtTime(0.5, end - 0.02);
  gain.gain.linearRampToValueAtTime(0, end);
  source.connect(gain).connect(audio.destination);
  source.start(start);
  source.stop(end);
}
