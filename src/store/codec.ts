/**
 * Blocks of rows as bytes. A chunk of a series is blocks one after another; a block is at most BLOCK_ROWS rows:
 *
 *   n            varint
 *   times        mode, then: whole milliseconds: first, then delta of delta; else XOR with the one before
 *   values       mode, then: digits, runs of with/without value, first, deltas of the scaled integers;
 *                else XOR with the one before
 *   states       runs: state, length
 *   flags        runs: flags, length
 *
 * Integers are zigzag varints; in a row of integers a 0 is followed by how many more zeros come.
 * What is encoded comes back bit for bit (a NaN as the one NaN).
 */
export const BLOCK_ROWS = 64;
/** No block is longer. */
export const BLOCK_BYTES = 4 + BLOCK_ROWS * (9 + 10 + 7 + 4) + 32;

export interface Columns {
  readonly t: Float64Array;
  readonly v: Float64Array;
  readonly s: Uint32Array;
  readonly flags: Uint8Array;
}

export const createColumns = (rows: number): Columns => ({
  t: new Float64Array(rows),
  v: new Float64Array(rows),
  s: new Uint32Array(rows),
  flags: new Uint8Array(rows),
});

/** Encodes rows `from` to `from + n` into `into` at `at`; answers where the block ends. */
export function encodeBlock(rows: Columns, from: number, n: number, into: Uint8Array, at: number): number {
  tape = into;
  pos = at;
  putUint(n);
  putTimes(rows.t, from, n);
  putValues(rows.v, from, n);
  putRuns(rows.s, from, n);
  putRuns(rows.flags, from, n);
  return pos;
}

/** Decodes every block of `bytes` into `rows` from row `from` on; answers the row after the last. */
export function decodeBlocks(bytes: Uint8Array, rows: Columns, from: number): number {
  tape = bytes;
  pos = 0;
  let row = from;
  while (pos < bytes.length) {
    const n = takeUint();
    takeTimes(rows.t, row, n);
    takeValues(rows.v, row, n);
    takeRuns(rows.s, row, n);
    takeRuns(rows.flags, row, n);
    row += n;
  }
  return row;
}

/**
 * The bytes being written or read and the place in them. Outside of the functions, because handing a cursor
 * through every varint costs a third of the speed; nothing here waits, so no two users can meet.
 */
let tape: Uint8Array = new Uint8Array(0);
let pos = 0;

const INTEGERS = 0;
const XOR = 1;

/** Differences of differences of whole numbers up to here are exact in a double, zigzag included. */
const MOST = 2 ** 50;
const isWhole = (x: number): boolean =>
  x >= -MOST && x <= MOST && Math.floor(x) === x && !(x === 0 && 1 / x < 0);

function putTimes(t: Float64Array, from: number, n: number): void {
  if (areWhole(t, from, n)) putSteps(t, from, n);
  else putXor(t, from, n);
}

function takeTimes(t: Float64Array, from: number, n: number): void {
  if (tape[pos++] === INTEGERS) takeSteps(t, from, n);
  else takeXor(t, from, n);
}

function areWhole(t: Float64Array, from: number, n: number): boolean {
  for (let i = from; i < from + n; i++) {
    if (!isWhole(t[i] as number)) return false;
  }
  return true;
}

function putSteps(t: Float64Array, from: number, n: number): void {
  tape[pos++] = INTEGERS;
  let before = 0;
  let step = 0;
  let zeros = 0;
  for (let i = from; i < from + n; i++) {
    const now = t[i] as number;
    const change = now - before - step;
    step = i === from ? 0 : now - before;
    before = now;
    if (change === 0) {
      zeros++;
      continue;
    }
    if (zeros > 0) zeros = putZeros(zeros);
    putInt(change);
  }
  if (zeros > 0) putZeros(zeros);
}

function takeSteps(t: Float64Array, from: number, n: number): void {
  let before = 0;
  let step = 0;
  let zeros = 0;
  for (let i = from; i < from + n; i++) {
    let change = 0;
    if (zeros > 0) zeros--;
    else {
      change = takeInt();
      if (change === 0) zeros = takeUint();
    }
    const now = before + step + change;
    step = i === from ? 0 : now - before;
    before = now;
    t[i] = now;
  }
}

function putValues(v: Float64Array, from: number, n: number): void {
  const digits = decimals(v, from, n);
  if (digits < 0) putXor(v, from, n);
  else putScaled(v, from, n, digits);
}

function takeValues(v: Float64Array, from: number, n: number): void {
  if (tape[pos++] === INTEGERS) takeScaled(v, from, n);
  else takeXor(v, from, n);
}

function putScaled(v: Float64Array, from: number, n: number, digits: number): void {
  tape[pos++] = INTEGERS;
  tape[pos++] = digits;
  putPresence(v, from, n);
  const scale = SCALES[digits] as number;
  let before = 0;
  let zeros = 0;
  for (let i = from; i < from + n; i++) {
    const value = v[i] as number;
    if (Number.isNaN(value)) continue;
    const now = Math.round(value * scale);
    const change = now - before;
    before = now;
    if (change === 0) {
      zeros++;
      continue;
    }
    if (zeros > 0) zeros = putZeros(zeros);
    putInt(change);
  }
  if (zeros > 0) putZeros(zeros);
}

function takeScaled(v: Float64Array, from: number, n: number): void {
  const scale = SCALES[tape[pos++] as number] as number;
  takePresence(v, from, n);
  let before = 0;
  let zeros = 0;
  for (let i = from; i < from + n; i++) {
    if (Number.isNaN(v[i])) continue;
    if (zeros > 0) zeros--;
    else {
      const change = takeInt();
      if (change === 0) zeros = takeUint();
      before += change;
    }
    v[i] = before / scale;
  }
}

const SCALES = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/** Fewest decimals that give every value back exactly; -1 = none of those we have. */
function decimals(v: Float64Array, from: number, n: number): number {
  let digits = 0;
  for (let i = from; i < from + n; i++) {
    const value = v[i] as number;
    if (Number.isNaN(value)) continue;
    while (!isExact(value, SCALES[digits] as number)) {
      if (++digits === SCALES.length) return -1;
    }
  }
  // More digits than one value needs may still not fit it: 2^50 is reached sooner.
  for (let i = from; i < from + n; i++) {
    const value = v[i] as number;
    if (!Number.isNaN(value) && !isExact(value, SCALES[digits] as number)) return -1;
  }
  return digits;
}

function isExact(value: number, scale: number): boolean {
  const scaled = Math.round(value * scale);
  return scaled / scale === value && isWhole(scaled) && !(value === 0 && 1 / value < 0);
}

/** Runs of rows with a value, without, with, …; the first may be of none. */
function putPresence(v: Float64Array, from: number, n: number): void {
  let present = true;
  let run = 0;
  for (let i = from; i < from + n; i++) {
    const here = !Number.isNaN(v[i]);
    if (here !== present) {
      putUint(run);
      run = 0;
      present = here;
    }
    run++;
  }
  putUint(run);
}

/** Rows without a value become NaN, the others 0 until their value is read. */
function takePresence(v: Float64Array, from: number, n: number): void {
  let present = true;
  for (let i = from; i < from + n; ) {
    const run = takeUint();
    v.fill(present ? 0 : Number.NaN, i, i + run);
    i += run;
    present = !present;
  }
}

function putRuns(column: Uint32Array | Uint8Array, from: number, n: number): void {
  for (let i = from; i < from + n; ) {
    const value = column[i] as number;
    let run = 1;
    while (i + run < from + n && column[i + run] === value) run++;
    putUint(value);
    putUint(run);
    i += run;
  }
}

function takeRuns(column: Uint32Array | Uint8Array, from: number, n: number): void {
  for (let i = from; i < from + n; ) {
    const value = takeUint();
    const run = takeUint();
    column.fill(value, i, i + run);
    i += run;
  }
}

const bits = new Float64Array(1);
const bytes = new Uint8Array(bits.buffer);
const last = new Uint8Array(8);

/** Each double XOR the one before: how many zero bytes lead and trail in one byte, then the bytes between. */
function putXor(column: Float64Array, from: number, n: number): void {
  tape[pos++] = XOR;
  last.fill(0);
  for (let i = from; i < from + n; i++) {
    bits[0] = column[i] as number;
    let first = 0;
    let end = 8;
    while (first < 8 && bytes[first] === last[first]) first++;
    while (end > first && bytes[end - 1] === last[end - 1]) end--;
    tape[pos++] = (first << 4) | end;
    for (let b = first; b < end; b++) tape[pos++] = (bytes[b] as number) ^ (last[b] as number);
    last.set(bytes);
  }
}

function takeXor(column: Float64Array, from: number, n: number): void {
  bits[0] = 0;
  for (let i = from; i < from + n; i++) {
    const span = tape[pos++] as number;
    for (let b = span >> 4; b < (span & 15); b++) bytes[b] = (bytes[b] as number) ^ (tape[pos++] as number);
    column[i] = bits[0];
  }
}

/** A 0 and how many more come after it. Answers 0, the count to go on with. */
function putZeros(count: number): 0 {
  tape[pos++] = 0;
  putUint(count - 1);
  return 0;
}

function putInt(value: number): void {
  putUint(value >= 0 ? value * 2 : -value * 2 - 1);
}

function takeInt(): number {
  const raw = takeUint();
  if (raw < 0x80000000) return (raw >>> 1) ^ -(raw & 1);
  return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
}

function putUint(value: number): void {
  let rest = value;
  while (rest >= 0x80000000) {
    tape[pos++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest >= 0x80) {
    tape[pos++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  tape[pos++] = rest;
}

function takeUint(): number {
  let byte = tape[pos++] as number;
  if (byte < 0x80) return byte;
  let value = byte & 0x7f;
  let weight = 128;
  do {
    byte = tape[pos++] as number;
    value += (byte & 0x7f) * weight;
    weight *= 128;
  } while (byte >= 0x80);
  return value;
}
