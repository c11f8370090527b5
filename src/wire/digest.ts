/**
 * 53 bits over a topic and its payload: the same packet again has the same digest (contract §3, repeats).
 * Two multiply-and-rotate lanes, not a CRC: a CRC of equal payloads that carry their own CRC collides.
 */
export function digest(topic: string, payload: Uint8Array): number {
  if (topic !== seedTopic || payload.length !== seedLength) seed(topic, payload.length);
  let a = seedA;
  let b = seedB;
  const words = payload.length & ~3;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  for (let at = 0; at < words; at += 4) {
    const word = view.getInt32(at, true);
    a = Math.imul(a ^ word, 0xcc9e2d51);
    a = (a << 13) | (a >>> 19);
    b = Math.imul((b << 15) | (b >>> 17), 0x1b873593) ^ Math.imul(word, 0x2545f491);
  }
  for (let at = words; at < payload.length; at++) {
    const byte = (payload[at] as number) + 1;
    a = Math.imul(a ^ byte, 0xcc9e2d51);
    b = Math.imul(b ^ (byte << 8), 0x1b873593);
  }
  const low = finish(a ^ (b >>> 7));
  const high = finish(b + Math.imul(a, 5)) >>> 11;
  return high * 0x1_0000_0000 + (low >>> 0);
}

/** Where the lanes stand behind the topic: packets of a topic and a length come one after another. */
let seedTopic = "";
let seedLength = -1;
let seedA = 0;
let seedB = 0;

function seed(topic: string, length: number): void {
  let a = 0x9e3779b9 ^ length;
  let b = 0x85ebca6b ^ topic.length;
  for (let i = 0; i < topic.length; i++) {
    const code = topic.charCodeAt(i);
    a = Math.imul(a ^ code, 0xcc9e2d51);
    b = Math.imul(b + code, 0x1b873593) ^ (b >>> 15);
  }
  seedTopic = topic;
  seedLength = length;
  seedA = a;
  seedB = b;
}

/** Spreads every bit over all of them. */
function finish(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x7feb352d);
  h ^= h >>> 15;
  h = Math.imul(h, 0x846ca68b);
  return h ^ (h >>> 16);
}
