import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "../lib/clock.ts";
import { type Disk, writeAll } from "./disk.ts";

/** A file that only takes up room, given back when a log that must not stop finds the disk full. */
export interface Ballast {
  /** Makes the file where it is missing and there is room; in the background. */
  restore(): void;
  /** Frees the room. Answers whether there was any to free. */
  release(): Promise<boolean>;
  close(): Promise<void>;
}

const PIECE = 1024 * 1024;
/** Below this part of the disk free the ballast is not made again. */
const SPARE_PART = 0.02;
const LOOK_EVERY_MS = 10_000;

export function createBallast(options: { dir: string; disk: Disk; clock: Clock; bytes: number }): Ballast {
  const { disk, dir, clock, bytes } = options;
  const path = join(dir, "ballast");
  let there = false;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let closed = false;
  let work: Promise<unknown> = Promise.resolve();

  const make = async (): Promise<void> => {
    if (await isWhole()) return;
    const { free, total } = await disk.free(dir);
    if (free - bytes < total * SPARE_PART) return;
    await disk.unlink(path).catch(() => {});
    const file = await disk.open(path, "create");
    // Random, because a file system that compresses would give zeros no room.
    const piece = randomBytes(Math.min(PIECE, bytes));
    try {
      for (let at = 0; at < bytes && !closed; at += PIECE)
        await writeAll(file, piece.subarray(0, Math.min(PIECE, bytes - at)), at);
      await file.datasync();
      there = !closed;
    } finally {
      await file.close();
      if (!there) await disk.unlink(path).catch(() => {});
    }
  };

  const isWhole = async (): Promise<boolean> => {
    const size = await disk.stat(path).then(
      (found) => found.size,
      () => 0,
    );
    there = size >= bytes;
    return there;
  };

  return {
    restore() {
      if (bytes === 0 || there || closed || clock.mono() - lookedAt < LOOK_EVERY_MS) return;
      lookedAt = clock.mono();
      work = work.then(make).catch(() => {});
    },
    async release() {
      await work;
      if (!there) return false;
      there = false;
      lookedAt = clock.mono();
      return disk.unlink(path).then(
        () => true,
        () => false,
      );
    },
    async close() {
      closed = true;
      await work;
    },
  };
}
