import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../lib/clock.ts";
import type { Alarm } from "../model/alarm.ts";
import { levelRank } from "../model/rule.ts";
import type { Board } from "./board.ts";
import { textFrame } from "./frame.ts";

export interface Snapshot {
  /** The journal position it shows; events go on after it. */
  readonly at: number;
  readonly frames: readonly Buffer[];
}

/** Contract §5: chunks ≤ 64 KiB, the words around the alarms included. */
const CHUNK_BYTES = 64 * 1024 - 256;
/** Worded at a time before other work has its turn. */
const SLICE = 256;
/** Screens that come back together are given the same snapshot. */
const SHARED_MS = 1_000;
const MOST_SHARED = 8;

/** The open alarms as frames; one value for all who ask the same within a second. */
export function createSnapshots(
  board: Pick<Board, "head" | "open">,
  clock: Clock,
  json: (alarm: Alarm) => object,
) {
  let shared = new Map<string, { until: number; snapshot: Promise<Snapshot> }>();

  return {
    /** `key` names what `wants` lets through. */
    take(key: string, wants: (alarm: Alarm) => boolean): Promise<Snapshot> {
      const now = clock.mono();
      const known = shared.get(key);
      if (known !== undefined && now < known.until) return known.snapshot;
      shared = new Map([...shared].filter(([, { until }]) => now < until).slice(-MOST_SHARED));
      const alarms = board.open().filter(wants);
      const snapshot = worded(alarms, board.head(), json);
      shared.set(key, { until: now + SHARED_MS, snapshot });
      return snapshot;
    },
  };
}

async function worded(alarms: Alarm[], at: number, json: (alarm: Alarm) => object): Promise<Snapshot> {
  alarms.sort((a, b) => levelRank(b.level) - levelRank(a.level) || b.raisedAt - a.raisedAt);
  const parts: string[][] = [[]];
  let bytes = 0;
  for (const [i, alarm] of alarms.entries()) {
    if (i % SLICE === SLICE - 1) await nextTurn();
    const text = JSON.stringify(json(alarm));
    const size = Buffer.byteLength(text) + 1;
    if (bytes > 0 && bytes + size > CHUNK_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    (parts.at(-1) as string[]).push(text);
    bytes += size;
  }
  const frames = parts.map((part, i) =>
    textFrame(
      `{"type":"snapshot","at":${at},"part":${i + 1},"parts":${parts.length},"alarms":[${part.join(",")}]}`,
    ),
  );
  return { at, frames };
}
