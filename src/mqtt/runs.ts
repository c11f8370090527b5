import type { Millis } from "../model/time.ts";

/** Whole packets that came in one piece. */
export interface Run {
  readonly bytes: Buffer;
  readonly packets: number;
  /** When they were read, by the monotonic clock. */
  readonly heard: Millis;
}

/** What of one connection was read and not answered: runs that wait, and runs the house has. */
export interface Runs {
  push(run: Run): void;
  /** The next run, when what the house has of this connection leaves room for it. */
  next(): Run | null;
  /** So many messages of the run went to the house. */
  handed(run: Run, messages: number): void;
  /** So many messages were answered, in the order they were handed. */
  answered(messages: number): void;
  drop(): void;
  readonly waiting: number;
  /** There is a next run, and room for it. */
  readonly ready: boolean;
  /** The next run is small, and the house has nothing of this connection. */
  readonly light: boolean;
  /** Enough waits: the socket is not to be read. */
  readonly full: boolean;
}

/** Runs that wait before the socket is paused. */
const WAITING = 4;
const LIGHT_BYTES = 4 * 1024;
/** What a connection may have under way while the logs are synced: as much as may wait, in reads of a socket. */
const UNDER_WAY_BYTES = WAITING * 64 * 1024;

export function createRuns(): Runs {
  let waiting: Run[] = [];
  const underWay: { messages: number; readonly bytes: number }[] = [];
  let bytesUnderWay = 0;

  return {
    push(run) {
      waiting.push(run);
    },
    get ready() {
      return waiting.length > 0 && bytesUnderWay < UNDER_WAY_BYTES;
    },
    get light() {
      return bytesUnderWay === 0 && (waiting[0]?.bytes.length ?? 0) <= LIGHT_BYTES;
    },
    next() {
      return bytesUnderWay >= UNDER_WAY_BYTES ? null : (waiting.shift() ?? null);
    },
    handed({ bytes }, messages) {
      if (messages === 0) return;
      underWay.push({ messages, bytes: bytes.length });
      bytesUnderWay += bytes.length;
    },
    answered(messages) {
      let left = messages;
      for (let first = underWay[0]; first !== undefined && left > 0; first = underWay[0]) {
        const of = Math.min(left, first.messages);
        first.messages -= of;
        left -= of;
        if (first.messages > 0) return;
        bytesUnderWay -= first.bytes;
        underWay.shift();
      }
    },
    drop() {
      waiting = [];
    },
    get waiting() {
      return waiting.length;
    },
    get full() {
      return waiting.length >= WAITING;
    },
  };
}
