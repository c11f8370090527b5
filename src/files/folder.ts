import { join } from "node:path";
import type { Clock } from "../lib/clock.ts";
import type { FileTold } from "../model/input.ts";
import { HOUR, type Instant, MINUTE, SECOND } from "../model/time.ts";
import type { WatchedFolder } from "../wire/config/folders.ts";
import { codeOf, readBytes } from "./bytes.ts";
import { createLedger, type Mark } from "./ledger.ts";
import { createListing, type Listing, type Named } from "./listing.ts";
import { type Memory, readMemory, writeKnown, writeNewest } from "./memory.ts";
import { createMoving } from "./moving.ts";
import { createOrder } from "./order.ts";
import { createPatience } from "./patience.ts";
import { createReader, type FileMessage, type ReadFile } from "./reader.ts";

/** What a few files bring. They are moved away once all of it is safe. */
export interface Batch {
  readonly messages: readonly FileMessage[];
  /** What the reading of each came to. */
  readonly told: readonly FileTold[];
}

export interface FolderReport {
  readonly mine: string;
  readonly system: string;
  /** Since the start. */
  readonly taken: number;
  readonly bad: number;
  readonly duplicate: number;
  /** Records. */
  readonly refused: number;
  /** Files that lie there, and the time in the name of the oldest. */
  readonly waiting: number;
  readonly oldest: Instant | null;
  readonly trouble: string | null;
}

/** One watched folder. Nothing here waits: each call does a bounded piece of work and says what came of it. */
export interface Folder {
  /** "idle": nothing before the next look. A batch is handed out when the one before is settled. */
  turn(): Batch | "worked" | "idle";
  /** What the batch brought is on disk for good: its files are remembered and moved. */
  settled(): void;
  /** It could not be taken: everything is read again. */
  failed(): void;
  /** Something may have changed in the folder. */
  hint(): void;
  report(): FolderReport;
}

export interface FolderOptions {
  readonly watched: WatchedFolder;
  /** What is remembered of it: a folder of its own in the data directory. */
  readonly dir: string;
  readonly clock: Clock;
  readonly keep: number;
  readonly poll: number;
}

const ENTRIES_A_TURN = 5_000;
const FILES_A_BATCH = 64;
const BYTES_A_BATCH = 4 * 2 ** 20;
const MS_A_BATCH = 100;
/** A look takes no more of the time than one part in so many. */
const LOOK_SHARE = 10;
const LEAST_BETWEEN_LOOKS = 200;
/** But a new file among millions of old ones does not wait longer than that, if two parts of three are left for reading. */
const MOST_BETWEEN_LOOKS = 3 * SECOND;
const AGAIN_AFTER = 5 * SECOND;
/** A name that is none of the norm's may be an upload's own until it is done. */
const STRANGE_AFTER = 10 * MINUTE;

export function createFolder({ watched, dir, clock, keep, poll }: FolderOptions): Folder {
  const { path, dialect } = watched;
  const ledger = createLedger(dir);
  const moving = createMoving(path);
  const patience = createPatience();
  let memory = readMemory(dir);
  let batchMarks = new Set<string>();
  const reader = createReader({
    watched,
    find: (mark) => (batchMarks.has(hex(mark)) ? "before" : ledger.find(mark)),
    lies: moving.lies,
    order: createOrder(clock.mono),
    now: clock.wall,
  });
  const counts = { taken: 0, bad: 0, duplicate: 0, refused: 0 };
  let look: { readonly step: (entries: number) => Listing | null; readonly since: number } | null = null;
  let lookAt = 0;
  let looked = Number.NEGATIVE_INFINITY;
  let lookTook = 0;
  let queue: readonly Named[] = [];
  let at = 0;
  let there = { total: 0, oldest: null as Instant | null };
  let gone = 0;
  let out: readonly ReadFile[] | null = null;
  /** Files that are done with and could not be moved, and why; files that could not be read. */
  const stuck = new Map<string, { readonly file: ReadFile; readonly why: string }>();
  const unreadable = new Map<string, string>();
  let stumble: string | null = null;
  let unpruned: string | null = null;
  let pruneAt = 0;

  function turn(): Batch | "worked" | "idle" {
    if (out !== null) return "idle";
    try {
      // What came meanwhile goes before the rest of a long backlog, which the next look finds again.
      if (at < queue.length && clock.mono() < lookAt) return readSome() ?? "worked";
      return goOn();
    } catch (error) {
      stumbled(error);
      return "idle";
    }
  }

  function goOn(): "worked" | "idle" {
    const mono = clock.mono();
    if (look === null) {
      if (mono >= pruneAt) return prune(mono);
      if (mono < lookAt) return "idle";
      look = { step: createListing(path, dialect).step, since: mono };
    }
    const listing = look.step(ENTRIES_A_TURN);
    if (listing === null) return "worked";
    looked = mono;
    lookTook = mono - look.since;
    lookAt = mono + Math.max(poll, pauseAfter(lookTook));
    look = null;
    stumble = null;
    take(listing, mono);
    return queue.length > 0 ? "worked" : "idle";
  }

  function take({ queue: named, strange, total, oldest }: Listing, mono: number): void {
    there = { total: total + strange.length, oldest };
    gone = 0;
    at = 0;
    queue = [...strange.flatMap((name) => overdue(name, mono)), ...definitionsFirst(named)];
    for (const { file } of stuck.values()) move(file);
  }

  function overdue(name: string, mono: number): Named[] {
    if (patience.waited(name, "", mono).whole >= STRANGE_AFTER) return [{ name, moment: 0, defines: false }];
    patience.wait(name, "", mono);
    return [];
  }

  /** Null: nothing of what was looked at is ready. */
  function readSome(): Batch | null {
    const began = clock.mono();
    const files: ReadFile[] = [];
    let after = memory;
    let bytes = 0;
    batchMarks = new Set();
    for (let n = 0; n < FILES_A_BATCH && at < queue.length && bytes < BYTES_A_BATCH; n++) {
      if (clock.mono() - began > MS_A_BATCH) break;
      const { name } = queue[at++] as Named;
      const file = stuck.has(name) ? null : readOne(name, after);
      if (file === null) continue;
      files.push(file);
      after = file.after;
      if (file.mark !== null) batchMarks.add(hex(file.mark));
      for (const { payload } of file.messages) bytes += payload.length;
    }
    if (files.length === 0) return null;
    out = files;
    return {
      messages: files.flatMap(({ messages }) => messages),
      told: files.flatMap(({ told }) => told ?? []),
    };
  }

  function readOne(name: string, before: Memory): ReadFile | null {
    const mono = clock.mono();
    if (!patience.isDue(name, mono)) return null;
    const got = readBytes(join(path, name));
    if (got.kind === "gone") {
      forget(name);
      gone++;
      return null;
    }
    if (got.kind === "unreadable") unreadable.set(name, got.why);
    const file = reader.read(name, got, patience.waited(name, got.facts, mono), before);
    if (file === null) patience.wait(name, got.facts, mono);
    return file;
  }

  /**
   * Definitions first, because what the ledger knows is never read again; then the ledger, then which file is the
   * newest. Wherever it ends, the same files read again make the same messages, or are known to the ledger.
   */
  function settled(): void {
    const files = out ?? [];
    out = null;
    const after = files.at(-1)?.after ?? memory;
    try {
      writeKnown(dir, memory, after);
      const marks = files.flatMap(({ mark }) => mark ?? []);
      ledger.add(
        marks,
        files.reduce((n, { messages }) => n + messages.length, 0),
      );
      writeNewest(dir, memory, after);
    } catch (error) {
      stumbled(error);
      return;
    }
    memory = after;
    for (const file of files) {
      counted(file);
      move(file);
    }
  }

  function counted({ to, told, mark }: ReadFile): void {
    if (to === "bad") counts.bad++;
    else if (mark !== null) counts.taken++;
    else if (told !== null) counts.duplicate++;
    for (const n of Object.values(told?.refused ?? {})) counts.refused += n;
  }

  function move(file: ReadFile): void {
    const { name, to, why } = file;
    forget(name);
    try {
      moving.move(name, to, why, clock.wall());
      stuck.delete(name);
      gone++;
    } catch (error) {
      if (codeOf(error) === "ENOENT") {
        stuck.delete(name);
        return;
      }
      stuck.set(name, { file, why: `cannot be moved to ${to}: ${codeOf(error)}` });
    }
  }

  function forget(name: string): void {
    patience.forget(name);
    unreadable.delete(name);
  }

  function trouble(): string | null {
    const [held] = stuck;
    const [closed] = unreadable;
    const own = stumble ?? unpruned;
    if (own !== null) return `${path}: ${own}`;
    if (held !== undefined) return `${join(path, held[0])} ${held[1].why}`;
    return closed === undefined ? null : `${join(path, closed[0])} cannot be read: ${closed[1]}`;
  }

  function prune(mono: number): "worked" {
    const before = clock.wall() - keep;
    pruneAt = mono + HOUR;
    unpruned = null;
    try {
      if (moving.prune(before)) pruneAt = mono;
      else ledger.prune(before);
    } catch (error) {
      pruneAt = mono + MINUTE;
      unpruned = `what is old cannot be removed: ${codeOf(error)}`;
    }
    return "worked";
  }

  function stumbled(error: unknown): void {
    stumble = codeOf(error);
    again();
    lookAt = clock.mono() + AGAIN_AFTER;
  }

  function again(): void {
    out = null;
    look = null;
    queue = [];
    at = 0;
    lookAt = clock.mono() + LEAST_BETWEEN_LOOKS;
  }

  return {
    turn,
    settled,
    failed: again,
    hint() {
      const soon = looked + Math.max(LEAST_BETWEEN_LOOKS, pauseAfter(lookTook));
      if (stumble === null) lookAt = Math.min(lookAt, soon);
    },
    report: () => {
      const waiting = Math.max(0, there.total - gone);
      const { mine, system } = watched;
      return {
        mine,
        system,
        ...counts,
        waiting,
        oldest: waiting === 0 ? null : there.oldest,
        trouble: trouble(),
      };
    },
  };
}

const pauseAfter = (took: number): number =>
  Math.min(LOOK_SHARE * took, Math.max(MOST_BETWEEN_LOOKS, 2 * took));

const hex = ({ content }: Mark): string => content.toString("hex");

/** Within what goes in one batch, so that data finds the points it speaks of. */
function definitionsFirst(files: readonly Named[]): Named[] {
  const ordered: Named[] = [];
  for (let from = 0; from < files.length; from += FILES_A_BATCH) {
    const batch = files.slice(from, from + FILES_A_BATCH);
    for (const file of batch) if (file.defines) ordered.push(file);
    for (const file of batch) if (!file.defines) ordered.push(file);
  }
  return ordered;
}
