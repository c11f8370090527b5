import { generate, type Packet, parser } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { createAcks } from "../../src/mqtt/acks.ts";
import { createCounts } from "../../src/mqtt/counts.ts";
import type { AcceptedPacket, LinkEvent } from "../../src/mqtt/ports.ts";
import { createDoor } from "../../src/mqtt/receiver/door.ts";
import { createFrames } from "../../src/mqtt/receiver/frames.ts";
import { createSession } from "../../src/mqtt/receiver/session.ts";
import { RECEIVER_BOUNDS } from "../../src/mqtt/receiver/settings.ts";
import { MINE, OTHER, reading, readingsTopic } from "../support/mqtt-packets.ts";

type Protocol = 4 | 5;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A session whose broker is this test: it writes bytes, and reads what the gateway wrote. */
function scripted(options: { protocol?: Protocol; filters?: string[]; keepAlive?: number } = {}) {
  const protocol = options.protocol ?? 5;
  const written: Packet[] = [];
  const reader = parser({ protocolVersion: protocol });
  reader.on("packet", (packet) => written.push(packet));
  const taken: { topic: string; payload: string; done: (ok: boolean) => void }[] = [];
  const told = { letIn: [] as boolean[], subscribed: [] as (string | null)[], over: [] as (string | null)[] };
  const house = { open: true, stale: [] as string[], flow: true, ended: false };
  const session = createSession({
    settings: {
      protocol,
      clientId: "davylamp-test",
      username: "gateway",
      filters: options.filters ?? ["mine/v1/#"],
      keepAlive: options.keepAlive ?? 30_000,
      sessionExpiry: 3_600_000,
    },
    password: "secret",
    now: 0,
    acks: createAcks((error) => {
      throw error;
    }),
    line: {
      write: (bytes) => void reader.parse(bytes),
      flow: (read) => {
        house.flow = read;
      },
      end: () => {
        house.ended = true;
      },
      destroy: () => {
        house.ended = true;
      },
    },
    mayRead: () => house.open,
    take({ bytes, end }, { topicFrom, topicTo, payload }, done) {
      const topic = bytes.toString("utf8", topicFrom, topicTo);
      taken.push({ topic, payload: bytes.toString("utf8", payload, end), done });
    },
    letIn(present) {
      told.letIn.push(present);
      return house.stale;
    },
    subscribed: (weak) => void told.subscribed.push(weak),
    over: (why) => void told.over.push(why),
  });
  const send = (packet: object) => session.receive(generate(packet as Packet, { protocolVersion: protocol }));
  return {
    session,
    send,
    written,
    taken,
    told,
    house,
    kinds: () => written.map(({ cmd }) => cmd),
    pubacks: () => written.flatMap((packet) => (packet.cmd === "puback" ? [packet.messageId] : [])),
    connack: (more: object = {}) =>
      send({ cmd: "connack", sessionPresent: false, returnCode: 0, reasonCode: 0, ...more }),
    suback: (granted: number[] = [1]) => send({ cmd: "suback", messageId: 1, granted }),
    publish: (id: number, more: object = {}) =>
      send({
        cmd: "publish",
        topic: "mine/v1/a",
        payload: `p${id}`,
        qos: 1,
        messageId: id,
        dup: false,
        retain: false,
        ...more,
      }),
  };
}

type Scripted = ReturnType<typeof scripted>;
function up(options: Parameters<typeof scripted>[0] = {}): Scripted {
  const broker = scripted(options);
  broker.connack();
  broker.suback();
  return broker;
}

describe("a session with a broker", () => {
  it.each([4, 5] as const)(
    "keeps its session, asks for QoS 1 and says who it is (protocol %i)",
    (protocol) => {
      const broker = scripted({ protocol });
      const connect = broker.written[0] as Extract<Packet, { cmd: "connect" }>;
      expect(connect).toMatchObject({
        clean: false,
        clientId: "davylamp-test",
        keepalive: 30,
        username: "gateway",
        protocolVersion: protocol,
      });
      expect(String(connect.password)).toBe("secret");
      if (protocol === 5)
        expect(connect.properties).toMatchObject({ sessionExpiryInterval: 3_600, receiveMaximum: 1_000 });
      broker.connack();
      expect(broker.written[1]).toMatchObject({
        cmd: "subscribe",
        subscriptions: [{ topic: "mine/v1/#", qos: 1 }],
      });
      broker.suback();
      expect(broker.told).toEqual({ letIn: [false], subscribed: [null], over: [] });
    },
  );

  it("acknowledges only what is recorded, in the order it came", async () => {
    const broker = up();
    for (const id of [7, 3, 9]) broker.publish(id);
    expect(broker.taken.map(({ payload }) => payload)).toEqual(["p7", "p3", "p9"]);
    broker.taken[1]?.done(true);
    broker.taken[2]?.done(true);
    await turn();
    expect(broker.pubacks()).toEqual([]);
    broker.taken[0]?.done(true);
    await turn();
    expect(broker.pubacks()).toEqual([7, 3, 9]);
  });

  it("closes on a message that could not be recorded, and acknowledges none after it", async () => {
    const broker = up();
    broker.publish(1);
    broker.publish(2);
    broker.taken[1]?.done(true);
    broker.taken[0]?.done(false);
    await turn();
    expect(broker.pubacks()).toEqual([]);
    expect(broker.told.over).toEqual(["a message could not be recorded"]);
    expect(broker.house.ended).toBe(true);
  });

  it.each([4, 5] as const)("reads packets cut at any byte (protocol %i)", async (protocol) => {
    const whole: Buffer[] = [];
    const properties =
      protocol === 5 ? { properties: { userProperties: { a: "b" }, contentType: "json" } } : {};
    for (let id = 1; id <= 20; id++)
      whole.push(
        generate(
          {
            cmd: "publish",
            topic: "mine/v1/a",
            payload: "x".repeat(id * 37),
            qos: 1,
            messageId: id,
            dup: id % 2 === 0,
            retain: false,
            ...properties,
          },
          { protocolVersion: protocol },
        ),
      );
    const bytes = Buffer.concat(whole);
    for (const step of [1, 2, 3, 7, 64, 1_000]) {
      const broker = up({ protocol });
      for (let at = 0; at < bytes.length; at += step) broker.session.receive(bytes.subarray(at, at + step));
      expect(broker.taken.map(({ payload }) => payload.length)).toEqual(whole.map((_, i) => (i + 1) * 37));
    }
  });

  it("takes back filters that are no longer configured", () => {
    const broker = scripted();
    broker.house.stale = ["old/#"];
    broker.connack({ sessionPresent: true });
    expect(broker.told.letIn).toEqual([true]);
    expect(broker.written.at(-1)).toMatchObject({ cmd: "unsubscribe", unsubscriptions: ["old/#"] });
  });

  it("does not read while the house is pressed, and holds no PINGRESP against the broker then", () => {
    const broker = up({ keepAlive: 10_000 });
    broker.house.open = false;
    broker.publish(1);
    expect(broker.taken).toEqual([]);
    expect(broker.house.flow).toBe(false);
    broker.session.sweep(9_000);
    broker.session.sweep(25_000);
    expect(broker.told.over).toEqual([]);
    broker.house.open = true;
    broker.session.release();
    expect(broker.taken).toHaveLength(1);
    expect(broker.house.flow).toBe(true);
  });

  it("reads no further than it may have under way", async () => {
    const broker = up({ protocol: 4 });
    for (let id = 1; id <= RECEIVER_BOUNDS.underWay + 5; id++) broker.publish(id);
    expect(broker.taken).toHaveLength(RECEIVER_BOUNDS.underWay);
    expect(broker.house.flow).toBe(false);
    for (const { done } of broker.taken.slice(0, 3)) done(true);
    await turn();
    expect(broker.taken).toHaveLength(RECEIVER_BOUNDS.underWay + 3);
    for (const { done } of broker.taken.slice(3)) done(true);
    await turn();
    expect(broker.taken).toHaveLength(RECEIVER_BOUNDS.underWay + 5);
    expect(broker.house.flow).toBe(true);
  });

  it("reads no further than the bytes it may have under way", async () => {
    const broker = up();
    const payload = Buffer.alloc(1_000_000, 0x20);
    for (let id = 1; id <= 12; id++) broker.publish(id, { payload });
    expect(broker.taken).toHaveLength(9);
    for (const { done } of broker.taken.slice(0, 3)) done(true);
    await turn();
    expect(broker.taken).toHaveLength(12);
  });

  it("keeps the connection alive, and gives a broker up that does not answer", () => {
    const broker = up({ keepAlive: 10_000 });
    broker.session.sweep(1_000);
    expect(broker.kinds()).not.toContain("pingreq");
    broker.session.sweep(6_000);
    expect(broker.kinds().filter((cmd) => cmd === "pingreq")).toHaveLength(1);
    broker.send({ cmd: "pingresp" });
    broker.session.sweep(9_000);
    broker.session.sweep(18_900);
    expect(broker.told.over).toEqual([]);
    broker.session.sweep(19_100);
    expect(broker.told.over).toEqual(["no answer to PINGREQ"]);
  });

  it("follows the keep-alive the broker sets", () => {
    const broker = scripted({ keepAlive: 60_000 });
    broker.connack({ properties: { serverKeepAlive: 4 } });
    broker.suback();
    broker.session.sweep(2_100);
    expect(broker.kinds()).toContain("pingreq");
  });

  it("says goodbye so that the session stays", () => {
    const broker = up();
    broker.session.goodbye();
    expect(broker.written.at(-1)).toMatchObject({ cmd: "disconnect" });
    expect(broker.told.over).toEqual([null]);
  });

  const greeted = (broker: Scripted, act: () => void) => {
    broker.connack();
    act();
  };
  const refusals: [string, Protocol, (broker: Scripted) => void, RegExp][] = [
    ["no MQTT 5 (3.1.1's answer)", 5, (b) => b.session.receive(Buffer.from([0x20, 2, 0, 1])), /protocol: 4/],
    ["no MQTT 5", 5, (b) => b.connack({ reasonCode: 0x84 }), /protocol: 4/],
    ["an old broker that only closes", 5, (b) => b.session.lost(null), /try protocol: 4/],
    ["a wrong password", 4, (b) => b.connack({ returnCode: 4 }), /user or password is wrong/],
    ["a wrong password, MQTT 5", 5, (b) => b.connack({ reasonCode: 0x86 }), /user or password is wrong/],
    ["QoS 0 only", 5, (b) => b.connack({ properties: { maximumQoS: 0 } }), /QoS 0 only/],
    ["a message before CONNACK", 5, (b) => b.publish(1), /before CONNACK/],
    ["a filter refused", 5, (b) => greeted(b, () => b.suback([0x87])), /refuses the filter mine\/v1\/#/],
    ["a SUBACK of another length", 5, (b) => greeted(b, () => b.suback([1, 1])), /another length/],
    ["a second CONNACK", 5, (b) => greeted(b, () => b.connack()), /second CONNACK/],
    ["no CONNACK in time", 5, (b) => b.session.sweep(10_600), /no answer to CONNECT/],
    ["no SUBACK in time", 5, (b) => greeted(b, () => b.session.sweep(10_600)), /no answer to SUBSCRIBE/],
  ];
  it.each(refusals)("ends, saying why: %s", (_, protocol, act, words) => {
    const broker = scripted({ protocol });
    act(broker);
    expect(broker.told.over).toHaveLength(1);
    expect(broker.told.over[0]).toMatch(words);
    expect(broker.house.ended).toBe(true);
  });

  const faults: [string, Protocol, (broker: Scripted) => void, RegExp][] = [
    ["QoS 2", 5, (b) => b.publish(1, { qos: 2 }), /qos/],
    [
      "a topic alias, though none is allowed",
      5,
      (b) => b.publish(1, { properties: { topicAlias: 1 } }),
      /alias/,
    ],
    ["packet id 0", 4, (b) => b.session.receive(Buffer.from([0x32, 5, 0, 1, 0x61, 0, 0])), /packet-id/],
    [
      "a topic that is longer than the packet",
      4,
      (b) => b.session.receive(Buffer.from([0x30, 3, 0, 9, 1])),
      /length/,
    ],
    ["no topic", 4, (b) => b.session.receive(Buffer.from([0x30, 2, 0, 0])), /topic-empty/],
    [
      "properties beyond the packet",
      5,
      (b) => b.session.receive(Buffer.from([0x30, 4, 0, 1, 0x61, 9])),
      /properties/,
    ],
    [
      "a property MQTT does not know",
      5,
      (b) => b.session.receive(Buffer.from([0x30, 6, 0, 1, 0x61, 2, 0x7f, 0])),
      /properties/,
    ],
    [
      "a length of five bytes",
      4,
      (b) => b.session.receive(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 1])),
      /length/,
    ],
    ["a packet a server does not send", 5, (b) => b.send({ cmd: "pingreq" }), /packet type 12/],
    ["a DISCONNECT in 3.1.1", 4, (b) => b.session.receive(Buffer.from([0xe0, 0])), /DISCONNECT/],
    [
      "our id taken by another",
      5,
      (b) => b.send({ cmd: "disconnect", reasonCode: 0x8e }),
      /another client came/,
    ],
    ["the network's word", 5, (b) => b.session.lost("nobody listens there"), /nobody listens/],
  ];
  it.each(faults)("gives up on %s", (_, protocol, act, words) => {
    const broker = up({ protocol });
    act(broker);
    expect(broker.told.over).toHaveLength(1);
    expect(broker.told.over[0]).toMatch(words);
  });

  it("tells what is weak: QoS 0 for a filter, a session that is kept for less long", () => {
    const none = scripted({ filters: ["a/#", "b/#"] });
    none.connack();
    none.suback([1, 0]);
    expect(none.told.subscribed[0]).toContain("QoS 0 only is granted for b/#");
    const short = scripted();
    short.connack({ properties: { sessionExpiryInterval: 60 } });
    short.suback();
    expect(short.told.subscribed[0]).toBe("the broker keeps our session for 60 s only");
  });
});

describe("frames", () => {
  const packet = (size: number) =>
    generate({
      cmd: "publish",
      topic: "t",
      payload: Buffer.alloc(size, 1),
      qos: 0,
      dup: false,
      retain: false,
    });

  it("hand on the beginning of a packet that is too long, and go on behind it", () => {
    const bytes = Buffer.concat([packet(10), packet(500_000), packet(20)]);
    for (const step of [999, 65_536, bytes.length]) {
      const frames = createFrames(100_000);
      const sizes: number[] = [];
      const kept: number[] = [];
      for (let at = 0; at < bytes.length; at += step) {
        frames.push(bytes.subarray(at, at + step));
        for (let frame = frames.next(); frame !== null; frame = frames.next()) {
          if (frame === "length") throw new Error("no length");
          sizes.push(frame.size);
          kept.push(frame.end - frame.at);
        }
      }
      expect(sizes).toEqual([packet(10).length, packet(500_000).length, packet(20).length]);
      expect(kept[0]).toBe(sizes[0]);
      expect(kept[2]).toBe(sizes[2]);
      if (step < bytes.length) expect(kept[1]).toBeLessThan(140_000);
    }
  });
});

describe("the door for a broker's messages", () => {
  function door(options: { mines?: string[] | "*"; topicPrefix?: string } = {}) {
    const accepted: AcceptedPacket[] = [];
    const links: LinkEvent[] = [];
    const refused: [string, string][] = [];
    const known = new Map([
      [MINE, { mine: MINE, aliases: ["ALIAS1"] }],
      ["ALIAS1", { mine: MINE, aliases: ["ALIAS1"] }],
      [OTHER, { mine: OTHER, aliases: [] }],
    ]);
    const made = createDoor({
      settings: {
        name: "county",
        url: "mqtt://broker",
        clientId: "x",
        mines: options.mines ?? [MINE],
        topicPrefix: options.topicPrefix ?? "",
        sparkplug: null,
      },
      accept(packet, done) {
        accepted.push(packet);
        done(true);
      },
      link: (event) => void links.push(event),
      refused: (claimed, reason) => void refused.push([claimed, reason]),
      mine: (code) => known.get(code) ?? null,
      publish: () => {},
      wall: () => 0,
      failed: (error) => {
        throw error;
      },
      counts: createCounts(),
    });
    made.open(5);
    const send = (topic: string, payload = reading(), size?: number): boolean | null => {
      const name = Buffer.from(topic);
      const bytes = Buffer.concat([name, Buffer.from(payload)]);
      let answer: boolean | null = null;
      made.take(
        { bytes, at: 0, body: 0, end: bytes.length, size: size ?? bytes.length },
        {
          qos: 1,
          retain: false,
          dup: false,
          id: 1,
          topicFrom: 0,
          topicTo: name.length,
          payload: name.length,
        },
        (ok) => {
          answer = ok;
        },
      );
      return answer;
    };
    return { made, accepted, links, refused, send };
  }

  it("takes what its mines say, under their own code, and tells once that they are up", () => {
    const { made, accepted, links, send } = door();
    send(readingsTopic());
    send(readingsTopic("ALIAS1"));
    expect(accepted.map(({ mine, topic, body }) => [mine, topic, body.kind])).toEqual([
      [MINE, readingsTopic(), "readings"],
      [MINE, readingsTopic(), "readings"],
    ]);
    expect(links).toEqual([
      { mine: MINE, system: null, event: "up", connection: 5, why: "by the broker county" },
    ]);
    made.close("the broker county: gone");
    expect(links[1]).toMatchObject({
      mine: MINE,
      event: "down",
      connection: 5,
      why: "the broker county: gone",
    });
  });

  it("acknowledges, counts and lists what another mine seems to say, and takes none of it", () => {
    const { made, accepted, links, refused, send } = door();
    expect(send(readingsTopic(OTHER))).toBe(true);
    expect(send(readingsTopic(OTHER))).toBe(true);
    expect(send(readingsTopic("9999"))).toBe(true);
    expect([accepted, links]).toEqual([[], []]);
    expect(made.figures).toMatchObject({ refused: 3, unknown: 0, messages: 0 });
    expect(refused).toEqual([
      [OTHER, `broker county: a mine this broker may not speak for: ${readingsTopic(OTHER)}`],
      ["9999", `broker county: no mine has this code: ${readingsTopic("9999")}`],
    ]);
  });

  it("lets a broker speak for every configured mine where that is said", () => {
    const { accepted, send } = door({ mines: "*" });
    send(readingsTopic(OTHER));
    send(readingsTopic("9999"));
    expect(accepted.map(({ mine }) => mine)).toEqual([OTHER]);
  });

  it("counts topics that are none of ours, and quarantines what is none of a mine's", () => {
    const { made, accepted, send } = door();
    for (const topic of [
      "weather/today",
      `mine/v1/${MINE}/out/alarms`,
      "mine/v1/a/b/c",
      `mine/v1/${MINE}\u0001/x`,
    ])
      expect(send(topic)).toBe(true);
    expect(made.figures.unknown).toBe(4);
    send(`mine/v1/${MINE}/safety/nonsense`);
    send(readingsTopic(), "no JSON");
    expect(accepted.map(({ body }) => body.kind)).toEqual(["unusable", "unusable"]);
  });

  it("takes a prefix off", () => {
    const { made, accepted, send } = door({ topicPrefix: "site/a/" });
    send(`site/a/${readingsTopic()}`);
    send(readingsTopic());
    expect(accepted.map(({ topic }) => topic)).toEqual([readingsTopic()]);
    expect(made.figures.unknown).toBe(1);
  });

  it("keeps the beginning of a message that is too long, with its size", () => {
    const { accepted, send } = door();
    expect(send(readingsTopic(), reading(), 3_000_000)).toBe(true);
    expect(accepted[0]?.body).toMatchObject({
      kind: "unusable",
      reason: expect.stringContaining("about 2999964 bytes"),
    });
  });

  it("follows a changed configuration within seconds", () => {
    const { made, accepted, send } = door({ mines: "*" });
    send(readingsTopic("ALIAS1"));
    made.forget(60_000);
    send(readingsTopic("ALIAS1"));
    expect(accepted).toHaveLength(2);
  });
});
