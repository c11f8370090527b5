import { appendFile, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** A line that InfluxDB does not take, and why, as one line of JSON that a person can read. */
export interface RefusedLine {
  readonly at: string;
  readonly status: number;
  readonly reason: string;
  readonly line: string;
}

export interface RefusedFile {
  /** Resolves when it is on disk: only then may the cursor pass the line. */
  put(lines: readonly RefusedLine[]): Promise<void>;
}

const FILE_BYTES = 16 * 1024 * 1024;
const MOST_FILES = 16;
const NAME = /^refused-(\d{6})\.jsonl$/;

/** Files of 16 MiB, the newest sixteen of them. */
export function createRefusedFile(dir: string, fileBytes = FILE_BYTES): RefusedFile {
  return {
    async put(lines) {
      await mkdir(dir, { recursive: true });
      const path = await current();
      await appendFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
      const file = await open(path, "r+");
      try {
        await file.datasync();
      } finally {
        await file.close();
      }
    },
  };

  async function current(): Promise<string> {
    const numbers = (await readdir(dir)).flatMap((name) => NAME.exec(name)?.[1] ?? []).sort();
    const last = Number(numbers.at(-1) ?? 0);
    const path = pathOf(Math.max(1, last));
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    );
    if (size < fileBytes) return path;
    for (const old of numbers.slice(0, Math.max(0, numbers.length + 1 - MOST_FILES)))
      await rm(pathOf(Number(old)), { force: true });
    return pathOf(last + 1);
  }

  function pathOf(number: number): string {
    return join(dir, `refused-${String(number).padStart(6, "0")}.jsonl`);
  }
}
