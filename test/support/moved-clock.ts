import { closeSync, openSync, writeSync } from "node:fs";
import { resolve } from "node:path";

/** A clock for several processes at once, which a test moves on: an hour of a mine passes in seconds. */
export function createMovedClock(path: string) {
  const file = openSync(path, "w");
  const ahead = new Float64Array(1);
  const write = () => void writeSync(file, new Uint8Array(ahead.buffer), 0, 8, 0);
  write();
  return {
    /** For a process that is to live by it; its threads do too. */
    env: {
      MOVED_CLOCK: path,
      NODE_OPTIONS: `--import ${resolve("test/support/moved-clock.mjs")}`,
    },
    now: () => Date.now() + (ahead[0] as number),
    /** Never back. */
    until(moment: number): void {
      ahead[0] = Math.max(ahead[0] as number, moment - Date.now());
      write();
    },
    close: () => closeSync(file),
  };
}
