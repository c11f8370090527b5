import { BOUNDS } from "../model/bounds.ts";
import type { Body } from "../model/input.ts";
import { VALUELESS_BITS } from "../model/reading.ts";
import { followingCode, internCode, lastCode } from "./codes.ts";
import { createColumns } from "./columns.ts";
import { utf8 } from "./json-text.ts";
import { isEpochMs, parseIsoBytes } from "./time.ts";

/**
 * Reads a readings message straight from its bytes, without making an object of each reading: half of what
 * JSON.parse costs, and this is the one message that comes ten thousand times a second. It knows the plain shape
 * (the keys ts, seq, readings and p, v, s, t, each once, in any order, written without escapes; plain decimal numbers) and
 * answers null at anything else, right or wrong: the parsing path then decides. A fuzz test holds the two together.
 */
export function scanReadings(kind: "readings" | "backfill", bytes: Uint8Array): Body | null {
  if (bytes.length > BOUNDS.packetBytes) return null;
  ts = Number.NaN;
  seq = null;
  count = -1;
  others = 0;
  let at = space(bytes, afterMark(bytes));
  if (bytes[at] !== OPEN_OBJECT) return null;
  do {
    at = scanField(bytes, space(bytes, at + 1));
    if (at < 0) return null;
    at = space(bytes, at);
  } while (bytes[at] === COMMA);
  if (bytes[at] !== CLOSE_OBJECT || space(bytes, at + 1) !== bytes.length) return null;
  if (Number.isNaN(ts) || count < 0) return null;
  return body(kind);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const DASH = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const P = 0x70;
const V = 0x76;
const S = 0x73;
const T = 0x74;
const BAIL = -1;

/** What is being scanned: one message at a time, never across a turn of the loop. */
let ts = Number.NaN;
let seq: number | null = null;
let count = -1;
let others = 0;
/** The number read last. A cell of doubles, because a variable of the module would be a new object each time. */
const cell = new Float64Array(1);
const codes = new Array<string>(BOUNDS.readingsPerPacket);
const times = new Float64Array(BOUNDS.readingsPerPacket);
const values = new Float64Array(BOUNDS.readingsPerPacket);
const states = new Uint32Array(BOUNDS.readingsPerPacket);

function body(kind: "readings" | "backfill"): Body {
  const columns = createColumns(count);
  for (let i = 0; i < count; i++) {
    const t = times[i] as number;
    columns.codes[i] = codes[i] as string;
    // NaN stands for "no time of its own": `ts` may come after the readings.
    columns.t[i] = Number.isNaN(t) ? ts : t;
    columns.v[i] = values[i] as number;
    columns.s[i] = states[i] as number;
  }
  return { kind, ts, seq, columns };
}

const afterMark = (bytes: Uint8Array): number =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;

function space(bytes: Uint8Array, from: number): number {
  let at = from;
  let byte = bytes[at];
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++at];
  return at;
}

/** `"ts": …`, `"seq": …` or `"readings": […]`; the place after it. */
function scanField(bytes: Uint8Array, at: number): number {
  if (isKey(bytes, at, TS_KEY)) {
    const next = Number.isNaN(ts) ? scanTime(bytes, afterKey(bytes, at + TS_KEY.length)) : BAIL;
    ts = cell[0] as number;
    return next;
  }
  if (isKey(bytes, at, SEQ_KEY)) {
    const next = seq === null ? scanWhole(bytes, afterKey(bytes, at + SEQ_KEY.length)) : BAIL;
    seq = cell[0] as number;
    return next;
  }
  if (isKey(bytes, at, READINGS_KEY)) {
    return count < 0 ? scanList(bytes, afterKey(bytes, at + READINGS_KEY.length)) : BAIL;
  }
  return ++others > MOST_OTHERS ? BAIL : skipField(bytes, at);
}

const keyBytes = (key: string): Uint8Array => Uint8Array.from(key, (c) => c.charCodeAt(0));
const TS_KEY = keyBytes('"ts"');
const SEQ_KEY = keyBytes('"seq"');
const READINGS_KEY = keyBytes('"readings"');

function isKey(bytes: Uint8Array, at: number, key: Uint8Array): boolean {
  for (let i = 0; i < key.length; i++) if (bytes[at + i] !== key[i]) return false;
  return true;
}

/** Over the colon to the value; the end of the bytes when there is none, where every value bails out. */
function afterKey(bytes: Uint8Array, from: number): number {
  const at = space(bytes, from);
  return bytes[at] === COLON ? space(bytes, at + 1) : bytes.length;
}

function scanList(bytes: Uint8Array, from: number): number {
  if (bytes[from] !== OPEN_ARRAY) return BAIL;
  count = 0;
  let at = space(bytes, from + 1);
  if (bytes[at] === CLOSE_ARRAY) return at + 1;
  for (;;) {
    if (count === BOUNDS.readingsPerPacket) return BAIL;
    at = scanReading(bytes, at, count);
    if (at < 0) return BAIL;
    count++;
    at = space(bytes, at);
    if (bytes[at] !== COMMA) return bytes[at] === CLOSE_ARRAY ? at + 1 : BAIL;
    at = space(bytes, at + 1);
  }
}

function scanReading(bytes: Uint8Array, from: number, i: number): number {
  if (bytes[from] !== OPEN_OBJECT) return BAIL;
  let at = from;
  let seen = 0;
  let others = 0;
  values[i] = Number.NaN;
  states[i] = 0;
  times[i] = Number.NaN;
  do {
    at = space(bytes, at + 1);
    const bit = bytes[at] === QUOTE && bytes[at + 2] === QUOTE ? keyBit(bytes[at + 1] as number) : 0;
    if (bit === 0) {
      if (++others > MOST_OTHERS) return BAIL;
      at = skipField(bytes, at);
    } else {
      if ((seen & bit) !== 0) return BAIL;
      seen |= bit;
      const value = bytes[at + 3] === COLON ? space(bytes, at + 4) : afterKey(bytes, at + 3);
      at = scanPart(bytes, value, bit, i);
    }
    if (at < 0) return BAIL;
    at = space(bytes, at);
  } while (bytes[at] === COMMA);
  if (bytes[at] !== CLOSE_OBJECT || (seen & P_BIT) === 0) return BAIL;
  if (Number.isNaN(values[i]) && ((states[i] as number) & VALUELESS_BITS) === 0) return BAIL;
  return at + 1;
}

const P_BIT = 1;
const V_BIT = 2;
const S_BIT = 4;
const T_BIT = 8;
/** Fields that nobody reads, in one object; more are left to the parser, which counts them. */
const MOST_OTHERS = 16;

const keyBit = (key: number): number =>
  key === P ? P_BIT : key === V ? V_BIT : key === S ? S_BIT : key === T ? T_BIT : 0;

function scanPart(bytes: Uint8Array, at: number, bit: number, i: number): number {
  if (bit === P_BIT) return scanCode(bytes, at, i);
  let next: number;
  if (bit === V_BIT) {
    next = scanValue(bytes, at);
    values[i] = cell[0] as number;
  } else if (bit === S_BIT) {
    next = scanWhole(bytes, at);
    if ((cell[0] as number) > 0xffff_ffff) return BAIL;
    states[i] = cell[0] as number;
  } else {
    next = scanTime(bytes, at);
    times[i] = cell[0] as number;
  }
  return next;
}

/** Over a field that nobody reads: a plain key and a text, number, true, false or null. */
function skipField(bytes: Uint8Array, at: number): number {
  const key = skipText(bytes, at);
  // An escape can spell a key that somebody reads.
  if (key < 0 || hadEscape) return BAIL;
  const value = afterKey(bytes, key);
  return bytes[value] === QUOTE ? skipText(bytes, value) : scanValue(bytes, value);
}

/** Whether the text skipped last held an escape. */
let hadEscape = false;

/** Over a text, checked to be one of JSON in UTF-8; the place after it. */
function skipText(bytes: Uint8Array, from: number): number {
  if (bytes[from] !== QUOTE) return BAIL;
  hadEscape = false;
  let at = from + 1;
  let all = 0;
  for (;;) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) break;
    // A control character, or the end of the bytes, where `byte` is undefined.
    if (!(byte >= 0x20)) return BAIL;
    all |= byte;
    if (byte === BACKSLASH) {
      hadEscape = true;
      at = skipEscape(bytes, at + 1);
      if (at < 0) return BAIL;
    } else at++;
  }
  return all < 0x80 || isUtf8(bytes.subarray(from, at)) ? at + 1 : BAIL;
}

/** Over what follows a backslash. */
function skipEscape(bytes: Uint8Array, at: number): number {
  const kind = ESCAPES[bytes[at] ?? 0];
  if (kind !== UNICODE) return kind === SIMPLE ? at + 1 : BAIL;
  for (let i = at + 1; i <= at + 4; i++) if (HEX[bytes[i] ?? 0] !== 1) return BAIL;
  return at + 5;
}

const SIMPLE = 1;
const UNICODE = 2;
const ESCAPES = new Uint8Array(256);
for (const letter of '"\\/bfnrt') ESCAPES[letter.charCodeAt(0)] = SIMPLE;
ESCAPES["u".charCodeAt(0)] = UNICODE;
const HEX = new Uint8Array(256);
for (const digit of "0123456789abcdefABCDEF") HEX[digit.charCodeAt(0)] = 1;

function isUtf8(bytes: Uint8Array): boolean {
  try {
    utf8.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function scanCode(bytes: Uint8Array, from: number, i: number): number {
  if (bytes[from] !== QUOTE) return BAIL;
  const start = from + 1;
  let at = followingCode(bytes, start);
  if (at >= 0) {
    codes[i] = lastCode();
    return at + 1;
  }
  at = start;
  let hash = 0;
  let byte = bytes[at] as number;
  // A control character, a backslash or the end of the bytes ends it as well, and is no quote.
  while (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH) {
    hash = Math.imul(hash ^ byte, 0x01000193);
    byte = bytes[++at] as number;
  }
  if (byte !== QUOTE) return BAIL;
  const code = internCode(bytes, start, at, hash);
  if (code === null) return BAIL;
  codes[i] = code;
  return at + 1;
}

function scanValue(bytes: Uint8Array, at: number): number {
  switch (bytes[at]) {
    case 0x74: // true
      cell[0] = 1;
      return isKey(bytes, at, TRUE) ? at + TRUE.length : BAIL;
    case 0x66: // false
      cell[0] = 0;
      return isKey(bytes, at, FALSE) ? at + FALSE.length : BAIL;
    case 0x6e: // null
      cell[0] = Number.NaN;
      return isKey(bytes, at, NULL) ? at + NULL.length : BAIL;
    default:
      return scanNumber(bytes, at);
  }
}

const TRUE = keyBytes("true");
const FALSE = keyBytes("false");
const NULL = keyBytes("null");

const POWERS = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
/** Below it a whole number of up to 15 digits is exact, and so is its quotient by an exact power of ten. */
const EXACT = 1e15;
const LONGEST_NUMBER = 40;

/** JSON's number grammar without exponents, to the same double as `Number(text)`. */
function scanNumber(bytes: Uint8Array, from: number): number {
  const negative = bytes[from] === DASH;
  const first = negative ? from + 1 : from;
  let at = first;
  let mantissa = 0;
  let digit = (bytes[at] as number) - ZERO;
  while (digit >= 0 && digit <= 9) {
    mantissa = mantissa * 10 + digit;
    digit = (bytes[++at] as number) - ZERO;
  }
  const whole = at - first;
  if (whole === 0 || (whole > 1 && bytes[first] === ZERO)) return BAIL;
  let decimals = 0;
  if (bytes[at] === DOT) {
    digit = (bytes[++at] as number) - ZERO;
    while (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit;
      decimals++;
      digit = (bytes[++at] as number) - ZERO;
    }
    if (decimals === 0) return BAIL;
  }
  if (bytes[at] === 0x65 || bytes[at] === 0x45 || at - from > LONGEST_NUMBER) return BAIL;
  if (mantissa < EXACT && decimals <= 22) {
    const size = decimals === 0 ? mantissa : mantissa / (POWERS[decimals] as number);
    cell[0] = negative ? 0 - size : size;
  } else {
    cell[0] = Number(utf8.decode(bytes.subarray(from, at))) + 0;
  }
  return at;
}

/** Digits only, up to what a double counts exactly; in two halves, each a small integer. */
function scanWhole(bytes: Uint8Array, from: number): number {
  let at = from;
  let high = 0;
  let low = 0;
  let scale = 1;
  let digit = (bytes[at] as number) - ZERO;
  while (digit >= 0 && digit <= 9) {
    if (at - from < 8) {
      high = high * 10 + digit;
    } else {
      low = low * 10 + digit;
      scale *= 10;
    }
    digit = (bytes[++at] as number) - ZERO;
  }
  const length = at - from;
  const next = bytes[at];
  if (length === 0 || length > 15 || (length > 1 && bytes[from] === ZERO)) return BAIL;
  if (next === DOT || next === 0x65 || next === 0x45) return BAIL;
  cell[0] = high * scale + low;
  return at;
}

function scanTime(bytes: Uint8Array, from: number): number {
  if (bytes[from] !== QUOTE) {
    const next = scanWhole(bytes, from);
    if (next < 0) return BAIL;
    return isEpochMs(cell[0] as number) ? next : BAIL;
  }
  let at = from + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at++;
  // Every byte of a time is ASCII, so an escape or a foreign byte is no time.
  const t = at - from > 48 ? Number.NaN : parseIsoBytes(bytes, from + 1, at);
  cell[0] = t;
  return Number.isNaN(t) ? BAIL : at + 1;
}
