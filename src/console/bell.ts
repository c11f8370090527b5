import { PATTERNS, type Pattern, type Ring, type Tone } from "./sound.ts";

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
