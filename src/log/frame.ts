import { hash, randomInt } from "node:crypto";
import { crc32 } from "node:zlib";

/*
 * The bytes of a log. All numbers are little endian.
 *
 * A file is one segment: a header of 64 bytes, then frames without a gap, then (while it is the
 * active one) zeros. It is named after the seq of its first record, 20 digits.
 *
 *   header   0 magic "DVLG" | 4 format version u8 | 5 kind u8, bit 7 = chained | 6 created at u48 (ms)
 *            12 first seq u48 | 18 first seq of the segment before it u48 (0: none) | 24 epoch, UUID 16
 *            40 link 16 | 56 salt u32 | 60 crc32 of the 60 bytes before it u32
 *   frame    0 len u32 (of all that follows the crc) | 4 crc32 u32 (of all that follows it, started with the salt)
 *            8 seq u64: the low 48 bits are the seq, the high 16 the record's place in its batch, from 0
 *            16 type u8 | 17 flags u8 | 18 body; a chained log's body begins with its link 16
 *
 * `link` is the first half of the SHA-256 of the piece before: of the last frame before a header, of
 * the header before a first frame, of the frame before any other. So every byte of a chained log is
 * under the link of the piece after it, over segment borders too.
 *
 * The salt is drawn for each segment. A mine's payload that holds the image of a frame is therefore
 * no valid frame when recovery looks for one among the bytes behind a torn record.
 */
export const HEADER_BYTES = 64;
export const FRAME_HEAD = 18;
export const LINK_BYTES = 16;
/** A payload of 1 MiB and generous room for what the spool writes around it. */
export const MAX_BODY = 2 * 1024 * 1024;
export const MAX_FRAME = FRAME_HEAD + LINK_BYTES + MAX_BODY;
const VERSION = 1;
const MAGIC = 0x474c5644;
const CHAINED = 0x80;
const TWO_32 = 2 ** 32;

export interface SegmentHeader {
  readonly kind: number;
  readonly chained: boolean;
  readonly createdAt: number;
  readonly first: number;
  readonly previousFirst: number;
  readonly epoch: string;
  readonly link: Buffer;
  readonly salt: number;
}

export const NO_LINK = Buffer.alloc(LINK_BYTES);
export const drawSalt = (): number => randomInt(TWO_32);
export const linkTo = (piece: Uint8Array): Buffer => hash("sha256", piece, "buffer").subarray(0, LINK_BYTES);

export function encodeHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt8(VERSION, 4);
  bytes.writeUInt8(header.kind | (header.chained ? CHAINED : 0), 5);
  bytes.writeUIntLE(header.createdAt, 6, 6);
  bytes.writeUIntLE(header.first, 12, 6);
  bytes.writeUIntLE(header.previousFirst, 18, 6);
  bytes.write(header.epoch.replaceAll("-", ""), 24, 16, "hex");
  header.link.copy(bytes, 40);
  bytes.writeUInt32LE(header.salt, 56);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60);
  return bytes;
}

export function decodeHeader(bytes: Buffer): SegmentHeader | { why: string } {
  if (bytes.length < HEADER_BYTES) return { why: "shorter than a segment header" };
  if (bytes.readUInt32LE(0) !== MAGIC) return { why: "no segment of a log (magic)" };
  if (bytes.readUInt32LE(60) !== crc32(bytes.subarray(0, 60)))
    return { why: "the header's checksum is wrong" };
  if (bytes.readUInt8(4) !== VERSION)
    return { why: `format version ${bytes.readUInt8(4)} is not known here` };
  const kind = bytes.readUInt8(5);
  return {
    kind: kind & ~CHAINED,
    chained: (kind & CHAINED) !== 0,
    createdAt: bytes.readUIntLE(6, 6),
    first: bytes.readUIntLE(12, 6),
    previousFirst: bytes.readUIntLE(18, 6),
    epoch: uuid(bytes.toString("hex", 24, 40)),
    link: Buffer.from(bytes.subarray(40, 56)),
    salt: bytes.readUInt32LE(56),
  };
}

const uuid = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");

/** Writes all of a frame's head except the checksum, which the segment that takes it decides. */
export function putFrameHead(
  bytes: Buffer,
  at: number,
  frame: { length: number; seq: number; place: number; type: number; flags: number },
): void {
  const { length, seq, place, type, flags } = frame;
  bytes.writeUInt32LE(length - 8, at);
  bytes.writeUInt32LE(seq % TWO_32, at + 8);
  bytes.writeUInt32LE(Math.floor(seq / TWO_32) + place * 65_536, at + 12);
  bytes[at + 16] = type;
  bytes[at + 17] = flags;
}

/** The length of the whole frame by its head, or 0 when no frame has such a length. */
export function frameLength(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32LE(at) + 8;
  return length < FRAME_HEAD || length > MAX_FRAME ? 0 : length;
}

export const frameSeq = (bytes: Buffer, at: number): number =>
  bytes.readUInt32LE(at + 8) + bytes.readUInt16LE(at + 12) * TWO_32;
export const framePlace = (bytes: Buffer, at: number): number => bytes.readUInt16LE(at + 14);
export const frameType = (bytes: Buffer, at: number): number => bytes.readUInt8(at + 16);
export const frameFlags = (bytes: Buffer, at: number): number => bytes.readUInt8(at + 17);

export const frameChecksum = (bytes: Buffer, at: number, length: number, salt: number): number =>
  crc32(bytes.subarray(at + 8, at + length), salt);

export const checksumHolds = (bytes: Buffer, at: number, length: number, salt: number): boolean =>
  bytes.readUInt32LE(at + 4) === frameChecksum(bytes, at, length, salt);

/**
 * Gives the frames of a batch the checksums, and in a chained log the links, of the segment that will
 * hold them. Answers the link of the frame after them.
 */
export function seal(bytes: Buffer, salt: number, link: Buffer | null): Buffer | null {
  let next = link;
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at) + 8;
    if (next !== null) next.copy(bytes, at + FRAME_HEAD);
    bytes.writeUInt32LE(frameChecksum(bytes, at, length, salt), at + 4);
    if (next !== null) next = linkTo(bytes.subarray(at, at + length));
    at += length;
  }
  return next;
}
