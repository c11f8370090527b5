import type { BucketRow, RawRow, SeriesAnswer } from "../model/series.ts";

/**
 * A series answer on its way between threads: one array of numbers, a row after another, NaN for null. Ten
 * thousand objects would hold up the main thread for milliseconds while they are cloned.
 */
export interface SeriesParcel {
  readonly step: SeriesAnswer["step"];
  readonly cells: Float64Array;
  readonly next: string | null;
}

const RAW_CELLS = 4;
const BUCKET_CELLS = 9;
/** By its number; the first is what is not written. */
const SOURCES = [undefined, "stats", "both"] as const;

export function packed(answer: SeriesAnswer): SeriesParcel {
  const { step, next } = answer;
  const cells =
    answer.step === "raw"
      ? cellsOf(answer.rows, RAW_CELLS, ({ t, v, s, flags }) => [t, v, s, flags])
      : cellsOf(answer.rows, BUCKET_CELLS, ({ t, n, min, minAt, max, maxAt, avg, s, source }) => [
          t,
          n,
          min,
          minAt,
          max,
          maxAt,
          avg,
          s,
          SOURCES.indexOf(source),
        ]);
  return { step, cells, next };
}

export function unpacked({ step, cells, next }: SeriesParcel): SeriesAnswer {
  return step === "raw"
    ? { step, rows: rowsOf(cells, RAW_CELLS, rawRow), next }
    : { step, rows: rowsOf(cells, BUCKET_CELLS, bucketRow), next };
}

function cellsOf<T>(
  rows: readonly T[],
  width: number,
  cells: (row: T) => readonly (number | null)[],
): Float64Array {
  const all = new Float64Array(rows.length * width);
  rows.forEach((row, i) => {
    cells(row).forEach((cell, k) => {
      all[i * width + k] = cell ?? Number.NaN;
    });
  });
  return all;
}

function rowsOf<T>(cells: Float64Array, width: number, row: (cell: (k: number) => number) => T): T[] {
  return Array.from({ length: cells.length / width }, (_, i) => row((k) => cells[i * width + k] as number));
}

const orNull = (cell: number): number | null => (Number.isNaN(cell) ? null : cell);

const rawRow = (cell: (k: number) => number): RawRow => ({
  t: cell(0),
  v: orNull(cell(1)),
  s: cell(2),
  flags: cell(3),
});

function bucketRow(cell: (k: number) => number): BucketRow {
  const source = SOURCES[cell(8)];
  const row = {
    t: cell(0),
    n: cell(1),
    min: orNull(cell(2)),
    minAt: orNull(cell(3)),
    max: orNull(cell(4)),
    maxAt: orNull(cell(5)),
    avg: orNull(cell(6)),
    s: cell(7),
  };
  return source === undefined ? row : { ...row, source };
}
