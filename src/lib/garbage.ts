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
  setFlagsFromString("--heap-growing-percent=20");
}
