import { join } from "node:path";
import { nodeDisk } from "../../src/log/disk.ts";
import { readLog } from "../../src/log/segment-log.ts";
import { decodeEntry } from "../../src/wire/journal-codec.ts";

/** The seqs of all transitions that a data directory's journal holds, in order. */
export async function journalledTransitions(data: string): Promise<number[]> {
  const seqs: number[] = [];
  for await (const batch of readLog({ dir: join(data, "journal"), extension: "jnl", disk: nodeDisk }, 1)) {
    for (const record of batch.map(decodeEntry)) if (record.type === "transition") seqs.push(record.seq);
  }
  return seqs;
}
