import mqttPacket from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { decode } from "../../src/wire/decode.ts";
import { createLatencies } from "../bench/latency.ts";
import { createPackets, type Shape } from "../bench/load-packets.ts";

interface Sent {
  readonly messageId: number;
  readonly topic: string;
  readonly text: string;
}

/** So many messages in one slab, as a connection would write them, read back by the packet library. */
function messages(
  count: number,
  plan: { readings: number; shape: Shape; turns: number },
  now: (i: number) => number,
): Sent[] {
  const packets = createPackets({ mine: "520523017311", prefix: "L000", numbered: true, ...plan });
  const slab = Buffer.alloc(count * packets.longest);
  let length = 0;
  for (let i = 0; i < count; i++) length += packets.fill(slab, length, i + 1, now(i));
  const sent: Sent[] = [];
  const parser = mqttPacket.parser();
  parser.on("packet", (packet) => {
    if (packet.cmd !== "publish") return;
    sent.push({ messageId: packet.messageId ?? 0, topic: packet.topic, text: packet.payload.toString() });
  });
  parser.parse(slab.subarray(0, length));
  return sent;
}

const MIDNIGHT = Date.parse("2026-03-02T23:59:59.990+08:00");

describe.each<Shape>(["canonical", "any"])("patched load messages of shape %s", (shape) => {
  it("are whole packets with fresh ids, times (over midnight too), numbers and values", () => {
    const sent = messages(40, { readings: 3, shape, turns: 2 }, (i) => MIDNIGHT + i);
    expect(sent.map(({ messageId }) => messageId)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    const bodies = sent.map(({ text }) => JSON.parse(text));
    expect(bodies.map(({ ts }) => Date.parse(ts))).toEqual(bodies.map((_, i) => MIDNIGHT + i));
    expect(bodies.map(({ seq }) => seq)).toEqual(bodies.map((_, i) => bodies[0].seq + i));
    expect(new Set(sent.map(({ text }) => text)).size).toBe(40);
  });

  it("never say the same time and value of a point twice among eight, even within one millisecond", () => {
    const sent = messages(300, { readings: 2, shape, turns: 3 }, () => MIDNIGHT);
    const samples = new Map<string, string[]>();
    for (const { text } of sent) {
      const { ts, readings } = JSON.parse(text);
      for (const { p, v } of readings) samples.set(p, [...(samples.get(p) ?? []), `${ts} ${v}`]);
    }
    expect(samples.size).toBe(6);
    for (const list of samples.values()) {
      list.forEach((one, i) => {
        expect(list.slice(Math.max(0, i - 8), i)).not.toContain(one);
      });
    }
  });

  it("are read by the gateway without a refused reading", () => {
    for (const { text } of messages(20, { readings: 64, shape, turns: 2 }, (i) => MIDNIGHT + i)) {
      const body = decode("readings", "safety", new TextEncoder().encode(text));
      expect(body).toMatchObject({ kind: "readings", columns: { n: 64, bad: null } });
    }
  });
});

describe("latencies", () => {
  it("give quantiles within 3 % and the greatest exactly", () => {
    const latencies = createLatencies();
    for (let ms = 1; ms <= 1_000; ms++) latencies.add(ms);
    const { p50, p99, max } = latencies.summary();
    expect(Math.abs(p50 / 500 - 1)).toBeLessThan(0.03);
    expect(Math.abs(p99 / 990 - 1)).toBeLessThan(0.03);
    expect([max, latencies.count]).toEqual([1_000, 1_000]);
  });
});
