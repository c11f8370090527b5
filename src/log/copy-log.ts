import { basename, join } from "node:path";
import { type DiskFile, readUpTo, writeAll } from "./disk.ts";
import { HEADER_BYTES } from "./frame.ts";
import {
  CLOSED_MODE,
  isClosedMode,
  type LogFiles,
  listSegments,
  openOrNull,
  type SegmentFile,
} from "./segment-files.ts";
import { walk } from "./walk.ts";

const PIECE = 4 * 1024 * 1024;

export interface CopiedLog {
  readonly segments: number;
  readonly bytes: number;
  readonly records: number;
  /** The last record of the copy; 0 = it has none. */
  readonly head: number;
}

/**
 * Copies a log that may be written to meanwhile into the empty folder `to`: all that was in it when the copying came
 * to its end, cut behind a whole record. Segments that retention drops meanwhile are no part of it. Durable when it
 * resolves. Rejects on corruption, as reading does.
 */
export async function copyLog(
  from: LogFiles,
  to: string,
  onBytes: (bytes: number) => void = () => {},
): Promise<CopiedLog> {
  const { disk } = from;
  await disk.mkdir(to);
  let [segments, bytes, records, head] = [0, 0, 0, 0];
  for (const segment of await listSegments(from)) {
    const copied = await copySegment(from, segment, join(to, basename(segment.path)), onBytes);
    if (copied === null) continue;
    segments += 1;
    bytes += copied.bytes;
    records += copied.head - segment.header.first + 1;
    head = copied.head;
  }
  await disk.syncDir(to);
  return { segments, bytes, records, head };
}

async function copySegment(
  { disk }: LogFiles,
  { path, header }: SegmentFile,
  target: string,
  onBytes: (bytes: number) => void,
): Promise<{ bytes: number; head: number } | null> {
  const source = await openOrNull(disk, path);
  if (source === null) return null;
  try {
    // Asked before it is read: one that is closed meanwhile is read to its end all the same.
    const closed = isClosedMode((await disk.stat(path)).mode);
    const end = await endOf(source, header);
    const file = await disk.open(target, "create");
    try {
      const bytes = closed ? await source.size() : end.offset;
      for (let at = 0; at < bytes; ) {
        const piece = await readUpTo(source, at, Math.min(PIECE, bytes - at));
        await writeAll(file, piece, at);
        at += piece.length;
        onBytes(piece.length);
      }
      await file.datasync();
      if (closed) await disk.chmod(target, CLOSED_MODE);
      return { bytes, head: end.seq - 1 };
    } finally {
      await file.close();
    }
  } finally {
    await source.close();
  }
}

async function endOf(file: DiskFile, { salt, first }: SegmentFile["header"]) {
  const frames = walk(file, salt, { offset: HEADER_BYTES, seq: first }, Number.MAX_SAFE_INTEGER);
  let step = await frames.next();
  while (!step.done) step = await frames.next();
  return step.value;
}
