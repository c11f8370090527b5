import { utf8 } from "./json-text.ts";

/**
 * Pieces of JSON straight from bytes, each to the place behind it, or BAIL where it is something else, right or wrong: the
 * parser decides then.
 */
export const BAIL = -1;
export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
const COLON = 0x3a;
const DASH = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;

/** The number read last. A cell of doubles, because a variable of the module would be a new object each time. */
export const cell = new Float64Array(1);

export const keyBytes = (key: string): Uint8Array => Uint8Array.from(key, (c) => c.charCodeAt(0));

export function isKey(bytes: Uint8Array, at: number, key: Uint8Array): boolean {
  for (let i = 0; i < key.length; i++) if (bytes[at + i] !== key[i]) return false;
  return true;
}

/** Over the colon to the value; the end of the bytes when there is none, where every value bails out. */
export function afterKey(bytes: Uint8Array, from: number): number {
  const at = space(bytes, from);
  return bytes[at] === COLON ? space(bytes, at + 1) : bytes.length;
}

export function space(bytes: Uint8Array, from: number): number {
  let at = from;
  let byte = bytes[at];
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++at];
  return at;
}

/** Whether the text skipped last held an escape: it can spell a key that somebody reads. */
export const wasEscaped = (): boolean => hadEscape;

let hadEscape = false;

/** Over a text, checked to be one of JSON in UTF-8; the place after it. */
export function skipText(bytes: Uint8Array, from: number): number {
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

export function scanValue(bytes: Uint8Array, at: number): number {
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

/** JSON's number grammar, to the same double as `Number(text)`. */
export function scanNumber(bytes: Uint8Array, from: number): number {
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
  if (isExponent(bytes[at])) return scanExponent(bytes, from, at);
  if (at - from > LONGEST_NUMBER) return BAIL;
  if (mantissa < EXACT && decimals <= 22) {
    const size = decimals === 0 ? mantissa : mantissa / (POWERS[decimals] as number);
    cell[0] = negative ? 0 - size : size;
  } else {
    cell[0] = Number(utf8.decode(bytes.subarray(from, at))) + 0;
  }
  return at;
}

/** A number from `from` on whose exponent begins at `at`. One that is infinite in ours is the parser's to refuse. */
function scanExponent(bytes: Uint8Array, from: number, at: number): number {
  const sign = bytes[at + 1];
  const first = sign === 0x2b || sign === DASH ? at + 2 : at + 1;
  let to = first;
  while (isDigit(bytes[to])) to++;
  if (to === first || to - from > LONGEST_NUMBER) return BAIL;
  cell[0] = Number(utf8.decode(bytes.subarray(from, to))) + 0;
  return Number.isFinite(cell[0]) ? to : BAIL;
}

const isExponent = (byte: number | undefined): boolean => byte === 0x65 || byte === 0x45;
const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= ZERO + 9;

export function hasExponent(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (isExponent(bytes[at])) return true;
  return false;
}

/** Digits only, up to what a double counts exactly; in two halves, each a small integer. */
export function scanWhole(bytes: Uint8Array, from: number): number {
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
  if (next === DOT || isExponent(next)) return BAIL;
  cell[0] = high * scale + low;
  return at;
}
