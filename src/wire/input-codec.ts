import type { EffectiveConfig } from "../model/config.ts";
import type { Input, PacketInput } from "../model/input.ts";
import { decode } from "./decode.ts";
import { parseTopic } from "./topic.ts";

/**
 * Spool bodies. A packet is a small binary header, its topic, the verdict bytes and the payload exactly as the
 * mine sent it (P6); it is decoded again when it is read. Every other input is JSON. A configuration is kept
 * elsewhere by its hash. Numbers of types may only be added.
 */
export const INPUT_TYPES = {
  packet: 1,
  link: 2,
  tick: 3,
  act: 4,
  receipt: 5,
  config: 6,
  self: 7,
  clock: 8,
  start: 9,
  stop: 10,
  file: 11,
} as const;

export interface Packet {
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** Valid until the next input is encoded: whoever keeps it copies it. */
export interface EncodedInput {
  readonly type: number;
  readonly body: Uint8Array[];
}

export type DecodedInput =
  | {
      readonly ok: true;
      readonly input: Input;
      readonly verdicts: Uint8Array | null;
      readonly topic: string | null;
      readonly payload: Uint8Array | null;
    }
  | { readonly ok: false; readonly why: string };

export function encodeInput(input: Input, packet: Packet | null, verdicts: Uint8Array | null): EncodedInput {
  const type = INPUT_TYPES[input.type];
  if (input.type === "packet") {
    if (packet === null) throw new Error("must hold: a packet input is written with its topic and payload");
    return { type, body: packetBody(input, packet, verdicts) };
  }
  return { type, body: [encoder.encode(JSON.stringify(plain(input)))] };
}

/** `config` gives the configuration kept under a hash; it may throw when there is none. */
export function decodeInput(
  record: { seq: number; type: number; body: Uint8Array },
  config: (hash: string) => EffectiveConfig,
): DecodedInput {
  if (record.type === INPUT_TYPES.packet) return decodePacket(record.seq, record.body);
  const name = NAMES.get(record.type);
  if (name === undefined)
    return { ok: false, why: `spool record ${record.seq}: unknown type ${record.type}` };
  try {
    const fields = JSON.parse(utf8.decode(record.body)) as Omit<Exclude<Input, PacketInput>, "seq" | "type">;
    const input = { ...fields, type: name, seq: record.seq } as Input;
    const whole = input.type === "config" ? { ...input, config: config(input.hash) } : input;
    return { ok: true, input: whole, verdicts: null, topic: null, payload: null };
  } catch (error) {
    return { ok: false, why: `spool record ${record.seq} (${name}): ${String(error)}` };
  }
}

const NAMES: ReadonlyMap<number, Input["type"]> = new Map(
  Object.entries(INPUT_TYPES).map(([name, type]) => [type, name as Input["type"]]),
);
const encoder = new TextEncoder();
const utf8 = new TextDecoder("utf-8", { fatal: true });
const lenientUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** `seq` and `type` stand in the record's frame. */
function plain(input: Exclude<Input, PacketInput>): object {
  const { seq: _seq, type: _type, ...fields } = input;
  if (!("config" in fields)) return fields;
  const { config: _config, ...named } = fields;
  return named;
}

const VERSION = 1;
const HEADER = 32;
const QOS_1 = 1;
const HAS_VERDICTS = 2;

/** version u8 · flags u8 · topic length u16 · verdict count u32 · now, connection, digest f64 · topic · verdicts · payload */
function packetBody(input: PacketInput, packet: Packet, verdicts: Uint8Array | null): Uint8Array[] {
  const { payload } = packet;
  const head = heads.get(packet.topic) ?? newHead(packet.topic);
  const { bytes, view } = head;
  bytes[1] = (input.qos === 1 ? QOS_1 : 0) | (verdicts === null ? 0 : HAS_VERDICTS);
  view.setUint32(4, verdicts === null ? 0 : verdicts.length, true);
  view.setFloat64(8, input.now, true);
  view.setFloat64(16, input.connection, true);
  view.setFloat64(24, input.digest, true);
  return verdicts === null ? [bytes, payload] : [bytes, verdicts, payload];
}

interface Head {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** A head a topic, filled in anew for each of its packets: mines use few topics, and send them often. */
const heads = new Map<string, Head>();
const MOST_HEADS = 4_096;

function newHead(name: string): Head {
  // What was quarantined may have any topic; one of the contract is ASCII.
  const topic = encoder.encode(name);
  const bytes = new Uint8Array(HEADER + topic.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = VERSION;
  view.setUint16(2, topic.length, true);
  bytes.set(topic, HEADER);
  if (heads.size >= MOST_HEADS) heads.clear();
  const head = { bytes, view };
  heads.set(name, head);
  return head;
}

function decodePacket(seq: number, body: Uint8Array): DecodedInput {
  const bad = (why: string): DecodedInput => ({ ok: false, why: `spool record ${seq} (packet): ${why}` });
  if (body.length < HEADER) return bad("shorter than its header");
  if (body[0] !== VERSION) return bad(`unknown version ${body[0]}`);
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const flags = view.getUint8(1);
  const topicEnd = HEADER + view.getUint16(2, true);
  const verdictsEnd = topicEnd + view.getUint32(4, true);
  if (verdictsEnd > body.length) return bad("shorter than its header says");
  const topic = lenientUtf8.decode(body.subarray(HEADER, topicEnd));
  const payload = body.subarray(verdictsEnd);
  const said = readPacket(topic, payload);
  if (said === null) return bad(`the topic ${JSON.stringify(topic)} names no mine`);
  const input: PacketInput = {
    seq,
    now: view.getFloat64(8, true),
    type: "packet",
    ...said,
    qos: (flags & QOS_1) === 0 ? 0 : 1,
    connection: view.getFloat64(16, true),
    digest: view.getFloat64(24, true),
  };
  const verdicts = (flags & HAS_VERDICTS) === 0 ? null : body.subarray(topicEnd, verdictsEnd);
  return { ok: true, input, verdicts, topic, payload };
}

/**
 * What the packet said when it came. One in a mine's own tree that is no topic of the contract was quarantined
 * and acknowledged: it stays unusable, and replay goes on.
 */
function readPacket(
  topic: string,
  payload: Uint8Array,
): Pick<PacketInput, "mine" | "system" | "topicKind" | "body"> | null {
  const parsed = parseTopic(topic);
  if (parsed.ok) {
    const { mine, system, kind } = parsed;
    return { mine, system, topicKind: kind, body: decode(kind, system, payload) };
  }
  const mine = /^mine\/v1\/([0-9A-Za-z]+)(?:\/|$)/.exec(topic)?.[1];
  if (mine === undefined) return null;
  return {
    mine,
    system: null,
    topicKind: "readings",
    body: { kind: "unusable", reason: `topic: ${parsed.why}` },
  };
}
