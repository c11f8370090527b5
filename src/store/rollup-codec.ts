import { assert } from "../lib/assert.ts";
import type { Bucket } from "../wire/series-buckets.ts";
import { BLOCK_BYTES, BLOCK_ROWS, type Columns, createColumns, decodeBlocks, encodeBlock } from "./codec.ts";

/**
 * Buckets as bytes: three sheets of rows in the form of chunks, for what a chunk packs well (times of even steps,
 * decimals, runs of one number) is what buckets are made of.
 */
export interface RollupSheets {
  /** Begin, least value, states. */
  readonly mins: Uint8Array;
  /** Moment of the least value, greatest value, number of rows. */
  readonly maxes: Uint8Array;
  /** Moment of the greatest value, sum, number of rows with a value that counts. */
  readonly sums: Uint8Array;
}

export function encodeRollup(buckets: readonly Bucket[]): RollupSheets {
  return {
    mins: sheet(buckets, ({ t, min, s }) => [t, min, s]),
    maxes: sheet(buckets, ({ t, used, minAt, max, n }) => [used === 0 ? t : minAt, max, n]),
    sums: sheet(buckets, ({ t, used, maxAt, sum }) => [used === 0 ? t : maxAt, sum, used]),
  };
}

export function decodeRollup({ mins, maxes, sums }: RollupSheets, n: number): Bucket[] {
  const [least, greatest, total] = [mins, maxes, sums].map((bytes) => rowsOf(bytes, n)) as [
    Columns,
    Columns,
    Columns,
  ];
  return Array.from({ length: n }, (_, i) => {
    const used = total.s[i] as number;
    return {
      t: least.t[i] as number,
      n: greatest.s[i] as number,
      used,
      min: least.v[i] as number,
      minAt: used === 0 ? Number.NaN : (greatest.t[i] as number),
      max: greatest.v[i] as number,
      maxAt: used === 0 ? Number.NaN : (total.t[i] as number),
      sum: total.v[i] as number,
      s: least.s[i] as number,
    };
  });
}

function sheet(
  buckets: readonly Bucket[],
  row: (bucket: Bucket) => readonly [t: number, v: number, s: number],
): Uint8Array {
  const columns = createColumns(buckets.length);
  buckets.forEach((bucket, i) => {
    [columns.t[i], columns.v[i], columns.s[i]] = row(bucket);
  });
  const bytes = new Uint8Array(BLOCK_BYTES * Math.ceil(buckets.length / BLOCK_ROWS));
  let end = 0;
  for (let from = 0; from < buckets.length; from += BLOCK_ROWS)
    end = encodeBlock(columns, from, Math.min(BLOCK_ROWS, buckets.length - from), bytes, end);
  return bytes.slice(0, end);
}

function rowsOf(bytes: Uint8Array, n: number): Columns {
  const columns = createColumns(n);
  const end = decodeBlocks(bytes, columns, 0);
  assert(end === n, "a sheet decodes to as many buckets as were put in");
  return columns;
}
