import type { Instant } from "./time.ts";

/** State bits of the national CDSS record (domain.md §2.4). Unknown bits are kept and shown. */
export const STATE = {
  alarm: 1,
  cut: 2,
  calibrating: 4,
  overRange: 8,
  substationFault: 16,
  notPolled: 32,
  paused: 64,
  fault: 128,
} as const;

/** Any of these: the value is unknown and open alarms are held (contract §3, precedence of state bits). */
export const UNKNOWN_BITS = STATE.substationFault | STATE.notPolled | STATE.paused | STATE.fault;
/** With any of these a reading may come without a value. */
export const VALUELESS_BITS = UNKNOWN_BITS | STATE.overRange;

/** Why one reading of a message was refused; the index is the code in `Columns.bad`. */
export const REJECT_REASONS = [
  "",
  "not-an-object",
  "point-code",
  "value-missing",
  "value-not-a-number",
  "value-overflow",
  "time",
  "time-in-seconds",
  "state",
  "duplicate-key",
] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];

/**
 * The readings of one message, by column, in the order of the message.
 * Reading `i` is refused when `bad[i]` is not 0; its other columns then mean nothing.
 */
export interface Columns {
  readonly n: number;
  readonly codes: readonly string[];
  /** Sample time as sent (the message's `ts` where the reading has none). */
  readonly t: Float64Array;
  /** Value as sent; NaN = no value. Booleans are 1 and 0. */
  readonly v: Float64Array;
  readonly s: Uint32Array;
  readonly bad: Uint8Array | null;
}

/** One byte a reading, kept in the spool; 0 = plain. */
export const VERDICT = {
  plain: 0,
  duplicate: 1,
  outOfOrder: 2,
  late: 4,
  suspect: 8,
  calibrating: 16,
  rejected: 32,
  unlisted: 64,
  /** Not newer than every sample its point had sent before: its time may be one that the point has used. */
  notNewer: 128,
} as const;

export type Quality = "good" | "calibrating" | "over-range" | "unknown" | "stale" | "suspect" | "none";

export interface Sample {
  readonly t: Instant;
  readonly v: number | null;
  readonly s: number;
}
