import { createBackoff } from "../lib/backoff.ts";
import type { LogFollower } from "../log/log-follower.ts";
import type { LogRecord } from "../log/read-log.ts";
import { decodeEntry } from "../wire/journal-codec.ts";
import type { StoreTrouble } from "./api.ts";
import type { IndexDb } from "./index-db.ts";

export interface IndexFollower {
  /** The journal is synced up to here. */
  follow(head: number): void;
  /** Resolves when every record announced so far is in the index, or after `atMostMs`. */
  caughtUp(atMostMs: number): Promise<void>;
  close(): void;
}

export interface IndexFollowerOptions {
  readonly index: IndexDb;
  readonly journal: LogFollower;
  readonly onTrouble: (code: StoreTrouble, detail: string) => void;
  readonly wait: (ms: number) => Promise<void>;
}

/**
 * While records keep coming the index waits for more of them, unless somebody asks for it: what it makes of a flood
 * takes a core most of a second, and the line needs it then. Three seconds at most.
 */
const REST_MS = 200;
const MOST_RESTS = 15;

/** Keeps the index at the head of the journal, by its own cursor. */
export function createIndexFollower(options: IndexFollowerOptions): IndexFollower {
  const { index, journal, onTrouble } = options;
  let position = index.journal();
  let head: number | null = null;
  let running = false;
  let closed = false;
  let waiting: { seq: number; resolve: () => void }[] = [];
  let ask = () => {};
  const backoff = createBackoff({ first: 500, most: 30_000 });

  async function run(): Promise<void> {
    if (running) return;
    running = true;
    while (head !== null && position < head && !closed) {
      await gathered();
      if (!closed) await readOn(head);
    }
    running = false;
  }

  /** Resolves when nothing more has come for a moment, when it has waited long enough, or when somebody asks. */
  async function gathered(): Promise<void> {
    let before: number | null = null;
    for (let rests = 0; rests < MOST_RESTS && head !== before && waiting.length === 0 && !closed; rests++) {
      before = head;
      const asked = new Promise<void>((resolve) => {
        ask = resolve;
      });
      await Promise.race([options.wait(REST_MS), asked]);
    }
  }

  async function readOn(to: number): Promise<void> {
    try {
      for await (const records of journal.read(position + 1, to)) {
        if (closed) return;
        add(records);
      }
    } catch (fault) {
      onTrouble("io", `index.db from journal record ${position + 1}: ${String(fault)}`);
    }
    if (position < to) await options.wait(backoff.wait());
    else backoff.reset();
  }

  function add(records: readonly LogRecord[]): void {
    const last = records.at(-1)?.seq ?? position;
    index.add(records.map(decodeEntry), last);
    position = last;
    waiting = waiting.filter(({ seq, resolve }) => seq > position || resolve());
  }

  return {
    follow(to) {
      // The index knows records that the journal does not have: it is of another journal.
      if (head === null && position > to) {
        index.clear();
        position = 0;
      }
      head = Math.max(head ?? 0, to);
      void run();
    },
    caughtUp(atMostMs) {
      const seq = head ?? 0;
      if (position >= seq) return Promise.resolve();
      const reached = new Promise<void>((resolve) => waiting.push({ seq, resolve }));
      ask();
      return Promise.race([reached, options.wait(atMostMs)]);
    },
    close() {
      closed = true;
      ask();
    },
  };
}
