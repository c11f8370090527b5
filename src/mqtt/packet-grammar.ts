import { isUtf8 } from "node:buffer";

/** What a peer did that closes its connection. Words, because they are listed and counted. */
export type Fault =
  | "not-a-connect"
  | "second-connect"
  | "too-early"
  | "connect-too-large"
  | "packet-too-large"
  | "length"
  | "reserved-type"
  | "server-packet"
  | "reserved-flags"
  | "qos-2"
  | "qos-3"
  | "dup-without-qos"
  | "packet-id"
  | "topic-empty"
  | "topic-too-long"
  | "topic-characters"
  | "filter"
  | "filter-count"
  | "filter-qos";

/** Types of the MQTT 3.1.1 fixed header that a mine may send. */
export const PACKET = {
  connect: 1,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubcomp: 7,
  subscribe: 8,
  unsubscribe: 10,
  pingreq: 12,
  disconnect: 14,
} as const;

/** A legal topic is ≤ 128 bytes (wire/topic.ts quarantines longer ones); this is where no packet is read on. */
const TOPIC_BYTES = 1024;
const FILTERS = 16;

/** What the first byte alone forbids. */
export function faultOfFirstByte(first: number, beforeConnect: boolean): Fault | null {
  if (beforeConnect) return first === 0x10 ? null : "not-a-connect";
  if (first >> 4 === PACKET.publish) return faultOfPublishFlags(first);
  switch (first >> 4) {
    case PACKET.puback:
    case PACKET.pingreq:
    case PACKET.disconnect:
      return (first & 15) === 0 ? null : "reserved-flags";
    case PACKET.subscribe:
    case PACKET.unsubscribe:
      return (first & 15) === 2 ? null : "reserved-flags";
    case PACKET.connect:
      return "second-connect";
    case PACKET.pubrec:
    case PACKET.pubcomp:
    case 6:
      // Halves of a QoS 2 exchange, which no mine can be in.
      return "qos-2";
    case 0:
    case 15:
      return "reserved-type";
    default:
      return "server-packet";
  }
}

function faultOfPublishFlags(first: number): Fault | null {
  switch (first & 6) {
    case 0:
      return (first & 8) === 0 ? null : "dup-without-qos";
    case 2:
      return null;
    case 4:
      return "qos-2";
    default:
      return "qos-3";
  }
}

/** What is wrong inside a whole packet whose first byte and size are allowed. CONNECT is read by connect-packet.ts. */
export function faultOfPacket(bytes: Buffer, at: number, size: number): Fault | null {
  let body = at + 2;
  while ((bytes[body - 1] as number) >= 0x80) body++;
  const end = at + size;
  switch ((bytes[at] as number) >> 4) {
    case PACKET.publish:
      return faultOfPublish(bytes, body, end, ((bytes[at] as number) & 6) !== 0);
    case PACKET.puback:
      return end - body !== 2 ? "length" : id(bytes, body) === 0 ? "packet-id" : null;
    case PACKET.pingreq:
    case PACKET.disconnect:
      return end === body ? null : "length";
    case PACKET.subscribe:
      return faultOfFilters(bytes, body, end, 1);
    case PACKET.unsubscribe:
      return faultOfFilters(bytes, body, end, 0);
    default:
      return null;
  }
}

function faultOfPublish(bytes: Buffer, body: number, end: number, acknowledged: boolean): Fault | null {
  if (end - body < 2) return "length";
  const length = id(bytes, body);
  const from = body + 2;
  const to = from + length;
  if (to + (acknowledged ? 2 : 0) > end) return "length";
  if (length === 0) return "topic-empty";
  if (length > TOPIC_BYTES) return "topic-too-long";
  let ascii = true;
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number;
    if (byte >= 0x80) ascii = false;
    // Controls, and the wildcards + and #: no topic name may hold them.
    else if (byte < 0x20 || byte === 0x7f || byte === 0x23 || byte === 0x2b) return "topic-characters";
  }
  if (!ascii && !wellFormed(bytes.subarray(from, to))) return "topic-characters";
  return acknowledged && id(bytes, to) === 0 ? "packet-id" : null;
}

/** SUBSCRIBE has a QoS byte after each filter, UNSUBSCRIBE none. */
function faultOfFilters(bytes: Buffer, body: number, end: number, extra: 0 | 1): Fault | null {
  if (end - body < 2 + 2) return "length";
  if (id(bytes, body) === 0) return "packet-id";
  let at = body + 2;
  let filters = 0;
  while (at < end) {
    if (end - at < 2) return "length";
    const from = at + 2;
    const to = from + id(bytes, at);
    if (to + extra > end) return "length";
    if (to === from || to - from > TOPIC_BYTES || !printable(bytes.subarray(from, to))) return "filter";
    if (extra === 1 && (bytes[to] as number) > 2) return "filter-qos";
    at = to + extra;
    filters++;
  }
  return filters > FILTERS ? "filter-count" : null;
}

/** A text of MQTT that holds no control character: what a topic, a filter or an id may be. */
export function printable(text: Buffer): boolean {
  return text.every((byte) => byte >= 0x20 && byte !== 0x7f) && wellFormed(text);
}

/**
 * Valid UTF-8 without U+FFFD and without the controls U+0080–U+009F. Different broken bytes all become
 * U+FFFD in a string, so a name with one could be taken for another.
 */
function wellFormed(text: Buffer): boolean {
  if (!isUtf8(text)) return false;
  for (let i = 0; i + 1 < text.length; i++) {
    if (text[i] === 0xc2 && (text[i + 1] as number) < 0xa0) return false;
    if (text[i] === 0xef && text[i + 1] === 0xbf && text[i + 2] === 0xbd) return false;
  }
  return true;
}

const id = (bytes: Buffer, at: number): number => ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
