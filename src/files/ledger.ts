import { createHash } from "node:crypto";
import {
  closeSync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Instant } from "../model/time.ts";
import { iso } from "../wire/time.ts";

/** What is remembered of a file: 64 bits of its content's SHA-256, and of its name's. */
export interface Mark {
  readonly content: Buffer;
  readonly name: Buffer;
  /** The header's time: equal contents have the same, so the ledger is cut by its days. */
  readonly moment: Instant;
}

export function markOf(name: string, bytes: Uint8Array, moment: Instant): Mark {
  return { content: first64(bytes), name: first64(name), moment };
}

const first64 = (of: Uint8Array | string): Buffer =>
  createHash("sha256").update(of).digest().subarray(0, HALF);

const HALF = 8;
const ENTRY = 2 * HALF;
/**
 * So many messages may be known to the page cache alone. The core recognises a mine's last 1,024 messages by
 * themselves, so that what a power loss takes from the ledger is still judged once.
 */
const UNSYNCED = 256;

/** `before` = whether a file of the same content was taken already, `same` = under the same name. */
export type Found = "new" | "same" | "before";

/** Every file that was taken from one folder, by its content. Throws what the disk says. */
export function createLedger(dir: string) {
  mkdirSync(dir, { recursive: true });
  const unsynced = new Set<string>();
  let messages = 0;

  const pathOf = (moment: Instant) => join(dir, `${dayOf(moment)}.taken`);

  return {
    find({ content, name, moment }: Mark): Found {
      const bytes = readOrNone(pathOf(moment));
      let found: Found = "new";
      for (let at = bytes.indexOf(content); at >= 0; at = bytes.indexOf(content, at + 1)) {
        if (at % ENTRY !== 0 || at + ENTRY > bytes.length) continue;
        if (name.equals(bytes.subarray(at + HALF, at + ENTRY))) return "same";
        found = "before";
      }
      return found;
    },
    add(marks: readonly Mark[], sent: number): void {
      const days = new Map<string, Buffer[]>();
      for (const { content, name, moment } of marks) {
        const path = pathOf(moment);
        const entries = days.get(path) ?? [];
        entries.push(content, name);
        days.set(path, entries);
      }
      for (const [path, entries] of days) {
        append(path, Buffer.concat(entries));
        unsynced.add(path);
      }
      messages += sent;
      if (messages < UNSYNCED) return;
      for (const path of unsynced) sync(path);
      unsynced.clear();
      messages = 0;
    },
    /** Forgets days to which nothing was added since. */
    prune(before: Instant): void {
      for (const name of readdirSync(dir)) {
        const path = join(dir, name);
        if (name.endsWith(".taken") && statSync(path).mtimeMs < before) unlinkSync(path);
      }
    },
  };
}

/** `yyyyMMdd` as a mine writes it. */
export const dayOf = (moment: Instant): string => iso(moment).slice(0, 10).replaceAll("-", "");

function readOrNone(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isMissing(error)) return Buffer.alloc(0);
    throw error;
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";

/** What a kill left of an entry is cut off: no entry may lie across two places. */
function append(path: string, bytes: Buffer): void {
  const file = openSync(path, "a");
  try {
    const size = statSync(path).size;
    if (size % ENTRY !== 0) ftruncateSync(file, size - (size % ENTRY));
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
  } finally {
    closeSync(file);
  }
}

function sync(path: string): void {
  const file = openSync(path, "r+");
  try {
    fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
}
