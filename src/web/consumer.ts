import { BOUNDS } from "../model/bounds.ts";
import type { Link } from "./link.ts";
import type { Pages } from "./pages.ts";
import { type Delivered, type EventFrame, frameAfter, type Ring } from "./ring.ts";

export interface ConsumerOptions {
  readonly link: Link;
  readonly ring: Ring;
  readonly pages: Pages;
  readonly wants: (event: EventFrame) => boolean;
  /** Goes on after this record; `snapshot` frames, if any, are written before. */
  readonly from: number;
  readonly snapshot: readonly Buffer[];
  readonly now: number;
  /** Called for each event written. */
  readonly sent: () => void;
  /** The journal cannot be read: the consumer must come again. */
  readonly lost: (error: unknown) => void;
}

/**
 * One screen's place in the journal: a cursor and no queue (contract §5). Writes while the socket holds less
 * than 256 KiB and fewer than 512 events wait for their ack; an ack, a drain or a new record moves it on.
 */
export function createConsumer(options: ConsumerOptions) {
  const { link, ring, pages, wants } = options;
  const window = createWindow();
  const pieces = createPieces(link);
  /** Frames of the snapshot still to be written; let go as soon as they are. */
  let snapshot = options.snapshot;
  let part = 0;
  /** Records up to here were written or not wanted. */
  let cursor = options.from;
  /** The last event written to this consumer: `prev` of the next. */
  let sent = options.from;
  /** Null until the snapshot has been acknowledged: it may not have arrived. */
  let acked = options.snapshot.length === 0 ? options.from : null;
  let turning = false;
  /** Since when something waits for an ack. */
  let waitingSince = options.now;

  /** Writes what may be written now; `now` is the monotonic clock. */
  function pump(now: number): void {
    if (turning || link.closed()) return;
    link.cork();
    if (writeSnapshot()) writeEvents(now);
    pieces.flush();
    link.uncork();
  }

  function writeSnapshot(): boolean {
    while (part < snapshot.length) {
      if (!link.hasRoom()) return false;
      link.write(snapshot[part++] as Buffer);
    }
    snapshot = [];
    return true;
  }

  function writeEvents(now: number): void {
    const index = ring.seek(cursor);
    if (index === null) {
      turnPage(now);
      return;
    }
    for (let i = index; i < ring.length(); i++) {
      if (!writeOne(ring.at(i) as EventFrame, now)) return;
    }
    cursor = Math.max(cursor, ring.head());
  }

  /** False when the event must wait for room. */
  function writeOne(event: EventFrame, now: number): boolean {
    if (wants(event)) {
      if (!link.hasRoom(pieces.bytes()) || window.full()) return false;
      if (window.size() === 0) waitingSince = now;
      pieces.add(frameAfter(event, sent));
      window.push(event);
      sent = event.seq;
      options.sent();
    }
    cursor = event.seq;
    return true;
  }

  /** Further back than the ring: one page of the journal, then the pump goes on. */
  function turnPage(now: number): void {
    if (!link.hasRoom() || window.full()) return;
    turning = true;
    pages.page(cursor + 1).then(
      (page) => {
        turning = false;
        if (link.closed()) return;
        link.cork();
        const through = page.events.every((event) => event.seq <= cursor || writeOne(event, now));
        if (through) cursor = Math.max(cursor, page.to);
        pieces.flush();
        link.uncork();
        if (through) pump(now);
      },
      (error: unknown) => {
        turning = false;
        options.lost(error);
      },
    );
  }

  return {
    pump,

    /** Cumulative: stored and drawn up to `seq`. Answers the events this ack was the first for. */
    ack(seq: number, now: number): Delivered[] {
      const upTo = Math.min(seq, sent);
      if (acked !== null && upTo <= acked) return [];
      acked = upTo;
      waitingSince = now;
      const delivered = window.take(upTo);
      pump(now);
      return delivered;
    },

    /** Not yet recorded, told all the same; left out where it would have to wait: its event comes. */
    tell(frames: readonly Buffer[]): void {
      if (link.closed() || snapshot.length > 0) return;
      link.cork();
      for (const frame of frames) if (link.hasRoom()) link.write(frame);
      link.uncork();
    },

    sent: () => sent,
    /** Where a resumed connection may go on; never ahead of what was acknowledged, what was not wanted aside. */
    position: (): number | null => (acked === sent ? cursor : acked),
    /** Acknowledged up to here; before the snapshot is, up to nothing. */
    acked: (): number => acked ?? -1,
    unacked: () => window.size(),
    inSnapshot: () => snapshot.length > 0,
    waitingSince: () => waitingSince,
  };
}

export type Consumer = ReturnType<typeof createConsumer>;

/** The events written and not yet acknowledged, oldest first; at most as many as a consumer may owe. */
function createWindow(most: number = BOUNDS.consumerUnacked) {
  const seqs = new Float64Array(most);
  const events: (Delivered | null)[] = new Array(most).fill(null);
  let first = 0;
  let count = 0;
  return {
    size: () => count,
    full: () => count === most,
    push({ seq, about }: EventFrame): void {
      const at = (first + count) % most;
      seqs[at] = seq;
      events[at] = about;
      count += 1;
    },
    take(seq: number): Delivered[] {
      const taken: Delivered[] = [];
      while (count > 0 && (seqs[first] as number) <= seq) {
        const event = events[first];
        if (event) taken.push(event);
        events[first] = null;
        first = (first + 1) % most;
        count -= 1;
      }
      return taken;
    },
  };
}

/** Frames that stand one behind the other in memory leave as one: a write costs a socket more than its bytes do. */
function createPieces(link: Link) {
  let first: Buffer | null = null;
  let end = 0;
  const bytes = () => (first === null ? 0 : end - first.byteOffset);

  function flush(): void {
    if (first === null) return;
    const whole = bytes() === first.length ? first : Buffer.from(first.buffer, first.byteOffset, bytes());
    first = null;
    link.write(whole);
  }

  return {
    bytes,
    flush,
    add(frame: Buffer): void {
      if (first !== null && (frame.buffer !== first.buffer || frame.byteOffset !== end)) flush();
      first ??= frame;
      end = frame.byteOffset + frame.length;
    },
  };
}
