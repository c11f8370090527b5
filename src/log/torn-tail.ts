import { type DiskFile, readUpTo } from "./disk.ts";
import { checksumHolds, FRAME_HEAD, frameLength, framePlace, frameSeq, MAX_FRAME } from "./frame.ts";
import { isOneBitAway } from "./one-bit.ts";
import type { Place } from "./walk.ts";

/*
 * What stands behind the last valid record of the last segment: the rest of a write that a power loss
 * tore, or records that were synced, perhaps acknowledged, and have rotted? The first is cut off, the
 * second stops the start. Three facts tell them apart.
 *
 * 1. A batch is one write, and the next one is written only when the sync of this one has returned.
 *    Whatever a disk loses of an un-synced batch, in any order of sectors, it has not one byte of a
 *    later one. Every frame carries its place in its batch, hence the seq its batch began with. So with
 *    records valid up to n, a valid frame of a batch that began behind n + 1 proves that n + 1 was
 *    synced: corruption. Valid frames of the batch that n + 1 belongs to prove nothing: a tail.
 *    (Retries of a batch put the same bytes to the same place; after a failed sync the batch goes to
 *    another segment. The salt keeps what a mine sends from posing as a frame.)
 * 2. The last batch may be synced and have no later one to prove it. But a tear has a shape: segments
 *    begin as zeros, so a sector (512 bytes) that was lost holds zeros behind n, and one that was torn
 *    inside holds zeros up to its edge. If no sector under the unreadable frame n + 1 looks like that,
 *    nothing was torn: corruption.
 * 3. A body may hold such zeros by itself. Therefore a frame that one flipped bit would make valid is
 *    corruption too, unless that bit lies among zeros that reach a sector's edge.
 *
 * What remains undecidable: more than one changed byte in the very last batch, in a frame with zeros at
 * a sector's edge. It is taken for a tail, and reported with its length.
 */

export type Tail =
  | { readonly kind: "clean" }
  | { readonly kind: "torn"; readonly bytes: number }
  | { readonly kind: "corrupt"; readonly why: string };

const SECTOR = 512;
const CHUNK = 1024 * 1024;
/** No segment holds more frames than this behind a torn one; the limit spares checksums of nonsense. */
const MAX_AHEAD = 2 ** 26;

/** Judges what follows `end`, the end of the longest prefix of valid records. */
export async function judgeTail(file: DiskFile, salt: number, end: Place): Promise<Tail> {
  const size = await file.size();
  let lastByte = -1;
  for (let offset = end.offset; offset < size; offset += CHUNK) {
    const bytes = await readUpTo(file, offset, Math.min(CHUNK + FRAME_HEAD, size - offset));
    const own = bytes.subarray(0, CHUNK);
    const last = lastNonZero(own);
    if (last < 0) continue;
    lastByte = offset + last;
    const later = await laterBatch(file, salt, end, { bytes, offset, until: last });
    if (later !== null) return { kind: "corrupt", why: `record ${end.seq} is unreadable, but ${later}` };
  }
  if (lastByte < 0) return { kind: "clean" };
  const next = await readUpTo(file, end.offset, Math.min(MAX_FRAME, size - end.offset));
  if (!couldBeTorn(next, salt, end))
    return { kind: "corrupt", why: `record ${end.seq} is unreadable and was not torn by a power loss` };
  return { kind: "torn", bytes: lastByte + 1 - end.offset };
}

const ZEROS = Buffer.alloc(4096);

function lastNonZero(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0) {
    const start = Math.max(0, end - ZEROS.length);
    if (bytes.compare(ZEROS, 0, end - start, start, end) !== 0) break;
    end = start;
  }
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end - 1;
}

/** Names a valid frame of a batch that began behind the first unreadable record, if there is one. */
async function laterBatch(
  file: DiskFile,
  salt: number,
  end: Place,
  chunk: { bytes: Buffer; offset: number; until: number },
): Promise<string | null> {
  const { bytes, offset, until } = chunk;
  const last = Math.min(until, bytes.length - FRAME_HEAD);
  for (let at = 0; at <= last; at++) {
    // Rules out nearly every byte at the price of one comparison: no frame is 16 MiB long.
    if (bytes[at + 3] !== 0) continue;
    const length = frameLength(bytes, at);
    if (length === 0) continue;
    const seq = frameSeq(bytes, at);
    if (seq <= end.seq || seq > end.seq + MAX_AHEAD || seq - framePlace(bytes, at) <= end.seq) continue;
    const frame =
      at + length <= bytes.length
        ? bytes.subarray(at, at + length)
        : await readUpTo(file, offset + at, length);
    if (frame.length === length && checksumHolds(frame, 0, length, salt))
      return `record ${seq} of a later batch follows at byte ${offset + at}`;
  }
  return null;
}

/** Facts 2 and 3, for the bytes from the unreadable record on. */
function couldBeTorn(bytes: Buffer, salt: number, end: Place): boolean {
  const base = end.offset % SECTOR;
  const length = bytes.length < FRAME_HEAD ? 0 : frameLength(bytes, 0);
  const extent = Math.max(FRAME_HEAD, length);
  let explained = false;
  for (let at = 0; at < extent && !explained; at = nextSector(at, base))
    explained = zeroAtAnEdge(bytes, at, Math.min(nextSector(at, base), extent), nextSector(at, base));
  if (!explained) return false;
  return !isOneBitAway(bytes, salt, end.seq, (byte) => inZerosToAnEdge(bytes, byte, base));
}

const nextSector = (at: number, base: number): number => at + SECTOR - ((at + base) % SECTOR);

/** A byte behind the end of the file was never written: it counts as zero. */
const isZero = (bytes: Buffer, at: number): boolean => (bytes[at] ?? 0) === 0;

function zeroAtAnEdge(bytes: Buffer, from: number, to: number, sectorEnd: number): boolean {
  return isZero(bytes, from) || allZero(bytes, to - 1, sectorEnd);
}

function inZerosToAnEdge(bytes: Buffer, byte: number, base: number): boolean {
  const start = Math.max(0, byte - ((byte + base) % SECTOR));
  return allZero(bytes, byte, nextSector(byte, base)) || allZero(bytes, start, byte + 1);
}

function allZero(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (!isZero(bytes, at)) return false;
  return true;
}
