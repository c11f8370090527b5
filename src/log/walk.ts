import { type DiskFile, readUpTo } from "./disk.ts";
import { checksumHolds, FRAME_HEAD, frameLength, frameSeq, MAX_FRAME } from "./frame.ts";

/** Valid frames, whole and in order. The bytes are never used again by the walk: views of them may be kept. */
export interface Chunk {
  readonly bytes: Buffer;
  /** Where `bytes` begins in the file. */
  readonly offset: number;
  /** Where in `bytes` each frame begins, and, last, where the frames end. */
  readonly starts: readonly number[];
  /** The seq of the first frame. */
  readonly seq: number;
}

/** A place in a segment: the next frame there should have this seq. */
export interface Place {
  readonly offset: number;
  readonly seq: number;
}

/** The first piece is small, for those who only read what is new; a backlog soon gets the large ones. */
const FIRST_CHUNK = 64 * 1024;
const CHUNK = 1024 * 1024;

/**
 * Walks the valid frames of a segment from `from` up to the record `to`, a chunk at a time, so that a
 * backlog of any size costs two chunks of memory. Returns the place where it ended: behind `to`, at the
 * end of the file (or of what is known to be written, `until`), or at the first bytes that are not the
 * frame that should be there.
 */
export async function* walk(
  file: DiskFile,
  salt: number,
  from: Place,
  to: number,
  until?: number,
): AsyncGenerator<Chunk, Place> {
  let { offset, seq } = from;
  let want = FIRST_CHUNK;
  const size = until ?? (await file.size());
  while (seq <= to && offset < size) {
    const bytes = await readUpTo(file, offset, Math.min(want, size - offset));
    const starts = validFrames(bytes, salt, seq, to);
    const used = starts.at(-1) ?? 0;
    if (used > 0) {
      yield { bytes, offset, starts, seq };
      offset += used;
      seq += starts.length - 1;
      want = Math.min(CHUNK, want * 4);
    } else if (bytes.length === want && want < MAX_FRAME && frameIsLonger(bytes)) {
      want = MAX_FRAME;
    } else {
      break;
    }
  }
  return { offset, seq };
}

/** Where the valid frames begin that follow one another from the start of `bytes`, and where the last of them ends. */
function validFrames(bytes: Buffer, salt: number, firstSeq: number, to: number): number[] {
  const starts = [0];
  let seq = firstSeq;
  for (let at = 0; seq <= to && at + FRAME_HEAD <= bytes.length; ) {
    const length = frameLength(bytes, at);
    if (length === 0 || at + length > bytes.length || frameSeq(bytes, at) !== seq) break;
    if (!checksumHolds(bytes, at, length, salt)) break;
    at += length;
    seq += 1;
    starts.push(at);
  }
  return starts;
}

const frameIsLonger = (bytes: Buffer): boolean =>
  bytes.length >= FRAME_HEAD && frameLength(bytes, 0) > bytes.length;
