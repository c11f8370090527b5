import type { MineCode } from "../../model/mine.ts";
import type { Instant } from "../../model/time.ts";
import { createSparkplugHost, type Told } from "../../wire/sparkplug-host.ts";
import { rebirthPayload } from "../../wire/sparkplug-payload.ts";
import { mineTopic } from "../../wire/topic.ts";
import type { Counts } from "../counts.ts";
import { packetOf } from "../inlet.ts";
import type { MqttPorts } from "../ports.ts";
import type { From } from "./door.ts";
import type { SparkplugSettings } from "./settings.ts";

interface SparkplugDoor {
  /** `done` once all that was made of it is recorded. Why nothing was made of it, or null. */
  hear(topic: string, payload: Uint8Array, now: Instant, done: (ok: boolean) => void): string | null;
  tick(now: Instant): void;
  /** We are connected: nodes we know nothing of are asked for their births. */
  greet(now: Instant): void;
}

/** Messages of Sparkplug B become those a mine would have published itself, and go the same way. */
export function createSparkplugDoor(parts: {
  readonly settings: SparkplugSettings;
  readonly accept: MqttPorts["accept"];
  publish(topic: string, payload: Uint8Array): void;
  from(mine: MineCode): From;
  readonly counts: Counts;
}): SparkplugDoor {
  const { settings, accept, publish, counts } = parts;
  const host = createSparkplugHost(settings);

  function tellAll(told: readonly Told[], done: (ok: boolean) => void): void {
    let left = told.length;
    let ok = true;
    if (left === 0) done(true);
    for (const one of told) {
      accept(packet(one), (recorded) => {
        ok &&= recorded;
        left--;
        if (left === 0) done(ok);
      });
    }
  }

  function packet({ mine, system, kind, body }: Told) {
    const payload = Buffer.from(JSON.stringify(body));
    const to = { kind: "own", system, topicKind: kind } as const;
    const marks = { qos: 1, retain: false, dup: false } as const;
    return packetOf(parts.from(mine), mineTopic(mine, system, kind), to, payload, marks, counts);
  }

  function ask(node: string, now: Instant): void {
    counts.add("sparkplug: asked for a birth");
    const [group, edge] = node.split("/");
    publish(`spBv1.0/${group}/NCMD/${edge}`, rebirthPayload(now));
  }

  return {
    hear(topic, payload, now, done) {
      const { told, rebirth, why } = host.hear(topic, payload, now);
      if (why !== null) counts.add(`sparkplug: ${why}`);
      if (rebirth !== null) ask(rebirth, now);
      tellAll(told, done);
      return told.length === 0 ? why : null;
    },
    greet(now) {
      for (const node of host.unborn(now)) ask(node, now);
    },
    tick(now) {
      tellAll(host.tick(now), () => {});
    },
  };
}

/** What nodes that wait for us look at. */
export function stateMessage(
  { host }: SparkplugSettings,
  prefix: string,
  online: boolean,
  timestamp: Instant,
): { topic: string; payload: string } {
  return { topic: `${prefix}spBv1.0/STATE/${host}`, payload: JSON.stringify({ online, timestamp }) };
}
