import { assert } from "../lib/assert.ts";
import { createBackoff } from "../lib/backoff.ts";
import type { LogFollower } from "../log/log-follower.ts";
import type { SeriesRows, SeriesStat } from "../model/series.ts";
import { spoolRows } from "../wire/spool-rows.ts";
import type { SeriesBatch, StoreTrouble } from "./api.ts";
import type { Series } from "./series.ts";

/** ≈ 64 MiB of spool, at 44 bytes a reading (architecture.md §3 rule 11). */
const FLUSH_ROWS = 1_500_000;
/** While the disk refuses flushes no more than so many times that stays in memory; then the rest waits in the spool. */
const MOST_UNSAVED = 4;

/** Brings rows into series, each spool record once and in order, from live batches or from the spool itself. */
export interface Feed {
  names(slots: readonly { slot: number; id: string }[]): void;
  /** A live batch; what lies between the last record and it is read from the spool first. */
  rows(batch: SeriesBatch): void;
  /** The spool itself is to be read up to here. */
  catchUp(head: number): void;
  /** Rows so far and cursor to disk; false = the disk refused, they stay in memory. */
  flush(): boolean;
  /** Last spool record whose rows are in series; and of those on disk. */
  readonly position: number;
  readonly saved: number;
  close(): void;
}

export interface FeedOptions {
  readonly series: Series;
  readonly spool: LogFollower;
  readonly epoch: string;
  /** A live batch is done with. */
  readonly onBatch: () => void;
  /** After each chunk of the spool, and when there was nothing to read. */
  readonly onPosition: () => void;
  readonly onTrouble: (code: StoreTrouble, detail: string) => void;
  readonly wait: (ms: number) => Promise<void>;
  readonly flushRows?: number;
}

export function createFeed(options: FeedOptions): Feed {
  const { series, spool, epoch, onTrouble, flushRows = FLUSH_ROWS } = options;
  let position = series.cursor()?.spool ?? 0;
  let saved = position;
  /** Nothing was ever stored: records that are gone are no loss of ours. */
  let isFresh = series.cursor() === null;
  let head: number | null = null;
  let running = false;
  let closed = false;
  let refused = false;
  const batches: SeriesBatch[] = [];
  /** Series number by slot. */
  const numbers: number[] = [];
  const backoff = createBackoff({ first: 500, most: 30_000 });

  function appendById(id: string, t: number, v: number, s: number, flags: number): void {
    series.append(series.number(id), t, v, s, flags);
  }

  function appendStat({ id, ...stat }: SeriesStat): void {
    series.appendStat(series.number(id), stat);
  }

  function appendBySlot({ n, slots, t, v, s, flags }: SeriesRows): void {
    for (let i = 0; i < n; i++) {
      const number = numbers[slots[i] as number];
      assert(number !== undefined, "a slot is named before its first row");
      series.append(number, t[i] as number, v[i] as number, s[i] as number, flags[i] as number);
    }
  }

  async function run(): Promise<void> {
    if (running) return;
    running = true;
    for (let work = nextWork(); work !== null && !closed; work = nextWork()) {
      if (!hasRoom()) await roomInMemory();
      if (work.kind === "live") live(work.batch);
      else await readSpool(work.to);
    }
    running = false;
  }

  type Work = { kind: "live"; batch: SeriesBatch } | { kind: "spool"; to: number };

  function nextWork(): Work | null {
    const batch = batches[0];
    if (batch === undefined) return head !== null && position < head ? { kind: "spool", to: head } : null;
    if (batch.spoolTo <= position || batch.spoolFrom === position + 1) return { kind: "live", batch };
    // A hole before it, or a part of it read already: the spool knows which rows belong to which record.
    return { kind: "spool", to: batch.spoolFrom > position + 1 ? batch.spoolFrom - 1 : batch.spoolTo };
  }

  function live(batch: SeriesBatch): void {
    if (batch.spoolTo > position) {
      if (batch.rows !== null) appendBySlot(batch.rows);
      for (const stat of batch.stats ?? []) appendStat(stat);
      position = batch.spoolTo;
      isFresh = false;
    }
    batches.shift();
    options.onBatch();
    if (series.unsaved >= flushRows) flush();
  }

  async function readSpool(to: number): Promise<void> {
    const before = position;
    try {
      for await (const records of spool.read(position + 1, to)) {
        if (closed) return;
        for (const record of records) take(record);
        if (series.unsaved >= flushRows) flush();
        options.onPosition();
        if (!hasRoom()) await roomInMemory();
      }
    } catch (fault) {
      onTrouble("io", `reading the spool from record ${position + 1}: ${String(fault)}`);
    }
    options.onPosition();
    if (position >= to) {
      backoff.reset();
      return;
    }
    if (position === before) onTrouble("io", `the spool ends at record ${position}, ${to} was announced`);
    await options.wait(backoff.wait());
  }

  function take(record: Parameters<typeof spoolRows>[0]): void {
    if (record.seq > position + 1 && !isFresh) {
      onTrouble("gap", `spool records ${position + 1} to ${record.seq - 1} are gone: not in series`);
    }
    const why = spoolRows(record, appendById, appendStat);
    if (why !== null) onTrouble("io", why);
    position = record.seq;
    isFresh = false;
  }

  const hasRoom = (): boolean => series.unsaved < MOST_UNSAVED * flushRows;

  async function roomInMemory(): Promise<void> {
    while (!hasRoom() && !closed) {
      if (!flush()) await options.wait(backoff.wait());
    }
  }

  function flush(): boolean {
    if (series.unsaved === 0 && saved === position) return true;
    try {
      series.flush({ epoch, spool: position });
    } catch (fault) {
      refused = true;
      onTrouble("io", `series.db: ${String(fault)}`);
      return false;
    }
    saved = position;
    if (refused) onTrouble("recovered", "series.db is written again");
    refused = false;
    return true;
  }

  /** A spool that ends before our cursor is another one (a restored backup): its next records are new to us. */
  function clampTo(first: number): void {
    if (position <= first) return;
    onTrouble("gap", `series have rows up to spool record ${position}, the spool ends at ${first}`);
    position = first;
  }

  return {
    names(slots) {
      for (const { slot, id } of slots) numbers[slot] = series.number(id);
    },
    rows(batch) {
      if (head === null) clampTo(batch.spoolFrom - 1);
      head = Math.max(head ?? 0, batch.spoolTo);
      batches.push(batch);
      void run();
    },
    catchUp(to) {
      if (head === null) clampTo(to);
      head = Math.max(head ?? 0, to);
      if (position >= head) options.onPosition();
      void run();
    },
    flush,
    get position() {
      return position;
    },
    get saved() {
      return saved;
    },
    close() {
      closed = true;
      flush();
    },
  };
}
