import type { Millis } from "../../model/time.ts";

/** Parts a window is cut into: what is remembered of it never grows beyond. */
export const PARTS = 64;

/** How long a part is: a time falls into part `floor(t / width)`. */
export const partWidth = (span: Millis): Millis => Math.max(1, span / (PARTS - 1));
