import type { Disk, DiskFile } from "./disk.ts";
import { encodeHeader, FRAME_HEAD, HEADER_BYTES, LINK_BYTES, linkTo, type SegmentHeader } from "./frame.ts";
import { CorruptLog, isClosedMode, type LogFiles, listSegments, type SegmentFile } from "./segment-files.ts";
import { judgeTail } from "./torn-tail.ts";
import { type Chunk, type Place, walk } from "./walk.ts";

export type Verdict =
  | { readonly ok: true; readonly records: number; readonly segments: number }
  | {
      readonly ok: false;
      readonly file: string;
      readonly offset: number;
      readonly seq: number;
      readonly why: string;
    };

/**
 * Reads all of a log: headers, frames, sequence and, when chained, every link. Finds any change of any
 * byte of a closed segment. It may run beside the owner; records not yet synced are then judged as found.
 */
export async function verifyLog(options: LogFiles & { chained: boolean }): Promise<Verdict> {
  let at: { file: string; place: Place } = { file: options.dir, place: { offset: 0, seq: 0 } };
  try {
    const segments = await listSegments(options);
    let records = 0;
    let link: Buffer | null = null;
    for (const [n, segment] of segments.entries()) {
      at = { file: segment.path, place: { offset: HEADER_BYTES, seq: segment.header.first } };
      const end = await verifySegment(options, segment, segments[n + 1], link);
      records += end.seq - segment.header.first;
      link = end.link;
    }
    return { ok: true, records, segments: segments.length };
  } catch (error) {
    if (!(error instanceof CorruptLog)) throw error;
    const seq = error instanceof CorruptRecord ? error.seq : at.place.seq;
    return { ok: false, file: error.file, offset: error.offset, seq, why: error.why };
  }
}

class CorruptRecord extends CorruptLog {
  readonly seq: number;

  constructor(file: string, { offset, seq }: Place, why: string) {
    super(file, offset, why);
    this.seq = seq;
  }
}

interface End extends Place {
  /** Of the last frame, for the header of the next segment. */
  readonly link: Buffer | null;
}

async function verifySegment(
  { disk, chained }: LogFiles & { chained: boolean },
  { path, header }: SegmentFile,
  next: SegmentFile | undefined,
  link: Buffer | null,
): Promise<End> {
  const start = { offset: HEADER_BYTES, seq: header.first };
  if (header.chained !== chained)
    throw new CorruptRecord(
      path,
      { offset: 5, seq: header.first },
      chained ? "it is not chained" : "it is chained",
    );
  if (link !== null && !link.equals(header.link))
    throw new CorruptRecord(
      path,
      { offset: 40, seq: header.first },
      "the header does not name the record before it",
    );
  const file = await disk.open(path, "read");
  try {
    const to = next === undefined ? Number.MAX_SAFE_INTEGER : next.header.first - 1;
    let end: End = { ...start, link: chained ? linkTo(encodeHeader(header)) : null };
    for (;;) {
      const before = end.seq;
      end = await verifyFrames(file, path, header.salt, end, to);
      const fault =
        next === undefined
          ? await faultInTail(disk, file, path, header, end)
          : await faultInEnd(disk, path, end, next);
      if (fault === null) return end;
      // The owner may have written more since the frames were read: only what stays is a fault.
      if (end.seq === before) throw new CorruptRecord(path, end, fault);
    }
  } finally {
    await file.close();
  }
}

async function verifyFrames(file: DiskFile, path: string, salt: number, from: End, to: number): Promise<End> {
  const frames = walk(file, salt, from, to);
  let { link } = from;
  for (;;) {
    const { done, value } = await frames.next();
    if (done) return { ...value, link };
    if (link !== null) link = verifyLinks(path, value, link);
  }
}

function verifyLinks(path: string, { bytes, starts, offset, seq }: Chunk, before: Buffer): Buffer {
  let link = before;
  for (let n = 0; n < starts.length - 1; n++) {
    const at = starts[n] ?? 0;
    if (!link.equals(bytes.subarray(at + FRAME_HEAD, at + FRAME_HEAD + LINK_BYTES)))
      throw new CorruptRecord(
        path,
        { offset: offset + at, seq: seq + n },
        "it does not name the record before it",
      );
    link = linkTo(bytes.subarray(at, starts[n + 1]));
  }
  return link;
}

/** What is wrong behind the last valid record of a segment that others follow. */
async function faultInEnd(disk: Disk, path: string, end: Place, next: SegmentFile): Promise<string | null> {
  if (end.seq < next.header.first) return `record ${end.seq} is unreadable, but later segments exist`;
  const { size, mode } = await disk.stat(path);
  return isClosedMode(mode) && size !== end.offset
    ? "a closed segment goes on in bytes that are no record"
    : null;
}

/** The same for the last one, which may still be written to. */
async function faultInTail(
  disk: Disk,
  file: DiskFile,
  path: string,
  header: SegmentHeader,
  end: Place,
): Promise<string | null> {
  if (end.seq === header.first) return "its first record is unreadable";
  const { size, mode } = await disk.stat(path);
  if (isClosedMode(mode)) return size === end.offset ? null : `record ${end.seq} is unreadable`;
  const tail = await judgeTail(file, header.salt, end);
  return tail.kind === "corrupt" ? tail.why : null;
}
