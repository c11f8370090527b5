export type Passed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false };

/** Lets `atOnce` works run at a time and `mostWaiting` wait; more are turned away. */
export function createTurnstile({ atOnce, mostWaiting }: { atOnce: number; mostWaiting: number }) {
  let running = 0;
  const waiting: (() => void)[] = [];

  return async <T>(work: () => Promise<T>): Promise<Passed<T>> => {
    if (running >= atOnce) {
      if (waiting.length >= mostWaiting) return { ok: false };
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return { ok: true, value: await work() };
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
