import type { JournalRecord } from "../model/alarm.ts";
import { type EventFrame, eventFrame, sideBySide } from "./ring.ts";

/** Events of the journal older than the ring, encoded. Covers the records `from`–`to`. */
export interface Page {
  readonly from: number;
  readonly to: number;
  readonly events: readonly EventFrame[];
}

const RECORDS_A_PAGE = 256;
/** Pages kept for all consumers that are behind; at most one more is being read. */
const PAGES = 16;

/**
 * Reads the journal for consumers that are further behind than the ring. They share the pages: twenty screens
 * that come back together cost one pass. One page is read at a time, so a crowd cannot load the backlog at once.
 */
export function createPages(
  journal: (from: number) => AsyncIterable<readonly JournalRecord[]>,
  json: Parameters<typeof eventFrame>[2],
) {
  let kept: Page[] = [];
  let reading: Promise<unknown> = Promise.resolve();

  const known = (from: number): Page | undefined => kept.find((page) => page.from <= from && from <= page.to);

  async function read(from: number): Promise<Page> {
    const records = await firstRecords(journal(from), from);
    const events: EventFrame[] = [];
    let prev = Number.NaN;
    for (const record of records) {
      if (record.type !== "transition") continue;
      events.push(eventFrame(record, prev, json));
      prev = record.seq;
    }
    const page = { from, to: (records.at(-1) as JournalRecord).seq, events: sideBySide(events) };
    kept = [page, ...kept].slice(0, PAGES);
    return page;
  }

  return {
    /** The page that begins at or before `from`; rejects when the journal does not have that record. */
    page(from: number): Promise<Page> {
      const page = known(from);
      if (page !== undefined) return Promise.resolve(page);
      const next = reading.then(() => known(from) ?? read(from));
      reading = next.catch(() => undefined);
      return next;
    },
    bytes: () => kept.reduce((sum, page) => sum + page.events.reduce((n, e) => n + e.frame.length, 0), 0),
  };
}

export type Pages = ReturnType<typeof createPages>;

async function firstRecords(
  chunks: AsyncIterable<readonly JournalRecord[]>,
  from: number,
): Promise<JournalRecord[]> {
  for await (const chunk of chunks) {
    const records = chunk.filter((record) => record.seq >= from).slice(0, RECORDS_A_PAGE);
    if (records.length === 0) continue;
    if (records[0]?.seq !== from) break;
    return records;
  }
  throw new Error(`the journal has no record ${from}`);
}
