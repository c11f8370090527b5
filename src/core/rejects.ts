import { BOUNDS } from "../model/bounds.ts";
import type { PacketInput, Rejected } from "../model/input.ts";
import { count, type Mine, type World } from "./world.ts";

/** The message's place in the mine's topic tree, for people. */
export const topicOf = (input: PacketInput): string =>
  input.system === null ? input.topicKind : `${input.system}/${input.topicKind}`;

/** Counts one thing that was refused and keeps a sample of the last ones. */
export function noteReject(world: World, mine: Mine, topic: string, reason: string, what: string): void {
  count(mine, "rejected");
  count(mine, `rejected:${reason}`);
  keepReject(world, mine, topic, reason, what);
}

/** `code`: what it is counted under, where its reason is a sentence. */
export function keepReject(
  world: World,
  mine: Mine,
  topic: string,
  reason: string,
  what: string,
  code?: string,
): void {
  const sample = { at: world.now, topic, reason, what: what.slice(0, BOUNDS.rejectSampleBytes) };
  mine.rejects.push(code === undefined ? sample : { ...sample, code });
  if (mine.rejects.length > BOUNDS.rejectsPerMine) mine.rejects.shift();
}

export function noteRejects(
  world: World,
  mine: Mine,
  input: PacketInput,
  rejected: readonly Rejected[],
): void {
  for (const { what, reason } of rejected) noteReject(world, mine, topicOf(input), reason, what);
}
