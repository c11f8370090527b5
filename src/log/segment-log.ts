import { dirname } from "node:path";
import { nextTick } from "node:process";
import { assert } from "../lib/assert.ts";
import { createBackoff } from "../lib/backoff.ts";
import type { Clock } from "../lib/clock.ts";
import { createBallast } from "./ballast.ts";
import { type Batch, createBatchQueue } from "./batch-queue.ts";
import { codeOf, isFull } from "./disk.ts";
import { HEADER_BYTES } from "./frame.ts";
import { type LogRecord, readSegment } from "./read-log.ts";
import { closeLate, type Recovered, recover } from "./recovery.ts";
import { CorruptLog, type LogFiles } from "./segment-files.ts";
import { createSegmentWriter, type Segment } from "./segment-writer.ts";

export type { LogRecord } from "./read-log.ts";
export { readLog } from "./read-log.ts";
export { CorruptLog } from "./segment-files.ts";
export { verifyLog } from "./verify-log.ts";

export type LogTrouble = "slow" | "io" | "full" | "corrupt" | "recovered";

export interface LogOptions extends LogFiles {
  /** Which log of the house this is, 1 to 127; a file of another one is refused. */
  readonly kind: number;
  /** Every record holds a hash of the one before it. */
  readonly chained: boolean;
  readonly clock: Clock;
  /** UUID, written into each new segment. */
  readonly epoch: string;
  readonly segmentBytes?: number;
  readonly preallocate?: boolean;
  /** Bytes kept in a file `ballast` beside the segments, given back when the disk is full. */
  readonly ballastBytes?: number;
  onTrouble(code: LogTrouble, detail: string): void;
  /** Timers, for tests: answers how to cancel. */
  after?(ms: number, run: () => void): () => void;
}

export interface SegmentLog {
  /** The oldest record kept; head + 1 when there is none. */
  readonly first: number;
  /** The last record appended. */
  readonly head: number;
  /** The last record on disk for good. */
  readonly synced: number;
  /** Appended and not yet synced, in bytes: the caller stops accepting by it. */
  readonly pendingBytes: number;
  /** Of all segments kept. */
  readonly bytes: number;
  /** Takes a record into memory, answers its seq. It is written by the next group commit, with or without `sync`. */
  append(type: number, body: Uint8Array | readonly Uint8Array[], flags?: number): number;
  /**
   * Resolves when all that was appended before the call is on disk. Trouble with the disk only makes it
   * wait: the batch stays first and is tried again. Rejects when the log is closed before.
   */
  sync(): Promise<number>;
  /** Records in order, from `from` (or the oldest kept) up to the synced head at the time it gets there. */
  read(from: number): AsyncGenerator<LogRecord[]>;
  /**
   * Drops the oldest segments whose records are all below `keepFrom` and older than `olderThanMs`, and,
   * whatever they hold, those that make the log larger than `maxBytes`. Sync your cursors before. When
   * `dropped` goes beyond `keepFrom`, something is lost that someone needed: write a gap record.
   */
  retain(options: RetainOptions): Promise<{ dropped: Dropped[] }>;
  /** Writes what is pending, closes the last segment. Gives up on a disk that does not take it. */
  close(): Promise<void>;
}

interface RetainOptions {
  readonly keepFrom: number;
  readonly olderThanMs: number;
  readonly maxBytes: number;
  /** Before a segment goes; while it rejects nothing does. */
  readonly dropping?: (what: Dropped) => Promise<unknown>;
}

interface Dropped {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

const SEGMENT_BYTES = 64 * 1024 * 1024;
const SLOW_MS = 500;
const RETRY_FIRST_MS = 50;
const RETRY_MOST_MS = 2_000;

/**
 * Opens a log for its one owner, or makes an empty one. Rejects with CorruptLog when synced bytes have
 * changed. What it finds of an un-synced last batch it writes again before it resolves, so on a disk
 * that takes nothing it waits, and says so by `onTrouble`.
 */
export async function openLog(options: LogOptions): Promise<SegmentLog> {
  const { dir, disk, onTrouble } = options;
  await disk.mkdir(dir);
  await disk.syncDir(dirname(dir));
  const found = await recover(options);
  const strange = found.segments.find(
    ({ header }) => header.kind !== options.kind || header.chained !== options.chained,
  );
  if (strange !== undefined)
    throw new CorruptLog(strange.path, 5, `it belongs to another log (kind ${strange.header.kind})`);
  const unproven = found.segments.at(-1);
  const log = runLog(options, found);
  if (found.unproven.length > 0) {
    await log.sync();
    // When it held that batch only, the new segment has taken its name.
    if (unproven !== undefined && unproven.header.first <= found.synced) await closeLate(disk, unproven);
  }
  if (found.cut !== null)
    onTrouble(
      "recovered",
      `${found.cut.path}: ${found.cut.bytes} bytes of a torn write behind record ${log.head} left out`,
    );
  return log;
}

type State = "open" | "closing" | "closed";

function runLog(options: LogOptions, found: Recovered): SegmentLog {
  const { dir, disk, clock, onTrouble } = options;
  const after = options.after ?? afterTimer;
  const { segments } = found;
  const queue = createBatchQueue({ head: found.synced, chained: options.chained });
  const writer = createSegmentWriter(
    {
      ...options,
      segmentBytes: options.segmentBytes ?? SEGMENT_BYTES,
      preallocate: options.preallocate ?? true,
      harmless: (error) => onTrouble("io", `closing a segment: ${wordsOf(error)}`),
    },
    segments,
    found.before,
  );
  const ballast = createBallast({ dir, disk, clock, bytes: options.ballastBytes ?? 0 });
  const waiters: { seq: number; resolve(seq: number): void; reject(error: Error): void }[] = [];
  let state: State = "open";
  let synced = found.synced;
  let busy = false;
  let wake = () => {};
  let rest = () => {};
  let closing: Promise<void> | null = null;

  for (const { type, flags, body } of found.unproven) queue.append(type, flags, body);
  if (found.unproven.length > 0)
    assert(queue.first()?.to === queue.head, "the last batch is one batch again");
  ballast.restore();

  /**
   * Begins when whoever appends has done so and what that set off has run: all these records share one sync, and the
   * disk has them while the loop goes on to other work.
   */
  const kick = () => {
    if (busy) return;
    busy = true;
    nextTick(() => void run());
  };

  const run = async (): Promise<void> => {
    for (let batch = queue.first(); batch !== null; batch = queue.first()) {
      if (!(await persist(batch))) break;
      synced = batch.to;
      queue.done();
      while (waiters[0] !== undefined && waiters[0].seq <= synced) waiters.shift()?.resolve(synced);
    }
    busy = false;
    rest();
  };

  /** Tries until the batch is on disk; false when the log is closed meanwhile. */
  const persist = async (batch: Batch): Promise<boolean> => {
    const backoff = createBackoff({ first: RETRY_FIRST_MS, most: RETRY_MOST_MS });
    for (let tries = 0; ; tries++) {
      const stopWatch = after(SLOW_MS, () =>
        onTrouble("slow", `${namesOf(batch)} not synced after ${SLOW_MS} ms`),
      );
      try {
        await writer.commit(batch);
        ballast.restore();
        return true;
      } catch (error) {
        stopWatch();
        // An error of ours, not of the disk: to try again would hide it.
        if (codeOf(error) === "") throw error;
        onTrouble(isFull(error) ? "full" : "io", `${namesOf(batch)}: ${wordsOf(error)}`);
        const freed = isFull(error) && (await ballast.release());
        if (state !== "open") return false;
        // A failed sync goes to a new segment at once; only what fails again has to wait.
        if (!freed && (tries > 0 || isFull(error))) await pause(backoff.wait());
      } finally {
        stopWatch();
      }
    }
  };

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const cancel = after(ms, resolve);
      wake = () => {
        cancel();
        resolve();
      };
    });

  const close = async (): Promise<void> => {
    state = "closing";
    wake();
    if (busy)
      await new Promise<void>((resolve) => {
        rest = resolve;
      });
    state = "closed";
    for (const waiter of waiters.splice(0)) waiter.reject(new Error("the log was closed before the sync"));
    await writer.close();
    await ballast.close();
  };

  if (found.unproven.length > 0) kick();

  return {
    get first() {
      return segments[0]?.header.first ?? queue.head + 1;
    },
    get head() {
      return queue.head;
    },
    get synced() {
      return synced;
    },
    get pendingBytes() {
      return queue.pendingBytes;
    },
    get bytes() {
      return segments.reduce((sum, { end }) => sum + end, 0);
    },
    append(type, body, flags = 0) {
      assert(state === "open", "an open log is appended to");
      const seq = queue.append(type, flags, body);
      kick();
      return seq;
    },
    sync() {
      const seq = queue.head;
      if (seq <= synced) return Promise.resolve(synced);
      if (state === "closed") return Promise.reject(new Error("the log is closed"));
      return new Promise((resolve, reject) => waiters.push({ seq, resolve, reject }));
    },
    read: (from) => readSynced(options, segments, from, () => synced),
    retain: (what) => dropOldest(options, segments, what),
    close() {
      closing ??= close();
      return closing;
    },
  };
}

async function* readSynced(
  files: LogOptions,
  segments: readonly Segment[],
  from: number,
  synced: () => number,
): AsyncGenerator<LogRecord[]> {
  let next = from;
  for (;;) {
    next = Math.max(next, segments[0]?.header.first ?? 1);
    const to = synced();
    const at = segments.findLastIndex(({ header }) => header.first <= next);
    const segment = segments[at];
    if (next > to || segment === undefined) return;
    const limit = Math.min(to, (segments[at + 1]?.header.first ?? Number.MAX_SAFE_INTEGER) - 1);
    const near = segment.marks.findLast(({ seq }) => seq <= next);
    for await (const records of readSegment(files, segment, {
      from: next,
      to: limit,
      near,
      until: segment.end,
    })) {
      yield records;
      next += records.length;
    }
    if (next <= limit && segments.includes(segment)) {
      const bad = new CorruptLog(segment.path, HEADER_BYTES, `record ${next}, synced before, is unreadable`);
      files.onTrouble("corrupt", bad.message);
      throw bad;
    }
  }
}

async function dropOldest(
  { disk, dir, clock, onTrouble }: LogOptions,
  segments: Segment[],
  { keepFrom, olderThanMs, maxBytes, dropping }: RetainOptions,
): Promise<{ dropped: Dropped[] }> {
  const dropped: Dropped[] = [];
  try {
    for (let due = oldestDue(); due !== null; due = oldestDue()) {
      await dropping?.(due.what);
      await disk.unlink(due.path);
      segments.shift();
      dropped.push(due.what);
      // One after another: a power loss must not leave a hole in the chain of segments.
      await disk.syncDir(dir);
    }
  } catch (error) {
    onTrouble("io", `dropping a segment: ${wordsOf(error)}`);
  }
  return { dropped };

  function oldestDue(): { path: string; what: Dropped } | null {
    const [oldest, next] = segments;
    if (oldest === undefined || next === undefined) return null;
    const to = next.header.first - 1;
    // A segment ends when the next one begins.
    const isDone = to < keepFrom && clock.wall() - next.header.createdAt > olderThanMs;
    const tooMuch = segments.reduce((sum, { end }) => sum + end, 0) > maxBytes;
    if (!isDone && !tooMuch) return null;
    return { path: oldest.path, what: { from: oldest.header.first, to, bytes: oldest.end } };
  }
}

const namesOf = ({ from, to }: Batch): string => `records ${from} to ${to}`;
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function afterTimer(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}
