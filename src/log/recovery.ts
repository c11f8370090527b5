import { codeOf, type Disk, type DiskFile } from "./disk.ts";
import { framePlace, HEADER_BYTES, linkTo, NO_LINK } from "./frame.ts";
import { type LogRecord, recordAt } from "./read-log.ts";
import {
  CorruptLog,
  isClosedMode,
  type LogFiles,
  listSegments,
  namesIn,
  type SegmentFile,
  withFile,
} from "./segment-files.ts";
import { type Before, closeSegment, type Segment } from "./segment-writer.ts";
import { judgeTail } from "./torn-tail.ts";
import { type Place, walk } from "./walk.ts";

/** What the files of a log held when it was opened. */
export interface Recovered {
  /** In order, each with its true end. */
  readonly segments: Segment[];
  /** The last record that is on disk beyond doubt. */
  readonly synced: number;
  /** The records behind it, of the last batch found: valid, but perhaps never synced. */
  readonly unproven: readonly LogRecord[];
  /** What the header of the next segment says about the one before it. */
  readonly before: Before;
  /** Bytes of a torn batch that were left out. */
  readonly cut: { readonly path: string; readonly bytes: number } | null;
}

/*
 * A process that was killed leaves its last batch in the page cache: readable, valid, and gone at the
 * next power loss; after a sync that failed it is even marked as written although it is not. To sync
 * the old file again proves nothing then. So the last batch of a segment that was not closed is written
 * anew, as the first batch of the next segment, before anyone is told of it. Batches before the last
 * one are proven by it: it was begun after their sync had returned. A closed segment is proven whole.
 */
export async function recover(files: LogFiles): Promise<Recovered> {
  await removeUnfinished(files);
  const found = await listSegments(files);
  const segments = found.map(({ path, header }) => ({
    path,
    header,
    end: HEADER_BYTES,
    marks: [] as Place[],
  }));
  for (const [at, segment] of segments.entries()) await findEnd(files, segment, found[at + 1]);
  const last = segments.at(-1);
  if (last === undefined)
    return { segments, synced: 0, unproven: [], before: { previousFirst: 0, link: NO_LINK }, cut: null };
  return recoverLast(files, segments, last);
}

async function removeUnfinished({ dir, extension, disk }: LogFiles): Promise<void> {
  for (const name of await namesIn(disk, dir))
    if (name.endsWith(`.${extension}.new`)) await disk.unlink(`${dir}/${name}`).catch(() => {});
}

/**
 * The end of a segment that is not the last: its size, when it was closed. One that was not (the process
 * ended between the birth of the next segment and the cut, or its sync failed) is read and closed now.
 */
async function findEnd(files: LogFiles, segment: Segment, next: SegmentFile | undefined): Promise<void> {
  if (next === undefined) return;
  const { size, mode } = await files.disk.stat(segment.path);
  segment.end = size;
  if (isClosedMode(mode)) return;
  const place = await withFile(files.disk, segment.path, (file) =>
    lastPlace(file, segment, next.header.first - 1),
  );
  if (place === null || place.seq !== next.header.first)
    throw new CorruptLog(
      segment.path,
      place?.offset ?? 0,
      `record ${place?.seq} is unreadable, but later ones exist`,
    );
  segment.end = place.offset;
  await closeLate(files.disk, segment);
}

async function lastPlace(file: DiskFile, { header }: Segment, to: number): Promise<Place> {
  const frames = walk(file, header.salt, { offset: HEADER_BYTES, seq: header.first }, to);
  for (;;) {
    const { done, value } = await frames.next();
    if (done) return value;
  }
}

/** Tidies; nothing depends on it, so a disk that refuses (full, read-only) is left in peace. */
export async function closeLate(disk: Disk, segment: { path: string; end: number }): Promise<void> {
  try {
    await closeSegment(disk, await disk.open(segment.path, "append"), segment);
  } catch (error) {
    if (codeOf(error) === "") throw error;
  }
}

async function recoverLast(files: LogFiles, segments: Segment[], last: Segment): Promise<Recovered> {
  const { disk } = files;
  const { header, path } = last;
  const { size, mode } = await disk.stat(path);
  const file = await disk.open(path, "read");
  try {
    const seen = await readToEnd(file, last);
    if (seen.end.seq === header.first)
      throw new CorruptLog(path, HEADER_BYTES, "its first record is unreadable");
    last.end = seen.end.offset;
    if (isClosedMode(mode)) {
      if (last.end !== size)
        throw new CorruptLog(path, last.end, `record ${seen.end.seq} of a closed segment is unreadable`);
      const before = { previousFirst: header.first, link: linkOf(seen.last, header.chained) };
      return { segments, synced: seen.end.seq - 1, unproven: [], before, cut: null };
    }
    const tail = await judgeTail(file, header.salt, seen.end);
    if (tail.kind === "corrupt") throw new CorruptLog(path, last.end, tail.why);
    return {
      ...unclosed(last, segments, seen),
      cut: tail.kind === "torn" ? { path, bytes: tail.bytes } : null,
    };
  } finally {
    await file.close();
  }
}

interface Seen {
  readonly end: Place;
  /** The frame before the last batch; null when the last batch is the segment's first. */
  readonly beforeBatch: Buffer | null;
  readonly batch: readonly LogRecord[];
  readonly batchAt: number;
  readonly last: Buffer;
}

async function readToEnd(file: DiskFile, { header }: Segment): Promise<Seen> {
  const frames = walk(
    file,
    header.salt,
    { offset: HEADER_BYTES, seq: header.first },
    Number.MAX_SAFE_INTEGER,
  );
  let beforeBatch: Buffer | null = null;
  let batch: LogRecord[] = [];
  let batchAt = HEADER_BYTES;
  let last: Buffer = Buffer.alloc(0);
  for (;;) {
    const { done, value } = await frames.next();
    if (done) return { end: value, beforeBatch, batch, batchAt, last };
    const { bytes, starts, offset, seq } = value;
    for (let n = 0; n < starts.length - 1; n++) {
      const at = starts[n] ?? 0;
      if (framePlace(bytes, at) === 0) {
        beforeBatch = last.length === 0 ? null : last;
        batch = [];
        batchAt = offset + at;
      }
      batch.push(recordAt(bytes, at, seq + n, header.chained));
      last = bytes.subarray(at, starts[n + 1]);
    }
  }
}

function unclosed(last: Segment, segments: Segment[], seen: Seen): Omit<Recovered, "cut"> {
  const { header } = last;
  const synced = seen.end.seq - 1 - seen.batch.length;
  if (seen.beforeBatch === null) {
    const { previousFirst, link } = header;
    return { segments, synced, unproven: seen.batch, before: { previousFirst, link } };
  }
  last.end = seen.batchAt;
  const before = { previousFirst: header.first, link: linkOf(seen.beforeBatch, header.chained) };
  return { segments, synced, unproven: seen.batch, before };
}

const linkOf = (frame: Buffer, chained: boolean): Buffer => (chained ? linkTo(frame) : NO_LINK);
