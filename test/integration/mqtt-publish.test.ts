import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { generate } from "mqtt-packet";
import { afterEach, describe, expect, it } from "vitest";
import type { AcceptedPacket } from "../../src/mqtt/ports.ts";
import { answers, clientsOfOneRoom, puback } from "../support/mqtt-clients.ts";
import {
  connectPacket,
  MINE,
  OTHER,
  publishPacket,
  reading,
  readingsTopic,
} from "../support/mqtt-packets.ts";
import type { Room } from "../support/mqtt-room.ts";

const run = promisify(execFile);
const MOSQUITTO = existsSync("/usr/bin/mosquitto_pub") && existsSync("/usr/bin/mosquitto_sub");
if (!MOSQUITTO) console.log("mosquitto_pub and mosquitto_sub are not installed: their tests are skipped");

const here = clientsOfOneRoom();
afterEach(() => here.close());

/** A room whose house keeps what it is given until the test says done. */
async function holding() {
  const held: { packet: AcceptedPacket; done: (ok: boolean) => void }[] = [];
  const room: Room = await here.room({
    ports: {
      accept(packet, done) {
        held.push({ packet, done });
        room.noted();
      },
    },
  });
  return { room, held };
}

describe("a QoS 1 message", () => {
  it("is acknowledged only after the house said done", async () => {
    const { room, held } = await holding();
    const mine = await here.raw(room);
    mine.socket.write(publishPacket(readingsTopic(), reading(), { id: 7 }));
    await room.until(() => held.length === 1);
    expect(answers(mine.bytes())).toEqual(Buffer.alloc(0));
    held[0]?.done(true);
    expect(answers(await mine.received(8))).toEqual(puback(7));
  });

  it("is acknowledged in the order of arrival, whatever the order of done", async () => {
    const { room, held } = await holding();
    const mine = await here.raw(room);
    const ids = [3, 1, 9, 4, 100];
    mine.socket.write(Buffer.concat(ids.map((id) => publishPacket(readingsTopic(), reading(id), { id }))));
    await room.until(() => held.length === ids.length);
    for (const { done } of held.reverse()) done(true);
    expect(answers(await mine.received(4 + 4 * ids.length))).toEqual(puback(...ids));
  });

  it("that the house could not record closes the connection without an answer", async () => {
    const { room, held } = await holding();
    const mine = await here.raw(room);
    mine.socket.write(publishPacket(readingsTopic(), reading(), { id: 7 }));
    await room.until(() => held.length === 1);
    held[0]?.done(false);
    await mine.closed;
    expect(answers(mine.bytes())).toEqual(Buffer.alloc(0));
    expect(room.links.at(-1)).toMatchObject({ event: "down", why: "not recorded" });
  });

  it("reaches the house in words, with the bytes as they were sent", async () => {
    const room = await here.room();
    const mine = await here.client(room);
    await mine.publishAsync(readingsTopic(), reading(1.62), { qos: 1 });
    const [packet] = room.packets;
    expect(packet).toMatchObject({
      mine: MINE,
      system: "safety",
      topicKind: "readings",
      qos: 1,
      retain: false,
    });
    expect(packet?.payload.toString()).toBe(reading(1.62));
    expect(packet?.body).toMatchObject({ kind: "readings", columns: { n: 1, codes: ["001A01"] } });
    expect(packet?.digest).toBeGreaterThan(0);
    expect(packet?.connection).toBe(room.links[0]?.connection);
  });

  it("sent with the CONNECT, before the CONNACK, is taken too", async () => {
    const room = await here.room();
    const mine = await here.stranger(room);
    mine.socket.write(Buffer.concat([connectPacket(), publishPacket(readingsTopic(), reading(), { id: 5 })]));
    expect(answers(await mine.received(8))).toEqual(puback(5));
  });

  it("is answered even when the mine has already closed its half", async () => {
    const room = await here.room();
    const mine = await here.raw(room);
    mine.socket.end(publishPacket(readingsTopic(), reading(), { id: 5 }));
    await mine.closed;
    expect(answers(mine.bytes())).toEqual(puback(5));
  });

  it("of a retained kind keeps its flag; on readings it is cleared and counted", async () => {
    const room = await here.room();
    const mine = await here.client(room);
    await mine.publishAsync(`mine/v1/${MINE}/status`, '{"online":true}', { qos: 1, retain: true });
    await mine.publishAsync(readingsTopic(), reading(), { qos: 1, retain: true });
    expect(room.packets.map(({ retain }) => retain)).toEqual([true, false]);
    expect(room.mqtt.stats().counts["retain-cleared"]).toBe(1);
  });
});

describe("ten connections with two thousand messages each", () => {
  it("get every PUBACK once and in order", async () => {
    const room = await here.room({
      ports: { accept: (_packet, done) => void setImmediate(done, true) },
    });
    const ids = Array.from({ length: 2_000 }, (_, n) => n + 1);
    const packets = Buffer.concat(ids.map((id) => publishPacket(readingsTopic(), reading(id), { id })));
    const mines = await Promise.all(
      Array.from({ length: 10 }, (_, n) => here.raw(room, connectPacket({ clientId: `${MINE}-${n}` }))),
    );
    for (const { socket } of mines) {
      for (let at = 0; at < packets.length; at += 7_777) socket.write(packets.subarray(at, at + 7_777));
    }
    for (const mine of mines) expect(answers(await mine.received(4 + 4 * 2_000))).toEqual(puback(...ids));
  });
});

describe("a QoS 0 message", () => {
  it("is taken and counted", async () => {
    const room = await here.room();
    const mine = await here.client(room);
    await mine.publishAsync(readingsTopic(), reading(), { qos: 0 });
    await room.until(() => room.packets.length === 1);
    expect(room.packets[0]?.qos).toBe(0);
    expect(room.mqtt.stats().mines[MINE]).toMatchObject({ messages: 1, qos0: 1 });
  });
});

describe("a message that cannot be used", () => {
  it.each([
    ["broken JSON", readingsTopic(), '{"ts":'],
    ["no payload", readingsTopic(), ""],
    ["bytes that are no UTF-8", readingsTopic(), Buffer.from([0xff, 0xfe])],
    ["a topic of its tree that means nothing", `mine/v1/${MINE}/safety/nonsense`, reading()],
    ["a topic that is too long", `mine/v1/${MINE}/${"x".repeat(200)}`, reading()],
    ["a topic of fifty levels", `mine/v1/${MINE}${"/x".repeat(50)}`, reading()],
  ])("for %s is acknowledged and told, and the next is taken", async (_what, topic, payload) => {
    const room = await here.room();
    const mine = await here.client(room);
    const neighbour = await here.client(room, OTHER);
    await mine.publishAsync(topic, payload, { qos: 1 });
    await Promise.all([
      mine.publishAsync(readingsTopic(), reading(), { qos: 1 }),
      neighbour.publishAsync(readingsTopic(OTHER), reading(), { qos: 1 }),
    ]);
    expect(room.packets[0]).toMatchObject({ topic, body: { kind: "unusable" } });
    expect(room.packets.slice(1).map(({ body }) => body.kind)).toEqual(["readings", "readings"]);
    expect(room.links.filter(({ event }) => event === "down")).toEqual([]);
  });
});

describe("a publish that is not the mine's to make", () => {
  it.each([
    ["another mine's readings", readingsTopic(OTHER), "publish to another mine's topic"],
    ["another mine's status", `mine/v1/${OTHER}/status`, "publish to another mine's topic"],
    ["its own out", `mine/v1/${MINE}/out/alarms`, "publish to out"],
    ["$SYS", "$SYS/broker/x", "publish outside its own topics"],
    ["anything else", "home/kitchen", "publish outside its own topics"],
  ])("to %s disconnects, unanswered, and is listed", async (_what, topic, reason) => {
    const room = await here.room();
    const neighbour = await here.client(room, OTHER);
    const mine = await here.raw(room);
    // What stands before it in the same bytes is kept, what stands behind it is not read.
    mine.socket.write(
      Buffer.concat([
        publishPacket(readingsTopic(), reading(1), { id: 1 }),
        publishPacket(topic, reading(2), { id: 2 }),
        publishPacket(readingsTopic(), reading(3), { id: 3 }),
      ]),
    );
    await mine.closed;
    expect(answers(mine.bytes()).includes(puback(2))).toBe(false);
    expect(room.packets.map(({ payload }) => payload.toString())).toEqual([reading(1)]);
    expect(room.refusals).toMatchObject([
      { address: "127.0.0.1", clientId: `${MINE}-a`, claimed: MINE, reason },
    ]);
    await neighbour.publishAsync(readingsTopic(OTHER), reading(), { qos: 1 });
  });

  it("with QoS 2 closes the connection, counted", async () => {
    const room = await here.room();
    const mine = await here.raw(room);
    mine.socket.write(publishPacket(readingsTopic(), reading(), { qos: 2 }));
    await mine.closed;
    expect(room.packets).toEqual([]);
    expect(room.mqtt.stats().counts["refused: qos-2"]).toBe(1);
    expect(room.links.at(-1)).toMatchObject({ event: "down", why: "qos-2" });
  });

  it("of a credential for one system is every other system's", async () => {
    const room = await here.room();
    const fan = await here.client(room, `${MINE}/fan`, { clientId: `${MINE}-fan`, password: `demo-${MINE}` });
    await fan.publishAsync(readingsTopic(MINE, "fan"), reading(), { qos: 1 });
    expect(room.links[0]).toMatchObject({ mine: MINE, system: "fan", event: "up" });
    fan.publish(readingsTopic(MINE, "safety"), reading(), { qos: 1 });
    await room.until(() => room.refusals.length === 1);
    expect(room.refusals[0]?.reason).toBe("publish to another system of its mine");
  });
});

describe("a house that fails", () => {
  const failures = {
    throws: () => {
      throw new Error("boom");
    },
    rejects: async () => {
      throw new Error("boom");
    },
  };

  it.each(Object.entries(failures))(
    "in accept (%s) acknowledges nothing and harms no other mine",
    async (_how, accept) => {
      let failing = true;
      const room = await here.room({
        ports: {
          accept(_packet, done) {
            if (failing) return accept() as unknown as undefined;
            done(true);
          },
        },
      });
      const neighbour = await here.client(room, OTHER);
      const mine = await here.raw(room);
      mine.socket.write(publishPacket(readingsTopic(), reading()));
      await mine.closed;
      expect(answers(mine.bytes())).toEqual(Buffer.alloc(0));
      failing = false;
      await neighbour.publishAsync(readingsTopic(OTHER), reading(), { qos: 1 });
    },
  );

  it.each(Object.entries(failures))(
    "in authenticate (%s) refuses, and lets in when it is well",
    async (_how, authenticate) => {
      let failing = true;
      const room = await here.room({
        ports: {
          authenticate: async () => {
            if (failing) return authenticate() as never;
            return { ok: true, mine: MINE, system: null };
          },
        },
      });
      await expect(here.client(room)).rejects.toThrow();
      failing = false;
      await here.client(room);
    },
  );

  it.each(Object.entries(failures))("in link and refused (%s) loses no message", async (_how, fail) => {
    const room = await here.room({
      ports: { link: fail as () => void, refused: fail as () => void, onRelief: fail as () => void },
    });
    const mine = await here.client(room);
    await mine.publishAsync(readingsTopic(), reading(), { qos: 1 });
    await expect(here.client(room, OTHER, { password: "wrong" })).rejects.toThrow();
    await mine.publishAsync(readingsTopic(), reading(), { qos: 1 });
    expect(room.packets.length).toBe(2);
  });

  it.each(["pressed", "busy"])(
    "in %s reads on: a question that cannot be answered stops nobody",
    async (question) => {
      const room = await here.room({ ports: { [question]: failures.throws } });
      const mine = await here.client(room);
      await mine.publishAsync(readingsTopic(), reading(), { qos: 1 });
      expect(room.packets.length).toBe(1);
    },
  );
});

describe.skipIf(!MOSQUITTO)("Debian's mosquitto clients", () => {
  const args = (room: Room, mine = MINE) => [
    ...["-h", "127.0.0.1", "-p", String(room.port), "-u", mine, "-P", `demo-${mine}`],
  ];

  it("publish with QoS 0 and QoS 1, retained too", async () => {
    const room = await here.room();
    const publish = (...more: string[]) =>
      run("/usr/bin/mosquitto_pub", [
        ...args(room),
        "-i",
        `${MINE}-pub`,
        "-t",
        readingsTopic(),
        "-m",
        reading(),
        ...more,
      ]);
    await publish("-q", "1");
    await publish("-q", "1", "-r");
    await publish("-q", "0");
    await room.until(() => room.packets.length === 3);
    expect(room.packets.map(({ qos }) => qos)).toEqual([1, 1, 0]);
  });

  it("are told why they are refused", async () => {
    const room = await here.room();
    const publish = (...more: string[]) =>
      run("/usr/bin/mosquitto_pub", [
        "-h",
        "127.0.0.1",
        "-p",
        String(room.port),
        "-t",
        "x",
        "-m",
        "x",
        ...more,
      ]);
    await expect(publish("-i", `${MINE}-x`, "-u", MINE, "-P", "wrong")).rejects.toThrow(
      /bad user name or password/,
    );
    await expect(publish("-i", "other", "-u", MINE, "-P", `demo-${MINE}`)).rejects.toThrow(
      /identifier rejected/,
    );
    await expect(publish("-i", `${MINE}-x`)).rejects.toThrow(/bad user name or password/);
    await expect(
      publish("-V", "mqttv5", "-i", `${MINE}-5`, "-u", MINE, "-P", `demo-${MINE}`),
    ).rejects.toThrow(/[Uu]nsupported [Pp]rotocol|unacceptable protocol/);
    expect(room.refusals.map(({ reason }) => reason)).toEqual([
      "wrong password",
      "client id does not begin with the mine code",
      "no user name",
      "MQTT 5 is not spoken here, use 3.1.1",
    ]);
  });

  it("get what is written for their mine and nothing written for another", async () => {
    const room = await here.room();
    const heard = run("/usr/bin/mosquitto_sub", [
      ...args(room),
      "-i",
      `${MINE}-sub`,
      "-q",
      "1",
      "-C",
      "2",
      "-v",
      "-t",
      `mine/v1/${MINE}/out/#`,
    ]);
    await room.until(() => room.links.length === 1);
    // Subscribed only some time after CONNACK: written until both are heard.
    const writing = setInterval(() => {
      room.mqtt.publish(OTHER, `mine/v1/${OTHER}/out/alarms`, "not yours");
      room.mqtt.publish(MINE, `mine/v1/${MINE}/out/alarms`, '{"id":"a"}');
    }, 20);
    const { stdout } = await heard.finally(() => clearInterval(writing));
    expect(stdout).toBe(`mine/v1/${MINE}/out/alarms {"id":"a"}\n`.repeat(2));
  });
});

describe("what is not a packet a mine may send", () => {
  it("closes the connection and is listed by its name", async () => {
    const room = await here.room();
    const mine = await here.raw(room);
    mine.socket.write(generate({ cmd: "pingresp" }));
    await mine.closed;
    expect(room.refusals.map(({ reason }) => reason)).toEqual(["server-packet"]);
  });
});

describe("eight thousand mutated packets over two hundred connections", () => {
  it("end no process and leave a neighbour unharmed", async () => {
    const room = await here.room();
    const neighbour = await here.client(room, OTHER);
    let state = 11;
    const next = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const seeds = [
      publishPacket(readingsTopic(), reading()),
      publishPacket(`mine/v1/${MINE}/safety/points`, '{"ts":1,"points":[]}', { retain: true }),
      generate({
        cmd: "subscribe",
        messageId: 3,
        subscriptions: [{ topic: `mine/v1/${MINE}/out/#`, qos: 1 }],
      }),
      generate({ cmd: "unsubscribe", messageId: 4, unsubscriptions: [`mine/v1/${MINE}/out/#`] }),
      generate({ cmd: "puback", messageId: 9 }),
      Buffer.from([0xc0, 0]),
    ];
    for (let n = 0; n < 200; n++) {
      const mutated = Array.from({ length: 40 }, () => {
        const packet = Buffer.from(seeds[next(seeds.length)] as Buffer);
        const from = Math.min(packet.length, next(30) === 0 ? 0 : 4);
        for (let flips = next(10) === 0 ? 2 : 0; flips > 0 && from < packet.length; flips--) {
          packet[from + next(packet.length - from)] = next(256);
        }
        return packet;
      });
      const mine = await here.raw(room, connectPacket({ clientId: `${MINE}-${n}` }));
      mine.socket.end(Buffer.concat(mutated));
      await mine.closed;
    }
    await neighbour.publishAsync(readingsTopic(OTHER), reading(), { qos: 1 });
    // Enough came through to have been read by the broker and by the house.
    expect(room.packets.length).toBeGreaterThan(500);
  });
});
