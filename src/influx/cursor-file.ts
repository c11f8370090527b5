import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { replaceFile } from "../lib/replace-file.ts";
import { nodeDisk } from "../log/disk.ts";

/** How far InfluxDB has what the logs hold. */
export interface InfluxCursor {
  /** The line of the logs, and the database, for which the numbers hold. */
  readonly epoch: string;
  readonly target: string;
  /** Last record of each log whose lines are all written, or put aside. */
  readonly spool: number;
  readonly journal: number;
  /** The gateway's `now` of that spool record; 0 = none yet. */
  readonly now: number;
}

/**
 * Null = there is none for this line of the logs and this database, or it cannot be read: the writing begins at the
 * oldest record kept, and lines that were there before are the same rows again.
 */
export async function readCursor(path: string, epoch: string, target: string): Promise<InfluxCursor | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  const found = text === null ? null : parsed(text);
  return found?.epoch === epoch && found.target === target ? found : null;
}

function parsed(text: string): InfluxCursor | null {
  try {
    const found = JSON.parse(text) as InfluxCursor;
    const numbers = [found.spool, found.journal, found.now];
    return numbers.every((n) => Number.isSafeInteger(n) && n >= 0) ? found : null;
  } catch {
    return null;
  }
}

/** Survives a power loss as the old or the new one. */
export async function writeCursor(path: string, cursor: InfluxCursor): Promise<void> {
  await replaceFile(path, `${JSON.stringify(cursor)}\n`);
  await nodeDisk.syncDir(dirname(path));
}
