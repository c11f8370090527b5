import { printable } from "./packet-grammar.ts";

/** A CONNECT as it was sent; `forBroker` is what the broker is given instead. */
export interface ConnectPacket {
  readonly clientId: string;
  readonly user: string | null;
  readonly password: string;
  /** Seconds; the guard keeps this time itself, because only it knows when the socket is not read. */
  readonly keepalive: number;
  readonly will: Will | null;
  readonly forBroker: Buffer;
}

interface Will {
  readonly topic: string;
  readonly qos: number;
}

export type ConnectRead =
  | { readonly ok: true; readonly connect: ConnectPacket }
  | {
      readonly ok: false;
      /** CONNACK code to answer with; null = the bytes are no CONNECT, nothing is answered. */
      readonly code: 1 | null;
      readonly reason: string;
      readonly clientId: string;
    };

/** CONNACK return codes of MQTT 3.1.1, §3.2.2.3. */
export const CONNACK = { version: 1, identifier: 2, unavailable: 3, password: 4, notAuthorized: 5 } as const;

const FLAG = { reserved: 1, clean: 2, will: 4, willQos: 0x18, willRetain: 0x20, password: 0x40, user: 0x80 };

/** Reads a whole CONNECT packet by MQTT 3.1.1 §3.1; 3.1 is the same but for its name. Never throws. */
export function readConnect(packet: Buffer): ConnectRead {
  const cursor = cursorOver(packet);
  const name = cursor.text();
  const level = cursor.byte();
  if (name !== "MQTT" && name !== "MQIsdp") return broken("protocol name");
  // The top bit marks a bridge (mosquitto's try_private).
  if ((level & 0x7f) !== (name === "MQTT" ? 4 : 3)) return otherVersion(cursor, level);
  const flagsAt = cursor.at;
  const flags = cursor.byte();
  const keepalive = cursor.number();
  const clientId = cursor.text();
  const will = (flags & FLAG.will) === 0 ? null : { topic: cursor.text(), payload: cursor.bytes() };
  const user = (flags & FLAG.user) === 0 ? null : cursor.text();
  const password = (flags & FLAG.password) === 0 ? null : cursor.bytes();
  if (cursor.broken || cursor.at !== packet.length || !flagsAgree(flags)) return broken("fields");
  const forBroker = Buffer.from(packet);
  // No session outlives its connection, and the guard keeps the keep-alive.
  forBroker[flagsAt] = flags | FLAG.clean;
  forBroker.writeUInt16BE(0, flagsAt + 1);
  return {
    ok: true,
    connect: {
      clientId,
      user,
      password: password === null ? "" : password.toString("utf8"),
      keepalive,
      will: will === null ? null : { topic: will.topic, qos: (flags & FLAG.willQos) >> 3 },
      forBroker,
    },
  };
}

function flagsAgree(flags: number): boolean {
  if ((flags & FLAG.reserved) !== 0) return false;
  if ((flags & FLAG.will) === 0) return (flags & (FLAG.willQos | FLAG.willRetain)) === 0;
  return (flags & FLAG.willQos) !== FLAG.willQos;
}

/** Any other version is answered with CONNACK 1, which MQTT 5 clients read too; its client id is only listed. */
function otherVersion(cursor: Cursor, level: number): ConnectRead {
  cursor.skip(3);
  if (level === 5) cursor.skip(cursor.variable());
  const clientId = cursor.text();
  return {
    ok: false,
    code: 1,
    reason: level === 5 ? "MQTT 5 is not spoken here, use 3.1.1" : `protocol level ${level}`,
    clientId: cursor.broken ? "" : clientId,
  };
}

const broken = (what: string): ConnectRead => ({
  ok: false,
  code: null,
  reason: `broken CONNECT: ${what}`,
  clientId: "",
});

type Cursor = ReturnType<typeof cursorOver>;

/** Reads fields one after another; past the end every field is empty and `broken` is set. */
function cursorOver(packet: Buffer) {
  let at = 2;
  while ((packet[at - 1] ?? 0) >= 0x80) at++;
  let failed = false;

  function bytes(): Buffer {
    const length = number();
    return take(length);
  }

  function take(length: number): Buffer {
    if (at + length > packet.length) failed = true;
    const taken = failed ? EMPTY : packet.subarray(at, at + length);
    at += length;
    return taken;
  }

  function number(): number {
    const two = take(2);
    return two.length === 2 ? two.readUInt16BE() : 0;
  }

  return {
    bytes,
    number,
    byte: (): number => take(1)[0] ?? 0,
    text(): string {
      const text = bytes();
      if (!printable(text)) failed = true;
      return failed ? "" : text.toString("utf8");
    },
    variable(): number {
      let value = 0;
      for (let shift = 0; shift < 28; shift += 7) {
        const byte = take(1)[0] ?? 0;
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80) return value;
      }
      failed = true;
      return 0;
    },
    skip(length: number): void {
      take(length);
    },
    get at() {
      return at;
    },
    get broken() {
      return failed;
    },
  };
}

const EMPTY: Buffer = Buffer.alloc(0);
