import { type Fault, faultOfFirstByte, faultOfPacket, PACKET } from "./packet-grammar.ts";

interface FramerOptions {
  /** Most bytes of the CONNECT, and of any later packet, header included. */
  readonly connectBytes: number;
  readonly packetBytes: number;
  /** Most bytes of CONNECT and what is held behind it. */
  readonly unauthenticatedBytes: number;
  /** Takes whole packets, one or many in a run; `packets` says how many. */
  take(run: Buffer, packets: number): void;
}

export interface Framer {
  /** Hands on every whole packet of the chunk. Null, or what is wrong with the first bad one: then feed no more. */
  feed(chunk: Buffer): Fault | null;
  /** Authenticated: more than may be held is no fault any more, but `full`. */
  trust(): void;
  /** After the CONNECT nothing is handed on until this is called. */
  open(): Fault | null;
  /** Held: as much as may be. Feed nothing more until it is opened. */
  readonly full: boolean;
  readonly phase: Phase;
  /** Bytes kept: of a packet that is not whole yet, or held behind the CONNECT. */
  readonly kept: number;
  /** Grows with every packet begun, so that a sweep can tell a slow one from a new one. */
  readonly begun: number;
}

/** `connect`: only a CONNECT may come. `held`: it came. `open`: any packet of a mine. `over`: DISCONNECT or a fault. */
type Phase = "connect" | "held" | "open" | "over";

/**
 * Cuts a byte stream into whole MQTT packets and checks each, before any other parser sees a byte of it.
 * Packets that lie whole in a chunk are handed on in one run without copying; only a cut packet is copied.
 */
export function createFramer({
  connectBytes,
  packetBytes,
  unauthenticatedBytes,
  take,
}: FramerOptions): Framer {
  let phase: Phase = "connect";
  let begun = 0;
  /** The start of a packet that is not whole; grows by doubling, so a lie about the length costs only what was sent. */
  let part: Buffer = EMPTY;
  let partLength = 0;
  let heldMost = 0;
  let trusted = false;

  function feed(chunk: Buffer): Fault | null {
    switch (phase) {
      case "over":
        return null;
      case "held":
        return hold(chunk);
      case "connect":
      case "open": {
        const fault = partLength === 0 ? run(chunk) : resume(chunk);
        return fault === null ? null : overWith(fault);
      }
    }
  }

  /** Completes the cut packet with the chunk, then goes on with the rest of it. */
  function resume(chunk: Buffer): Fault | null {
    let at = 0;
    while (at < chunk.length) {
      let size = sizeOf(part, 0, partLength);
      const wanted = size > 0 ? size : partLength + 1;
      const end = Math.min(chunk.length, at + wanted - partLength);
      keep(chunk.subarray(at, end), wanted);
      at = end;
      if (size === 0) size = sizeOf(part, 0, partLength);
      const fault = faultOfSize(size);
      if (fault !== null) return fault;
      if (size === 0 || partLength < size) continue;
      const whole = part.subarray(0, partLength);
      drop();
      const wrong = check(whole, 0, size);
      if (wrong !== null) return wrong;
      hand(whole, 1);
      return settle(whole, chunk, at);
    }
    return null;
  }

  /** After a packet that may change the phase: what becomes of the rest of the chunk. */
  function settle(packet: Buffer, chunk: Buffer, at: number): Fault | null {
    if (phase === "connect") {
      phase = "held";
      heldMost = unauthenticatedBytes - packet.length;
    } else if ((packet[0] as number) >> 4 === PACKET.disconnect) phase = "over";
    return at < chunk.length ? feed(chunk.subarray(at)) : null;
  }

  function run(chunk: Buffer): Fault | null {
    const length = chunk.length;
    let at = 0;
    let packets = 0;
    while (at < length) {
      const first = chunk[at] as number;
      const size = sizeOf(chunk, at, length);
      const whole = size > 0 && at + size <= length;
      const fault = whole
        ? check(chunk, at, size)
        : (faultOfFirstByte(first, phase === "connect") ?? faultOfSize(size));
      if (fault !== null) {
        hand(upTo(chunk, at), packets);
        return fault;
      }
      if (!whole) break;
      at += size;
      packets++;
      if (phase === "connect" || first >> 4 === PACKET.disconnect) {
        hand(upTo(chunk, at), packets);
        return settle(chunk.subarray(at - size, at), chunk, at);
      }
    }
    hand(upTo(chunk, at), packets);
    if (at < length) keep(chunk.subarray(at), sizeOf(chunk, at, length));
    return null;
  }

  const check = (bytes: Buffer, at: number, size: number): Fault | null =>
    faultOfFirstByte(bytes[at] as number, phase === "connect") ??
    faultOfSize(size) ??
    faultOfPacket(bytes, at, size);

  function hold(bytes: Buffer): Fault | null {
    if (partLength + bytes.length > heldMost && !trusted) return overWith("too-early");
    keep(bytes, heldMost);
    return null;
  }

  function overWith(fault: Fault): Fault {
    phase = "over";
    drop();
    return fault;
  }

  function faultOfSize(size: number): Fault | null {
    if (size < 0) return "length";
    if (size <= (phase === "connect" ? connectBytes : packetBytes)) return null;
    return phase === "connect" ? "connect-too-large" : "packet-too-large";
  }

  function hand(bytes: Buffer, packets: number): void {
    if (packets === 0) return;
    begun += packets;
    take(bytes, packets);
  }

  /** `most`: what the whole will be, as far as it is known. */
  function keep(bytes: Buffer, most: number): void {
    const wanted = partLength + bytes.length;
    if (wanted > part.length) {
      const grown = Buffer.allocUnsafe(Math.max(wanted, Math.min(most, 2 * wanted, wanted + GROWTH)));
      part.copy(grown, 0, 0, partLength);
      part = grown;
    }
    bytes.copy(part, partLength);
    if (partLength === 0) begun++;
    partLength = wanted;
  }

  function drop(): void {
    part = EMPTY;
    partLength = 0;
  }

  return {
    feed,
    trust() {
      trusted = true;
    },
    open() {
      if (phase !== "held") return null;
      phase = "open";
      const held = part.subarray(0, partLength);
      drop();
      return feed(held);
    },
    get full() {
      return phase === "held" && partLength >= heldMost;
    },
    get phase() {
      return phase;
    },
    get kept() {
      return partLength;
    },
    get begun() {
      return begun;
    },
  };
}

const EMPTY: Buffer = Buffer.alloc(0);
/** A growing packet is given at most this much more than it has. */
const GROWTH = 256 * 1024;

const upTo = (chunk: Buffer, end: number): Buffer => (end === chunk.length ? chunk : chunk.subarray(0, end));

/** Size of the packet at `at`, header included; 0 = the header is not whole; −1 = no packet has this length. */
function sizeOf(bytes: Buffer, at: number, end: number): number {
  let value = 0;
  let shift = 0;
  for (let i = at + 1; i < end && i <= at + 4; i++) {
    const byte = bytes[i] as number;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value + (i - at) + 1;
    shift += 7;
  }
  return end > at + 4 ? -1 : 0;
}
