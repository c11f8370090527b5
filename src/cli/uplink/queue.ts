import { randomUUID } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { platform } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../lib/clock.ts";
import { replaceFile } from "../../lib/replace-file.ts";
import { type Disk, nodeDisk } from "../../log/disk.ts";
import { type LogTrouble, openLog } from "../../log/segment-log.ts";
import type { TopicKind } from "../../model/input.ts";

/** A message that waits for the line, as it was made of a file. */
export interface Queued {
  readonly seq: number;
  readonly system: string;
  readonly kind: TopicKind;
  /** When it came into the queue. */
  readonly at: number;
  readonly payload: Buffer;
}

/** Messages on disk between the mine's files and the county's gateway. */
export interface Queue {
  /** Resolves when they are on disk for good. */
  put(messages: readonly Omit<Queued, "seq" | "at">[]): Promise<void>;
  /** From behind the last that was acknowledged; ends when there is no more for now. */
  read(from: number): AsyncGenerator<Queued>;
  /** Resolves when something was put after `seq`. */
  more(seq: number): Promise<void>;
  /** The last one before which all are acknowledged. */
  readonly sent: number;
  readonly waiting: number;
  acknowledged(seq: number): void;
  /** What must be over before `seq` may go out, so that no more than 512 before it are sent and not noted; null = nothing. */
  room(seq: number): Promise<void> | null;
  /** Writes down how far it got; drops what is sent, and beyond `mostBytes` the oldest; answers how many were lost. */
  tidy(mostBytes: number): Promise<number>;
  /** Lets go whoever waits in `more`. */
  wake(): void;
  close(): Promise<void>;
}

const TYPE = 1;
const SEGMENT_BYTES = 8 * 2 ** 20;
/** So many acknowledgements known to memory alone, and how far it got is written down. */
const UNSAVED = 256;
/**
 * No message goes out that is so far beyond what was written down, however slow the disk is: what a kill makes go out
 * again stays within the 1,024 messages of a mine that the core recognises, with room for what else the mine sends.
 */
const MOST_UNSAVED = 512;

/** Windows keeps names without being asked, and lets no folder be opened for it. */
const disk: Disk =
  platform() === "win32"
    ? {
        ...nodeDisk,
        syncDir: async () => {},
        mkdir: async (path) => void (await mkdir(path, { recursive: true })),
      }
    : nodeDisk;

export async function openQueue(
  dir: string,
  clock: Clock,
  onTrouble: (code: LogTrouble, detail: string) => void,
  note: typeof replaceFile = replaceFile,
): Promise<Queue> {
  await mkdir(dir, { recursive: true });
  const log = await openLog({
    dir: join(dir, "queue"),
    kind: 5,
    extension: "upl",
    chained: false,
    epoch: randomUUID(),
    segmentBytes: SEGMENT_BYTES,
    preallocate: false,
    disk,
    clock,
    onTrouble,
  });
  const place = join(dir, "sent.json");
  // What is not there any more was sent or lost: a place that cannot be read must not wait for it.
  let sent = Math.max(Math.min(await readPlace(place), log.head), log.first - 1);
  let saved = sent;
  /** Acknowledged out of turn. */
  const ahead = new Set<number>();
  let wakes: (() => void)[] = [];

  let saving = Promise.resolve();
  /** A disk that does not take it any more is no reason to keep from the gateway what can still be sent. */
  let unwritable = false;

  function save(): Promise<void> {
    const turn = saving.then(saveNow);
    saving = turn.catch(() => {});
    return turn;
  }

  async function saveNow(): Promise<void> {
    if (sent === saved) return;
    const now = sent;
    try {
      // Synced: a computer that loses its power sends little again, not all that is kept.
      await note(place, JSON.stringify({ sent: now }));
    } catch (error) {
      unwritable = true;
      throw error;
    }
    unwritable = false;
    saved = now;
  }

  let asked = false;
  function saveSoon(): void {
    if (asked || sent - saved < UNSAVED) return;
    asked = true;
    // What the disk says then, `tidy` meets and tells of.
    const over = () => {
      asked = false;
    };
    save().then(over, over);
  }

  function wake(): void {
    const waiting = wakes;
    wakes = [];
    for (const resolve of waiting) resolve();
  }

  return {
    async put(messages) {
      for (const { system, kind, payload } of messages) {
        const head = Buffer.from(`${JSON.stringify({ system, kind, at: clock.wall() })}\n`);
        log.append(TYPE, [head, payload]);
      }
      await log.sync();
      wake();
    },
    async *read(from) {
      for await (const records of log.read(from)) {
        for (const { seq, body } of records) yield { seq, ...parsed(body) };
      }
    },
    more: (seq) =>
      log.synced > seq ? Promise.resolve() : new Promise((resolve) => void wakes.push(resolve)),
    get sent() {
      return sent;
    },
    get waiting() {
      return log.synced - sent;
    },
    acknowledged(seq) {
      if (seq <= sent) return;
      ahead.add(seq);
      while (ahead.delete(sent + 1)) sent++;
      saveSoon();
    },
    room(seq) {
      if (unwritable || sent === saved || seq - saved <= MOST_UNSAVED) return null;
      return save().catch(() => {});
    },
    async tidy(mostBytes) {
      await save();
      const { dropped } = await log.retain({ keepFrom: saved + 1, olderThanMs: 0, maxBytes: mostBytes });
      const last = dropped.at(-1)?.to ?? 0;
      const lost = Math.max(0, last - sent);
      for (; sent < last; sent++) ahead.delete(sent + 1);
      return lost;
    },
    wake,
    async close() {
      await saving;
      await log.close();
    },
  };
}

async function readPlace(path: string): Promise<number> {
  try {
    const { sent } = JSON.parse(await readFile(path, "utf8")) as { sent: unknown };
    return Number.isSafeInteger(sent) ? (sent as number) : 0;
  } catch {
    return 0;
  }
}

function parsed(body: Buffer): Omit<Queued, "seq"> {
  const end = body.indexOf(0x0a);
  const { system, kind, at } = JSON.parse(body.toString("utf8", 0, end)) as Omit<Queued, "seq" | "payload">;
  return { system, kind, at, payload: body.subarray(end + 1) };
}
