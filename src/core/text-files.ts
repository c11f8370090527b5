import type { FileInput } from "../model/input.ts";
import { openHour } from "./hours.ts";
import { tally } from "./mine/streams.ts";
import { isRepeat } from "./packets.ts";
import { keepReject } from "./rejects.ts";
import { count, mineOf, streamOf, type World } from "./world.ts";

/** What was refused of a text file is counted and shown like what is refused of a message. */
export function readFile(world: World, input: FileInput): void {
  const mine = mineOf(world, input.mine);
  if (isRepeat(mine, input.digest)) return;
  // A mine that comes by files alone has no packet before its first refusal: begun later, the hour would forget it.
  openHour(mine.hours, world.now);
  count(mine, `files:${input.outcome}`);
  if (input.outcome === "duplicate") return;
  let bad = 0;
  for (const [reason, n] of Object.entries(input.refused)) {
    count(mine, "rejected", n);
    count(mine, `rejected:${reason}`, n);
    bad += n;
  }
  for (const { what, reason } of input.samples)
    keepReject(world, mine, `${input.system}/files`, reason, what);
  const n = Math.max(input.records, bad);
  // What was taken of it is counted with its messages.
  tally(world, streamOf(world, mine, input.system), n, bad, bad);
}
