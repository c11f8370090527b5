import { join } from "node:path";
import { EXIT, Refusal } from "../../lib/refusal.ts";
import { type Disk, nodeDisk, readUpTo } from "../../log/disk.ts";
import { type LogFiles, listSegments, withFile } from "../../log/segment-files.ts";
import { CorruptLog, readLog } from "../../log/segment-log.ts";
import { createSnapshots } from "../../log/snapshot.ts";
import { decodeSnapshot, type SnapshotHeader } from "../../log/snapshot-file.ts";
import type { Input } from "../../model/input.ts";
import type { Instant } from "../../model/time.ts";
import { decodeInput } from "../../wire/input-codec.ts";
import { createConfigStore } from "../config-store.ts";
import { ENGINE_VERSION } from "../world.ts";

/** What a gateway took in, from a moment at or before the one asked for. */
export interface Tape {
  /** What the engine knew before the first input; null: the tape begins with the first input of all. */
  readonly before: SnapshotHeader | null;
  /** The world of that moment; every call makes another one. */
  image(): unknown;
  /** In order, each with the `now` it was judged at; ends with the last one at or before the moment asked for. */
  inputs(): AsyncGenerator<readonly Input[]>;
}

/**
 * Reads the spool of a data directory that a gateway may be running on: nothing is locked, nothing is written.
 * It begins at the newest snapshot not after `from`, or with the spool's very first record.
 */
export async function openTape(data: string, from: Instant | null, to: Instant | null): Promise<Tape> {
  const disk = readOnly(nodeDisk);
  const files: LogFiles = { dir: join(data, "spool"), extension: "spl", disk };
  const segments = await listSegments(files).catch(refuseCorrupt);
  const first = segments[0]?.header.first;
  if (first === undefined)
    throw new Refusal(EXIT.usage, `${data} holds no spool; name a data directory with --data`);
  const start = await beginning(data, disk, first, from);
  const config = await createConfigStore(join(data, "config"), disk).load();
  return {
    before: start?.header ?? null,
    image: () => (start === null ? null : whole(start.bytes).image),
    async *inputs() {
      let next = start === null ? first : start.header.spoolSeq + 1;
      try {
        for await (const records of readLog(files, next)) {
          if (records[0]?.seq !== next) throw gone(next, records[0]?.seq);
          next += records.length;
          const inputs: Input[] = [];
          for (const record of records) {
            const decoded = decodeInput(record, config);
            if (!decoded.ok) throw new Refusal(EXIT.faults, decoded.why);
            if (to !== null && decoded.input.now > to) {
              yield inputs;
              return;
            }
            inputs.push(decoded.input);
          }
          yield inputs;
        }
      } catch (error) {
        refuseCorrupt(error);
      }
    },
  };
}

const gone = (from: number, to: number | undefined): Refusal =>
  new Refusal(
    EXIT.faults,
    `the spool records ${from} to ${(to ?? from) - 1} went while they were read: retention dropped them`,
  );

interface Beginning {
  readonly header: SnapshotHeader;
  readonly bytes: Buffer;
}

/** Null: from the first input of all. */
async function beginning(
  data: string,
  disk: Disk,
  first: number,
  from: Instant | null,
): Promise<Beginning | null> {
  const dir = join(data, "snapshots");
  const all = await createSnapshots({ dir, disk, engineVersion: ENGINE_VERSION }).list();
  const followed = all.filter(({ spoolSeq }) => spoolSeq + 1 >= first);
  const early = followed.filter(({ now }) => from !== null && now <= from).reverse();
  const candidates = first === 1 ? early : [...early, ...followed.filter((name) => !early.includes(name))];
  for (const { path } of candidates) {
    const bytes = await withFile(disk, path, async (file) => readUpTo(file, 0, await file.size()));
    if (bytes === null) continue;
    const snapshot = decodeSnapshot(bytes, ENGINE_VERSION);
    if (!("why" in snapshot)) return { header: snapshot.header, bytes };
  }
  if (first === 1) return null;
  throw new Refusal(
    EXIT.faults,
    `the spool begins with record ${first} and no whole snapshot of this version stands before it`,
  );
}

function whole(bytes: Buffer) {
  const snapshot = decodeSnapshot(bytes, ENGINE_VERSION);
  if ("why" in snapshot)
    throw new Error(`must hold: a snapshot that was whole stays whole (${snapshot.why})`);
  return snapshot;
}

/** A disk on which a mistake of ours can change nothing: the gateway that owns it may be running. */
export function readOnly(disk: Disk): Disk {
  const never = async (): Promise<never> => {
    throw new Error("must hold: a replay writes nothing");
  };
  return {
    open: (path, how) => (how === "read" ? disk.open(path, how) : never()),
    readdir: disk.readdir,
    stat: disk.stat,
    free: disk.free,
    mkdir: never,
    rename: never,
    unlink: never,
    syncDir: never,
    chmod: never,
  };
}

function refuseCorrupt(error: unknown): never {
  if (error instanceof CorruptLog) throw new Refusal(EXIT.faults, `the spool is corrupt: ${error.message}`);
  throw error;
}
