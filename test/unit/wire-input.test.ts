import { describe, expect, it } from "vitest";
import type { EffectiveConfig } from "../../src/model/config.ts";
import type { Input, PacketInput } from "../../src/model/input.ts";
import { decode } from "../../src/wire/decode.ts";
import { digest } from "../../src/wire/digest.ts";
import { decodeInput, encodeInput, INPUT_TYPES } from "../../src/wire/input-codec.ts";

const NOW = 1_772_323_200_123.25;
const config: EffectiveConfig = {
  zone: "Asia/Shanghai",
  offsets: [],
  systems: [],
  mines: [],
  rules: [],
  limits: [],
  units: {},
  switchWords: {},
  switchTypes: {},
  types: {},
};
const configOf = (hash: string) => {
  if (hash !== "abc") throw new Error(`no configuration ${hash}`);
  return config;
};

function packet(payload: Uint8Array, qos: 0 | 1 = 1, topic = "mine/v1/520523017311/safety/readings") {
  const input: PacketInput = {
    seq: 41,
    now: NOW,
    type: "packet",
    mine: "520523017311",
    system: "safety",
    topicKind: "readings",
    qos,
    connection: 4_294_967_300,
    digest: digest(topic, payload),
    body: decode("readings", "safety", payload),
  };
  return { input, packet: { topic, payload } };
}

const joined = (parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
const bytes = (text: string) => new TextEncoder().encode(text);

describe("a packet in the spool", () => {
  const message = bytes('{"ts":1772323200000,"readings":[{"p":"A","v":1.62},{"p":"B","v":null,"s":128}]}');

  it("comes back with the payload byte for byte and the same body", () => {
    for (const payload of [message, bytes(""), Uint8Array.of(0, 255, 10, 13), bytes("\uFEFF{}")]) {
      for (const verdicts of [null, Uint8Array.of(), Uint8Array.of(0, 32, 2)]) {
        const one = packet(payload);
        const { type, body } = encodeInput(one.input, one.packet, verdicts);
        expect(body.at(-1)).toBe(payload);
        const back = decodeInput({ seq: 41, type, body: joined(body) }, configOf);
        expect(back).toEqual({
          ok: true,
          input: one.input,
          verdicts,
          topic: one.packet.topic,
          payload: Uint8Array.from(payload),
        });
      }
    }
  });

  it("keeps its quality of service and a topic without a system", () => {
    const topic = "mine/v1/520523017311/status";
    const { input, packet: bytesOf } = packet(bytes('{"online":false}'), 0, topic);
    const will: PacketInput = {
      ...input,
      system: null,
      topicKind: "status",
      body: decode("status", null, bytesOf.payload),
    };
    const { type, body } = encodeInput(will, bytesOf, null);
    expect(decodeInput({ seq: 41, type, body: joined(body) }, configOf)).toMatchObject({
      ok: true,
      input: will,
    });
  });

  it.each([
    ["mine/v1/520523017311", "topic: not-a-mine-topic"],
    ["mine/v1/520523017311/safety/nonsense", "topic: unknown-kind"],
    ["mine/v1/520523017311/Safety/readings", "topic: system"],
    ["mine/v1/520523017311/安全/readings", "topic: system"],
    ["mine/v1/520523017311//readings", "topic: system"],
    [`mine/v1/520523017311/${"x".repeat(300)}`, "topic: too-long"],
  ])("that was quarantined for its topic %s stays unusable when it is read again", (topic, reason) => {
    const { input, packet: bytesOf } = packet(message, 1, topic);
    const unusable: PacketInput = { ...input, system: null, body: { kind: "unusable", reason } };
    const { type, body } = encodeInput(unusable, bytesOf, null);
    const back = decodeInput({ seq: 41, type, body: joined(body) }, configOf);
    expect(back).toEqual({ ok: true, input: unusable, verdicts: null, topic, payload: message });
  });

  it("is an error value when its topic names no mine", () => {
    const { input, packet: bytesOf } = packet(message, 1, "other/tree");
    const { type, body } = encodeInput(input, bytesOf, null);
    expect(decodeInput({ seq: 41, type, body: joined(body) }, configOf)).toMatchObject({ ok: false });
  });

  it("is an error value at every cut and every unknown version, never a throw", () => {
    const one = packet(message);
    const { type, body } = encodeInput(one.input, one.packet, Uint8Array.of(0, 0));
    const whole = joined(body);
    for (let length = 0; length < whole.length - message.length; length++) {
      expect(decodeInput({ seq: 1, type, body: whole.subarray(0, length) }, configOf).ok).toBe(false);
    }
    whole[0] = 9;
    expect(decodeInput({ seq: 1, type, body: whole }, configOf)).toMatchObject({ ok: false });
  });
});

describe("any other input in the spool", () => {
  const actor = { user: "duty", role: "duty", mines: ["*"], device: "desk" } as const;
  const others: Input[] = [
    { seq: 1, now: NOW, type: "tick" },
    {
      seq: 2,
      now: NOW,
      type: "link",
      mine: "520523017311",
      event: "down",
      connection: 3,
      system: null,
      why: "keepalive",
    },
    { seq: 3, now: NOW, type: "receipt", alarm: "a", rung: "seen", by: "duty", device: "desk" },
    { seq: 4, now: NOW, type: "self", point: "disk-low", value: 1, detail: "1.5 %" },
    { seq: 5, now: NOW, type: "clock", by: -60_000.5 },
    { seq: 6, now: NOW, type: "start", version: "0.1.0", epoch: "e" },
    { seq: 7, now: NOW, type: "stop" },
    {
      seq: 8,
      now: NOW,
      type: "act",
      act: { id: "x", actor, do: "acknowledge", alarm: "a", expect: 3, note: null },
    },
    {
      seq: 10,
      now: NOW,
      type: "file",
      mine: "520523017311",
      system: "safety",
      name: "520523017311_CDSS_20260302081530.txt",
      outcome: "partly",
      digest: 7,
      records: 3,
      refused: { "time-in-seconds": 1 },
      samples: [{ what: "x", reason: "第3行: 时间像是秒,应为毫秒" }],
    },
    { seq: 9, now: NOW, type: "config", hash: "abc", config, reason: "reload" },
  ];

  it.each(others)("comes back as it was: $type", (input) => {
    const { type, body } = encodeInput(input, null, null);
    expect(type).toBe(INPUT_TYPES[input.type]);
    const back = decodeInput({ seq: input.seq, type, body: joined(body) }, configOf);
    expect(back).toEqual({ ok: true, input, verdicts: null, topic: null, payload: null });
  });

  it("holds a configuration by its hash only", () => {
    const { body } = encodeInput(others.at(-1)!, null, null);
    expect(joined(body).length).toBeLessThan(100);
  });

  it("is an error value when its type or its configuration is unknown, or its body damaged", () => {
    expect(decodeInput({ seq: 1, type: 99, body: bytes("{}") }, configOf)).toEqual({
      ok: false,
      why: "spool record 1: unknown type 99",
    });
    expect(decodeInput({ seq: 1, type: INPUT_TYPES.tick, body: bytes("{") }, configOf).ok).toBe(false);
    const gone = decodeInput({ seq: 1, type: INPUT_TYPES.config, body: bytes('{"hash":"x"}') }, configOf);
    expect(gone).toMatchObject({ ok: false, why: expect.stringContaining("no configuration x") });
  });
});
