import type { Columns } from "../model/reading.ts";

/** Columns being written. */
export interface WritableColumns extends Columns {
  readonly codes: string[];
  bad: Uint8Array | null;
}

/** The longest array of doubles that V8 keeps in its heap. */
const SMALL = 8;

/** One buffer for all numbers of a message: an allocation outside the heap costs as much as scanning ten readings. */
export function createColumns(n: number): WritableColumns {
  if (n <= SMALL) return smallColumns(n);
  const buffer = new ArrayBuffer(n * 20);
  return {
    n,
    codes: new Array<string>(n),
    t: new Float64Array(buffer, 0, n),
    v: new Float64Array(buffer, n * 8, n),
    s: new Uint32Array(buffer, n * 16, n),
    bad: null,
  };
}

const smallColumns = (n: number): WritableColumns => ({
  n,
  codes: new Array<string>(n),
  t: new Float64Array(n),
  v: new Float64Array(n),
  s: new Uint32Array(n),
  bad: null,
});
