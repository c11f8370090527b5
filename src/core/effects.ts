import type { ActResult } from "../model/act.ts";
import type { JournalEntry } from "../model/alarm.ts";

/** What one input brought about; the gateway carries it out in this order: logs, people, series. */
export interface Effects {
  /** Each has taken its journal seq already: the first is the engine's `journalSeq` before the step plus one. */
  readonly entries: readonly JournalEntry[];
  /** One VERDICT byte a reading of the packet; null when all are plain. */
  readonly verdicts: Uint8Array | null;
  /** The answer to an act. */
  readonly result: ActResult | null;
}

export const NOTHING: Effects = Object.freeze({
  entries: Object.freeze([]),
  verdicts: null,
  result: null,
});
