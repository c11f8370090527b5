import { join } from "node:path";
import { readOnly } from "../../app/replay/tape.ts";
import { nodeDisk } from "../../log/disk.ts";
import { readLog } from "../../log/read-log.ts";
import type { JournalRecord } from "../../model/alarm.ts";
import { decodeEntry } from "../../wire/journal-codec.ts";

export type TransitionRecord = Extract<JournalRecord, { type: "transition" }>;

/** Every transition of one alarm, as the journal of a data directory has them. */
export async function recordOf(data: string, id: string): Promise<TransitionRecord[]> {
  const files = { dir: join(data, "journal"), extension: "jnl", disk: readOnly(nodeDisk) } as const;
  const found: TransitionRecord[] = [];
  for await (const records of readLog(files, 1)) {
    for (const record of records) {
      // A search through the bytes spares reading what is not about this alarm.
      if (!record.body.includes(id)) continue;
      const entry = decodeEntry(record);
      if (entry.type === "transition" && entry.alarm.id === id) found.push(entry);
    }
  }
  return found;
}
