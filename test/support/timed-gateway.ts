import { join } from "node:path";
import { openWorld } from "../../src/app/world.ts";
import { createGateway } from "../../src/gateway.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { nodeDisk } from "../../src/log/disk.ts";
import type { Alarm, JournalEntry, JournalRecord } from "../../src/model/alarm.ts";
import type { EffectiveConfig } from "../../src/model/config.ts";
import type { PacketInput, TopicKind } from "../../src/model/input.ts";
import { HOUR } from "../../src/model/time.ts";
import { decode } from "../../src/wire/decode.ts";
import { encodeInput } from "../../src/wire/input-codec.ts";
import { encodeEntry } from "../../src/wire/journal-codec.ts";
import { MINE } from "./builders-core.ts";

/** A gateway on real logs in a real directory, without sockets, on a clock that only a test moves. */
export async function openTimedGateway(
  data: string,
  begin: number,
  { written = (entry: JournalEntry): JournalEntry => entry } = {},
) {
  const onTrouble = () => {};
  const world = await openWorld({ data, disk: nodeDisk, clock: systemClock, onTrouble });
  const { engine, spool, journal, snapshots, configs, quarantine } = world;
  const alarms = new Map<string, Alarm>();
  let now = begin;
  let digest = 0;
  const gateway = createGateway({
    engine,
    spool,
    journal,
    now: () => now,
    mono: () => now,
    encodeInput,
    encodeEntry: (entry) => encodeEntry(written(entry)),
    told(records: readonly JournalRecord[]) {
      for (const record of records)
        if (record.type === "transition") alarms.set(record.alarm.id, record.alarm);
    },
    provisional: () => {},
    stored: () => {},
    soon: setImmediate,
    later: setTimeout,
    failed: (error) => {
      throw error;
    },
  });
  await gateway.take({ type: "start", version: "test", epoch: world.epoch, firstCall: "with-raise" });

  const send = (system: string, kind: TopicKind, body: object) => {
    const topic = `mine/v1/${MINE}/${system}/${kind}`;
    const payload = new TextEncoder().encode(JSON.stringify({ ts: now, ...body }));
    const input: PacketInput = {
      type: "packet",
      seq: 0,
      now: 0,
      mine: MINE,
      system,
      topicKind: kind,
      qos: 1,
      connection: 1,
      digest: ++digest,
      body: decode(kind, system, payload),
    };
    return new Promise<boolean>((resolve) => gateway.accept(input, { topic, payload }, resolve));
  };

  return {
    world,
    alarms: () => [...alarms.values()],
    now: () => now,
    async config(config: EffectiveConfig) {
      const hash = await configs.keep(JSON.stringify(config));
      await gateway.take({ type: "config", hash, config, reason: "reload" });
    },
    points: (system: string, points: readonly object[]) => send(system, "points", { points }),
    readings: (system: string, readings: readonly object[]) => send(system, "readings", { readings }),
    take: gateway.take,
    /** Second by second, as the gateway ticks. */
    async pass(seconds: number) {
      for (let i = 0; i < seconds; i++) {
        now += 1_000;
        await gateway.take({ type: "tick" });
      }
    },
    /** To a moment at once: the deadlines of every second on the way fire with the tick that comes then. */
    async until(at: number) {
      while (now < at) {
        now = Math.min(at, now + HOUR);
        await gateway.take({ type: "tick" });
      }
    },
    async snapshot() {
      const header = { spoolSeq: spool.head, journalSeq: journal.head, configHash: engine.configHash(), now };
      await snapshots.write(header, engine.image());
    },
    async close() {
      await gateway.drain();
      await snapshots.close();
      await Promise.all([spool.close(), journal.close(), quarantine.close()]);
    },
    dir: (name: string) => join(data, name),
  };
}
