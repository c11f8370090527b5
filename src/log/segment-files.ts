import { join } from "node:path";
import { codeOf, type Disk, readUpTo } from "./disk.ts";
import { decodeHeader, HEADER_BYTES, type SegmentHeader } from "./frame.ts";

/** Synced bytes of a log are not what was written. Never repaired in silence: a person decides. */
export class CorruptLog extends Error {
  readonly file: string;
  readonly offset: number;
  readonly why: string;

  constructor(file: string, offset: number, why: string) {
    super(`${file} is corrupt at byte ${offset}: ${why}`);
    this.name = "CorruptLog";
    this.file = file;
    this.offset = offset;
    this.why = why;
  }
}

/** Where the segments of one log are. */
export interface LogFiles {
  readonly dir: string;
  readonly extension: string;
  readonly disk: Disk;
}

export interface SegmentFile {
  readonly path: string;
  readonly header: SegmentHeader;
}

export const segmentPath = ({ dir, extension }: LogFiles, first: number): string =>
  join(dir, `${String(first).padStart(20, "0")}.${extension}`);

/** A segment in the making has another name, so whatever has a segment's name was complete once. */
export const unfinishedPath = ({ dir, extension }: LogFiles, what: string): string =>
  join(dir, `${what}.${extension}.new`);

/** The closed ones are read-only: that they end where they should was synced before the mode was changed. */
export const CLOSED_MODE = 0o400;
export const isClosedMode = (mode: number): boolean => (mode & 0o222) === 0;

/** All segments in order, their headers read and their chain of first seqs checked. */
export async function listSegments(files: LogFiles): Promise<SegmentFile[]> {
  const found: SegmentFile[] = [];
  for (const first of await segmentNumbers(files)) {
    const path = segmentPath(files, first);
    const header = await readHeader(files.disk, path);
    if (header === null) continue;
    const before = found.at(-1)?.header;
    if (header.first !== first)
      throw new CorruptLog(path, 12, `the header says first record ${header.first}`);
    if (before !== undefined && header.previousFirst !== before.first)
      throw new CorruptLog(
        path,
        18,
        `the segment that begins with record ${header.previousFirst} is missing`,
      );
    found.push({ path, header });
  }
  return found;
}

async function segmentNumbers({ dir, extension, disk }: LogFiles): Promise<number[]> {
  const pattern = new RegExp(`^(\\d{20})\\.${extension}$`);
  return (await namesIn(disk, dir))
    .flatMap((name) => pattern.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

export async function namesIn(disk: Disk, dir: string): Promise<string[]> {
  try {
    return await disk.readdir(dir);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

/** null when the segment was dropped by retention since it was listed. */
async function readHeader(disk: Disk, path: string): Promise<SegmentHeader | null> {
  const bytes = await withFile(disk, path, (file) => readUpTo(file, 0, HEADER_BYTES));
  if (bytes === null) return null;
  const header = decodeHeader(bytes);
  if ("why" in header) throw new CorruptLog(path, 0, header.why);
  return header;
}

/** Opens a file to read, closes it afterwards; null when there is no such file. */
export async function withFile<T>(
  disk: Disk,
  path: string,
  use: (file: Awaited<ReturnType<Disk["open"]>>) => Promise<T>,
): Promise<T | null> {
  const file = await openOrNull(disk, path);
  if (file === null) return null;
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

export async function openOrNull(disk: Disk, path: string) {
  try {
    return await disk.open(path, "read");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}
