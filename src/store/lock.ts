import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Database, openDatabase } from "./sqlite.ts";

export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
}

/** Another process owns the data directory. Its fields are null only if it has not yet written who it is. */
export class AlreadyRunning extends Error {
  readonly pid: number | null;
  readonly host: string | null;
  readonly since: string | null;
  constructor(dir: string, holder: Holder | null) {
    const who = holder ? `process ${holder.pid} on ${holder.host} since ${holder.since}` : "another process";
    super(`${dir} is in use by ${who}`);
    this.name = "AlreadyRunning";
    this.pid = holder?.pid ?? null;
    this.host = holder?.host ?? null;
    this.since = holder?.since ?? null;
  }
}

/**
 * Makes this process the one owner of a data directory until `release` or its death, or throws AlreadyRunning.
 *
 * SQLite's exclusive lock, because the kernel drops it with its holder and it holds between containers that
 * share a volume (docs/ARCHITECTURE.md, Decisions). A POSIX lock is lost when *any* descriptor of the file
 * is closed in the process: never open `lock.db` elsewhere, not even to copy it.
 */
export async function lockDataDirectory(dir: string): Promise<{ release(): void }> {
  await mkdir(dir, { recursive: true });
  const lock = await takeLock(join(dir, "lock.db"));
  if (lock === null) throw new AlreadyRunning(dir, await holderOf(dir));
  try {
    await writeHolder(dir);
  } catch (fault) {
    lock.close();
    throw fault;
  }
  return { release: () => lock.close() };
}

/** Two that come at the same instant can each find the other in the way: both step back and come again. */
const TRIES = 4;

/** Null when it is held. */
async function takeLock(path: string): Promise<Database | null> {
  for (let tries = 1; ; tries++) {
    const lock = await openDatabase(path, { durability: "lock" });
    try {
      lock.exec("BEGIN EXCLUSIVE");
      return lock;
    } catch (fault) {
      lock.close();
      if (!isBusy(fault)) throw fault;
    }
    if (tries === TRIES) return null;
    await wait(10 + Math.random() * 90);
  }
}

const SQLITE_BUSY = 5;
const isBusy = (fault: unknown): boolean => (fault as { errcode?: number }).errcode === SQLITE_BUSY;

async function writeHolder(dir: string): Promise<void> {
  const holder: Holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  const temporary = join(dir, `lock.json.${process.pid}`);
  await writeFile(temporary, `${JSON.stringify(holder)}\n`);
  await rename(temporary, join(dir, "lock.json"));
}

/** Who holds the lock. The note may for a moment still be that of a holder before: one that lives is waited for. */
async function holderOf(dir: string): Promise<Holder | null> {
  let holder: Holder | null = null;
  for (let tries = 0; tries < 10; tries++) {
    holder = await readHolder(dir);
    if (holder !== null && mayLive(holder)) return holder;
    await wait(30);
  }
  return holder;
}

async function readHolder(dir: string): Promise<Holder | null> {
  try {
    return JSON.parse(await readFile(join(dir, "lock.json"), "utf8")) as Holder;
  } catch {
    return null;
  }
}

function mayLive({ pid, host }: Holder): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    return (fault as { code?: string }).code === "EPERM";
  }
}
