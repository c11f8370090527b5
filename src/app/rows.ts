import type { SeriesRows } from "../model/series.ts";

/** The rows of one batch in one piece, so that they go to the worker in one hand-over. */
export function joinRows(parts: readonly SeriesRows[]): SeriesRows {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const n = parts.reduce((sum, part) => sum + part.n, 0);
  const joined = {
    n,
    slots: new Uint32Array(n),
    t: new Float64Array(n),
    v: new Float64Array(n),
    s: new Uint32Array(n),
    flags: new Uint8Array(n),
  };
  let at = 0;
  for (const part of parts) {
    joined.slots.set(part.slots.subarray(0, part.n), at);
    joined.t.set(part.t.subarray(0, part.n), at);
    joined.v.set(part.v.subarray(0, part.n), at);
    joined.s.set(part.s.subarray(0, part.n), at);
    joined.flags.set(part.flags.subarray(0, part.n), at);
    at += part.n;
  }
  return joined;
}
