import { deserialize, serialize } from "node:v8";
import { crc32 } from "node:zlib";

/*
 * The bytes of a snapshot, little endian:
 *   0 magic "DVSN" | 4 format version u32 | 8 crc32 of all that follows u32 | 12 length of the header u32
 *   16 header, JSON | body, v8.serialize
 */
const MAGIC = 0x4e535644;
const VERSION = 1;
const HEAD = 16;

/** What a snapshot holds the world of. */
export interface SnapshotHeader {
  /** The last spool record that the image has seen. */
  readonly spoolSeq: number;
  readonly journalSeq: number;
  readonly configHash: string;
  readonly now: number;
}

export interface Snapshot {
  readonly header: SnapshotHeader;
  readonly image: unknown;
}

interface StoredHeader extends SnapshotHeader {
  readonly engineVersion: string;
}

export function encodeSnapshot(header: StoredHeader, image: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const bytes = Buffer.concat([Buffer.alloc(HEAD), json, serialize(image)]);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(VERSION, 4);
  bytes.writeUInt32LE(json.length, 12);
  bytes.writeUInt32LE(crc32(bytes.subarray(12)), 8);
  return bytes;
}

/** A file from a disk is input: what is wrong with it is the answer. */
export function decodeSnapshot(bytes: Buffer, engineVersion: string): Snapshot | { readonly why: string } {
  if (bytes.length < HEAD || bytes.readUInt32LE(0) !== MAGIC) return { why: "no snapshot (magic)" };
  if (bytes.readUInt32LE(8) !== crc32(bytes.subarray(12))) return { why: "the checksum is wrong" };
  const version = bytes.readUInt32LE(4);
  if (version !== VERSION) return { why: `format version ${version} is not known here` };
  const bodyAt = HEAD + bytes.readUInt32LE(12);
  const { engineVersion: writtenBy, ...header }: StoredHeader = JSON.parse(
    bytes.toString("utf8", HEAD, bodyAt),
  );
  if (writtenBy !== engineVersion) return { why: `written by engine version ${writtenBy}` };
  return { header, image: deserialize(bytes.subarray(bodyAt)) };
}
