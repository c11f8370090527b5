import type { SeriesRows, SeriesStat } from "../model/series.ts";
import type { SeriesBatch } from "./api.ts";

/** Batches of rows that follow each other in the spool, joined to one. */
export interface Gathering {
  /** A batch begins where the one before it ended. */
  add(batch: SeriesBatch): void;
  /** All that was added, as one; null = nothing was. */
  take(): SeriesBatch | null;
  /** Rows and statistics so far. */
  readonly weight: number;
  readonly empty: boolean;
}

export function createGathering(): Gathering {
  let first: SeriesBatch | null = null;
  let spoolTo = 0;
  let parts: SeriesRows[] = [];
  let rows = 0;
  let stats: SeriesStat[] = [];
  let weight = 0;

  return {
    add(batch) {
      first ??= batch;
      spoolTo = batch.spoolTo;
      if (batch.stats !== undefined) {
        stats = [...stats, ...batch.stats];
        weight += batch.stats.length;
      }
      if (batch.rows === null) return;
      parts.push(batch.rows);
      rows += batch.rows.n;
      weight += batch.rows.n;
    },
    take() {
      if (first === null) return null;
      const batch = {
        spoolFrom: first.spoolFrom,
        spoolTo,
        rows: joined(parts, rows),
        ...(stats.length === 0 ? {} : { stats }),
      };
      first = null;
      parts = [];
      rows = 0;
      stats = [];
      weight = 0;
      return batch;
    },
    get weight() {
      return weight;
    },
    get empty() {
      return first === null;
    },
  };
}

function joined(parts: readonly SeriesRows[], n: number): SeriesRows | null {
  if (parts.length < 2) return parts[0] ?? null;
  const size = (n + 7) & ~7;
  const buffer = new ArrayBuffer(size * 25);
  const t = new Float64Array(buffer, 0, n);
  const v = new Float64Array(buffer, size * 8, n);
  const slots = new Uint32Array(buffer, size * 16, n);
  const s = new Uint32Array(buffer, size * 20, n);
  const flags = new Uint8Array(buffer, size * 24, n);
  let at = 0;
  for (const part of parts) {
    // Its arrays may be longer than its rows.
    t.set(part.t.subarray(0, part.n), at);
    v.set(part.v.subarray(0, part.n), at);
    slots.set(part.slots.subarray(0, part.n), at);
    s.set(part.s.subarray(0, part.n), at);
    flags.set(part.flags.subarray(0, part.n), at);
    at += part.n;
  }
  return { n, t, v, slots, s, flags };
}
