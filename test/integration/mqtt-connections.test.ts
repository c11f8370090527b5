import { createServer } from "node:net";
import { generate } from "mqtt-packet";
import { afterEach, describe, expect, it } from "vitest";
import type { MqttSettings } from "../../src/mqtt/settings.ts";
import { answers, clientsOfOneRoom, puback } from "../support/mqtt-clients.ts";
import {
  connectPacket,
  MINE,
  OTHER,
  publishPacket,
  reading,
  readingsTopic,
} from "../support/mqtt-packets.ts";
import { openRoom, type Room } from "../support/mqtt-room.ts";

const here = clientsOfOneRoom();
afterEach(() => here.close());

const STATUS = `mine/v1/${MINE}/status`;
const WILL = { topic: STATUS, payload: Buffer.from('{"online":false}'), qos: 1 as const, retain: true };

/** What a CONNECT is answered with, and why by our own list. */
async function refusal(
  room: Room,
  connect: Buffer,
): Promise<{ code: number | null; reason: string | undefined }> {
  const mine = await here.stranger(room);
  mine.socket.write(connect);
  await mine.closed;
  const bytes = mine.bytes();
  return { code: bytes.length === 4 ? (bytes[3] as number) : null, reason: room.refusals.at(-1)?.reason };
}

describe("a CONNECT", () => {
  it.each([
    ["keep-alive 0", { keepalive: 0 }, 5, "keep-alive 0"],
    ["a keep-alive over a minute", { keepalive: 61 }, 5, "keep-alive over 60 s"],
    ["a wrong password", { password: Buffer.from("x") }, 4, "wrong password"],
    [
      "another mine's client id",
      { clientId: `${OTHER}-a` },
      2,
      "client id does not begin with the mine code",
    ],
    ["no client id", { clientId: "" }, 2, "no client id"],
    [
      "a will on another mine's topic",
      { will: { ...WILL, topic: `mine/v1/${OTHER}/status` } },
      5,
      "Last Will on another topic than its status",
    ],
    [
      "a will on its readings",
      { will: { ...WILL, topic: readingsTopic() } },
      5,
      "Last Will on another topic than its status",
    ],
    [
      "a will with a wildcard",
      { will: { ...WILL, topic: `mine/v1/${MINE}/#` } },
      5,
      "Last Will on another topic than its status",
    ],
  ])("with %s is refused by its CONNACK and listed", async (_what, changes, code, reason) => {
    const room = await here.room();
    expect(await refusal(room, connectPacket(changes))).toEqual({ code, reason });
    expect(room.links).toEqual([]);
    expect(room.refusals[0]).toMatchObject({ address: "127.0.0.1", claimed: MINE });
  });

  it("of MQTT 5 is refused by CONNACK 1, which its clients understand", async () => {
    const room = await here.room();
    await expect(here.client(room, MINE, { protocolVersion: 5 })).rejects.toThrow();
    expect(room.refusals[0]).toMatchObject({
      clientId: `${MINE}-js`,
      reason: "MQTT 5 is not spoken here, use 3.1.1",
    });
  });

  it("that is no MQTT at all is closed unanswered", async () => {
    const room = await here.room();
    expect(await refusal(room, Buffer.from("GET / HTTP/1.1\r\n\r\n"))).toEqual({
      code: null,
      reason: "not-a-connect",
    });
  });

  it("lists strings from outside only capped and printable", async () => {
    const room = await here.room();
    const clientId = `${"\u202e"}${"x".repeat(500)}`;
    await refusal(room, connectPacket({ clientId, username: "y".repeat(500) }));
    expect(room.refusals[0]).toMatchObject({ clientId: `?${"x".repeat(63)}`, claimed: "y".repeat(32) });
  });

  it("asking for a session that lasts gets one that does not", async () => {
    const room = await here.room();
    const first = await here.raw(room, connectPacket({ clean: false }));
    first.socket.write(
      generate({
        cmd: "subscribe",
        messageId: 1,
        subscriptions: [{ topic: `mine/v1/${MINE}/out/#`, qos: 1 }],
      }),
    );
    expect((await first.received(9)).subarray(4)).toEqual(Buffer.from([0x90, 3, 0, 1, 1]));
    first.socket.destroy();
    await room.until(() => room.links.length === 2);
    room.mqtt.publish(MINE, `mine/v1/${MINE}/out/alarms`, "kept for nobody");
    const again = await here.raw(room, connectPacket({ clean: false }));
    again.socket.write(Buffer.from([0xc0, 0]));
    // Session present 0 in the CONNACK, and the next thing it hears is its own ping.
    expect(answers(await again.received(6))).toEqual(Buffer.from([0xd0, 0]));
  });
});

describe("limits on strangers", () => {
  it("four sockets that lie about a length cost less than 5 MB", async () => {
    const room = await here.room();
    const lie = Buffer.concat([Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]), Buffer.alloc(64 * 1024)]);
    const before = process.memoryUsage().rss;
    const liars = await Promise.all([1, 2, 3, 4].map(() => here.stranger(room)));
    for (const { socket } of liars) socket.write(lie.subarray(0, 64 * 1024));
    await Promise.all(liars.map(({ closed }) => closed));
    expect(room.refusals.map(({ reason }) => reason)).toEqual(Array(4).fill("connect-too-large"));
    expect(process.memoryUsage().rss - before).toBeLessThan(5 * 1024 * 1024);
  });

  it("cut who keeps sending before the CONNACK, at 8 KiB", async () => {
    const room = await here.room({ ports: { authenticate: () => new Promise(() => {}) } });
    const mine = await here.stranger(room);
    mine.socket.write(Buffer.concat([connectPacket(), Buffer.alloc(64 * 1024, 0xc0)]));
    await mine.closed;
    expect(room.refusals.map(({ reason }) => reason)).toEqual(["too-early"]);
  });

  it("do not cut a mine that sends a great deal the moment it has its CONNACK", async () => {
    const room = await here.room();
    const large = publishPacket(readingsTopic(), reading(1).padEnd(200_000), { id: 1 });
    for (let n = 0; n < 20; n++) {
      const mine = await here.stranger(room);
      mine.socket.once("data", () => mine.socket.write(large));
      mine.socket.write(connectPacket({ clientId: `${MINE}-${n}` }));
      expect(answers(await mine.received(4 + 4))).toEqual(puback(1));
    }
    expect(room.refusals).toEqual([]);
  });

  it.each([
    ["a CONNECT that never becomes whole", connectPacket().subarray(0, 20), "connect-too-slow"],
    ["no byte at all", Buffer.alloc(0), "connect-too-slow"],
  ])("cut %s", async (_what, bytes, reason) => {
    const room = await here.room({ settings: { connectWithinMs: 1 } });
    expect((await refusal(room, bytes)).reason).toBe(reason);
  });

  it("cut who could not be authenticated in time", async () => {
    const room = await here.room({
      settings: { authenticateWithinMs: 1 },
      ports: { authenticate: () => new Promise(() => {}) },
    });
    expect((await refusal(room, connectPacket())).reason).toBe("login-too-slow");
  });

  it("close the twenty-first connection of an address that has no CONNACK, and no other", async () => {
    const room = await here.room();
    const waiting = await Promise.all(Array.from({ length: 20 }, () => here.stranger(room)));
    const more = await here.stranger(room);
    await more.closed;
    expect(room.refusals.map(({ reason }) => reason)).toEqual(["too many without CONNACK"]);
    waiting[0]?.socket.write(connectPacket());
    await waiting[0]?.received(4);
    await here.raw(room, connectPacket({ clientId: `${MINE}-b` }));
  });

  it.each([
    ["too many log-ins", { connectsPerMinute: 2 }],
    ["too many connections of its mine", { connectionsPerMine: 2 }],
  ] as [string, Partial<MqttSettings>][])("refuse a mine with %s, and no other", async (reason, settings) => {
    const room = await here.room({ settings });
    await here.raw(room, connectPacket({ clientId: `${MINE}-1` }));
    await here.raw(room, connectPacket({ clientId: `${MINE}-2` }));
    expect(await refusal(room, connectPacket({ clientId: `${MINE}-3` }))).toEqual({ code: 3, reason });
    await here.client(room, OTHER);
  });
});

describe("limits on mines", () => {
  it("cut a packet that does not come to its end", async () => {
    const room = await here.room({ settings: { packetWithinMs: 1 } });
    const mine = await here.raw(room);
    mine.socket.write(publishPacket(readingsTopic(), reading()).subarray(0, 30));
    await mine.closed;
    expect(room.links.at(-1)).toMatchObject({ event: "down", why: "packet-too-slow" });
  });

  it("cut a packet over 1 MiB by its header, and take one of 1 MiB", async () => {
    const room = await here.room();
    const big = await here.client(room);
    await big.publishAsync(readingsTopic(), Buffer.alloc(1024 * 1024, 32), { qos: 1 });
    expect(room.packets[0]?.payload.length).toBe(1024 * 1024);
    const mine = await here.raw(room, connectPacket({ clientId: `${MINE}-b` }));
    mine.socket.write(Buffer.from([0x32, 0x81, 0x82, 0x40]));
    await mine.closed;
    expect(room.refusals.map(({ reason }) => reason)).toEqual(["packet-too-large"]);
  });

  it("cut who says nothing for one and a half keep-alives", async () => {
    const room = await here.room();
    const mine = await here.raw(room, connectPacket({ keepalive: 1 }));
    await mine.closed;
    expect(room.links.at(-1)).toMatchObject({ event: "down", why: "keep-alive" });
  });

  it("hold a mine over its rate without losing a message, and let its neighbour pass", async () => {
    const room = await here.room({ settings: { messagesPerSecond: 1_000, burst: 100 } });
    const mine = await here.raw(room);
    const neighbour = await here.client(room, OTHER);
    const ids = Array.from({ length: 600 }, (_, n) => n + 1);
    for (const id of ids.slice(0, 300))
      mine.socket.write(publishPacket(readingsTopic(), reading(id), { id }));
    await room.until(() => (room.mqtt.stats().mines[MINE]?.messages ?? 0) > 100);
    for (const id of ids.slice(300)) mine.socket.write(publishPacket(readingsTopic(), reading(id), { id }));
    await neighbour.publishAsync(readingsTopic(OTHER), reading(), { qos: 1 });
    expect(answers(await mine.received(4 + 4 * ids.length))).toEqual(puback(...ids));
    expect(room.mqtt.stats().mines[MINE]?.heldMs).toBeGreaterThan(0);
    expect(room.mqtt.stats().mines[OTHER]?.heldMs).toBe(0);
  });
});

describe("while the house is pressed", () => {
  it("no mine is read, and with relief everything comes, in order", async () => {
    let pressed = false;
    let relief = () => {};
    let asked = 0;
    const room: Room = await here.room({
      ports: {
        pressed() {
          asked++;
          room?.noted();
          return pressed;
        },
        onRelief: (callback) => {
          relief = callback;
        },
      },
    });
    const mine = await here.raw(room);
    const other = await here.raw(
      room,
      connectPacket({ clientId: `${OTHER}-a`, username: OTHER, password: Buffer.from(`demo-${OTHER}`) }),
    );
    pressed = true;
    const ids = Array.from({ length: 3_000 }, (_, n) => n + 1);
    const before = asked;
    for (const id of ids) mine.socket.write(publishPacket(readingsTopic(), reading(id), { id }));
    other.socket.write(publishPacket(readingsTopic(OTHER), reading(), { id: 1 }));
    await room.until(() => asked > before + 1);
    expect(room.packets).toEqual([]);
    // Who is not yet in may come in: a link that breaks in that time would be one more trouble.
    await here.raw(room, connectPacket({ clientId: `${MINE}-b` }));
    expect(room.packets).toEqual([]);
    pressed = false;
    relief();
    expect(answers(await mine.received(4 + 4 * ids.length))).toEqual(puback(...ids));
    expect(answers(await other.received(8))).toEqual(puback(1));
    const values = room.packets
      .filter((packet) => packet.mine === MINE)
      .map(({ payload }) => payload.toString());
    expect(values).toEqual(ids.map((id) => reading(id)));
  });

  it("it is noticed by and by that the pressure is gone, even when nobody says so", async () => {
    let pressed = true;
    const room = await here.room({ ports: { pressed: () => pressed } });
    const mine = await here.raw(room);
    mine.socket.write(publishPacket(readingsTopic(), reading(), { id: 1 }));
    pressed = false;
    expect(answers(await mine.received(8))).toEqual(puback(1));
  });

  it("the house gets at most what one read of a connection brought", async () => {
    let taken = 0;
    const room: Room = await here.room({
      ports: {
        pressed: () => taken > 0,
        accept(_packet, done) {
          taken++;
          done(true);
          room.noted();
        },
      },
    });
    const packets = Buffer.concat(
      Array.from({ length: 20_000 }, (_, id) => publishPacket(readingsTopic(), reading(), { id: id + 1 })),
    );
    const mines = await Promise.all(
      [1, 2, 3].map((n) => here.raw(room, connectPacket({ clientId: `${MINE}-${n}` }))),
    );
    for (const { socket } of mines) socket.write(packets);
    await room.until(() => taken > 0);
    const one = publishPacket(readingsTopic(), reading()).length;
    expect(taken).toBeLessThanOrEqual(Math.ceil((64 * 1024) / one));
  });
});

describe("a connection of the same identity", () => {
  it("takes the place of the one before it, without a Last Will", async () => {
    const room = await here.room();
    const before = await here.raw(room, connectPacket({ will: WILL }));
    const after = await here.raw(room, connectPacket({ will: WILL }));
    await before.closed;
    expect(room.links.map(({ event, connection, why }) => [event, connection, why])).toEqual([
      ["up", 1, "connected"],
      ["down", 1, "taken over"],
      ["up", 2, "connected"],
    ]);
    after.socket.write(publishPacket(readingsTopic(), reading(), { id: 1 }));
    expect(answers(await after.received(8))).toEqual(puback(1));
    expect(room.packets.map(({ topicKind }) => topicKind)).toEqual(["readings"]);
  });

  it("is not one of another credential with the same client id", async () => {
    const long = "520523017311";
    const short = "5205";
    const room = await here.room();
    const clientId = `${long}-a`;
    const theirs = await here.raw(
      room,
      connectPacket({ clientId, username: long, password: Buffer.from(`demo-${long}`) }),
    );
    const ours = await here.raw(
      room,
      connectPacket({ clientId, username: short, password: Buffer.from(`demo-${short}`) }),
    );
    theirs.socket.write(publishPacket(readingsTopic(long), reading(), { id: 1 }));
    ours.socket.write(publishPacket(readingsTopic(short), reading(), { id: 2 }));
    expect(answers(await theirs.received(8))).toEqual(puback(1));
    expect(answers(await ours.received(8))).toEqual(puback(2));
  });

  it.each(["__proto__", "constructor", "toString"])("named after %s is one like any other", async (name) => {
    const room = await here.room();
    const mine = await here.raw(room, connectPacket({ clientId: `${MINE}${name}` }));
    mine.socket.write(publishPacket(readingsTopic(), reading(), { id: 1 }));
    expect(answers(await mine.received(8))).toEqual(puback(1));
  });
});

describe("a Last Will", () => {
  it("comes as the mine's status when the connection is lost, before its link goes down", async () => {
    const room = await here.room();
    const mine = await here.raw(room, connectPacket({ will: WILL }));
    const told = room.until(() => {
      if (room.packets.length === 1) expect(room.links.length).toBe(1);
      return room.packets.length === 1;
    });
    mine.socket.resetAndDestroy();
    await told;
    await room.until(() => room.links.length === 2);
    expect(room.packets[0]).toMatchObject({
      mine: MINE,
      system: null,
      topicKind: "status",
      topic: STATUS,
      retain: true,
      connection: 1,
      body: { kind: "status", online: false },
    });
    expect(room.links[1]).toMatchObject({ event: "down", why: "closed by peer" });
  });

  it("comes when we cut the mine for what it did", async () => {
    const room = await here.room();
    const mine = await here.raw(room, connectPacket({ will: WILL }));
    mine.socket.write(publishPacket(readingsTopic(OTHER), reading()));
    await room.until(() => room.links.length === 2);
    expect(room.packets.map(({ topicKind }) => topicKind)).toEqual(["status"]);
  });

  it("does not come after DISCONNECT", async () => {
    const room = await here.room();
    const mine = await here.raw(room, connectPacket({ will: WILL }));
    mine.socket.write(generate({ cmd: "disconnect" }));
    await room.until(() => room.links.length === 2);
    expect(room.links[1]).toMatchObject({ event: "down", why: "disconnected" });
    expect(room.packets).toEqual([]);
  });
});

describe("what is written for a mine", () => {
  const filters = (...topics: [string, 0 | 1 | 2][]) =>
    generate({
      cmd: "subscribe",
      messageId: 5,
      subscriptions: topics.map(([topic, qos]) => ({ topic, qos })),
    });

  it("may be subscribed to below its own out and nowhere else, each filter answered by itself", async () => {
    const room = await here.room();
    const mine = await here.raw(room);
    mine.socket.write(
      filters(
        [`mine/v1/${MINE}/out/#`, 1],
        [`mine/v1/${MINE}/out/alarms`, 0],
        [`mine/v1/${MINE}/out/rejects`, 2],
        [`mine/v1/${OTHER}/out/#`, 1],
        [`mine/v1/${MINE}/safety/readings`, 1],
        ["#", 0],
        ["$SYS/#", 0],
        ["mine/v1/+/out/#", 1],
      ),
    );
    expect(answers(await mine.received(4 + 12))).toEqual(
      Buffer.from([0x90, 10, 0, 5, 1, 0, 128, 128, 128, 128, 128, 128]),
    );
  });

  it("reaches its subscribers only, in order and in the QoS granted", async () => {
    const room = await here.room();
    const heard: [string, number, string][] = [];
    const mine = await here.client(room);
    const deaf = await here.client(room, OTHER);
    deaf.on("message", (topic, payload) => heard.push([topic, -1, payload.toString()]));
    await deaf.subscribeAsync(`mine/v1/${OTHER}/out/#`, { qos: 1 });
    await mine.subscribeAsync(`mine/v1/${MINE}/out/#`, { qos: 1 });
    const all = new Promise<void>((resolve) =>
      mine.on("message", (topic, payload, { qos }) => {
        heard.push([topic, qos, payload.toString()]);
        if (heard.length === 300) resolve();
      }),
    );
    for (let n = 0; n < 300; n++) room.mqtt.publish(MINE, `mine/v1/${MINE}/out/alarms`, String(n));
    await all;
    expect(heard).toEqual(
      Array.from({ length: 300 }, (_, n) => [`mine/v1/${MINE}/out/alarms`, 1, String(n)]),
    );
    await mine.unsubscribeAsync(`mine/v1/${MINE}/out/#`);
    room.mqtt.publish(MINE, `mine/v1/${MINE}/out/alarms`, "unheard");
    await mine.publishAsync(readingsTopic(), reading(), { qos: 1 });
    expect(heard.length).toBe(300);
  });

  it("cuts a subscriber that does not read, and costs nobody else a message", async () => {
    const room = await here.room({ settings: { outBytes: 256 * 1024 } });
    const frozen = await here.raw(room);
    frozen.socket.write(filters([`mine/v1/${MINE}/out/#`, 0]));
    await frozen.received(9);
    frozen.socket.pause();
    const reader = await here.client(room, MINE);
    await reader.subscribeAsync(`mine/v1/${MINE}/out/#`, { qos: 0 });
    let heard = 0;
    const payload = Buffer.alloc(64 * 1024, 65);
    const down = room.until(() => room.links.some(({ event }) => event === "down"));
    // The reader's next comes when it has read the last; the frozen one's pile up.
    reader.on("message", () => {
      heard++;
      room.mqtt.publish(MINE, `mine/v1/${MINE}/out/alarms`, payload);
    });
    room.mqtt.publish(MINE, `mine/v1/${MINE}/out/alarms`, payload);
    await down;
    expect(room.links.filter(({ event }) => event === "down")).toMatchObject([{ connection: 1 }]);
    expect(heard).toBeGreaterThan(4);
  });
});

describe("the room", () => {
  it("says in one line which listener's port is in use, and leaves nothing open", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    const start = openRoom({
      listeners: [
        { kind: "tcp", host: "127.0.0.1", port: 0 },
        { kind: "tcp", host: "127.0.0.1", port },
      ],
    });
    await expect(start).rejects.toMatchObject({
      code: "EADDRINUSE",
      message: `MQTT listener tcp://127.0.0.1:${port} cannot be opened: the port is in use`,
    });
    await new Promise<void>((resolve) => taken.close(() => resolve()));
  });

  it("does not start with plain TCP beyond loopback", async () => {
    const start = openRoom({ listeners: [{ kind: "tcp", host: "0.0.0.0", port: 0 }] });
    await expect(start).rejects.toMatchObject({ code: "REFUSED" });
  });

  it("pins the code of a mine with a plain exception to its address, on every listener", async () => {
    const insecure = { reason: "old box", approvedBy: "bureau", allow: { "10.1.2.3/32": MINE } };
    const room = await here.room({ listeners: [{ kind: "tcp", host: "127.0.0.1", port: 0, insecure }] });
    expect(await refusal(room, connectPacket())).toEqual({
      code: 5,
      reason: "mine code used from an address not listed for it",
    });
    await here.client(room, OTHER);
  });

  it("answers what it has taken before it stops, and tells neither links nor wills", async () => {
    const held: ((ok: boolean) => void)[] = [];
    const room: Room = await here.room({
      ports: {
        accept(_packet, done) {
          held.push(done);
          room.noted();
        },
      },
    });
    const mine = await here.raw(room, connectPacket({ will: WILL }));
    mine.socket.write(publishPacket(readingsTopic(), reading(), { id: 3 }));
    await room.until(() => held.length === 1);
    const stopped = room.mqtt.stop();
    held[0]?.(true);
    await stopped;
    await mine.closed;
    expect(answers(mine.bytes())).toEqual(puback(3));
    expect([held.length, room.links.length]).toEqual([1, 1]);
    expect(room.mqtt.stats()).toMatchObject({ connections: 0, strangers: 0, sockets: 0 });
  });

  it("closes every connection of a mine whose credential was revoked", async () => {
    const room = await here.room();
    const mine = await here.raw(room);
    await here.client(room, OTHER);
    expect(room.mqtt.disconnect(MINE, "credential revoked")).toBe(1);
    await mine.closed;
    await room.until(() => room.links.length === 3);
    expect(room.links.filter(({ event }) => event === "down")).toMatchObject([
      { mine: MINE, why: "credential revoked" },
    ]);
    expect(room.mqtt.stats().connections).toBe(1);
  });

  it("counts nobody twice and forgets who left", async () => {
    const room = await here.room();
    for (let n = 0; n < 30; n++) {
      const mine = await here.raw(room, connectPacket({ clientId: `${MINE}-${n}` }));
      mine.socket.destroy();
    }
    await room.until(() => room.links.length === 60);
    await expect.poll(() => room.mqtt.stats().sockets).toBe(0);
    expect(room.mqtt.stats()).toMatchObject({ connections: 0, strangers: 0 });
    expect(room.mqtt.stats().mines[MINE]?.connections).toBe(0);
  });
});
