import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { BOUNDS } from "../model/bounds.ts";

/** What lies under a name. `facts` change when the file does, as far as its file system tells. */
export type Bytes =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly facts: string }
  | { readonly kind: "too-large"; readonly size: number; readonly facts: string }
  | { readonly kind: "unreadable"; readonly why: string; readonly facts: string }
  | { readonly kind: "gone" };

/** Whoever may write into the folder must not lead us out of it by a link, nor hold us up with a pipe. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export function readBytes(path: string): Bytes {
  let file: number | null = null;
  try {
    file = openSync(path, FLAGS);
    const { size, mtimeMs, ino } = fstatSync(file);
    const facts = `${size} ${mtimeMs} ${ino}`;
    if (size > BOUNDS.nationalFileBytes) return { kind: "too-large", size, facts };
    const bytes = Buffer.allocUnsafeSlow(size);
    let done = 0;
    while (done < size) {
      const got = readSync(file, bytes, done, size - done, done);
      if (got === 0) break;
      done += got;
    }
    return { kind: "bytes", bytes: bytes.subarray(0, done), facts };
  } catch (error) {
    const code = codeOf(error);
    return code === "ENOENT" ? { kind: "gone" } : { kind: "unreadable", why: code, facts: code };
  } finally {
    if (file !== null) closeSync(file);
  }
}

export const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : String(error);
