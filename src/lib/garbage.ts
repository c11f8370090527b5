import { setFlagsFromString } from "node:v8";

/**
 * What lives for one turn of the loop is garbage a moment later. In the first rush after a start whole turns of
 * messages outlive a collection, and V8 would conclude that such objects live long and make every later one in
 * the old generation: a third of the main thread's time then goes to collecting them there.
 */
export function expectShortLives(): void {
  setFlagsFromString("--no-allocation-site-pretenuring");
}
