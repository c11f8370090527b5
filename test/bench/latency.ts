/** Counts of durations in buckets 2 % wide, from 1 µs to hours: small, and as cheap as an array access. */
export interface Latencies {
  add(ms: number): void;
  clear(): void;
  readonly count: number;
  /** The duration in ms below which this share of them lies. */
  quantile(share: number): number;
  summary(): LatencySummary;
}

export interface LatencySummary {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

const PER_OCTAVE = 32;
const BUCKETS = 36 * PER_OCTAVE;

export function createLatencies(): Latencies {
  const counts = new Float64Array(BUCKETS);
  let count = 0;
  let max = 0;

  function quantile(share: number): number {
    if (count === 0) return Number.NaN;
    let left = share * count;
    for (let i = 0; i < BUCKETS; i++) {
      left -= counts[i]!;
      if (left <= 0) return Math.min(max, 2 ** ((i + 1) / PER_OCTAVE) / 1_000);
    }
    return max;
  }

  return {
    add(ms) {
      const bucket = Math.floor(Math.log2(Math.max(1, ms * 1_000)) * PER_OCTAVE);
      counts[Math.min(bucket, BUCKETS - 1)]! += 1;
      count++;
      if (ms > max) max = ms;
    },
    clear() {
      counts.fill(0);
      count = 0;
      max = 0;
    },
    get count() {
      return count;
    },
    quantile,
    summary: () => ({
      p50: quantile(0.5),
      p90: quantile(0.9),
      p99: quantile(0.99),
      p999: quantile(0.999),
      max: count === 0 ? Number.NaN : max,
    }),
  };
}
