import type { StoreTrouble } from "./api.ts";
import type { Series } from "./series.ts";

/** Pieces of work are done for so long, then whoever waits for the worker has his turn. */
const SLICE_MS = 15;
const BETWEEN_MS = 100;
/** When there was nothing to do, or the disk refused. */
const IDLE_MS = 60_000;

/** Rolls up and drops old history while the worker lives, a little at a time. */
export function createTending(options: {
  readonly series: Pick<Series, "tend">;
  readonly onTrouble: (code: StoreTrouble, detail: string) => void;
}) {
  let timer = setTimeout(slice, IDLE_MS);

  function slice(): void {
    timer = setTimeout(slice, more() ? BETWEEN_MS : IDLE_MS);
  }

  function more(): boolean {
    const end = performance.now() + SLICE_MS;
    try {
      while (performance.now() < end) if (!options.series.tend(Date.now())) return false;
      return true;
    } catch (fault) {
      options.onTrouble("io", `series.db: rolling up: ${String(fault)}`);
      return false;
    }
  }

  return { stop: () => clearTimeout(timer) };
}
