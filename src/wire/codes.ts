import { POINT_CODE } from "./point-code.ts";

/**
 * The string of a point code that stands in `bytes`, null when it is none. The same codes come every cycle, so
 * their bytes are remembered and compared: no new string is made, and equal codes are the same string, which a
 * map finds faster. The memory is bounded: a full table is forgotten whole. It never changes a result.
 */
export function internCode(bytes: Uint8Array, from: number, to: number, hash: number): string | null {
  const length = to - from;
  let slot = place(hash);
  while (texts[slot] !== undefined) {
    if (
      hashes[slot] === hash &&
      lengths[slot] === length &&
      isSame(bytes, from, starts[slot] as number, length)
    ) {
      return texts[slot] as string;
    }
    slot = (slot + 1) & mask;
  }
  const code = readCode(bytes, from, to);
  if (code !== null) remember(code, bytes.subarray(from, to), hash);
  return code;
}

/** Four times a gateway's points may be told apart by a code of 16 bytes; past either the table starts anew. */
const MOST_SLOTS = 1 << 19;
const MOST_POOL = 1 << 22;

/** Open addressing, at most half full. `starts` points into the pool of bytes. */
let mask = (1 << 12) - 1;
let texts = new Array<string | undefined>(mask + 1).fill(undefined);
let hashes = new Int32Array(mask + 1);
let lengths = new Uint16Array(mask + 1);
let starts = new Int32Array(mask + 1);
let known = 0;
let pool = new Uint8Array(1 << 16);
let poolEnd = 0;

const place = (hash: number): number => (hash ^ (hash >>> 15)) & mask;

function isSame(bytes: Uint8Array, from: number, start: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[from + i] !== pool[start + i]) return false;
  return true;
}

function remember(code: string, raw: Uint8Array, hash: number): void {
  if (known * 2 >= mask) resize(mask + 1 < MOST_SLOTS ? (mask + 1) * 2 : 0);
  if (poolEnd + raw.length > pool.length) growPool();
  pool.set(raw, poolEnd);
  insert(code, hash, raw.length, poolEnd);
  poolEnd += raw.length;
}

function insert(code: string, hash: number, length: number, start: number): void {
  let slot = place(hash);
  while (texts[slot] !== undefined) slot = (slot + 1) & mask;
  texts[slot] = code;
  hashes[slot] = hash;
  lengths[slot] = length;
  starts[slot] = start;
  known++;
}

/** A table of `size` slots with everything known so far; 0 = the same size and empty. */
function resize(size: number): void {
  const old = { texts, hashes, lengths, starts };
  if (size > 0) mask = size - 1;
  texts = new Array<string | undefined>(mask + 1).fill(undefined);
  hashes = new Int32Array(mask + 1);
  lengths = new Uint16Array(mask + 1);
  starts = new Int32Array(mask + 1);
  known = 0;
  if (size === 0) {
    poolEnd = 0;
    return;
  }
  old.texts.forEach((code, i) => {
    if (code !== undefined) {
      insert(code, old.hashes[i] as number, old.lengths[i] as number, old.starts[i] as number);
    }
  });
}

function growPool(): void {
  if (pool.length >= MOST_POOL) {
    resize(0);
    return;
  }
  const grown = new Uint8Array(pool.length * 2);
  grown.set(pool);
  pool = grown;
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
