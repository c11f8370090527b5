import { open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";

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
  const beside = `${path}.new`;
  const file = await open(beside, "w");
  try {
    await file.writeFile(`${JSON.stringify(cursor)}\n`);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
