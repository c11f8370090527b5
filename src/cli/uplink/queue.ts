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
  /** Writes down how far it got; drops what is sent, and beyond `mostBytes` the oldest; answers how many were lost. */
  tidy(mostBytes: number): Promise<number>;
  /** Lets go whoever waits in `more`. */
  wake(): void;
  close(): Promise<void>;
}

const TYPE = 1;
const SEGMENT_BYTES = 8 * 2 ** 20;
/**
 * So many acknowledgements may be known to memory alone: what a kill makes go out again stays within the 1,024 messages
 * of a mine that the core recognises.
 */
const UNSAVED = 256;

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
  let sent = Math.min(await readPlace(place), log.head);
  let saved = sent;
  /** Acknowledged out of turn. */
  const ahead = new Set<number>();
  let wakes: (() => void)[] = [];

  let saving = Promise.resolve();

  function save(): Promise<void> {
    const turn = saving.then(async () => {
      if (sent === saved) return;
      const now = sent;
      // Synced: a computer that loses its power sends little again, not all that is kept.
      await replaceFile(place, JSON.stringify({ sent: now }));
      saved = now;
    });
    saving = turn.catch(() => {});
    return turn;
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
