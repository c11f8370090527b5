import { closeSync, fdatasyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Instant } from "../model/time.ts";
import { type Known, NOTHING_KNOWN } from "../wire/national/file.ts";

/** What a folder's later files need of its earlier ones; kept beside the ledger. */
export interface Memory {
  /** Definitions, people and areas. */
  readonly known: Known;
  /** By type, the newest file that was taken: older ones fill history. */
  readonly newest: Readonly<Record<string, Instant>>;
}

const KNOWN = "known.json";
const NEWEST = "newest.json";

/** What cannot be read is as if it had never been: definitions come again with the mine's next table. */
export function readMemory(dir: string): Memory {
  return {
    known: (readJson(join(dir, KNOWN)) as Known | null) ?? NOTHING_KNOWN,
    newest: (readJson(join(dir, NEWEST)) as Memory["newest"] | null) ?? {},
  };
}

export function writeKnown(dir: string, before: Memory, after: Memory): void {
  if (after.known !== before.known) writeWhole(join(dir, KNOWN), after.known, true);
}

export function writeNewest(dir: string, before: Memory, after: Memory): void {
  if (after.newest !== before.newest) writeWhole(join(dir, NEWEST), after.newest, false);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}

/** The old one or the new one, never a half; `synced` = also after a power loss. */
function writeWhole(path: string, value: unknown, synced: boolean): void {
  const next = `${path}.new`;
  const file = openSync(next, "w");
  try {
    const bytes = Buffer.from(JSON.stringify(value));
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    if (synced) fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(next, path);
}
