import type { JournalEntry, JournalRecord } from "../model/alarm.ts";
import type { Input } from "../model/input.ts";
import type { Instant } from "../model/time.ts";
import type { Engine } from "./engine.ts";

interface Difference {
  readonly seq: number;
  readonly journal: string;
  readonly spool: string;
}

export interface Recovered {
  /** Entries that judging the spool gave beyond the journal's head: to be appended, in order. */
  readonly missing: readonly JournalEntry[];
  /** Where the journal says something else than the spool; the journal wins, and it is a trouble. */
  readonly differences: readonly Difference[];
  readonly inputs: number;
  /** The latest moment the spool knows. */
  readonly now: Instant | null;
}

const REPORTED_DIFFERENCES = 100;

/**
 * Restart: every spool record after the snapshot goes through `step` again with its recorded `now`
 * (architecture §3 rule 6). The journal is never folded into the world; it is only compared with.
 */
export async function recover(
  engine: Engine,
  inputs: AsyncIterable<readonly Input[]>,
  journal: AsyncIterable<readonly JournalRecord[]>,
): Promise<Recovered> {
  const written = oneByOne(journal);
  const missing: JournalEntry[] = [];
  const differences: Difference[] = [];
  let count = 0;
  let now: Instant | null = null;
  for await (const batch of inputs) {
    for (const input of batch) {
      count += 1;
      now = input.now;
      for (const entry of engine.step(input).entries) {
        const record = await written.next();
        if (record === null) missing.push(entry);
        else note(differences, record.seq, entryKey(record), entryKey(entry));
      }
    }
  }
  for (let record = await written.next(); record !== null; record = await written.next()) {
    note(differences, record.seq, entryKey(record), "nothing");
  }
  return { missing, differences, inputs: count, now };
}

function note(differences: Difference[], seq: number, journal: string, spool: string): void {
  if (journal !== spool && differences.length < REPORTED_DIFFERENCES)
    differences.push({ seq, journal, spool });
}

/** What makes two entries the same step: for a transition its alarm, number and arrow. */
function entryKey(entry: JournalEntry): string {
  switch (entry.type) {
    case "transition":
      return `${entry.alarm.id}#${entry.transition.n} ${entry.transition.from}>${entry.transition.to}`;
    case "notice":
      return `notice ${entry.mine} ${entry.code}`;
    case "people":
      return `people ${entry.mine} ${entry.hash}`;
    case "duty":
      return `duty ${entry.duty.what} ${entry.by?.user ?? ""}`;
    case "service":
      return `service ${entry.service.request} ${entry.what}`;
    case "gap":
      return `gap ${entry.from}-${entry.to}`;
    case "anchor":
      return `anchor ${entry.detail}`;
  }
}

function oneByOne<T>(batches: AsyncIterable<readonly T[]>): { next(): Promise<T | null> } {
  const iterator = batches[Symbol.asyncIterator]();
  let batch: readonly T[] = [];
  let at = 0;
  return {
    async next() {
      while (at === batch.length) {
        const { value, done } = await iterator.next();
        if (done === true) return null;
        batch = value;
        at = 0;
      }
      return batch[at++] ?? null;
    },
  };
}
