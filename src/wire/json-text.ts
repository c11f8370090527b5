import { BOUNDS } from "../model/bounds.ts";

/**
 * JSON from outside. Depth, counts and repeated keys are looked at on the bytes before anything is parsed:
 * a deep nest would break whoever serialises it later, 200,000 keys would hold the loop, and of a repeated key
 * `JSON.parse` would silently keep the last.
 */
export type JsonText =
  | { readonly ok: true; readonly value: unknown; readonly repeats: Repeats | null }
  | { readonly ok: false; readonly why: string };

/** Where a key stands twice in one object: elements of top-level lists, by the list's name. */
export type Repeats = ReadonlyMap<string, ReadonlySet<number>>;

export const MOST_DEPTH = 8;
const MOST_KEYS_OF_ONE = 128;
const MOST_KEYS = 100_000;
const MOST_COMMAS = 200_000;

/** Keys whose repeats matter: of the message and of a list's elements. */
export interface Keys {
  readonly top: readonly string[];
  readonly element: readonly string[];
}

/** `keys`: null = a repeat of any key matters. */
export function parseJson(bytes: Uint8Array, mostElements: number, keys: Keys | null): JsonText {
  if (bytes.length > BOUNDS.packetBytes) return no(`the message is larger than ${BOUNDS.packetBytes} bytes`);
  if (bytes.length === 0) return no("the message is empty");
  const found = inspect(bytes, mostElements, keys);
  if (found.why !== null) return no(found.why);
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return no("the message is not UTF-8");
  }
  try {
    return { ok: true, value: JSON.parse(text), repeats: found.repeats };
  } catch (error) {
    const place = /position (\d+)/.exec(String(error))?.[1];
    return no(`the message is not JSON${place === undefined ? "" : ` (at character ${place})`}`);
  }
}

/** Strict, and it drops a byte order mark. */
export const utf8 = new TextDecoder("utf-8", { fatal: true });

const no = (why: string): JsonText => ({ ok: false, why });

interface Inspected {
  why: string | null;
  repeats: Map<string, Set<number>> | null;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;

/** What a byte means to the walk: nearly all mean nothing. */
const STRING = 1;
const COMMA = 2;
const OPEN = 3;
const CLOSE = 4;
const MEANING = new Uint8Array(256);
MEANING[QUOTE] = STRING;
MEANING[0x2c] = COMMA;
for (const byte of [OPEN_OBJECT, 0x5b]) MEANING[byte] = OPEN;
for (const byte of [0x7d, 0x5d]) MEANING[byte] = CLOSE;

/** Keys of the objects open right now: their places in the bytes, a row of pairs for each depth. */
const ROW = MOST_KEYS_OF_ONE * 2;
const spans = new Int32Array((MOST_DEPTH + 1) * ROW);
const keyCounts = new Int32Array(MOST_DEPTH + 1);
const isObject = new Uint8Array(MOST_DEPTH + 1);

/** One walk over the bytes. It does not judge whether they are JSON: `JSON.parse` does, afterwards. */
function inspect(bytes: Uint8Array, mostElements: number, names: Keys | null): Inspected {
  const found: Inspected = { why: null, repeats: null };
  let depth = 0;
  let keys = 0;
  let commas = 0;
  let element = 0;
  let keyNext = false;
  for (let at = 0; at < bytes.length; at++) {
    switch (MEANING[bytes[at] as number]) {
      case STRING: {
        const start = at + 1;
        at = stringEnd(bytes, start);
        if (!keyNext) break;
        keyNext = false;
        if (++keys > MOST_KEYS) return refuse(found, `more than ${MOST_KEYS} keys`);
        if (isNew(bytes, depth, start, at)) break;
        const why = noteRepeat(bytes, found, names, { depth, element, start, end: at });
        if (why !== null) return refuse(found, why);
        break;
      }
      case COMMA:
        if (++commas > MOST_COMMAS) return refuse(found, `more than ${MOST_COMMAS} values`);
        keyNext = isObject[depth] === 1;
        if (depth === 2 && !keyNext && ++element >= mostElements) {
          return refuse(found, `more than ${mostElements} elements in one list`);
        }
        break;
      case OPEN:
        if (++depth > MOST_DEPTH) return refuse(found, `nested deeper than ${MOST_DEPTH}`);
        keyNext = bytes[at] === OPEN_OBJECT;
        isObject[depth] = keyNext ? 1 : 0;
        keyCounts[depth] = 0;
        if (depth === 2) element = 0;
        break;
      case CLOSE:
        if (depth > 0) depth--;
        keyNext = false;
        break;
      default:
    }
  }
  return found;
}

function refuse(found: Inspected, why: string): Inspected {
  found.why = why;
  return found;
}

/** The place of the closing quote, or the end of the bytes. */
function stringEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  for (; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at++;
  }
  return at;
}

/** Remembers a key of the object open at `depth`; false when it stands there already, or there is no room for it. */
function isNew(bytes: Uint8Array, depth: number, start: number, end: number): boolean {
  const row = depth * ROW;
  const count = keyCounts[depth] as number;
  if (count === MOST_KEYS_OF_ONE) return false;
  for (let at = row; at < row + 2 * count; at += 2) {
    const otherStart = spans[at] as number;
    const otherEnd = spans[at + 1] as number;
    // Most keys differ in the first byte, and neither is written with escapes.
    const first = bytes[start];
    const otherFirst = bytes[otherStart];
    if (first !== otherFirst && first !== BACKSLASH && otherFirst !== BACKSLASH) continue;
    if (isSameKey(bytes, start, end, otherStart, otherEnd)) return false;
  }
  spans[row + 2 * count] = start;
  spans[row + 2 * count + 1] = end;
  keyCounts[depth] = count + 1;
  return true;
}

function isSameKey(
  bytes: Uint8Array,
  start: number,
  end: number,
  otherStart: number,
  otherEnd: number,
): boolean {
  const length = end - start;
  if (length === otherEnd - otherStart) {
    let i = 0;
    while (i < length && bytes[start + i] === bytes[otherStart + i]) i++;
    if (i === length) return true;
  }
  // "\u0070" is the key p: only written-out keys may be compared by their bytes.
  if (!isEscaped(bytes, start, end) && !isEscaped(bytes, otherStart, otherEnd)) return false;
  const key = keyText(bytes, start, end);
  return key !== null && key === keyText(bytes, otherStart, otherEnd);
}

function isEscaped(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === BACKSLASH) return true;
  return false;
}

function keyText(bytes: Uint8Array, start: number, end: number): string | null {
  try {
    return JSON.parse(utf8.decode(bytes.subarray(start - 1, end + 1)));
  } catch {
    return null;
  }
}

/** Keeps a repeat for the list's element it stands in; at the top of the message it spoils the whole. */
function noteRepeat(
  bytes: Uint8Array,
  found: Inspected,
  names: Keys | null,
  { depth, element, start, end }: { depth: number; element: number; start: number; end: number },
): string | null {
  if (keyCounts[depth] === MOST_KEYS_OF_ONE) return `more than ${MOST_KEYS_OF_ONE} keys in one object`;
  const key = keyText(bytes, start, end) ?? "?";
  const matters = depth === 1 ? names?.top : depth === 3 ? names?.element : [];
  if (names !== null && matters?.includes(key) !== true) return null;
  if (depth === 1) return `the key ${JSON.stringify(key)} stands twice`;
  const last = ROW + 2 * ((keyCounts[1] as number) - 1);
  const list = last < ROW ? "" : (keyText(bytes, spans[last] as number, spans[last + 1] as number) ?? "");
  found.repeats ??= new Map();
  const elements = found.repeats.get(list) ?? new Set<number>();
  found.repeats.set(list, elements.add(element));
  return null;
}
