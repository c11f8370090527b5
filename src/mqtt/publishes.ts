import type { Millis } from "../model/time.ts";
import { PACKET } from "./packet-grammar.ts";

/**
 * Takes one checked PUBLISH: its packet lies from `at` to `end`, its topic's length stands at `body`; it was read at
 * `heard`. False = the connection is closed, what stands behind it is not read.
 */
export type TakePublish = (bytes: Buffer, at: number, body: number, end: number, heard: Millis) => boolean;

export interface Divided {
  readonly messages: number;
  /** All other packets, for the broker; null = there were none. */
  readonly others: Buffer | null;
}

/**
 * Divides a run of checked packets: messages go to the house, in order, and all the rest to the broker. Nothing
 * the broker answers depends on a message, but for DISCONNECT, which is the last of its run.
 */
export function divide(run: Buffer, heard: Millis, take: TakePublish): Divided {
  let messages = 0;
  let others: Buffer | null = null;
  let from = -1;
  for (let at = 0; at < run.length; ) {
    const first = run[at] as number;
    let size = 0;
    let shift = 0;
    let body = at + 1;
    let byte = 0;
    do {
      byte = run[body++] as number;
      size |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte >= 0x80);
    const end = body + size;
    if (first >> 4 !== PACKET.publish) {
      if (from < 0) from = at;
    } else {
      if (from >= 0) others = joined(others, run.subarray(from, at));
      from = -1;
      messages++;
      if (!take(run, at, body, end, heard)) return { messages, others };
    }
    at = end;
  }
  if (from >= 0) others = joined(others, run.subarray(from));
  return { messages, others };
}

const joined = (before: Buffer | null, more: Buffer): Buffer =>
  before === null ? more : Buffer.concat([before, more]);

/** What a PUBACK names; 0 for QoS 0. */
export function packetId(bytes: Buffer, at: number, body: number): number {
  if (((bytes[at] as number) & 6) === 0) return 0;
  const idAt = body + 2 + (((bytes[body] as number) << 8) | (bytes[body + 1] as number));
  return ((bytes[idAt] as number) << 8) | (bytes[idAt + 1] as number);
}
