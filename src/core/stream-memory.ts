import type { Area } from "../model/people.ts";
import type { PointDef } from "../model/point.ts";
import type { Instant, Millis } from "../model/time.ts";
import type { TableChange } from "../model/view.ts";

/* What a stream remembers of its messages: their times, their numbers, its point table. */

/** How far one connection's messages have come in the mine's time. */
export interface Front {
  /** Newest `ts` in the present time base of the mine's clock. */
  ts: Instant;
  /** The first of messages that lag behind it: did the mine's clock move, or is a queue draining? */
  lagging: { readonly at: Instant; readonly ts: Instant } | null;
}

export interface TopicSeq {
  readonly last: number;
  readonly connection: number;
}

export interface Offsets {
  readonly ring: Float64Array;
  count: number;
  at: number;
  /** Median of the ring; NaN = none. */
  median: Millis;
}

/** Parts of one message, joined by `ts`. */
export interface Parts<T> {
  ts: Instant;
  readonly parts: Map<number, readonly T[]>;
  areas: readonly Area[] | null;
}

export interface Table {
  version: number;
  at: Instant | null;
  /** A hash of what the version says, to know the same again; "" = there was none. */
  content: string;
  readonly parts: Parts<PointDef>;
  held: { readonly why: string; readonly content: string; readonly points: readonly PointDef[] } | null;
  readonly changes: TableChange[];
}

export const createOffsets = (): Offsets => ({
  ring: new Float64Array(9),
  count: 0,
  at: 0,
  median: Number.NaN,
});

export const createParts = <T>(): Parts<T> => ({ ts: Number.NaN, parts: new Map(), areas: null });

export const createTable = (): Table => ({
  version: 0,
  at: null,
  content: "",
  parts: createParts(),
  held: null,
  changes: [],
});
