import { BOUNDS } from "../model/bounds.ts";
import type { Body } from "../model/input.ts";
import { VALUELESS_BITS } from "../model/reading.ts";
import { followingCode, internCode, lastCode } from "./codes.ts";
import { createColumns } from "./columns.ts";
import {
  afterKey,
  BACKSLASH,
  BAIL,
  cell,
  hasExponent,
  isKey,
  keyBytes,
  QUOTE,
  scanNumber,
  scanValue,
  scanWhole,
  skipText,
  space,
  wasEscaped,
} from "./json-scan.ts";
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

const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const P = 0x70;
const V = 0x76;
const S = 0x73;
const T = 0x74;

/** What is being scanned: one message at a time, never across a turn of the loop. */
let ts = Number.NaN;
let seq: number | null = null;
let count = -1;
let others = 0;
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

const TS_KEY = keyBytes('"ts"');
const SEQ_KEY = keyBytes('"seq"');
const READINGS_KEY = keyBytes('"readings"');

function scanList(bytes: Uint8Array, from: number): number {
  if (bytes[from] !== OPEN_ARRAY) return BAIL;
  count = 0;
  let at = space(bytes, from + 1);
  if (bytes[at] === CLOSE_ARRAY) return at + 1;
  for (;;) {
    if (count === BOUNDS.readingsPerPacket) return BAIL;
    const alike = count > 0 ? scanLike(bytes, at, count) : BAIL;
    at = alike < 0 ? scanReading(bytes, at, count) : alike;
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
  let fields = 0;
  let behind = from;
  begin(i);
  do {
    at = space(bytes, at + 1);
    const bit = bytes[at] === QUOTE && bytes[at + 2] === QUOTE ? keyBit(bytes[at + 1] as number) : 0;
    if (bit === 0) {
      if (++others > MOST_OTHERS) return BAIL;
      at = keyEnd(bytes, at);
      if (at < 0) return BAIL;
      at = noted(fields++, 0, behind, afterKey(bytes, at));
      at = skipValue(bytes, at);
    } else {
      if ((seen & bit) !== 0) return BAIL;
      seen |= bit;
      const value = bytes[at + 3] === COLON ? space(bytes, at + 4) : afterKey(bytes, at + 3);
      at = scanPart(bytes, noted(fields++, bit, behind, value), bit, i);
    }
    if (at < 0) return BAIL;
    behind = at;
    at = space(bytes, at);
  } while (bytes[at] === COMMA);
  if (bytes[at] !== CLOSE_OBJECT || (seen & P_BIT) === 0 || isMissing(i)) return BAIL;
  like.fields = fields;
  return noted(fields, 0, behind, at + 1);
}

function begin(i: number): void {
  values[i] = Number.NaN;
  states[i] = 0;
  times[i] = Number.NaN;
}

const isMissing = (i: number): boolean =>
  Number.isNaN(values[i]) && ((states[i] as number) & VALUELESS_BITS) === 0;

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
    next = bytes[at] === QUOTE ? scanDecimal(bytes, at) : scanValue(bytes, at);
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

/**
 * How the reading scanned last is written: what stands before each value and behind the last one, as places in the
 * message, and what is read of the value; 0 = nothing.
 */
const like = {
  fields: 0,
  bits: new Uint8Array(MOST_OTHERS + 5),
  from: new Int32Array(MOST_OTHERS + 5),
  to: new Int32Array(MOST_OTHERS + 5),
};

function noted(field: number, bit: number, from: number, to: number): number {
  like.bits[field] = bit;
  like.from[field] = from;
  like.to[field] = to;
  return to;
}

/**
 * A reading written like the one before, byte for byte but for its values: a mine's program writes all of a message in one
 * way. BAIL where it is not; what stands between the values need not be understood again.
 */
function scanLike(bytes: Uint8Array, start: number, i: number): number {
  const { fields, bits, from, to } = like;
  let at = start;
  begin(i);
  for (let field = 0; field < fields; field++) {
    at = sameAs(bytes, at, from[field] as number, to[field] as number);
    if (at < 0) return BAIL;
    const bit = bits[field] as number;
    if (bit !== 0) at = scanPart(bytes, at, bit, i);
    else {
      const same = sameAs(bytes, at, to[field] as number, from[field + 1] as number);
      at = same < 0 ? skipValue(bytes, at) : same;
    }
    if (at < 0) return BAIL;
  }
  at = sameAs(bytes, at, from[fields] as number, to[fields] as number);
  return at < 0 || isMissing(i) ? BAIL : at;
}

/** The place behind, when the same bytes stand here as from one place to another. */
function sameAs(bytes: Uint8Array, at: number, from: number, to: number): number {
  let here = at;
  for (let there = from; there < to; there++) if (bytes[here++] !== bytes[there]) return BAIL;
  return here;
}

/** Over a field that nobody reads. */
function skipField(bytes: Uint8Array, at: number): number {
  const key = keyEnd(bytes, at);
  return key < 0 ? BAIL : skipValue(bytes, afterKey(bytes, key));
}

/** Over a key; an escape can spell one that somebody reads. */
function keyEnd(bytes: Uint8Array, at: number): number {
  const end = skipText(bytes, at);
  return end < 0 || wasEscaped() ? BAIL : end;
}

/** Over a text, number, true, false or null. */
const skipValue = (bytes: Uint8Array, at: number): number =>
  bytes[at] === QUOTE ? skipText(bytes, at) : scanValue(bytes, at);

/** A number written as a text, or "" for none. */
function scanDecimal(bytes: Uint8Array, from: number): number {
  if (bytes[from + 1] === QUOTE) {
    cell[0] = Number.NaN;
    return from + 2;
  }
  const to = scanNumber(bytes, from + 1);
  const plain = to - from <= LONGEST_DECIMAL && !hasExponent(bytes, from, to);
  return plain && bytes[to] === QUOTE ? to + 1 : BAIL;
}

/** Shorter than the schema bounds either side of the point. */
const LONGEST_DECIMAL = 20;

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
