import { checksumHolds, FRAME_HEAD, frameChecksum, frameLength, frameSeq, MAX_FRAME } from "./frame.ts";

/** Longer frames are only tried in their length: chance would make one in ten thousand of them look rotten. */
const LONGEST = 16 * 1024;

/**
 * Whether the first frame of `bytes` would be the valid record `seq` if one bit were turned, in a byte
 * that `excused` does not excuse.
 */
export function isOneBitAway(
  bytes: Buffer,
  salt: number,
  seq: number,
  excused: (byte: number) => boolean,
): boolean {
  if (bytes.length < FRAME_HEAD) return false;
  return lengthBit(bytes, salt, seq, excused) || contentBit(bytes, salt, seq, excused);
}

function lengthBit(bytes: Buffer, salt: number, seq: number, excused: (byte: number) => boolean): boolean {
  const written = bytes.readUInt32LE(0);
  for (let bit = 0; bit < 32; bit++) {
    const length = ((written ^ (1 << bit)) >>> 0) + 8;
    if (length < FRAME_HEAD || length > Math.min(bytes.length, MAX_FRAME) || excused(bit >> 3)) continue;
    if (frameSeq(bytes, 0) === seq && checksumHolds(bytes, 0, length, salt)) return true;
  }
  return false;
}

/** CRC-32 is linear: a turned bit changes the checksum by a value that depends on its distance from the end alone. */
function contentBit(bytes: Buffer, salt: number, seq: number, excused: (byte: number) => boolean): boolean {
  const length = frameLength(bytes, 0);
  if (length === 0 || length > Math.min(bytes.length, LONGEST)) return false;
  const difference = (frameChecksum(bytes, 0, length, salt) ^ bytes.readUInt32LE(4)) >>> 0;
  const fits = (byte: number, bit: number): boolean => !excused(byte) && seqWithBit(bytes, byte, bit) === seq;
  for (let bit = 0; bit < 32; bit++)
    if (difference === (1 << bit) >>> 0 && fits(4 + (bit >> 3), bit & 7)) return true;
  const changes = Uint32Array.from({ length: 8 }, (_, bit) => TABLE[1 << bit] ?? 0);
  for (let byte = length - 1; byte >= 8; byte--) {
    for (let bit = 0; bit < 8; bit++) {
      const change = changes[bit] ?? 0;
      if (change === difference && fits(byte, bit)) return true;
      changes[bit] = (TABLE[change & 0xff] ?? 0) ^ (change >>> 8);
    }
  }
  return false;
}

function seqWithBit(bytes: Buffer, byte: number, bit: number): number {
  const head = Buffer.from(bytes.subarray(0, FRAME_HEAD));
  if (byte < FRAME_HEAD) head.writeUInt8(head.readUInt8(byte) ^ (1 << bit), byte);
  return frameSeq(head, 0);
}

/** The change of a CRC-32 (reflected, 0xEDB88320) by one byte. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});
