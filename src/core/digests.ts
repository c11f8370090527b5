import { BOUNDS } from "../model/bounds.ts";

/**
 * The last packets of a mine by their digests, the oldest making room for the newest. A table of places beside
 * the ring finds one of them: a Set would make an object of each number and of itself anew every few packets.
 */
export interface Digests {
  readonly ring: Float64Array;
  /** Where the next goes. */
  at: number;
  /** Place in the ring plus one, 0 = nobody; at the digest's own row or in the next free one behind it. */
  readonly table: Uint16Array;
}

const ROWS = 4 * BOUNDS.packetsPerMine;
const LAST = ROWS - 1;

export const createDigests = (): Digests => ({
  ring: new Float64Array(BOUNDS.packetsPerMine).fill(Number.NaN),
  at: 0,
  table: new Uint16Array(ROWS),
});

/** The same again, from what an image kept of it. */
export function restoreDigests({ ring, at }: Pick<Digests, "ring" | "at">): Digests {
  const digests = { ring: ring.slice(), at, table: new Uint16Array(ROWS) };
  for (let place = 0; place < ring.length; place++) if (!Number.isNaN(ring[place])) enter(digests, place);
  return digests;
}

/** Whether it is one of the last; if not, it is now the newest of them. */
export function isKnownDigest(digests: Digests, digest: number): boolean {
  const { ring, table, at } = digests;
  let row = rowOf(digest);
  for (let entry = table[row] as number; entry !== 0; entry = table[row] as number) {
    if (ring[entry - 1] === digest) return true;
    row = (row + 1) & LAST;
  }
  if (!Number.isNaN(ring[at])) leave(digests, at);
  ring[at] = digest;
  enter(digests, at);
  digests.at = (at + 1) % ring.length;
  return false;
}

/** Every bit of a digest is as good as another. */
const rowOf = (digest: number): number => digest & LAST;

function enter({ ring, table }: Digests, place: number): void {
  let row = rowOf(ring[place] as number);
  while (table[row] !== 0) row = (row + 1) & LAST;
  table[row] = place + 1;
}

/** Takes an entry out and moves those behind it up, so that a search never ends before what it seeks. */
function leave({ ring, table }: Digests, place: number): void {
  let hole = rowOf(ring[place] as number);
  while (table[hole] !== place + 1) hole = (hole + 1) & LAST;
  for (let row = (hole + 1) & LAST; table[row] !== 0; row = (row + 1) & LAST) {
    const entry = table[row] as number;
    const home = rowOf(ring[entry - 1] as number);
    if (((row - home) & LAST) < ((row - hole) & LAST)) continue;
    table[hole] = entry;
    hole = row;
  }
  table[hole] = 0;
}
