import type { Instant } from "./time.ts";

/** Rows as the engine hands them on: one per accepted reading, duplicates and rejected ones left out. */
export interface SeriesRows {
  readonly n: number;
  readonly slots: Uint32Array;
  readonly t: Float64Array;
  /** NaN = a reading without a value. */
  readonly v: Float64Array;
  readonly s: Uint32Array;
  /** Verdict bits (`VERDICT` of the model) of each row. */
  readonly flags: Uint8Array;
}

export interface SeriesQuery {
  readonly id: string;
  /** `from` ≤ t < `to`. */
  readonly from: Instant;
  readonly to: Instant;
  readonly step: "raw" | "1m";
  /** Most rows of the answer; 10,000 at most. */
  readonly limit: number;
  /** `next` of the answer before this one. */
  readonly cursor: string | null;
}

export interface RawRow {
  readonly t: Instant;
  readonly v: number | null;
  readonly s: number;
  /** VERDICT bits. */
  readonly flags: number;
}

/**
 * A minute that has rows; one without has no entry, gaps stay gaps. Extremes, their moments (of the first row
 * there) and the mean are over the rows with a value whose state does not make it unknown (contract §3:
 * 16, 32, 64, 128), each counting once; null where a minute has none of those.
 */
export interface MinuteRow {
  /** Start of the minute. */
  readonly t: Instant;
  /** All rows, with or without a value. */
  readonly n: number;
  readonly min: number | null;
  readonly minAt: Instant | null;
  readonly max: number | null;
  readonly maxAt: Instant | null;
  readonly avg: number | null;
  /** Every state bit any row had: the worst is read off by the precedence of contract §3. */
  readonly s: number;
}

/** Ascending; rows of the same time in order of arrival; repeats of (t, v, s) are one row. */
export type SeriesAnswer =
  | { readonly step: "raw"; readonly rows: readonly RawRow[]; readonly next: string | null }
  | { readonly step: "1m"; readonly rows: readonly MinuteRow[]; readonly next: string | null };
