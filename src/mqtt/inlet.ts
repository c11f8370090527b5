import type { Body } from "../model/input.ts";
import type { MineCode, System } from "../model/mine.ts";
import type { Millis } from "../model/time.ts";
import { decode } from "../wire/decode.ts";
import { digest } from "../wire/digest.ts";
import type { Counts } from "./counts.ts";
import type { MineTraffic } from "./mine-traffic.ts";
import type { AcceptedPacket, MqttPorts } from "./ports.ts";
import type { TakePublish } from "./publishes.ts";
import { type Destination, destination, underCode } from "./topic-access.ts";

/** A message the broker has taken apart: a Last Will. */
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
  /** Where its topics lead, by their names as sent; a mine uses few. */
  readonly topics: Map<string, KnownTopic>;
  lastTopic: KnownTopic | null;
}

interface KnownTopic {
  /** As sent. */
  readonly bytes: Buffer;
  /** Under the mine's own code. */
  readonly topic: string;
  readonly to: Destination;
}

export interface Inlet {
  /**
   * Hands a checked PUBLISH to the house (see `TakePublish`). Null, or why the connection must close: then `done` is
   * never called.
   */
  publish(
    sender: Sender,
    ...packet: [...place: Parameters<TakePublish>, done: (ok: boolean) => void]
  ): string | null;
  /** The broker publishes a will when its client went without DISCONNECT; its topic was checked at CONNECT. */
  lastWill(sender: Sender, will: Message): void;
}

/** Different topics of one connection whose meaning is remembered; past them it forgets and starts again. */
const TOPICS = 64;
const RETAIN = 1;
const DUP = 8;

/** Bytes → words → the house: one message at a time, on the room's hottest path. */
export function createInlet({ accept, counts }: { accept: MqttPorts["accept"]; counts: Counts }): Inlet {
  return {
    publish(sender, bytes, at, body, end, heard, done) {
      const flags = bytes[at] as number;
      const from = body + 2;
      const to = from + (((bytes[body] as number) << 8) | (bytes[body + 1] as number));
      const known = knownTopic(sender, bytes, from, to);
      if (known.to.kind === "foreign") return known.to.why;
      const qos = (flags & 6) === 0 ? 0 : 1;
      const payload = bytes.subarray(qos === 0 ? to : to + 2, end);
      const marks = { qos, retain: (flags & RETAIN) !== 0, dup: (flags & DUP) !== 0, heard } as const;
      accept(packetOf(sender, known.topic, known.to, payload, marks, counts), done);
      return null;
    },
    lastWill(sender, { topic: sent, payload: said, qos, retain, dup }) {
      const { topic, to } = knownByName(sender, sent);
      if (to.kind === "foreign") return;
      const payload = typeof said === "string" ? Buffer.from(said) : said;
      const marks = { qos: qos === 0 ? 0 : 1, retain, dup } as const;
      accept(packetOf(sender, topic, to, payload, marks, counts), () => {});
    },
  };
}

/** A message as the house takes it, read. */
export function packetOf(
  { number, traffic }: { readonly number: number; readonly traffic: Pick<MineTraffic, "mine" | "counted"> },
  topic: string,
  to: Exclude<Destination, { kind: "foreign" }>,
  payload: Buffer,
  { qos, retain, dup, heard }: { qos: 0 | 1; retain: boolean; dup: boolean; heard?: Millis },
  counts: Counts,
): AcceptedPacket {
  traffic.counted(qos, payload.length);
  const system = to.kind === "own" ? to.system : null;
  const kind = to.kind === "own" ? to.topicKind : "readings";
  const body: Body =
    to.kind === "own" ? decode(to.topicKind, to.system, payload) : { kind: "unusable", reason: to.why };
  const retainable = kind === "points" || kind === "status";
  if (retain && !retainable) counts.add("retain-cleared");
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
    retain: retain && retainable,
    dup,
    payload,
    heard,
  };
}

/** Nearly always the topic of the message before. */
function knownTopic(sender: Sender, bytes: Buffer, from: number, to: number): KnownTopic {
  const last = sender.lastTopic;
  if (last !== null && isSame(last.bytes, bytes, from, to)) return last;
  return knownByName(sender, bytes.toString("utf8", from, to));
}

function isSame(known: Buffer, bytes: Buffer, from: number, to: number): boolean {
  if (known.length !== to - from) return false;
  // Topics of one connection differ at their ends.
  for (let i = known.length - 1; i >= 0; i--) if (known[i] !== bytes[from + i]) return false;
  return true;
}

function knownByName(sender: Sender, name: string): KnownTopic {
  const { topics, traffic, aliases, system } = sender;
  let known = topics.get(name);
  if (known === undefined) {
    const topic = underCode(name, traffic.mine, aliases);
    known = { bytes: Buffer.from(name), topic, to: destination(topic, { mine: traffic.mine, system }) };
    if (topics.size >= TOPICS) topics.clear();
    topics.set(name, known);
  }
  sender.lastTopic = known;
  return known;
}
