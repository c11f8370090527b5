import { assert } from "../lib/assert.ts";
import type { Clock } from "../lib/clock.ts";
import type { Batch } from "./batch-queue.ts";
import { type DiskFile, isFull, writeAll, writeThrough } from "./disk.ts";
import { drawSalt, encodeHeader, HEADER_BYTES, linkTo, type SegmentHeader, seal } from "./frame.ts";
import { createPreallocation, fillZeros, openThrough, type Preallocation } from "./preallocation.ts";
import { CLOSED_MODE, type LogFiles, segmentPath, unfinishedPath } from "./segment-files.ts";
import type { Place } from "./walk.ts";

/** A segment as the owner of the log knows it. */
export interface Segment {
  readonly path: string;
  readonly header: SegmentHeader;
  /** Behind its last synced record. */
  end: number;
  /** Places on the way, so that a reader need not begin at the start. */
  readonly marks: Place[];
}

export interface WriterOptions extends LogFiles {
  readonly kind: number;
  readonly chained: boolean;
  readonly epoch: string;
  readonly clock: Clock;
  readonly segmentBytes: number;
  readonly preallocate: boolean;
  /** Something went wrong that no record depends on. */
  harmless(error: unknown): void;
}

/** What the next segment has to say about the one before it. */
export interface Before {
  readonly previousFirst: number;
  readonly link: Buffer;
}

export interface SegmentWriter {
  /** Resolves when the batch is on disk for good. Rejects when it may not be; the same batch may be given again. */
  commit(batch: Batch): Promise<void>;
  /** Closes the active segment for ever. */
  close(): Promise<void>;
}

interface Active {
  readonly segment: Segment;
  readonly file: DiskFile;
  /** Null where its size is not settled, or the machine cannot write through: a sync follows each write then. */
  readonly through: DiskFile | null;
  readonly capacity: number;
  link: Buffer | null;
  /** After a failed sync nobody knows what the disk holds: this file is never written or synced again. */
  spoilt: boolean;
}

const MARK_EVERY = 256 * 1024;
/** What a segment begins with when no file stands ready: short enough to be written while a batch waits. */
const QUICK_BYTES = 4 * 1024 * 1024;
/** The next segment is at most so much larger: it has to be made before this one is full. */
const GROWTH = 4;

/**
 * Writes batches into segments. A segment is born with its first batch, under another name: header,
 * batch, zeros, one sync, then it gets its name, and only when the folder is synced does the batch count.
 * So a file with a segment's name has a valid header and a whole first batch, and the header's first
 * seq says where the segment before it ends, whatever stands in that one behind.
 */
export function createSegmentWriter(
  options: WriterOptions,
  segments: Segment[],
  before: Before,
): SegmentWriter {
  const { dir, disk, clock, kind, chained, epoch, segmentBytes } = options;
  const ready: Preallocation = createPreallocation(options);
  const closing = new Set<Promise<void>>();
  let active: Active | null = null;

  const commit = async (batch: Batch): Promise<void> => {
    if (active === null || active.spoilt || !hasRoom(active, batch)) await begin(batch);
    else await extend(active, batch);
  };

  const extend = async (into: Active, batch: Batch): Promise<void> => {
    const { segment, file, through } = into;
    const link = seal(batch.bytes, segment.header.salt, into.link);
    try {
      if (through === null) await writeAll(file, batch.bytes, segment.end);
      else await writeThrough(through, batch.bytes, segment.end);
    } catch (error) {
      if (!isFull(error)) into.spoilt = true;
      throw error;
    }
    try {
      if (through === null) await file.datasync();
    } catch (error) {
      into.spoilt = true;
      throw error;
    }
    into.link = link;
    mark(segment, batch.from);
    segment.end += batch.bytes.length;
    // A short one is followed soon, and by a larger one: a flood may fill it in a second.
    if (into.capacity < segmentBytes || segment.end > into.capacity / 2)
      ready.prepare(Math.min(segmentBytes, GROWTH * into.capacity));
  };

  const begin = async (batch: Batch): Promise<void> => {
    const header = nextHeader(batch.from);
    const prepared = ready.take();
    const { file, path } = prepared ?? (await newFile());
    const head = encodeHeader(header);
    const link = seal(batch.bytes, header.salt, chained ? linkTo(head) : null);
    const end = HEADER_BYTES + batch.bytes.length;
    const capacity = prepared?.bytes ?? quickBytes();
    const name = segmentPath(options, header.first);
    let through = prepared?.through ?? null;
    try {
      if (through !== null) await writeAll(through, Buffer.concat([head, batch.bytes]), 0);
      else {
        await writeAll(file, head, 0);
        await writeAll(file, batch.bytes, HEADER_BYTES);
        const settled =
          prepared !== null || (options.preallocate && (await fillZerosIfRoom(file, end, capacity)));
        await file.datasync();
        if (settled) through = await openThrough(disk, path);
      }
      await disk.rename(path, name);
      await disk.syncDir(dir);
    } catch (error) {
      await through?.close().catch(() => {});
      await discard(file, path);
      throw error;
    }
    const segment = { path: name, header, end, marks: [] };
    const old = active;
    active = { segment, file, through, capacity, link, spoilt: false };
    // A first batch that recovery wrote again may take the place of the segment it was found in.
    if (segments.at(-1)?.header.first === header.first) segments.pop();
    segments.push(segment);
    if (old !== null) retireInBackground(old);
  };

  const nextHeader = (first: number): SegmentHeader => ({
    kind,
    chained,
    createdAt: Math.max(0, Math.round(clock.wall())),
    first,
    previousFirst: active?.segment.header.first ?? before.previousFirst,
    epoch,
    link: active?.link ?? before.link,
    salt: drawSalt(),
  });

  const quickBytes = () => (options.preallocate ? Math.min(segmentBytes, QUICK_BYTES) : segmentBytes);

  const newFile = async () => {
    const path = unfinishedPath(options, "next");
    await disk.unlink(path).catch(() => {});
    return { file: await disk.open(path, "create"), path };
  };

  const discard = async (file: DiskFile, path: string): Promise<void> => {
    await file.close().catch(() => {});
    await disk.unlink(path).catch(() => {});
  };

  const retireInBackground = (old: Active): void => {
    const done = retire(options, old).catch(options.harmless);
    closing.add(done);
    void done.then(() => closing.delete(done));
  };

  return {
    commit,
    async close() {
      await ready.close();
      if (active !== null) retireInBackground(active);
      await Promise.all(closing);
      active = null;
    },
  };
}

const hasRoom = ({ segment, capacity }: Active, batch: Batch): boolean =>
  segment.end + batch.bytes.length <= capacity;

function mark(segment: Segment, seq: number): void {
  const last = segment.marks.at(-1)?.offset ?? HEADER_BYTES;
  if (segment.end - last >= MARK_EVERY) segment.marks.push({ offset: segment.end, seq });
}

/** Whether the file has its size now. On a disk that is nearly full others need the room more. */
async function fillZerosIfRoom(file: DiskFile, from: number, to: number): Promise<boolean> {
  try {
    await fillZeros(file, from, to);
    return true;
  } catch (error) {
    if (!isFull(error)) throw error;
    await file.truncate(from);
    return false;
  }
}

async function retire({ disk }: LogFiles, { segment, file, through, spoilt }: Active): Promise<void> {
  await through?.close();
  if (spoilt) await file.close();
  else await closeSegment(disk, file, segment);
}

/** Cuts a segment to its true end. The mode comes last: what is read-only was cut, and the cut is synced. */
export async function closeSegment(
  disk: LogFiles["disk"],
  file: DiskFile,
  { path, end }: { path: string; end: number },
): Promise<void> {
  assert(end > HEADER_BYTES, "a segment has at least one record");
  try {
    await file.truncate(end);
    await file.datasync();
    await disk.chmod(path, CLOSED_MODE);
  } finally {
    await file.close();
  }
}
