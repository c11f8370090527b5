import type { Mine, Point, Watch } from "./world.ts";

/** Everything that watches something of a mine, always in the same order. */
export function* watchesOf(mine: Mine, points: readonly Point[]): Generator<Watch> {
  for (const stream of mine.streams.values()) {
    for (const slot of stream.slots.values()) {
      const { watches, silences, own, shadows } = points[slot] as Point;
      yield* watches;
      yield* silences;
      yield* own;
      yield* shadows;
    }
    yield* stream.watches;
    yield* stream.sets;
    yield* stream.own.watches;
  }
  yield* mine.watches;
  yield* mine.own;
  yield* mine.logic.wholes;
  yield* mine.crew.watches.values();
  if (mine.flood !== null) yield mine.flood;
}
