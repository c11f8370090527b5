import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { liveNight } from "./story.ts";
import { timeline } from "./timeline.ts";

/*
 * `npm run night`: a red alarm at 03:12 and an officer's silent telephone, until the loop is closed and the shift
 * handed over. Each row is a record of the journal, read back from disk.
 */
const dir = await mkdtemp(join(tmpdir(), "davylamp-night-"));
try {
  const { records, config } = await liveNight(dir);
  for (const { time, seq, zh, en } of timeline(records, config))
    console.log(`${time}  #${String(seq).padEnd(3)} ${zh}\n${" ".repeat(15)}${en}`);
} finally {
  await rm(dir, { recursive: true });
}
