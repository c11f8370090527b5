import { join } from "node:path";
import { systemClock } from "../../src/lib/clock.ts";
import { nodeDisk } from "../../src/log/disk.ts";
import { openLog, type SegmentLog } from "../../src/log/segment-log.ts";
import type { Alarm, JournalEntry, Transition } from "../../src/model/alarm.ts";
import type { PacketInput } from "../../src/model/input.ts";
import type { StatSpan } from "../../src/model/series.ts";
import { decode } from "../../src/wire/decode.ts";
import { encodeInput } from "../../src/wire/input-codec.ts";
import { encodeEntry } from "../../src/wire/journal-codec.ts";

export const EPOCH = "0b0e7a52-6a4c-4a54-9f0e-1d2f3a4b5c6d";
export const MINE = "520523017311";
export const T0 = Date.UTC(2026, 10, 21);

/** The two logs of a data directory as the gateway writes them, with small segments. */
export async function openLogs(dir: string): Promise<{ spool: SegmentLog; journal: SegmentLog }> {
  const common = {
    disk: nodeDisk,
    clock: systemClock,
    epoch: EPOCH,
    segmentBytes: 64 * 1024,
    preallocate: false,
    onTrouble: () => {},
  };
  return {
    spool: await openLog({ ...common, dir: join(dir, "spool"), extension: "spl", kind: 1, chained: false }),
    journal: await openLog({
      ...common,
      dir: join(dir, "journal"),
      extension: "jnl",
      kind: 2,
      chained: true,
    }),
  };
}

export interface Reading {
  readonly p: string;
  readonly v: number | null;
  readonly t: number;
  readonly s?: number;
}

/** Puts a readings message into the spool, not synced yet; answers its seq. */
export const spoolReadings = (
  spool: SegmentLog,
  readings: readonly Reading[],
  verdicts: Uint8Array | null = null,
): number => spoolMessage(spool, "readings", { ts: readings[0]?.t ?? T0, readings }, verdicts);

/** Alike, what the mine itself says of lengths of time. */
export const spoolStats = (
  spool: SegmentLog,
  stats: readonly ({ readonly p: string } & StatSpan)[],
): number => spoolMessage(spool, "stats", { ts: T0, stats }, null);

function spoolMessage(
  spool: SegmentLog,
  topicKind: "readings" | "stats",
  message: object,
  verdicts: Uint8Array | null,
): number {
  const topic = `mine/v1/${MINE}/safety/${topicKind}`;
  const payload = new TextEncoder().encode(JSON.stringify(message));
  const input: PacketInput = {
    type: "packet",
    seq: spool.head + 1,
    now: T0,
    mine: MINE,
    system: "safety",
    topicKind,
    qos: 1,
    connection: 1,
    digest: spool.head + 1,
    body: decode(topicKind, "safety", payload),
  };
  const { type, body } = encodeInput(input, { topic, payload }, verdicts);
  return spool.append(type, body);
}

export function spoolTick(spool: SegmentLog): number {
  const { type, body } = encodeInput({ type: "tick", seq: spool.head + 1, now: T0 }, null, null);
  return spool.append(type, body);
}

export function journalEntry(journal: SegmentLog, entry: JournalEntry): number {
  const { type, body } = encodeEntry(entry);
  return journal.append(type, body);
}

export function transitionOf(
  alarm: Alarm,
  transition: Partial<Transition> = {},
): Extract<JournalEntry, { type: "transition" }> {
  return {
    type: "transition",
    t: alarm.detectedAt + alarm.n,
    transition: { from: "normal", to: alarm.state, n: alarm.n, what: "raise", ...transition },
    alarm,
    inputs: [alarm.n],
    evidence: null,
  };
}
