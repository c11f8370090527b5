import { open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { replaceFile } from "../../lib/replace-file.ts";
import type { MineCode } from "../../model/mine.ts";
import type { Area, Person } from "../../model/people.ts";
import type { Instant } from "../../model/time.ts";
import type { CrewImage } from "./crew.ts";

/** The newest sample of a point: its code, the moment it counts for, time as sent, value (null = none), state. */
export type KeptRow = readonly [code: string, judged: Instant, t: Instant, v: number | null, s: number];

/** A snapshot of people whose parts have not all come. */
export interface OpenSnapshot {
  readonly mine: MineCode;
  readonly ts: Instant;
  /** The gateway's `now` of its first part. */
  readonly since: Instant;
  readonly parts: number;
  readonly got: readonly {
    readonly part: number;
    readonly people: readonly Person[];
    readonly areas: readonly Area[] | null;
  }[];
}

/**
 * Where one platform's files are in the logs, and what is remembered of the records before: the same records after it
 * make the same files again, so a kill between a file and the cursor writes nothing else under its name.
 */
export interface Place {
  readonly epoch: string;
  /** Last records that are in the files. */
  readonly spool: number;
  readonly journal: number;
  /** Nothing up to here is written: it was there before the platform was. */
  readonly begin: number;
  /** The gateway's `now` up to which the files go. */
  readonly until: Instant;
  /** Rounds that wrote something so far: files of one old moment that come in several rounds have names of their own. */
  readonly rounds: number;
  /** By `mine:system`. */
  readonly points: Readonly<Record<string, readonly KeptRow[]>>;
  readonly snapshots: readonly OpenSnapshot[];
  /** Absent = nothing is known of people beside the lists. */
  readonly crew?: CrewImage;
  /** What was written last of each table, by `mine:type`: its day and a digest of its rows. */
  readonly tables: Readonly<Record<string, { readonly day: number; readonly digest: string }>>;
}

/** What the files that are being put in place are made of, so that a second try makes the same. */
export interface Plan {
  readonly epoch: string;
  /** From the record after this one. */
  readonly from: number;
  readonly spool: number;
  readonly journal: number;
  readonly moment: Instant;
  readonly whole: boolean;
}

/** Null = there is none for this line of the logs, or it cannot be read. */
export async function readPlace(path: string, epoch: string): Promise<Place | null> {
  const found = await readJson<Place>(path);
  return found?.epoch === epoch && Number.isSafeInteger(found.spool) ? found : null;
}

export async function readPlan(path: string, { epoch, spool }: Place): Promise<Plan | null> {
  const found = await readJson<Plan>(path);
  return found?.epoch === epoch && found.from === spool ? found : null;
}

async function readJson<T>(path: string): Promise<T | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  try {
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

/** Survives a power loss as the old or the new one. Only for us: there may be people in it. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await replaceFile(path, JSON.stringify(value), { mode: 0o600 });
  await syncFolder(dirname(path));
}

/** A share of another system may have no word for it; what it holds is as safe as it makes it. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (
      !["EINVAL", "ENOTSUP", "EPERM", "EISDIR", "EBADF"].includes((error as NodeJS.ErrnoException).code ?? "")
    )
      throw error;
  }
}
