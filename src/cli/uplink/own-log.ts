import { appendFileSync, existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { iso } from "../../wire/time.ts";

const MOST_BYTES = 5 * 2 ** 20;
const KEPT = 5;

/** A log for the mine's own people: in Chinese, beside the data, five files of 5 MiB at most. */
export function createOwnLog(dir: string, wall: () => number, echo: (line: string) => void) {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, "uplink.log");
  const name = (n: number) => (n === 0 ? path : `${path}.${n}`);
  return (words: string): void => {
    const line = `${iso(wall()).slice(0, 19).replace("T", " ")} ${words.replace(/[\r\n]+/g, " ")}`;
    echo(line);
    try {
      if (existsSync(path) && statSync(path).size > MOST_BYTES)
        for (let n = KEPT - 2; n >= 0; n--) if (existsSync(name(n))) renameSync(name(n), name(n + 1));
      appendFileSync(path, `${line}\r\n`);
    } catch {
      // A disk that is full is told of where the queue meets it; the screen has the line.
    }
  };
}
