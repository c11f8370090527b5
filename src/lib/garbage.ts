import { setFlagsFromString } from "node:v8";

/**
 * What lives for one turn of the loop is garbage a moment later. In the first rush after a start whole turns of
 * messages outlive a collection, and V8 would conclude that such objects live long and make every later one in
 * the old generation: a third of the main thread's time then goes to collecting them there.
 */
export function expectShortLives(): void {
  setFlagsFromString("--no-allocation-site-pretenuring");
}

/**
 * The old generation is collected once it is a fifth larger than what lived in it last time. Left to itself V8 lets it
 * grow to twice that while it is small, and never gives back what a point table's wiring took: with fifty thousand
 * points that was 270 of 750 MiB. What lives long here hardly changes, so there are few collections either way.
 */
export function keepHeapClose(): void {
  growBy(CLOSE);
}

const growBy = (percent: number): void => setFlagsFromString(`--heap-growing-percent=${percent}`);

const CLOSE = 20;
const ROOMY = 100;
/** So much in a second is a flood: what lives long grows with it, and was collected ten times while it did. */
const FLOOD = 500;
const FLOOD_MS = 1_000;
const AFTER_MS = 60_000;

/** In a flood of records the heap may grow to twice what lived: the collector's threads take what the flood needs. */
export function createHeapRoom(mono: () => number, grow: (percent: number) => void = growBy) {
  let from = Number.NEGATIVE_INFINITY;
  let n = 0;
  let flood = Number.NEGATIVE_INFINITY;
  let roomy = false;
  return {
    told({ length }: { readonly length: number }): void {
      const now = mono();
      if (now - from >= FLOOD_MS) {
        from = now;
        n = 0;
      }
      n += length;
      if (n >= FLOOD) flood = now;
      const should = now - flood < AFTER_MS;
      if (should === roomy) return;
      roomy = should;
      grow(roomy ? ROOMY : CLOSE);
    },
  };
}
