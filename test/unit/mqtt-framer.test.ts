import { generate } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { createFramer } from "../../src/mqtt/framer.ts";
import { connectPacket, MINE, publishPacket, reading, readingsTopic } from "../support/mqtt-packets.ts";

const LIMITS = { connectBytes: 4_096, packetBytes: 64 * 1024, unauthenticatedBytes: 8_192 };

/** Numbers that look random and are the same in every run. */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const CONNECT = connectPacket();

interface Outcome {
  bytes: string;
  packets: number;
  fault: string | null;
  most: number;
}

/** Feeds the chunks after a CONNECT, as an authenticated mine would. */
function feed(chunks: readonly Buffer[], limits = LIMITS): Outcome {
  const out: Buffer[] = [];
  let packets = 0;
  let most = 0;
  const framer = createFramer({
    ...limits,
    take(run, n) {
      out.push(run);
      packets += n;
    },
  });
  framer.feed(CONNECT);
  framer.open();
  out.length = 0;
  packets = 0;
  let fault: string | null = null;
  for (const chunk of chunks) {
    fault = framer.feed(chunk);
    most = Math.max(most, framer.kept);
    if (fault !== null) break;
  }
  return { bytes: Buffer.concat(out).toString("latin1"), packets, fault, most };
}

function split(stream: Buffer, next: (below: number) => number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < stream.length; ) {
    const size = next(4) === 0 ? 1 : 1 + next(next(3) === 0 ? stream.length : 40);
    chunks.push(stream.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

const GOOD: readonly Buffer[] = [
  publishPacket(readingsTopic(), reading()),
  publishPacket(readingsTopic(), reading(), { qos: 0 }),
  publishPacket(readingsTopic(), "x".repeat(300), { id: 65_535, retain: true, dup: true }),
  generate({ cmd: "pingreq" }),
  generate({ cmd: "puback", messageId: 9 }),
  generate({ cmd: "subscribe", messageId: 3, subscriptions: [{ topic: `mine/v1/${MINE}/out/#`, qos: 1 }] }),
  generate({ cmd: "unsubscribe", messageId: 4, unsubscriptions: [`mine/v1/${MINE}/out/#`] }),
  publishPacket(readingsTopic(), Buffer.alloc(20_000, 65), { id: 2 }),
];
/** A remaining length may be padded; only more than four bytes are wrong. */
const PADDED_PING = Buffer.from([0xc0, 0x80, 0x80, 0x00]);

function streamOf(next: (below: number) => number, length: number): Buffer {
  const packets = Array.from({ length }, () => (next(20) === 0 ? PADDED_PING : GOOD[next(GOOD.length)]));
  return Buffer.concat(packets as Buffer[]);
}

describe("the framer", () => {
  it("gives the same packets for every split of the same bytes", () => {
    const next = random(1);
    for (let round = 0; round < 400; round++) {
      const stream = streamOf(next, 1 + next(20));
      const whole = feed([stream]);
      expect(whole.fault).toBeNull();
      expect(whole.bytes).toBe(stream.toString("latin1"));
      const { most: _, ...pieces } = feed(split(stream, next));
      expect(pieces).toEqual({ bytes: whole.bytes, packets: whole.packets, fault: null });
    }
  });

  it("finds the same fault at the same packet for every split of broken bytes", () => {
    const next = random(2);
    const faults = new Set<string>();
    for (let round = 0; round < 3_000; round++) {
      const stream = Buffer.from(streamOf(next, 1 + next(5)));
      for (let flips = 1 + next(3); flips > 0; flips--) stream[next(Math.min(60, stream.length))] = next(256);
      const whole = feed([stream]);
      const pieces = feed(split(stream, next));
      expect([pieces.fault, pieces.packets, pieces.bytes]).toEqual([whole.fault, whole.packets, whole.bytes]);
      if (whole.fault !== null) faults.add(whole.fault);
    }
    // The mutations reach most of what the grammar forbids, so the comparison above compared something.
    expect(faults.size).toBeGreaterThan(9);
  });

  it("survives 200,000 mutated packets without a throw and never keeps more than the largest packet", () => {
    const next = random(3);
    let packets = 0;
    let handed = 0;
    let most = 0;
    let afterFault = 0;
    while (packets < 200_000) {
      const framer = createFramer({ ...LIMITS, take: (_run, n) => (handed += n) });
      framer.feed(CONNECT);
      framer.open();
      let fault: string | null = null;
      for (let n = 0; n < 30 && fault === null; n++, packets++) {
        const packet = Buffer.from(GOOD[next(GOOD.length - 1)] as Buffer);
        // A wrong length swallows all that follows, so most packets keep theirs.
        const from = next(50) === 0 ? 0 : Math.min(4, packet.length);
        for (let flips = next(3); flips > 0 && from < packet.length; flips--) {
          packet[from + next(packet.length - from)] = next(256);
        }
        const cut = next(50) === 0 ? packet.subarray(0, next(packet.length)) : packet;
        fault = framer.feed(cut);
        most = Math.max(most, framer.kept);
        if (fault !== null) afterFault += framer.kept;
      }
    }
    expect(handed).toBeGreaterThan(50_000);
    expect(most).toBeLessThanOrEqual(LIMITS.packetBytes);
    expect(afterFault).toBe(0);
  });

  it("survives random bytes", () => {
    const next = random(4);
    let most = 0;
    for (let round = 0; round < 10_000; round++) {
      const noise = Buffer.from(Array.from({ length: 1 + next(40) }, () => next(256)));
      const stranger = createFramer({ ...LIMITS, take: () => {} });
      stranger.feed(noise);
      most = Math.max(most, stranger.kept);
      feed([noise]);
    }
    expect(most).toBeLessThanOrEqual(LIMITS.connectBytes);
  });

  it("hands a chunk of whole packets on as it is, without a copy", () => {
    const runs: Buffer[] = [];
    const framer = createFramer({ ...LIMITS, take: (run) => runs.push(run) });
    framer.feed(connectPacket());
    framer.open();
    const chunk = Buffer.concat([GOOD[0], GOOD[1], GOOD[3]] as Buffer[]);
    framer.feed(chunk);
    expect(runs[1]).toBe(chunk);
  });

  it("takes the length on trust only as far as bytes came", () => {
    const framer = createFramer({ ...LIMITS, packetBytes: 1024 * 1024, take: () => {} });
    framer.feed(connectPacket());
    framer.open();
    const before = process.memoryUsage().arrayBuffers;
    framer.feed(Buffer.from([0x32, 0xff, 0xff, 0x1f, 0, 5]));
    expect(framer.kept).toBe(6);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024);
  });

  it("hands on what came before a fault, and nothing after it", () => {
    const { packets, fault } = feed([Buffer.concat([GOOD[0], Buffer.from([0xf0, 0]), GOOD[0]] as Buffer[])]);
    expect({ packets, fault }).toEqual({ packets: 1, fault: "reserved-type" });
  });

  it("reads nothing after DISCONNECT", () => {
    const goodbye = generate({ cmd: "disconnect" });
    const { packets, fault } = feed([
      Buffer.concat([GOOD[0], goodbye, Buffer.from([0xff, 0xff])] as Buffer[]),
    ]);
    expect({ packets, fault }).toEqual({ packets: 2, fault: null });
  });

  describe("before CONNACK", () => {
    const stranger = (limits = LIMITS) => {
      let packets = 0;
      const framer = createFramer({ ...limits, take: (_run, n) => (packets += n) });
      return { framer, packets: () => packets };
    };

    it("lets nothing but a CONNECT in", () => {
      for (const packet of GOOD) expect(stranger().framer.feed(packet)).toBe("not-a-connect");
      expect(stranger().framer.feed(Buffer.from("GET / HTTP/1.1\r\n"))).toBe("not-a-connect");
      expect(stranger().framer.feed(Buffer.from([0x11, 2]))).toBe("not-a-connect");
    });

    it("refuses a CONNECT over 4 KiB by its header alone", () => {
      expect(stranger().framer.feed(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]))).toBe("connect-too-large");
      expect(stranger().framer.feed(Buffer.from([0x10, 0xff, 0x1f]))).toBe("connect-too-large");
      expect(stranger().framer.feed(Buffer.from([0x10, 0xfd, 0x1f]))).toBeNull();
    });

    it("holds what follows the CONNECT, up to 8 KiB in all, and hands it on when opened", () => {
      const { framer, packets } = stranger();
      framer.feed(Buffer.concat([connectPacket(), GOOD[0], GOOD[1]] as Buffer[]));
      expect([packets(), framer.phase]).toEqual([1, "held"]);
      expect(framer.open()).toBeNull();
      expect(packets()).toBe(3);
    });

    it("is full, not at fault, at 8 KiB of one that is authenticated", () => {
      const { framer, packets } = stranger();
      framer.feed(connectPacket());
      framer.trust();
      expect([framer.feed(Buffer.concat(Array(4_500).fill(Buffer.from([0xc0, 0])))), framer.full]).toEqual([
        null,
        true,
      ]);
      expect([framer.open(), packets(), framer.full]).toEqual([null, 4_501, false]);
    });

    it("refuses a ninth KiB however it is cut", () => {
      for (const size of [1, 100, 4_000, 9_000]) {
        const { framer } = stranger();
        framer.feed(connectPacket());
        let fault: string | null = null;
        for (let sent = 0; sent < 9_000 && fault === null; sent += size) {
          fault = framer.feed(Buffer.alloc(size, 0xc0));
          expect(framer.kept).toBeLessThanOrEqual(LIMITS.unauthenticatedBytes);
        }
        expect(fault).toBe("too-early");
      }
    });
  });
});

describe("the grammar of packets", () => {
  const topic = (bytes: Buffer, qos: 0 | 1 = 1): Buffer => {
    const body = Buffer.concat([
      Buffer.from([bytes.length >> 8, bytes.length & 255]),
      bytes,
      ...(qos === 1 ? [Buffer.from([0, 1])] : []),
    ]);
    return Buffer.concat([
      Buffer.from([0x30 | (qos << 1), (body.length & 127) | 128, body.length >> 7]),
      body,
    ]);
  };
  const publish = Buffer.from(publishPacket("a/b", "x"));
  const changed = (at: number, byte: number): Buffer => {
    const copy = Buffer.from(publish);
    copy[at] = byte;
    return copy;
  };

  it.each([
    ["a second CONNECT", connectPacket(), "second-connect"],
    ["QoS 2", publishPacket("a/b", "x", { qos: 2 }), "qos-2"],
    ["QoS 3", changed(0, 0x36), "qos-3"],
    ["DUP without QoS", Buffer.from([0x38, 5, 0, 3, 97, 47, 98]), "dup-without-qos"],
    ["PUBREL, half of a QoS 2 exchange", Buffer.from([0x62, 2, 0, 1]), "qos-2"],
    ["PUBREC", Buffer.from([0x50, 2, 0, 1]), "qos-2"],
    ["a CONNACK, which only a server sends", Buffer.from([0x20, 2, 0, 0]), "server-packet"],
    ["a PINGRESP", Buffer.from([0xd0, 0]), "server-packet"],
    ["type 0", Buffer.from([0x00, 0]), "reserved-type"],
    ["type 15", Buffer.from([0xf0, 0]), "reserved-type"],
    ["flags on a PINGREQ", Buffer.from([0xc1, 0]), "reserved-flags"],
    ["no flags on a SUBSCRIBE", Buffer.from([0x80, 6, 0, 1, 0, 1, 97, 0]), "reserved-flags"],
    ["a PINGREQ with a body", Buffer.from([0xc0, 1, 0]), "length"],
    ["a PUBACK of three bytes", Buffer.from([0x40, 3, 0, 1, 0]), "length"],
    ["a PUBACK of packet 0", Buffer.from([0x40, 2, 0, 0]), "packet-id"],
    ["a PUBLISH of packet 0", publishPacket("a/b", "x", { id: 1 }).fill(0, 7, 9), "packet-id"],
    ["a PUBLISH shorter than its topic", Buffer.from([0x30, 3, 0, 5, 97]), "length"],
    ["a PUBLISH without a packet id", Buffer.from([0x32, 3, 0, 1, 97]), "length"],
    ["a PUBLISH of one byte", Buffer.from([0x30, 1, 0]), "length"],
    ["a length of five bytes", Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 1]), "length"],
    ["a packet over the limit", Buffer.from([0x30, 0xff, 0xff, 0x7f]), "packet-too-large"],
    ["an empty topic", topic(Buffer.alloc(0), 0), "topic-empty"],
    ["a topic of 1,025 bytes", topic(Buffer.alloc(1_025, 97)), "topic-too-long"],
    ["a wildcard # in a topic", topic(Buffer.from("mine/v1/#")), "topic-characters"],
    ["a wildcard + in a topic", topic(Buffer.from("mine/+/x")), "topic-characters"],
    ["NUL in a topic", topic(Buffer.from("mine/\0")), "topic-characters"],
    ["a control character in a topic", topic(Buffer.from("mine/\n")), "topic-characters"],
    ["DEL in a topic", topic(Buffer.from("mine/\x7f")), "topic-characters"],
    ["a C1 control in a topic", topic(Buffer.from("mine/\u0085")), "topic-characters"],
    ["U+FFFD in a topic", topic(Buffer.from("mine/\ufffd")), "topic-characters"],
    ["broken UTF-8 in a topic", topic(Buffer.from([109, 0xc3])), "topic-characters"],
    ["a lone surrogate in a topic", topic(Buffer.from([0xed, 0xa0, 0x80])), "topic-characters"],
    ["a SUBSCRIBE without a filter", Buffer.from([0x82, 2, 0, 1]), "length"],
    ["a SUBSCRIBE of packet 0", Buffer.from([0x82, 6, 0, 0, 0, 1, 97, 0]), "packet-id"],
    ["an empty filter", Buffer.from([0x82, 5, 0, 1, 0, 0, 0]), "filter"],
    ["NUL in a filter", Buffer.from([0x82, 6, 0, 1, 0, 1, 0, 0]), "filter"],
    ["a filter with QoS 3", Buffer.from([0x82, 6, 0, 1, 0, 1, 97, 3]), "filter-qos"],
    ["a filter cut short", Buffer.from([0x82, 6, 0, 1, 0, 9, 97, 0]), "length"],
    ["an UNSUBSCRIBE cut short", Buffer.from([0xa2, 5, 0, 1, 0, 9, 97]), "length"],
    [
      "seventeen filters",
      generate({
        cmd: "subscribe",
        messageId: 1,
        subscriptions: Array.from({ length: 17 }, () => ({ topic: "a", qos: 0 as const })),
      }),
      "filter-count",
    ],
  ] as [string, Buffer, string][])("closes at %s", (_what, packet, fault) => {
    expect(feed([packet]).fault).toBe(fault);
  });

  it.each([
    ["a topic in Chinese", topic(Buffer.from("mine/v1/安全"))],
    ["a topic of 1,024 bytes", topic(Buffer.alloc(1_024, 97))],
    ["an empty payload", publishPacket("a", "")],
    ["a retransmission", publishPacket("a", "x", { dup: true })],
    ["a filter in QoS 2, which the broker answers with a refusal", Buffer.from([0x82, 6, 0, 1, 0, 1, 97, 2])],
  ] as [string, Buffer][])("lets pass %s", (_what, packet) => {
    expect(feed([packet]).fault).toBeNull();
  });
});
