import { createEngine, type Engine } from "../../core/engine.ts";
import type { JournalEntry } from "../../model/alarm.ts";
import type { EffectiveConfig } from "../../model/config.ts";
import type { Input } from "../../model/input.ts";
import { evaluator } from "../../wire/config/expression.ts";
import { alarmHash } from "../hash.ts";
import type { Tape } from "./tape.ts";

/** A configuration that stands in for every recorded one. */
export interface OtherConfig {
  readonly config: EffectiveConfig;
  readonly hash: string;
}

export type TransitionEntry = Extract<JournalEntry, { type: "transition" }>;

/** An engine that is played a tape. */
export interface Deck {
  readonly engine: Engine;
  play(input: Input): readonly TransitionEntry[];
}

/** `other`: the recorded inputs under other rules; null: as it was. */
export function createDeck(tape: Tape, other: OtherConfig | null): Deck {
  const engine = createEngine({ hash: alarmHash, compile: evaluator });
  const judge = (input: Input) =>
    engine.step(input).entries.filter((entry): entry is TransitionEntry => entry.type === "transition");
  if (tape.before !== null) {
    engine.restore(tape.image());
    const { now, spoolSeq: seq } = tape.before;
    if (other !== null) judge({ type: "config", seq, now, ...other, reason: "reload" });
  }
  return {
    engine,
    play: (input) => judge(other !== null && input.type === "config" ? { ...input, ...other } : input),
  };
}
