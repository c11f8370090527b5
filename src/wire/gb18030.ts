/**
 * Text as GB18030 bytes. The platform only decodes it, so its own table is turned round, once. A half of a surrogate
 * pair is no character: a question mark stands for it.
 */
export function encodeGb18030(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code < 0x80) bytes.push(code);
    else if (code >= 0xd800 && code < 0xe000) bytes.push(QUESTION_MARK);
    else bytes.push(...(pairs().get(character) ?? fours(character)));
  }
  return Uint8Array.from(bytes);
}

const QUESTION_MARK = 0x3f;
const decoder = new TextDecoder("gb18030", { ignoreBOM: true });
let table: Map<string, readonly number[]> | null = null;

/** Whatever two bytes can say: all of GBK. */
function pairs(): Map<string, readonly number[]> {
  if (table !== null) return table;
  table = new Map();
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      if (trail === 0x7f) continue;
      const text = decoder.decode(Uint8Array.from([lead, trail]));
      if ([...text].length === 1 && text !== "\ufffd") table.set(text, [lead, trail]);
    }
  }
  return table;
}

/** The rare ones: four bytes, found by halving the ranges of the plane they are in, and remembered. */
function fours(character: string): readonly number[] {
  const code = character.codePointAt(0) as number;
  const [first, last] = code > 0xffff ? [0x90, 0xe3] : [0x81, 0x84];
  let low = 0;
  let high = (last - first + 1) * 12_600 - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const bytes = bytesAt(first, middle);
    const found = decoder.decode(Uint8Array.from(bytes)).codePointAt(0) as number;
    if (found === code) {
      pairs().set(character, bytes);
      return bytes;
    }
    if (found === 0xfffd || found > code) high = middle - 1;
    else low = middle + 1;
  }
  return code === 0xfffd ? HOLE : [QUESTION_MARK];
}

const HOLE = [0x84, 0x31, 0xa4, 0x37];

const bytesAt = (first: number, index: number): readonly number[] => [
  first + Math.floor(index / 12_600),
  0x30 + (Math.floor(index / 1260) % 10),
  0x81 + (Math.floor(index / 10) % 126),
  0x30 + (index % 10),
];
