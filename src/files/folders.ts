import { createHash } from "node:crypto";
import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../lib/clock.ts";
import type { WatchedFolder } from "../wire/config/folders.ts";
import type { Watch } from "./calls.ts";
import { type Batch, createFolder, type Folder, type FolderReport } from "./folder.ts";

interface Kept {
  readonly watched: WatchedFolder;
  /** As configured: another text is another folder. */
  readonly text: string;
  readonly folder: Folder;
  readonly watcher: FSWatcher | null;
  out: boolean;
}

/** A batch on its way, and what to say of it. */
export interface Out {
  readonly watched: WatchedFolder;
  readonly batch: Batch;
  done(ok: boolean): void;
}

/** All folders, each in its turn. */
export interface Folders {
  /** Takes up what is new, and leaves what is gone once its last batch is settled. */
  watch(wanted: Watch): void;
  /**
   * A round through all of them, each batch to `take`, until that is full: the next round goes on there. Answers
   * whether anything was done.
   */
  round(take: (out: Out) => void, full: () => boolean, rest: () => Promise<void>): Promise<boolean>;
  reports(): FolderReport[];
  close(): void;
}

/** `changed` is called when the system tells of a change; it may not, and then the next look finds it. */
export function createFolders(dir: string, clock: Clock, changed: () => void): Folders {
  const kept = new Map<string, Kept>();
  let wanted: Watch = { folders: [], keep: 0, poll: 0 };
  let from = 0;

  function follow(): void {
    const texts = new Map(wanted.folders.map((watched) => [keyOf(watched), textOf(watched, wanted)]));
    for (const [key, one] of kept) {
      if (texts.get(key) === one.text || one.out) continue;
      one.watcher?.close();
      kept.delete(key);
    }
    for (const watched of wanted.folders) {
      const key = keyOf(watched);
      if (!kept.has(key)) kept.set(key, open(watched));
    }
  }

  function open(watched: WatchedFolder): Kept {
    const { keep, poll } = wanted;
    const folder = createFolder({ watched, dir: join(dir, keyOf(watched)), clock, keep, poll });
    const hint = () => {
      folder.hint();
      changed();
    };
    return {
      watched,
      text: textOf(watched, wanted),
      folder,
      watcher: watcherOf(watched.path, hint),
      out: false,
    };
  }

  function settle(one: Kept, ok: boolean): void {
    one.out = false;
    if (ok) one.folder.settled();
    else one.folder.failed();
    follow();
  }

  return {
    watch(next) {
      wanted = next;
      follow();
    },
    async round(take, full, rest) {
      let worked = false;
      const all = [...kept.values()];
      for (let n = 0; n < all.length && !full(); n++) {
        const one = all[from % all.length] as Kept;
        from = (from + 1) % all.length;
        if (one.out || kept.get(keyOf(one.watched)) !== one) continue;
        const turn = one.folder.turn();
        if (turn === "idle") continue;
        worked = true;
        if (turn !== "worked") {
          one.out = true;
          take({ watched: one.watched, batch: turn, done: (ok) => settle(one, ok) });
        }
        await rest();
      }
      return worked;
    },
    reports: () => [...kept.values()].map(({ folder }) => folder.report()),
    close() {
      for (const { watcher } of kept.values()) watcher?.close();
      kept.clear();
    },
  };
}

/** The same folder is remembered wherever its mine's files lie, unless they lie elsewhere than before. */
const keyOf = ({ mine, system }: WatchedFolder): string => join(mine, system);

const textOf = ({ place: _, ...watched }: WatchedFolder, { keep, poll }: Watch): string =>
  createHash("sha256").update(JSON.stringify({ watched, keep, poll })).digest("hex");

function watcherOf(path: string, hint: () => void): FSWatcher | null {
  try {
    const watcher = watch(path, { persistent: false }, hint);
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}
