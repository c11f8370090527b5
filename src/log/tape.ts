import type { LogFollower } from "./log-follower.ts";
import type { LogRecord } from "./read-log.ts";

/** A log that is read record by record, from a place on, as far as its owner has told that it is synced. */
export interface Tape {
  /** Null = there are no more for now. */
  next(): Promise<LogRecord | null>;
  synced(head: number): void;
  /** The last record taken. */
  at(): number;
  left(): number;
  /** Lets go of the file it reads. */
  close(): Promise<void>;
}

/** A log record by record, a chunk in memory. */
export function createTape(follower: LogFollower, from: number): Tape {
  let chunks: AsyncGenerator<LogRecord[]> | null = null;
  let chunk: readonly LogRecord[] = [];
  let place = 0;
  let at = from;
  let head = 0;
  let known = false;
  return {
    async next() {
      if (place === chunk.length) {
        if (at >= head) return null;
        chunks ??= follower.read(at + 1, head);
        const { value, done } = await chunks.next().catch((fault: unknown) => {
          chunks = null;
          throw fault;
        });
        chunk = done ? [] : value;
        place = 0;
        if (done) {
          chunks = null;
          return null;
        }
      }
      const record = chunk[place++];
      if (record !== undefined) at = record.seq;
      return record ?? null;
    },
    synced(to) {
      // A log that ends before our place is another one: what comes next is new to us.
      if (!known && to < at) at = to;
      known = true;
      head = Math.max(at, head, to);
    },
    at: () => at,
    left: () => Math.max(0, head - at),
    async close() {
      await chunks?.return(undefined);
      chunks = null;
    },
  };
}
