import type { SeriesBatch } from "./api.ts";
import type { ToWorker } from "./calls.ts";
import { createGathering } from "./gathering.ts";

/** Batches posted and not yet done with; past it the worker reads the spool. */
const MOST_IN_FLIGHT = 8;
/** While the worker is busy batches are joined up to this many rows: a message costs it and us as much as hundreds. */
const POST_ROWS = 16_384;
/** The worker is near enough to go on live: it reads this many records itself before the first batch. */
const NEAR = 1_024;
/** So many synced records without a batch: whoever should send them does not, the worker reads them. */
const FAR = 4_096;

/**
 * The main thread's end of the way into series. Live: a batch is posted as it comes, or joined to others that wait
 * for the worker to be done with one. Behind (at start, after
 * eight batches unanswered, after a crash): batches are let go, the worker reads the spool; once it is near,
 * the next batch is posted again and the worker reads the records before it first. Every record goes one way.
 */
export interface LiveLine {
  names(slots: readonly { readonly slot: number; readonly id: string }[]): void;
  rows(batch: SeriesBatch): boolean;
  /** Posts what waits: a question follows that must find it. */
  flush(): void;
  spoolAt(seq: number): void;
  journalAt(seq: number): void;
  /** From the worker. */
  started(): void;
  done(position: number): void;
  at(position: number): void;
  ended(): void;
  /** Last spool record the worker is known to have taken; 0 = not known. */
  position(): number;
}

export function createLiveLine(post: (message: ToWorker, moved: ArrayBuffer[]) => void): LiveLine {
  /** All names so far, by slot: the next worker needs them again. */
  const named: string[] = [];
  let isRunning = false;
  let isLive = false;
  let inFlight = 0;
  /** Of the worker; of the spool; and up to where the worker was last told to read. */
  let position = 0;
  let head: number | null = null;
  let told = -1;
  let journal: number | null = null;
  /** Last record of the last batch taken to be posted. */
  let taken = 0;
  const gathering = createGathering();

  function send(message: ToWorker, moved: ArrayBuffer[] = []): void {
    if (isRunning) post(message, moved);
  }

  /** Asks again only when the worker has done what it was asked: one message under way, however fast the spool grows. */
  function readOn(): void {
    if (isLive || head === null || head <= told || position < told) return;
    told = head;
    send({ type: "spool", head });
  }

  function fallBehind(): void {
    isLive = false;
    told = position;
    gathering.take();
  }

  function postGathered(): void {
    if (inFlight >= MOST_IN_FLIGHT) {
      fallBehind();
      return;
    }
    const batch = gathering.take();
    if (batch === null) return;
    inFlight++;
    send({ type: "rows", batch }, buffersOf(batch));
  }

  function mayGoLive(batch: SeriesBatch): boolean {
    return isRunning && told >= 0 && inFlight === 0 && batch.spoolFrom - 1 - position <= NEAR;
  }

  return {
    names(slots) {
      for (const { slot, id } of slots) named[slot] = id;
      send({ type: "names", slots });
    },
    rows(batch) {
      head = Math.max(head ?? 0, batch.spoolTo);
      if (!isLive) isLive = mayGoLive(batch);
      if (isLive && batch.spoolFrom !== taken + 1) postGathered();
      if (isLive) {
        taken = batch.spoolTo;
        gathering.add(batch);
        if (inFlight === 0 || gathering.weight >= POST_ROWS) postGathered();
      }
      if (!isLive) readOn();
      return isLive;
    },
    flush() {
      if (isLive && !gathering.empty) postGathered();
    },
    spoolAt(seq) {
      head = Math.max(head ?? 0, seq);
      if (isLive && head - taken > FAR) fallBehind();
      readOn();
    },
    journalAt(seq) {
      journal = seq;
      send({ type: "journal", head: seq });
    },
    started() {
      isRunning = true;
      if (named.length > 0) send({ type: "names", slots: named.map((id, slot) => ({ slot, id })) });
      if (journal !== null) send({ type: "journal", head: journal });
      readOn();
    },
    done(now) {
      inFlight--;
      position = now;
      if (isLive) postGathered();
    },
    at(now) {
      position = now;
      readOn();
    },
    ended() {
      isRunning = false;
      isLive = false;
      inFlight = 0;
      gathering.take();
      position = 0;
      told = -1;
    },
    position: () => position,
  };
}

/** Each once: the arrays of a batch may share one. */
function buffersOf({ rows }: SeriesBatch): ArrayBuffer[] {
  if (rows === null) return [];
  const { slots, t, v, s, flags } = rows;
  return [...new Set([slots, t, v, s, flags].map((array) => array.buffer as ArrayBuffer))];
}
