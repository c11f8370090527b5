/** Text as GB18030 bytes: the platform only decodes, so its own table is turned round. */
export function encodeGb18030(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code < 0x80) bytes.push(code);
    else bytes.push(...(pairs().get(character) ?? fours(character)));
  }
  return Uint8Array.from(bytes);
}

const decoder = new TextDecoder("gb18030");
let table: Map<string, [number, number]> | null = null;

function pairs(): Map<string, [number, number]> {
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

/** The rare ones: four bytes, found by walking the ranges of the plane they are in. */
function fours(character: string): number[] {
  const code = character.codePointAt(0) as number;
  const leads = code > 0xffff ? [0x90, 0xe3] : [0x81, 0x84];
  let low = 0;
  let high = ((leads[1] as number) - (leads[0] as number) + 1) * 12_600 - 1;
  const bytesAt = (index: number): number[] => [
    (leads[0] as number) + Math.floor(index / 12_600),
    0x30 + (Math.floor(index / 1260) % 10),
    0x81 + (Math.floor(index / 10) % 126),
    0x30 + (index % 10),
  ];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = decoder.decode(Uint8Array.from(bytesAt(middle))).codePointAt(0) as number;
    if (found === code) return bytesAt(middle);
    if (found === 0xfffd || found > code) high = middle - 1;
    else low = middle + 1;
  }
  throw new Error(`no bytes for U+${code.toString(16)}`);
}
