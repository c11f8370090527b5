import type { Body, FileTold } from "../model/input.ts";
import type { MineCode, System } from "../model/mine.ts";
import { createDigests, isKnownDigest } from "./digests.ts";
import { openHour } from "./hours.ts";
import { tally } from "./mine/streams.ts";
import { keepReject } from "./rejects.ts";
import { count, type Mine, mineOf, streamOf, type World } from "./world.ts";

/** What was refused of a text file is counted and shown like what is refused of a message. */
export function readFile(
  world: World,
  { mine: code, system, ...file }: FileTold & { readonly mine: MineCode; readonly system: System },
): void {
  const mine = mineOf(world, code);
  // A mine that comes by files alone has no packet before its first refusal: begun later, the hour would forget it.
  openHour(mine.hours, world.now);
  countFile(world, mine, system, file);
}

/** The same told by an uplink, which reads the files where they are. */
export function readFiles(
  world: World,
  mine: Mine,
  system: System,
  { files }: Extract<Body, { kind: "files" }>,
): void {
  if (files.length > 0) count(mine, "files:told");
  for (const file of files) countFile(world, mine, system, file);
}

function countFile(world: World, mine: Mine, system: System, file: FileTold): void {
  // Beside those of packets: what tells of many files must not make the mine's last packets be forgotten.
  mine.files ??= createDigests();
  if (isKnownDigest(mine.files, file.digest)) return;
  count(mine, `files:${file.outcome}`);
  if (file.outcome === "duplicate") return;
  let bad = 0;
  for (const [reason, n] of Object.entries(file.refused)) {
    count(mine, "rejected", n);
    count(mine, `rejected:${reason}`, n);
    bad += n;
  }
  for (const { what, reason, code } of file.samples)
    keepReject(world, mine, `${system}/files`, reason, what, code);
  // What was taken of it is counted with its messages.
  if (bad > 0) tally(world, streamOf(world, mine, system), Math.max(file.records, bad), bad, bad);
}
