import type { Body } from "../model/input.ts";
import type { MineCode, System } from "../model/mine.ts";
import { decode } from "../wire/decode.ts";
import { digest } from "../wire/digest.ts";
import type { Counts } from "./counts.ts";
import type { MineTraffic } from "./mine-traffic.ts";
import type { AcceptedPacket, MqttPorts } from "./ports.ts";
import { type Destination, destination, underCode } from "./topic-access.ts";

interface Message {
  readonly topic: string;
  readonly payload: string | Buffer;
  readonly qos: number;
  readonly retain: boolean;
  readonly dup: boolean;
}

/** Who sends: one object for the life of a connection. */
export interface Sender {
  readonly number: number;
  readonly traffic: MineTraffic;
  /** Other codes of its mine. */
  readonly aliases: readonly MineCode[];
  readonly system: System | null;
  /** Where its topics lead; a mine uses few. */
  readonly topics: Map<string, Destination>;
}

export interface Inlet {
  /** Hands a message to the house. Null, or why the connection must close: then `done` is never called. */
  receive(sender: Sender, message: Message, done: (ok: boolean) => void): string | null;
}

/** Different topics of one connection whose meaning is remembered; past them it forgets and starts again. */
const TOPICS = 64;

/** Bytes → words → the house: one message at a time, on the broker's hottest path. */
export function createInlet({ accept, counts }: { accept: MqttPorts["accept"]; counts: Counts }): Inlet {
  return {
    receive(sender, sent, done) {
      const topic = underCode(sent.topic, sender.traffic.mine, sender.aliases);
      const message =
        topic === sent.topic
          ? sent
          : { topic, payload: sent.payload, qos: sent.qos, retain: sent.retain, dup: sent.dup };
      const to = lookUp(sender, topic);
      if (to.kind === "foreign") return to.why;
      accept(read(sender, message, to, counts), done);
      return null;
    },
  };
}

function read(
  { number, traffic }: Sender,
  message: Message,
  to: Exclude<Destination, { kind: "foreign" }>,
  counts: Counts,
): AcceptedPacket {
  const { topic } = message;
  const payload = typeof message.payload === "string" ? Buffer.from(message.payload) : message.payload;
  const qos = message.qos === 0 ? 0 : 1;
  traffic.counted({ qos, bytes: payload.length });
  const system = to.kind === "own" ? to.system : null;
  const kind = to.kind === "own" ? to.topicKind : "readings";
  const body: Body =
    to.kind === "own" ? decode(to.topicKind, to.system, payload) : { kind: "unusable", reason: to.why };
  const retainable = kind === "points" || kind === "status";
  if (message.retain && !retainable) counts.add("retain-cleared");
  return {
    seq: 0,
    now: 0,
    type: "packet",
    mine: traffic.mine,
    system,
    topicKind: kind,
    qos,
    connection: number,
    digest: digest(topic, payload),
    body,
    topic,
    retain: message.retain && retainable,
    dup: message.dup,
    payload,
  };
}

function lookUp({ topics, traffic, system }: Sender, topic: string): Destination {
  const known = topics.get(topic);
  if (known !== undefined) return known;
  if (topics.size >= TOPICS) topics.clear();
  const found = destination(topic, { mine: traffic.mine, system });
  topics.set(topic, found);
  return found;
}
