import { HEADER_BYTES } from "./frame.ts";
import { type LogRecord, recordsOf } from "./read-log.ts";
import { type LogFiles, listSegments, openOrNull, type SegmentFile } from "./segment-files.ts";
import { type Place, walk } from "./walk.ts";

/** Reads on in a log that the main thread writes. */
export interface LogFollower {
  /**
   * The records from `from` to `to` (synced by its owner) in order, a chunk at a time; begins at the oldest
   * kept when `from` has been dropped. Ends before `to` only when the files do not have it.
   */
  read(from: number, to: number): AsyncGenerator<LogRecord[]>;
}

/**
 * Remembers the place where the reading ended: `readLog` begins at the start of a segment each time, which is
 * right for a backlog and far too much for each batch of a log that grows.
 */
export function createLogFollower(files: LogFiles): LogFollower {
  let segment: SegmentFile | null = null;
  let place: Place = { offset: HEADER_BYTES, seq: 0 };

  async function* read(from: number, to: number): AsyncGenerator<LogRecord[]> {
    if (segment === null || place.seq !== from) await find(from);
    do {
      for await (const records of inSegment(from, to)) {
        if (records.length > 0) yield records;
      }
    } while (place.seq <= to && (await findAfter()));
  }

  /** The segment that has `seq`, or the oldest when that one is gone. */
  async function find(seq: number): Promise<void> {
    const segments = await listSegments(files);
    segment = segments.findLast(({ header }) => header.first <= seq) ?? segments[0] ?? null;
    place = { offset: HEADER_BYTES, seq: segment?.header.first ?? seq };
  }

  /** Goes on to the segment after this one; false when there is none yet. */
  async function findAfter(): Promise<boolean> {
    const here = segment?.header.first ?? 0;
    const after = (await listSegments(files)).find(({ header }) => header.first > here);
    if (after === undefined) {
      segment = null;
      return false;
    }
    segment = after;
    place = { offset: HEADER_BYTES, seq: after.header.first };
    return true;
  }

  async function* inSegment(from: number, to: number): AsyncGenerator<LogRecord[]> {
    if (segment === null) return;
    const { path, header } = segment;
    const file = await openOrNull(files.disk, path);
    if (file === null) return;
    try {
      for await (const chunk of walk(file, header.salt, place, to)) {
        const frames = chunk.starts.length - 1;
        place = { offset: chunk.offset + (chunk.starts[frames] ?? 0), seq: chunk.seq + frames };
        yield recordsOf(chunk, header.chained, from);
      }
    } finally {
      await file.close();
    }
  }

  return { read };
}
