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

export interface TryOptions {
  readonly backoff: Pick<ReturnType<typeof createBackoff>, "wait">;
  /** Nobody wants it any more. */
  stopped(): boolean;
  wait(ms: number): Promise<void>;
  /** Every fault, and null when it works after one. */
  told(fault: unknown): void;
}

/** Tries until it works: nothing goes on before. */
export async function untilDone(
  work: () => Promise<void>,
  { backoff, stopped, wait, told }: TryOptions,
): Promise<void> {
  for (let failed = false; !stopped(); failed = true) {
    try {
      await work();
    } catch (fault) {
      told(fault);
      await wait(backoff.wait());
      continue;
    }
    if (failed) told(null);
    return;
  }
}
