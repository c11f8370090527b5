import type { ActResult } from "../model/act.ts";
import type { JournalEntry } from "../model/alarm.ts";

/**
 * Readings the series keep, by column: what a packet brought less refused and repeated readings.
 * `t`, `v` and `s` are as sent (NaN = no value); `flags` are VERDICT bits. The columns belong to the receiver.
 */
export interface SeriesRows {
  readonly n: number;
  readonly slots: Uint32Array;
  readonly t: Float64Array;
  readonly v: Float64Array;
  readonly s: Uint32Array;
  readonly flags: Uint8Array;
}

/** What one input brought about; the gateway carries it out in this order: logs, people, series. */
export interface Effects {
  /** Each has taken its journal seq already: the first is the engine's `journalSeq` before the step plus one. */
  readonly entries: readonly JournalEntry[];
  /** One VERDICT byte a reading of the packet; null when all are plain. */
  readonly verdicts: Uint8Array | null;
  /** The answer to an act. */
  readonly result: ActResult | null;
  readonly rows: SeriesRows | null;
}

export const NOTHING: Effects = Object.freeze({
  entries: Object.freeze([]),
  verdicts: null,
  result: null,
  rows: null,
});
