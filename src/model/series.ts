import { HOUR, type Instant, MINUTE, type Millis } from "./time.ts";

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

/** Every row as it came, or one row for each of these lengths of time. */
export type BucketStep = "1m" | "5m" | "1h";
export type SeriesStep = "raw" | BucketStep;

export const BUCKET_MS: Readonly<Record<BucketStep, Millis>> = { "1m": MINUTE, "5m": 5 * MINUTE, "1h": HOUR };

/** No answer has more rows than this, whatever limit is asked for. */
export const MOST_SERIES_ROWS = 10_000;

export interface SeriesQuery {
  readonly id: string;
  /** `from` ≤ t < `to`. */
  readonly from: Instant;
  readonly to: Instant;
  readonly step: SeriesStep;
  /** Most rows of the answer; 10,000 at most. */
  readonly limit: number;
  /** `next` of the answer before this one. */
  readonly cursor: string | null;
}

/** What a mine itself says of a length of time (TJSJ, contract §3); an hour at most. */
export interface StatSpan {
  readonly from: Instant;
  readonly to: Instant;
  readonly max: number;
  readonly maxAt: Instant;
  readonly min: number;
  readonly minAt: Instant;
  readonly avg: number;
}

export interface SeriesStat extends StatSpan {
  /** Of the point. */
  readonly id: string;
}

export interface RawRow {
  readonly t: Instant;
  readonly v: number | null;
  readonly s: number;
  /** VERDICT bits. */
  readonly flags: number;
}

/**
 * A minute, five minutes or an hour that has rows; one without has no entry, gaps stay gaps. Extremes, their moments
 * (of the first row there) and the mean are over the rows with a value whose state does not make it unknown (contract
 * §3: 16, 32, 64, 128), each counting once; null where there is none of those.
 */
export interface BucketRow {
  /** Where it begins, a whole multiple of its length. */
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
  /**
   * Absent = all of it is from readings. `stats`: there is none, the mine's own statistics say it (`n` is 0 then).
   * `both`: an hour that has readings, and statistics for five minutes that have none.
   */
  readonly source?: "stats" | "both";
}

/**
 * Ascending; rows of the same time in order of arrival, as far as the back end knows it; repeats of (t, v, s) are one
 * row, with the flags of the first.
 */
export type SeriesAnswer =
  | { readonly step: "raw"; readonly rows: readonly RawRow[]; readonly next: string | null }
  | { readonly step: BucketStep; readonly rows: readonly BucketRow[]; readonly next: string | null };
