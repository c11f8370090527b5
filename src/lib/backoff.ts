/** Waiting times between tries: doubling from `first` to `most` ms, each cut by up to half at random. */
export function createBackoff({
  first,
  most,
  random = Math.random,
}: {
  first: number;
  most: number;
  random?: () => number;
}) {
  let next = first;
  return {
    wait(): number {
      const full = next;
      next = Math.min(next * 2, most);
      return full / 2 + (full / 2) * random();
    },
    reset(): void {
      next = first;
    },
  };
}
