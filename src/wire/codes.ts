import { POINT_CODE } from "./point-code.ts";

/**
 * Point codes straight from bytes. The same codes come every cycle, in the same order: their bytes are remembered
 * and compared, so no new string is made, and equal codes are the same string, which a map finds faster. The
 * memory is bounded: a full table is forgotten whole. It never changes a result.
 */

/**
 * The place after the code that followed the last one the time before, when that is what stands here; -1 when it
 * is something else. `lastCode` has the string.
 */
export function followingCode(bytes: Uint8Array, from: number): number {
  const next = followers[last] as number;
  const length = lengths[next] as number;
  const to = from + length;
  if (length === 0 || bytes[to] !== QUOTE || !isSame(bytes, from, starts[next] as number, length)) return -1;
  last = next;
  return to;
}

export const lastCode = (): string => texts[last] as string;

/** The string of the code between two places, whose hash is known; null when it is no code. */
export function internCode(bytes: Uint8Array, from: number, to: number, hash: number): string | null {
  const length = to - from;
  let slot = place(hash);
  for (let entry = index[slot] as number; entry !== 0; entry = index[slot] as number) {
    if (
      hashes[entry] === hash &&
      lengths[entry] === length &&
      isSame(bytes, from, starts[entry] as number, length)
    ) {
      follow(entry);
      return texts[entry] as string;
    }
    slot = (slot + 1) & mask;
  }
  const code = readCode(bytes, from, to);
  if (code !== null) remember(code, bytes.subarray(from, to), hash);
  return code;
}

const QUOTE = 0x22;
/** Four times a gateway's points, and 16 bytes for each; past either everything is forgotten. */
const MOST_SLOTS = 1 << 19;
const MOST_POOL = 1 << 22;

/** Open addressing, at most half full: slot → entry, 0 = free. Entries lie in the order they were first seen. */
let mask = (1 << 12) - 1;
let index = new Int32Array(mask + 1);
let count = 1;
let texts: string[] = [""];
let hashes = new Int32Array(mask);
let lengths = new Uint16Array(mask);
let starts = new Int32Array(mask);
/** Which entry came after which; 0 = none, and the entry found last. */
let followers = new Int32Array(mask);
let last = 0;
let pool = new Uint8Array(1 << 16);
let poolEnd = 0;

const place = (hash: number): number => (hash ^ (hash >>> 15)) & mask;

function isSame(bytes: Uint8Array, from: number, start: number, length: number): boolean {
  const known = pool;
  for (let i = 0; i < length; i++) if (bytes[from + i] !== known[start + i]) return false;
  return true;
}

function follow(entry: number): void {
  followers[last] = entry;
  last = entry;
}

function remember(code: string, raw: Uint8Array, hash: number): void {
  makeRoom(raw.length);
  pool.set(raw, poolEnd);
  texts.push(code);
  hashes[count] = hash;
  lengths[count] = raw.length;
  starts[count] = poolEnd;
  poolEnd += raw.length;
  enter(count);
  follow(count);
  count++;
}

function enter(entry: number): void {
  let slot = place(hashes[entry] as number);
  while (index[slot] !== 0) slot = (slot + 1) & mask;
  index[slot] = entry;
}

function makeRoom(bytes: number): void {
  const full = count * 2 >= mask && mask + 1 >= MOST_SLOTS;
  if (full || (poolEnd + bytes > pool.length && pool.length >= MOST_POOL)) forget();
  if (count * 2 >= mask) grow();
  if (poolEnd + bytes > pool.length) pool = copied(pool, new Uint8Array(pool.length * 2));
}

function forget(): void {
  index.fill(0);
  lengths.fill(0);
  followers.fill(0);
  texts = [""];
  count = 1;
  last = 0;
  poolEnd = 0;
}

function grow(): void {
  mask = mask * 2 + 1;
  hashes = copied(hashes, new Int32Array(mask));
  lengths = copied(lengths, new Uint16Array(mask));
  starts = copied(starts, new Int32Array(mask));
  followers = copied(followers, new Int32Array(mask));
  index = new Int32Array(mask + 1);
  for (let entry = 1; entry < count; entry++) enter(entry);
}

function copied<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Strict; a byte order mark inside a text is not dropped: it is no letter, and the grammar refuses it. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function readCode(bytes: Uint8Array, from: number, to: number): string | null {
  try {
    const code = utf8.decode(bytes.subarray(from, to));
    return POINT_CODE.test(code) ? code : null;
  } catch {
    return null;
  }
}
