import { sha256 } from "../../src/app/hash.ts";
import { openWorld } from "../../src/app/world.ts";
import type { Engine } from "../../src/core/engine.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { nodeDisk } from "../../src/log/disk.ts";
import type { JournalEntry, JournalRecord } from "../../src/model/alarm.ts";
import type { Arrival, Input } from "../../src/model/input.ts";
import type { LoadedConfig } from "../../src/wire/config/load.ts";
import { encodeInput } from "../../src/wire/input-codec.ts";
import { encodeEntry } from "../../src/wire/journal-codec.ts";
import type { CountyInput } from "./county.ts";

export interface Recording {
  /** What the journal holds. */
  readonly records: readonly JournalRecord[];
  readonly inputs: number;
  readonly readings: number;
}

export interface RecordOptions {
  readonly snapshotEvery?: number;
  /** What somebody does about a record of the journal, `WALK` later. */
  readonly officer?: (record: JournalRecord) => Arrival | null;
  /** Sees the engine at the end; what it answers is put behind the engine's last entry. */
  readonly leave?: (engine: Engine) => readonly JournalEntry[];
}

/** From hearing an alarm to answering it. */
const WALK = 45_000;

/** A data directory as a gateway leaves it, but written as fast as the disk takes it: logs, configuration, snapshots. */
export async function record(
  data: string,
  loaded: Extract<LoadedConfig, { ok: true }>,
  inputs: Iterable<CountyInput>,
  { snapshotEvery = Number.POSITIVE_INFINITY, officer, leave }: RecordOptions = {},
): Promise<Recording> {
  const world = await openWorld({ data, disk: nodeDisk, clock: systemClock, onTrouble: () => {} });
  const { engine, spool, journal, snapshots, configs } = world;
  const hash = await configs.keep(loaded.canonical);
  if (hash !== sha256(loaded.canonical)) throw new Error("must hold: a configuration is named by its hash");
  const records: JournalRecord[] = [];
  let [count, readings, now, snapAt] = [0, 0, 0, Number.NaN];
  const deeds: { readonly at: number; readonly deed: Arrival }[] = [];
  const write = (entry: JournalEntry): JournalRecord => {
    const { type, body } = encodeEntry(entry);
    const kept = { ...entry, seq: journal.append(type, body) };
    records.push(kept);
    return kept;
  };
  const take = (arrival: Arrival, packet: CountyInput["packet"]) => {
    const input = { ...arrival, seq: spool.head + 1, now } as Input;
    const { entries, verdicts } = engine.step(input);
    const { type, body } = encodeInput(input, packet, verdicts);
    spool.append(type, body);
    for (const entry of entries) {
      const kept = write(entry);
      const deed = officer?.(kept) ?? null;
      if (deed !== null) deeds.push({ at: now + WALK, deed });
    }
    count++;
    if (input.type === "packet" && "columns" in input.body) readings += input.body.columns.n;
  };
  for (const one of inputs) {
    while ((deeds[0]?.at ?? Number.POSITIVE_INFINITY) <= one.now) {
      now = deeds[0]?.at ?? now;
      take(deeds.shift()?.deed as Arrival, null);
    }
    if (count === 0) {
      now = one.now;
      take({ type: "start", version: "test", epoch: "test", firstCall: "with-raise" }, null);
      take({ type: "config", hash, config: loaded.config, reason: "start" }, null);
      snapAt = now + snapshotEvery;
    }
    now = one.now;
    take(one.arrival, one.packet);
    if (count % 1_000 === 0) await spool.sync();
    if (now < snapAt) continue;
    snapAt = now + snapshotEvery;
    const header = { spoolSeq: spool.head, journalSeq: journal.head, configHash: hash, now };
    const image = engine.image();
    await Promise.all([spool.sync(), journal.sync()]);
    await snapshots.write(header, image);
  }
  for (const entry of leave?.(engine) ?? []) write(entry);
  await Promise.all([spool.sync(), journal.sync()]);
  await snapshots.close();
  await Promise.all([spool.close(), journal.close(), world.quarantine.close()]);
  return { records, inputs: count, readings };
}
