import { generate, type IConnectPacket } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { readConnect } from "../../src/mqtt/connect-packet.ts";
import { connectPacket, MINE } from "../support/mqtt-packets.ts";

const fields = (packet: Buffer) => {
  const read = readConnect(packet);
  if (!read.ok) throw new Error(read.reason);
  return read.connect;
};
const reason = (packet: Buffer) => {
  const read = readConnect(packet);
  return read.ok ? "accepted" : `${read.code} ${read.reason}`;
};

describe("a CONNECT", () => {
  it("gives who it says it is", () => {
    const will = {
      topic: `mine/v1/${MINE}/status`,
      payload: Buffer.from("{}"),
      qos: 1 as const,
      retain: true,
    };
    const { forBroker: _, ...rest } = fields(connectPacket({ will, keepalive: 30 }));
    expect(rest).toEqual({
      clientId: `${MINE}-a`,
      user: MINE,
      password: `demo-${MINE}`,
      keepalive: 30,
      will: { topic: will.topic, qos: 1 },
    });
  });

  it("is shown to the broker as a clean one without keep-alive, and otherwise byte for byte", () => {
    const sent = connectPacket({ clean: false, keepalive: 30 });
    const shown = fields(sent).forBroker;
    expect(shown).toEqual(connectPacket({ clean: true, keepalive: 0 }));
    expect(sent).toEqual(connectPacket({ clean: false, keepalive: 30 }));
  });

  it("may be of MQTT 3.1, whose name differs", () => {
    expect(fields(connectPacket({ protocolId: "MQIsdp", protocolVersion: 3 })).user).toBe(MINE);
  });

  it("of a bridge has the top bit of its level set", () => {
    const packet = connectPacket();
    packet[8] = 0x84;
    expect(fields(packet).user).toBe(MINE);
  });

  it("of MQTT 5 is refused by CONNACK 1 and listed with its client id", () => {
    const packet = generate({
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: 5,
      clean: true,
      clientId: `${MINE}-five`,
      keepalive: 60,
      properties: { sessionExpiryInterval: 10, userProperties: { a: "b" } },
    } as IConnectPacket);
    expect(readConnect(packet)).toMatchObject({ ok: false, code: 1, clientId: `${MINE}-five` });
  });

  it.each([
    ["another protocol level", 8, 6, "1 protocol level 6"],
    ["MQTT at the level of 3.1", 8, 3, "1 protocol level 3"],
    ["the reserved flag", 9, 0xc3, "null broken CONNECT: fields"],
    ["a will of QoS 3", 9, 0xde, "null broken CONNECT: fields"],
    ["a will's QoS without a will", 9, 0xca, "null broken CONNECT: fields"],
    ["another protocol name", 4, 0x4e, "null broken CONNECT: protocol name"],
  ])("with %s is refused", (_what, at, byte, expected) => {
    const packet = connectPacket();
    packet[at] = byte;
    expect(reason(packet)).toBe(expected);
  });

  it.each(["a\0b", "a\nb", "a\u0085", "a\ufffd", "\u007f"])("with %j as client id is refused", (clientId) => {
    expect(reason(connectPacket({ clientId }))).toBe("null broken CONNECT: fields");
  });

  it("cut at any byte, or with bytes left over, is refused", () => {
    const packet = connectPacket();
    for (let end = 2; end < packet.length; end++) {
      expect(readConnect(packet.subarray(0, end)).ok).toBe(false);
    }
    expect(readConnect(Buffer.concat([packet, Buffer.from([0])])).ok).toBe(false);
  });

  it("of any bytes is read without a throw", () => {
    let state = 7;
    const next = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let round = 0; round < 50_000; round++) {
      const packet = connectPacket();
      for (let flips = 1 + next(4); flips > 0; flips--) packet[next(packet.length)] = next(256);
      readConnect(packet.subarray(0, next(packet.length + 1)));
    }
  });
});
