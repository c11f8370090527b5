import { chmod, type FileHandle, mkdir, open, readdir, rename, stat, statfs, unlink } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** Everything the logs do to a disk. It is small so that a test can fail, delay or forget any call. */
export interface Disk {
  /** `read`: an existing file, to read; `append`: an existing file, to change; `create`: a new one, it must not exist. */
  open(path: string, how: "read" | "append" | "create"): Promise<DiskFile>;
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

export const nodeDisk: Disk = {
  open: async (path, how) =>
    diskFile(await open(path, how === "read" ? "r" : how === "append" ? "r+" : "wx+")),
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
