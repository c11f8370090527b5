import type { Instant } from "../model/time.ts";
import type { Parts } from "./stream-memory.ts";

/** Parts kept of one message; a message in more is not waited for. */
const MOST = 256;

/** Adds one part of a message; all of it once the last part is there, else null. Parts share `ts`. */
export function joinParts<T>(
  store: Parts<T>,
  piece: { ts: Instant; part: number; parts: number; items: readonly T[] },
): readonly T[] | null {
  if (piece.parts <= 1) return piece.items;
  if (store.ts !== piece.ts) {
    store.ts = piece.ts;
    store.parts.clear();
  }
  if (store.parts.size < MOST) store.parts.set(piece.part, piece.items);
  if (store.parts.size < piece.parts) return null;
  const inOrder = [...store.parts].sort(([a], [b]) => a - b).flatMap(([, items]) => items);
  store.parts.clear();
  store.ts = Number.NaN;
  return inOrder;
}
