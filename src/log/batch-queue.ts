import { assert } from "../lib/assert.ts";
import { FRAME_HEAD, LINK_BYTES, MAX_BODY, putFrameHead } from "./frame.ts";

/** Records that go to disk by one write and one sync. */
export interface Batch {
  /** Whole frames, still without checksums and links. */
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
}

export interface BatchQueue {
  readonly head: number;
  readonly pendingBytes: number;
  append(type: number, flags: number, body: Uint8Array | readonly Uint8Array[]): number;
  /** The oldest batch, closed to further records; null when nothing waits. It stays first until `done`. */
  first(): Batch | null;
  done(): void;
}

/** A batch takes no more once it is this large. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
const MAX_BATCH_RECORDS = 5_000;
const FIRST_BUFFER = 16 * 1024;
const SPARE_BUFFERS = 2;

interface Gathering {
  bytes: Buffer;
  used: number;
  count: number;
  from: number;
}

/** Gathers records into batches, in one copy. Its callers keep it small: they stop accepting by `pendingBytes`. */
export function createBatchQueue(options: { head: number; chained: boolean }): BatchQueue {
  const linkBytes = options.chained ? LINK_BYTES : 0;
  const waiting: Gathering[] = [];
  const spare: Buffer[] = [];
  let open: Gathering | null = null;
  let head = options.head;
  let pendingBytes = 0;

  /** The batch with room for a frame, grown or begun where needed. */
  const roomFor = (length: number): Gathering => {
    if (open !== null && (open.used + length > MAX_BATCH_BYTES || open.count === MAX_BATCH_RECORDS))
      open = null;
    if (open === null) {
      open = {
        bytes: spare.pop() ?? Buffer.allocUnsafeSlow(FIRST_BUFFER),
        used: 0,
        count: 0,
        from: head + 1,
      };
      waiting.push(open);
    }
    if (open.used + length > open.bytes.length) open.bytes = grown(open, length);
    return open;
  };

  return {
    get head() {
      return head;
    },
    get pendingBytes() {
      return pendingBytes;
    },

    append(type, flags, body) {
      const size = body instanceof Uint8Array ? body.length : total(body);
      assert(size <= MAX_BODY, `a record's body is at most ${MAX_BODY} bytes`);
      const length = FRAME_HEAD + linkBytes + size;
      const batch = roomFor(length);
      const at = batch.used;
      head += 1;
      putFrameHead(batch.bytes, at, { length, seq: head, place: batch.count, type, flags });
      if (body instanceof Uint8Array) batch.bytes.set(body, at + FRAME_HEAD + linkBytes);
      else copyParts(batch.bytes, at + FRAME_HEAD + linkBytes, body);
      batch.used += length;
      batch.count += 1;
      pendingBytes += length;
      return head;
    },

    first() {
      const batch = waiting[0];
      if (batch === undefined) return null;
      if (batch === open) open = null;
      return {
        bytes: batch.bytes.subarray(0, batch.used),
        from: batch.from,
        to: batch.from + batch.count - 1,
      };
    },

    done() {
      const batch = waiting.shift();
      assert(batch !== undefined && batch !== open, "only a batch that was written is done");
      pendingBytes -= batch.used;
      if (spare.length < SPARE_BUFFERS && batch.bytes.length <= 2 * MAX_BATCH_BYTES) spare.push(batch.bytes);
    },
  };
}

function grown(batch: Gathering, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Math.max(batch.used + length, batch.bytes.length * 2));
  batch.bytes.copy(bytes, 0, 0, batch.used);
  return bytes;
}

function total(parts: readonly Uint8Array[]): number {
  let size = 0;
  for (const part of parts) size += part.length;
  return size;
}

function copyParts(bytes: Buffer, at: number, parts: readonly Uint8Array[]): void {
  let to = at;
  for (const part of parts) {
    bytes.set(part, to);
    to += part.length;
  }
}
