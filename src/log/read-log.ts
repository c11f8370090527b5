import { FRAME_HEAD, frameFlags, frameLength, frameType, HEADER_BYTES, LINK_BYTES } from "./frame.ts";
import { type LogFiles, listSegments, openOrNull, type SegmentFile } from "./segment-files.ts";
import { type Chunk, type Place, walk } from "./walk.ts";

export interface LogRecord {
  readonly seq: number;
  readonly type: number;
  readonly flags: number;
  /** Safe to keep; it holds its chunk of 1 MiB in memory for as long. */
  readonly body: Buffer;
}

/**
 * Reads a log that another thread or process may own, in order, a chunk at a time. Begins at the oldest
 * record kept when `from` is older. Pass `to` (a seq the owner announced as synced) on a log in use:
 * without it everything valid in the files is read, synced or not.
 */
export async function* readLog(
  files: LogFiles,
  from: number,
  to: number = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<LogRecord[]> {
  const segments = await listSegments(files);
  for (const [at, segment] of segments.entries()) {
    const next = segments[at + 1]?.header.first ?? Number.MAX_SAFE_INTEGER;
    if (next > from && segment.header.first <= to)
      yield* readSegment(files, segment, { from, to: Math.min(to, next - 1) });
  }
}

/** Which records of a segment. */
export interface Span {
  readonly from: number;
  readonly to: number;
  /** A known place at or before `from`. */
  readonly near?: Place | undefined;
  /** Where the written part of the file ends, when that is known. */
  readonly until?: number;
}

/** Ends early at bytes that are not the next record, and yields nothing when retention has dropped the file. */
export async function* readSegment(
  { disk }: LogFiles,
  { path, header }: SegmentFile,
  span: Span,
): AsyncGenerator<LogRecord[]> {
  const file = await openOrNull(disk, path);
  if (file === null) return;
  const near = span.near ?? { offset: HEADER_BYTES, seq: header.first };
  try {
    for await (const chunk of walk(file, header.salt, near, span.to, span.until)) {
      const records = recordsOf(chunk, header.chained, span.from);
      if (records.length > 0) yield records;
    }
  } finally {
    await file.close();
  }
}

/** The records of a chunk from `from` on. */
export function recordsOf(chunk: Chunk, chained: boolean, from: number): LogRecord[] {
  const { bytes, starts } = chunk;
  const records: LogRecord[] = [];
  for (let n = Math.max(0, from - chunk.seq); n < starts.length - 1; n++)
    records.push(recordAt(bytes, starts[n] ?? 0, chunk.seq + n, chained));
  return records;
}

export function recordAt(bytes: Buffer, at: number, seq: number, chained: boolean): LogRecord {
  const bodyAt = at + FRAME_HEAD + (chained ? LINK_BYTES : 0);
  return {
    seq,
    type: frameType(bytes, at),
    flags: frameFlags(bytes, at),
    body: bytes.subarray(bodyAt, at + frameLength(bytes, at)),
  };
}
