import { existsSync } from "node:fs";
import { copyFile, mkdir, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ACCOUNTS_FILE } from "../app/account-file.ts";
import { EXIT, Refusal } from "../lib/refusal.ts";
import { type CopiedLog, copyLog } from "../log/copy-log.ts";
import { nodeDisk } from "../log/disk.ts";
import { verifyLog } from "../log/segment-log.ts";
import { copyDatabase } from "../store/sqlite.ts";
import { LOGS } from "./verify.ts";

/** Written last: a folder without it is no whole backup. */
const MANIFEST = "backup.json";
/** People, sessions, the outbox, positions; and values over time. The index is built anew from the journal. */
const DATABASES = ["state.db", "series.db"] as const;
/** Who may sign in; sessions are not: people sign in again. */
const FILES = [ACCOUNTS_FILE] as const;
const FOLDERS = ["config", "snapshots"] as const;

export interface Manifest {
  readonly version: string;
  readonly at: string;
  readonly from: string;
  readonly logs: Readonly<Record<string, CopiedLog>>;
}

type Say = (line: string) => void;

/**
 * `davylamp backup`: a data directory, gateway running or not, into a new folder. The order makes the copy one that a
 * crash could have left: whatever names a record is copied before the log that holds it.
 */
export async function backup(
  options: { data: string; to: string; json: boolean; version: string },
  say: Say,
): Promise<number> {
  const { data, to } = options;
  mustBeData(data);
  await mustBeNew(to, "--to");
  await mkdir(to, { recursive: true, mode: 0o700 });
  const tell: Say = options.json ? () => {} : say;
  for (const name of DATABASES) {
    if (!existsSync(join(data, name))) continue;
    tell(`${name} …`);
    await copyDatabase(join(data, name), join(to, name));
  }
  for (const name of FILES)
    if (existsSync(join(data, name))) await copyDurably(join(data, name), join(to, name));
  for (const name of FOLDERS) await copyFolder(join(data, name), join(to, name));
  const logs: Record<string, CopiedLog> = {};
  // Of two logs the one that names records of the other first: the journal names those of the spool.
  for (const { name, extension } of LOGS) {
    const dir = join(data, name);
    if (!existsSync(dir)) continue;
    const progress = progressOf(name, tell);
    logs[name] = await copyLog({ dir, extension, disk: nodeDisk }, join(to, name), progress);
    tell(`${name}: ${logs[name].head} records, ${mebibytes(logs[name].bytes)}`);
  }
  await mustBeWhole(to, logs);
  const manifest: Manifest = { version: options.version, at: new Date().toISOString(), from: data, logs };
  await writeFile(join(to, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  await nodeDisk.syncDir(to);
  say(
    options.json
      ? JSON.stringify(manifest)
      : `${to} is whole; bring it back with: davylamp restore --from ${to} --data DIR`,
  );
  return EXIT.well;
}

/**
 * `davylamp restore`: a backup becomes a data directory. The next start begins a new epoch, so screens and programs that
 * had seen more than the backup holds begin anew instead of waiting for numbers that come twice.
 */
export async function restore(
  options: { from: string; data: string; json: boolean },
  say: Say,
): Promise<number> {
  const { from, data } = options;
  const manifest = await manifestOf(from);
  await mustBeNew(data, "--data");
  await mustBeWhole(from, manifest.logs);
  await mkdir(data, { recursive: true, mode: 0o700 });
  try {
    for (const name of [...FOLDERS, ...LOGS.map((log) => log.name)])
      await copyFolder(join(from, name), join(data, name));
    for (const name of [...FILES, ...DATABASES])
      if (existsSync(join(from, name))) await copyDurably(join(from, name), join(data, name));
    await mustBeWhole(data, manifest.logs);
    await nodeDisk.syncDir(data);
  } catch (fault) {
    await rm(data, { recursive: true, force: true });
    throw fault;
  }
  const { journal, spool } = manifest.logs;
  say(
    options.json
      ? JSON.stringify(manifest)
      : `${data}: journal to record ${journal?.head ?? 0}, spool to record ${spool?.head ?? 0}, as of ${manifest.at}. ` +
          "What mines sent later is asked of them as backfill.",
  );
  return EXIT.well;
}

function mustBeData(data: string): void {
  if (!existsSync(join(data, "journal")))
    throw new Refusal(EXIT.usage, `${data} holds no journal; name a data directory with --data`);
}

async function mustBeNew(dir: string, option: string): Promise<void> {
  const names = await readdir(dir).catch(() => []);
  if (names.length > 0)
    throw new Refusal(EXIT.usage, `${dir} is not empty; name a new folder with ${option}`);
}

async function manifestOf(from: string): Promise<Manifest> {
  const text = await readFile(join(from, MANIFEST), "utf8").catch(() => null);
  if (text === null)
    throw new Refusal(EXIT.usage, `${from} is no whole backup: it has no ${MANIFEST}; name one with --from`);
  return JSON.parse(text) as Manifest;
}

/** How many records each log has, read to its end. A cut tail is nothing wrong with a log, but it is with a backup. */
async function mustBeWhole(dir: string, expected: Manifest["logs"]): Promise<void> {
  for (const { name, extension, chained } of LOGS) {
    const records = expected[name]?.records ?? 0;
    const found = existsSync(join(dir, name))
      ? await verifyLog({ dir: join(dir, name), extension, disk: nodeDisk, chained })
      : { ok: true as const, records: 0 };
    if (found.ok && found.records === records) continue;
    const why = found.ok
      ? `${found.records} of ${records} records can be read`
      : `${found.file} at byte ${found.offset} (record ${found.seq}): ${found.why}`;
    throw new Refusal(EXIT.faults, `${dir}: the ${name} is not whole: ${why}`);
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  if (!existsSync(from)) return;
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const name of await readdir(from)) {
    if (name.endsWith(".tmp")) continue;
    try {
      await copyDurably(join(from, name), join(to, name));
    } catch (fault) {
      // A snapshot that made room for a newer one meanwhile.
      if ((fault as NodeJS.ErrnoException).code !== "ENOENT") throw fault;
    }
  }
  await nodeDisk.syncDir(to);
}

async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  const file = await open(to, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

const EVERY = 256 * 1024 * 1024;
const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

function progressOf(name: string, tell: Say): (bytes: number) => void {
  let done = 0;
  return (bytes) => {
    if (Math.floor((done + bytes) / EVERY) > Math.floor(done / EVERY))
      tell(`${name}: ${mebibytes(done + bytes)} …`);
    done += bytes;
  };
}
