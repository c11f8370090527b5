import { constants } from "node:fs";
import { chmod, type FileHandle, mkdir, open, readdir, rename, stat, statfs, unlink } from "node:fs/promises";
import { platform } from "node:os";
import { dirname, resolve } from "node:path";

/** Everything the logs do to a disk. It is small so that a test can fail, delay or forget any call. */
export interface Disk {
  /**
   * `read`: an existing file, to read; `append`: an existing file, to change; `create`: a new one, it must not exist;
   * `through`: an existing file, of which every write is on disk for good when it resolves. Not every machine has that.
   */
  open(path: string, how: "read" | "append" | "create" | "through"): Promise<DiskFile>;
  readdir(path: string): Promise<string[]>;
  /** Makes the folder and those above it, for good; one that exists is well. */
  mkdir(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Names made, moved or removed in a folder survive a power loss only after this. */
  syncDir(path: string): Promise<void>;
  stat(path: string): Promise<{ size: number; mode: number }>;
  chmod(path: string, mode: number): Promise<void>;
  /** Bytes free and in all on the file system that holds `path`. */
  free(path: string): Promise<{ free: number; total: number }>;
}

export interface DiskFile {
  /** Answers how many bytes were taken: fewer than `length` is no error, so the caller loops. */
  write(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number>;
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number>;
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

const FLAGS = {
  read: "r",
  append: "r+",
  create: "wx+",
  through: constants.O_RDWR | (constants.O_DSYNC ?? 0),
} as const;

export const nodeDisk: Disk = {
  async open(path, how) {
    // Elsewhere the flag says less than a sync does.
    if (how === "through" && platform() !== "linux") throw new Error("only Linux writes through");
    return diskFile(await open(path, FLAGS[how]));
  },
  readdir: (path) => readdir(path),
  async mkdir(path) {
    const firstMade = await mkdir(path, { recursive: true });
    if (firstMade === undefined) return;
    const top = resolve(firstMade);
    for (let made = resolve(path); made.length >= top.length; made = dirname(made))
      await syncFolder(dirname(made));
  },
  rename,
  unlink,
  syncDir: syncFolder,
  async stat(path) {
    const { size, mode } = await stat(path);
    return { size, mode };
  },
  chmod,
  async free(path) {
    const { bavail, blocks, bsize } = await statfs(path);
    return { free: bavail * bsize, total: blocks * bsize };
  },
};

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const diskFile = (handle: FileHandle): DiskFile => ({
  write: async (buffer, offset, length, position) =>
    (await handle.write(buffer, offset, length, position)).bytesWritten,
  read: async (buffer, offset, length, position) =>
    (await handle.read(buffer, offset, length, position)).bytesRead,
  datasync: () => handle.datasync(),
  truncate: (length) => handle.truncate(length),
  size: async () => (await handle.stat()).size,
  close: () => handle.close(),
});

/** A disk that takes not one byte more, although it names no error. */
class NoProgress extends Error {
  readonly code = "ENOSPC";
}

/** Writes all of it: near a full disk `write` takes a part and says nothing (it says ENOSPC on the next call). */
export async function writeAll(file: DiskFile, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const taken = await file.write(bytes, done, bytes.length - done, position + done);
    if (taken <= 0) throw new NoProgress("the disk took no byte of a write");
    done += taken;
  }
}

/** What was taken of a write is on disk for good, and the rest is not. */
class PartTaken extends Error {
  readonly code = "EIO";
}

/**
 * Writes all of it through, in one piece: recovery knows a torn write by the zeros it leaves at the edges of sectors, and
 * one that went on from the middle of a sector has none there. A disk that takes a part has failed.
 */
export async function writeThrough(file: DiskFile, bytes: Uint8Array, position: number): Promise<void> {
  const taken = await file.write(bytes, 0, bytes.length, position);
  if (taken <= 0) throw new NoProgress("the disk took no byte of a write");
  if (taken < bytes.length) throw new PartTaken(`the disk took ${taken} of ${bytes.length} bytes of a write`);
}

/** Reads up to `length` bytes; fewer only at the end of the file. The buffer is new each time: views of it may be kept. */
export async function readUpTo(file: DiskFile, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let done = 0;
  while (done < length) {
    const got = await file.read(bytes, done, length - done, position + done);
    if (got === 0) break;
    done += got;
  }
  return bytes.subarray(0, done);
}

export const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "";

/** No room, or a file system that went read-only: the same bytes may be tried again in the same place. */
export const isFull = (error: unknown): boolean => ["ENOSPC", "EDQUOT", "EROFS"].includes(codeOf(error));
