import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { createEngine, type Engine } from "../core/engine.ts";
import { type Recovered, recover } from "../core/recover.ts";
import type { Clock } from "../lib/clock.ts";
import { EXIT, Refusal } from "../lib/refusal.ts";
import type { Disk } from "../log/disk.ts";
import { CorruptLog, type LogRecord, type LogTrouble, openLog, type SegmentLog } from "../log/segment-log.ts";
import { createSnapshots, type Snapshots } from "../log/snapshot.ts";
import type { EffectiveConfig } from "../model/config.ts";
import type { Input } from "../model/input.ts";
import { evaluator } from "../wire/config/expression.ts";
import { decodeInput } from "../wire/input-codec.ts";
import { decodeEntry, encodeEntry } from "../wire/journal-codec.ts";
import { type ConfigStore, createConfigStore } from "./config-store.ts";
import { alarmHash } from "./hash.ts";

/** Written into every snapshot: another number means the world is laid out otherwise, so the spool is replayed. */
export const ENGINE_VERSION = "11";
const BALLAST_BYTES = 256 * 1024 * 1024;

export type LogName = "spool" | "journal" | "quarantine";

export interface World {
  readonly engine: Engine;
  readonly spool: SegmentLog;
  readonly journal: SegmentLog;
  readonly quarantine: SegmentLog;
  readonly snapshots: Snapshots;
  readonly configs: ConfigStore;
  /** Names this line of the journal: another one after a restore. */
  readonly epoch: string;
  readonly recovered: Recovered;
}

/**
 * Opens the logs and brings the engine to where the spool ends: the newest valid snapshot, then every record
 * after it. What the journal lacks is appended and synced before anything else happens.
 */
export async function openWorld(options: {
  readonly data: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly onTrouble: (log: LogName, code: LogTrouble, detail: string) => void;
}): Promise<World> {
  const { data, disk } = options;
  for (const name of ["config", "snapshots"]) await disk.mkdir(join(data, name));
  const epoch = await readEpoch(disk, data);
  const open = (name: LogName, extension: "spl" | "jnl" | "qtn", kind: number) =>
    openLog({
      dir: join(data, name),
      kind,
      extension,
      disk,
      clock: options.clock,
      epoch,
      chained: name === "journal",
      ...(name === "journal" ? { ballastBytes: BALLAST_BYTES } : {}),
      onTrouble: (code: LogTrouble, detail: string) => options.onTrouble(name, code, detail),
    }).catch((error: unknown) => refuseCorrupt(name, error));
  const spool = await open("spool", "spl", 1);
  const journal = await open("journal", "jnl", 2);
  const quarantine = await open("quarantine", "qtn", 3);
  const configs = createConfigStore(join(data, "config"), disk);
  const snapshots = createSnapshots({ dir: join(data, "snapshots"), disk, engineVersion: ENGINE_VERSION });
  const engine = createEngine({ hash: alarmHash, compile: evaluator });
  const recovered = await replay({ engine, spool, journal, snapshots, configs });
  return { engine, spool, journal, quarantine, snapshots, configs, epoch, recovered };
}

async function replay(
  world: Pick<World, "engine" | "spool" | "journal" | "snapshots" | "configs">,
): Promise<Recovered> {
  const { engine, spool, journal } = world;
  const snapshot = await world.snapshots.newest();
  // A snapshot is only written once both logs are synced to it; one beyond a log's end is not of this log.
  const usable =
    snapshot !== null && snapshot.header.spoolSeq <= spool.head && snapshot.header.journalSeq <= journal.head;
  if (usable) engine.restore(snapshot.image);
  const from = usable ? snapshot.header : { spoolSeq: 0, journalSeq: 0 };
  const config = await world.configs.load();
  const recovered = await recover(
    engine,
    inputs(spool.read(from.spoolSeq + 1), config),
    records(journal.read(from.journalSeq + 1)),
  );
  for (const entry of recovered.missing) {
    const { type, body } = encodeEntry(entry);
    journal.append(type, body);
  }
  if (recovered.missing.length > 0) await journal.sync();
  engine.alignJournal(journal.head);
  return recovered;
}

async function* inputs(
  batches: AsyncIterable<readonly LogRecord[]>,
  config: (hash: string) => EffectiveConfig,
): AsyncGenerator<Input[]> {
  for await (const batch of batches) {
    yield batch.map((record) => {
      const decoded = decodeInput(record, config);
      if (!decoded.ok) throw new Refusal(EXIT.refused, `cannot replay the spool: ${decoded.why}`);
      return decoded.input;
    });
  }
}

async function* records(batches: AsyncIterable<readonly LogRecord[]>) {
  for await (const batch of batches) yield batch.map(decodeEntry);
}

function refuseCorrupt(name: LogName, error: unknown): never {
  if (error instanceof CorruptLog) {
    throw new Refusal(
      EXIT.refused,
      `the ${name} is corrupt: ${error.message}. Nothing was changed; \`davylamp verify\` shows the place, a backup or replica has the rest`,
    );
  }
  throw error;
}

async function readEpoch(disk: Disk, data: string): Promise<string> {
  const names = await disk.readdir(data);
  const found = names
    .map((name) => /^epoch-([0-9a-f-]{36})$/.exec(name)?.[1])
    .find((epoch) => epoch !== undefined);
  if (found !== undefined) return found;
  const epoch = randomUUID();
  const file = await disk.open(join(data, `epoch-${epoch}`), "create");
  await file.close();
  await disk.syncDir(data);
  return epoch;
}
