import mqttPacket from "mqtt-packet";
import type { Frame } from "./frames.ts";

export type Protocol = 4 | 5;

/** Types of the fixed header that a broker may send to one who subscribes and publishes with QoS 1. */
export const FROM_BROKER = {
  connack: 2,
  publish: 3,
  puback: 4,
  suback: 9,
  unsuback: 11,
  pingresp: 13,
  disconnect: 14,
} as const;

/** Where a message's parts lie in its frame. */
export interface Publish {
  readonly qos: 0 | 1;
  readonly retain: boolean;
  readonly dup: boolean;
  readonly topicFrom: number;
  readonly topicTo: number;
  /** 0 for QoS 0. */
  readonly id: number;
  readonly payload: number;
}

/** What is wrong with a packet; the connection cannot go on. */
export type PacketFault =
  | "length"
  | "qos"
  | "packet-id"
  | "reserved-flags"
  | "properties"
  | "topic-alias"
  | "topic-empty";

export const isFault = <T extends object>(read: T | PacketFault): read is PacketFault =>
  typeof read === "string";

export function readPublish({ bytes, at, body, end }: Frame, protocol: Protocol): Publish | PacketFault {
  const flags = (bytes[at] as number) & 15;
  const qos = (flags >> 1) & 3;
  // QoS 1 was asked for: more is not sent.
  if (qos > 1) return "qos";
  if (end - body < 2) return "length";
  const topicFrom = body + 2;
  const topicTo = topicFrom + bytes.readUInt16BE(body);
  const idTo = topicTo + (qos === 0 ? 0 : 2);
  if (idTo > end) return "length";
  const id = qos === 0 ? 0 : bytes.readUInt16BE(topicTo);
  if (qos === 1 && id === 0) return "packet-id";
  let payload = idTo;
  if (protocol === 5) {
    const properties = readProperties(bytes, idTo, end);
    if (properties === null) return "properties";
    // We allowed none (topic alias maximum 0).
    if (properties.values?.has(PROPERTY.topicAlias)) return "topic-alias";
    payload = properties.end;
  }
  if (topicTo === topicFrom) return "topic-empty";
  return {
    qos: qos === 0 ? 0 : 1,
    retain: (flags & 1) !== 0,
    dup: (flags & 8) !== 0,
    topicFrom,
    topicTo,
    id,
    payload,
  };
}

export interface Connack {
  readonly sessionPresent: boolean;
  readonly code: number;
  /** In the broker's own words. */
  readonly reason: string | null;
  /** Seconds, where the broker says another one than was asked for. */
  readonly keepAlive: number | null;
  readonly sessionExpiry: number | null;
  readonly mostQos: number;
}

export function readConnack({ bytes, body, end }: Frame, protocol: Protocol): Connack | PacketFault {
  if (end - body < 2) return "length";
  // A broker that knows no MQTT 5 answers as 3.1.1 does: two bytes.
  const read = protocol === 5 && end - body > 2 ? readProperties(bytes, body + 2, end) : NO_PROPERTIES;
  if (read === null) return "properties";
  const number = (id: number) => {
    const value = read.values?.get(id);
    return typeof value === "number" ? value : null;
  };
  return {
    sessionPresent: ((bytes[body] as number) & 1) === 1,
    code: bytes[body + 1] as number,
    reason: textOf(read),
    keepAlive: number(PROPERTY.serverKeepAlive),
    sessionExpiry: number(PROPERTY.sessionExpiry),
    mostQos: number(PROPERTY.mostQos) ?? 2,
  };
}

/** A code for each filter, in their order. */
export function readSuback({ bytes, body, end }: Frame, protocol: Protocol): readonly number[] | PacketFault {
  if (end - body < 3) return "length";
  if (protocol === 4) return [...bytes.subarray(body + 2, end)];
  const properties = readProperties(bytes, body + 2, end);
  return properties === null ? "properties" : [...bytes.subarray(properties.end, end)];
}

/** MQTT 5 only: why the broker ends the connection. */
export function readDisconnect({ bytes, body, end }: Frame): { code: number; reason: string | null } {
  const properties = end - body > 1 ? readProperties(bytes, body + 1, end) : NO_PROPERTIES;
  return { code: end > body ? (bytes[body] as number) : 0, reason: textOf(properties) };
}

const textOf = (properties: Properties | null): string | null => {
  const said = properties?.values?.get(PROPERTY.reason);
  return typeof said === "string" && said !== "" ? said.slice(0, 200) : null;
};

const PROPERTY = {
  sessionExpiry: 0x11,
  serverKeepAlive: 0x13,
  reason: 0x1f,
  topicAlias: 0x23,
  mostQos: 0x24,
} as const;

interface Properties {
  /** Null = there are none. */
  readonly values: ReadonlyMap<number, number | string> | null;
  readonly end: number;
}

const NO_PROPERTIES: Properties = { values: null, end: 0 };

/** [MQTT 5 §2.2.2] How each property's value is written. */
const BYTE = [0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2a];
const TWO_BYTES = [0x13, 0x21, 0x22, 0x23];
const FOUR_BYTES = [0x02, 0x11, 0x18, 0x27];
const VARIABLE = [0x0b];
const COUNTED = [0x03, 0x08, 0x09, 0x12, 0x15, 0x16, 0x1a, 0x1c, 0x1f];
const PAIR = [0x26];

/** Null = they are not written as MQTT says. */
function readProperties(bytes: Buffer, from: number, most: number): Properties | null {
  const length = readVariable(bytes, from, most);
  if (length === null) return null;
  const end = length.end + length.value;
  if (end > most) return null;
  if (length.value === 0) return { values: null, end };
  const values = new Map<number, number | string>();
  for (let at = length.end; at < end; ) {
    const id = bytes[at] as number;
    const read = readValue(bytes, id, at + 1, end);
    if (read === null) return null;
    values.set(id, read.value);
    at = read.end;
  }
  return { values, end };
}

function readValue(
  bytes: Buffer,
  id: number,
  from: number,
  most: number,
): { value: number | string; end: number } | null {
  if (VARIABLE.includes(id)) return readVariable(bytes, from, most);
  if (COUNTED.includes(id)) return readCounted(bytes, from, most);
  if (PAIR.includes(id)) {
    const name = readCounted(bytes, from, most);
    return name === null ? null : readCounted(bytes, name.end, most);
  }
  const size = BYTE.includes(id) ? 1 : TWO_BYTES.includes(id) ? 2 : FOUR_BYTES.includes(id) ? 4 : 0;
  const end = from + size;
  return size === 0 || end > most ? null : { value: bytes.readUIntBE(from, size), end };
}

function readCounted(bytes: Buffer, from: number, most: number): { value: string; end: number } | null {
  if (from + 2 > most) return null;
  const end = from + 2 + bytes.readUInt16BE(from);
  return end > most ? null : { value: bytes.toString("utf8", from + 2, end), end };
}

function readVariable(bytes: Buffer, from: number, most: number): { value: number; end: number } | null {
  let value = 0;
  for (let at = from, shift = 0; at < most && shift < 28; at++, shift += 7) {
    const byte = bytes[at] as number;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value, end: at + 1 };
  }
  return null;
}

export interface ConnectWords {
  readonly protocol: Protocol;
  readonly clientId: string;
  readonly clean: boolean;
  readonly username: string | null;
  readonly password: string | null;
  readonly keepAliveSeconds: number;
  readonly sessionExpirySeconds: number;
  /** Messages the broker may have under way to us at once. */
  readonly receiveMaximum: number;
  /** What the broker publishes, retained, when we are gone without a word. */
  readonly will: Message | null;
}

interface Message {
  readonly topic: string;
  readonly payload: string;
}

export function connectPacket(words: ConnectWords): Buffer {
  const { protocol, clientId, clean, username, password, keepAliveSeconds } = words;
  return mqttPacket.generate(
    {
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: protocol,
      clientId,
      clean,
      keepalive: keepAliveSeconds,
      ...(username === null ? {} : { username }),
      ...(words.will === null ? {} : { will: { ...words.will, qos: 1 as const, retain: true } }),
      ...(password === null ? {} : { password: Buffer.from(password) }),
      ...(protocol === 4
        ? {}
        : {
            properties: {
              sessionExpiryInterval: words.sessionExpirySeconds,
              receiveMaximum: words.receiveMaximum,
            },
          }),
    },
    { protocolVersion: protocol },
  );
}

/** In MQTT 5 what is retained comes as such, and once for a session. */
export function subscribePacket(filters: readonly string[], id: number, protocol: Protocol): Buffer {
  const marks = protocol === 5 ? { nl: false, rap: true, rh: 1 } : {};
  const subscriptions = filters.map((topic) => ({ topic, qos: 1 as const, ...marks }));
  return mqttPacket.generate(
    { cmd: "subscribe", messageId: id, subscriptions },
    { protocolVersion: protocol },
  );
}

export const unsubscribePacket = (filters: readonly string[], id: number, protocol: Protocol): Buffer =>
  mqttPacket.generate(
    { cmd: "unsubscribe", messageId: id, unsubscriptions: [...filters] },
    { protocolVersion: protocol },
  );

/** `id` 0 = with QoS 0. */
export function publishPacket(
  { topic, payload }: { readonly topic: string; readonly payload: string | Uint8Array },
  { id, retain }: { readonly id: number; readonly retain: boolean },
  protocol: Protocol,
): Buffer {
  const content = typeof payload === "string" ? payload : Buffer.from(payload);
  const qos = id === 0 ? 0 : 1;
  return mqttPacket.generate(
    {
      cmd: "publish",
      topic,
      payload: content,
      qos,
      retain,
      dup: false,
      ...(id === 0 ? {} : { messageId: id }),
    },
    { protocolVersion: protocol },
  );
}

export const PINGREQ: Buffer = Buffer.from([0xc0, 0]);
/** Without a reason, in both versions: we go, and the session stays. */
export const DISCONNECT: Buffer = Buffer.from([0xe0, 0]);
