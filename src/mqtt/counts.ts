/** Counts by reason. Reasons are words of this room; past `most` different ones the rest is counted as one. */
export interface Counts {
  add(reason: string, n?: number): void;
  all(): Record<string, number>;
}

export function createCounts(most = 256): Counts {
  const counts = new Map<string, number>();
  return {
    add(reason, n = 1) {
      const key = counts.has(reason) || counts.size < most ? reason : "other";
      counts.set(key, (counts.get(key) ?? 0) + n);
    },
    all: () => Object.fromEntries(counts),
  };
}
