import { createBackoff } from "../lib/backoff.ts";
import type { LogFollower } from "../log/log-follower.ts";
import { decodeEntry } from "../wire/journal-codec.ts";
import type { OutboxOptions, StoreTrouble } from "./api.ts";
import type { OutboxDb } from "./outbox-db.ts";
import { callsAway, rowsOf } from "./outbox-rows.ts";

export interface OutboxFollower {
  /** Where the reading begins, and how much an unclean end left in flight. */
  open(head: number): number;
  /** The journal is synced up to here. */
  follow(head: number): void;
  /** Puts the cursor where the reading is. */
  close(): void;
}

/** Records that bring no row move the cursor only now and then: read again, they bring none again. */
const LAZY_RECORDS = 5_000;

/** Makes the outbox of the journal, by its own cursor. */
export function createOutboxFollower(options: {
  readonly outbox: OutboxDb;
  readonly journal: LogFollower;
  readonly epoch: string;
  readonly to: OutboxOptions;
  /** A worker before this one was opened: what it left in flight is still known to the sender. */
  readonly resumed: boolean;
  readonly onRows: () => void;
  readonly onTrouble: (code: StoreTrouble, detail: string) => void;
  readonly wait: (ms: number) => Promise<void>;
}): OutboxFollower {
  const { outbox, journal, epoch, onTrouble } = options;
  const backoff = createBackoff({ first: 500, most: 30_000 });
  const all = options.to.subscriptions.length > 0;
  let position: number | null = options.resumed ? (outbox.cursor()?.seq ?? null) : null;
  let saved = position ?? 0;
  let head = 0;
  let running = false;
  let closed = false;

  async function run(): Promise<void> {
    if (running) return;
    running = true;
    while (position !== null && position < head && !closed) await readOn(position, head);
    running = false;
  }

  async function readOn(from: number, to: number): Promise<void> {
    try {
      for await (const records of journal.read(from + 1, to)) {
        if (closed) return;
        const last = records.at(-1)?.seq ?? from;
        // Standing subscribers may want any record; those who are called are named at its beginning.
        const told = all ? records : records.filter(callsAway);
        const made = told.flatMap((record) => rowsOf(decodeEntry(record), options.to) ?? []);
        if (made.length > 0 || last - saved >= LAZY_RECORDS) {
          const added = outbox.add(made, epoch, last);
          saved = last;
          if (added > 0) options.onRows();
        }
        position = last;
      }
    } catch (fault) {
      onTrouble("io", `outbox from journal record ${from + 1}: ${String(fault)}`);
    }
    if (position !== null && position < to) await options.wait(backoff.wait());
    else backoff.reset();
  }

  return {
    open(to) {
      const known = outbox.cursor();
      // Of another epoch the journal may be shorter than what was read of the one before; nothing older is told anew.
      const from = known === null ? to : known.epoch === epoch ? known.seq : Math.min(known.seq, to);
      const repeated = outbox.open(epoch, from, options.to.channels);
      position = from;
      saved = from;
      head = Math.max(head, to);
      void run();
      return repeated;
    },
    follow(to) {
      head = Math.max(head, to);
      void run();
    },
    close() {
      closed = true;
      if (position !== null && position > saved) outbox.add([], epoch, position);
    },
  };
}
