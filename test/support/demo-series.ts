import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { labelOf } from "../../src/app/influx.ts";
import type { PointLabel } from "../../src/influx/influx.ts";
import type { JournalRecord } from "../../src/model/alarm.ts";
import { HOUR, type Instant, MINUTE, SECOND } from "../../src/model/time.ts";
import { loadConfig } from "../../src/wire/config/load.ts";
import { decode } from "../../src/wire/decode.ts";
import { digest } from "../../src/wire/digest.ts";
import { type CountyInput, county } from "./county.ts";
import type { RealInflux } from "./influx-real.ts";
import { aRoom, saved } from "./influx-room.ts";
import { record } from "./recorder.ts";
import { shippedConfig } from "./shipped-config.ts";

export interface DemoSeries {
  readonly from: Instant;
  readonly to: Instant;
  readonly inputs: readonly CountyInput[];
  readonly records: readonly JournalRecord[];
}

/** A day of the demo with one of everything, then a line that is cut, judged by the engine and written to InfluxDB by its room. */
export async function writeDemoSeries(dir: string, influx: RealInflux, from: Instant): Promise<DemoSeries> {
  const loaded = loadConfig(shippedConfig(), () => undefined, from);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  const [day, cut] = [72 * 60, 8 * 60];
  const inputs = [
    ...withTroubles(county({ scenario: "all-day", seconds: day, at: from }), from),
    keptDuringOutage(from + day * SECOND),
    ...county({ scenario: "link-drop", seconds: cut, at: from + day * SECOND, seed: "2" }),
  ];
  const to = from + (day + cut) * SECOND;
  const labels: PointLabel[] = [];
  const data = join(dir, "data");
  mkdirSync(data, { recursive: true });
  const { records, inputs: count } = await record(data, loaded, inputs, {
    officer: (entry) =>
      entry.type === "transition" && entry.transition.what === "raise" && entry.alarm.ack === "required"
        ? {
            type: "act",
            act: {
              id: `ack-${entry.seq}`,
              actor: { user: "duty", role: "duty", mines: ["*"], device: "desk" },
              do: "acknowledge",
              alarm: entry.alarm.id,
              expect: null,
              note: null,
            },
          }
        : null,
    leave: (engine) => {
      for (let slot = 0; slot < engine.slotCount(); slot++) {
        const view = engine.pointOfSlot(slot);
        if (view !== null) labels.push(labelOf(view));
      }
      // As a gateway says whose spool overran.
      return [{ type: "gap", t: to - SECOND, from: 1, to: 2, detail: "of the demo" }];
    },
  });
  const heads = { spool: count, journal: records.at(-1)?.seq ?? 0 };
  const room = await aRoom(data, influx);
  room.label(labels);
  room.synced(heads);
  await saved(room, heads.spool, heads.journal);
  const refused = room.state()?.refused ?? 0;
  await room.close();
  if (refused > 0) throw new Error(`${refused} lines of the demo were refused`);
  return { from, to, inputs, records };
}

/** What a point that is silent else had seen an hour before: over the limit and back. */
function keptDuringOutage(now: Instant): CountyInput {
  const [mine, system, topicKind] = ["520523017312", "safety", "backfill"] as const;
  const topic = `mine/v1/${mine}/${system}/${topicKind}`;
  const values = [0.4, 1.7, 1.8, 0.5, 0.4];
  const readings = values.map((v, i) => ({ p: "HAND-CH4", v, t: now - HOUR + i * 30 * SECOND }));
  const payload = new TextEncoder().encode(JSON.stringify({ ts: now, readings }));
  const body = decode(topicKind, system, payload);
  const about = { mine, system, topicKind, qos: 1, connection: 2, digest: digest(topic, payload) } as const;
  return { now, arrival: { type: "packet", ...about, body }, packet: { topic, payload } };
}

/** The gateway's own eyes: a disk that fills, an InfluxDB that is away. */
function* withTroubles(inputs: Iterable<CountyInput>, from: Instant): Generator<CountyInput> {
  const troubles = [
    { at: from + 10 * MINUTE, point: "disk-low", value: 1 },
    { at: from + 12 * MINUTE, point: "disk-low", value: 0 },
    { at: from + 30 * MINUTE, point: "influx-away", value: 1 },
    { at: from + 31 * MINUTE, point: "influx-away", value: 0 },
  ];
  for (const input of inputs) {
    while ((troubles[0]?.at ?? Number.POSITIVE_INFINITY) <= input.now) {
      const { at, point, value } = troubles.shift() as (typeof troubles)[number];
      yield { now: at, arrival: { type: "self", point, value, detail: "of the demo" }, packet: null };
    }
    yield input;
  }
}
