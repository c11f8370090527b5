import { Duplex } from "node:stream";
import { generate } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { FrameGuard, type GuardFault } from "../../src/mqtt/frame-guard.ts";
import { divide } from "../../src/mqtt/publishes.ts";
import { DEFAULT_SETTINGS } from "../../src/mqtt/settings.ts";
import { connectPacket, MINE, publishPacket, reading, readingsTopic } from "../support/mqtt-packets.ts";

const PING = generate({ cmd: "pingreq" });
const SUBSCRIBE = generate({
  cmd: "subscribe",
  messageId: 3,
  subscriptions: [{ topic: `mine/v1/${MINE}/out/#`, qos: 1 }],
});
const NOTHING = Buffer.alloc(0);
const DISCONNECT = generate({ cmd: "disconnect" });
const message = (id: number): Buffer => publishPacket(readingsTopic(), reading(id), { id });

/** The peer's end of a socket: what it sends, and a side that takes our bytes only when told. */
function socketOf() {
  const written: Buffer[] = [];
  let reads = true;
  let waiting: (() => void) | null = null;
  const socket = new Duplex({
    allowHalfOpen: true,
    writableHighWaterMark: 8,
    read() {},
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk);
      if (reads) done();
      else waiting = done;
    },
  });
  return {
    socket,
    written: () => Buffer.concat(written),
    stopReading() {
      reads = false;
    },
    readOn() {
      reads = true;
      waiting?.();
    },
  };
}

/** A guard past its CONNACK, with a house that keeps the messages and a broker that keeps the rest. */
async function openGuard({ tail = NOTHING }: { tail?: Buffer } = {}) {
  const peer = socketOf();
  const ids: number[] = [];
  const faults: GuardFault[] = [];
  const forBroker: Buffer[] = [];
  const guard = new FrameGuard(peer.socket, 0, {
    settings: DEFAULT_SETTINGS,
    admit: (connect) => connect,
    fault: (fault) => faults.push(fault),
  });
  guard.on("readable", () => {
    for (let piece = guard.read(); piece !== null; piece = guard.read()) forBroker.push(piece);
  });
  let ended = false;
  let inTurn = true;
  const asked: boolean[] = [];
  guard.on("end", () => {
    ended = true;
  });
  const send = async (...packets: Buffer[]) => {
    for (const packet of packets) peer.socket.push(packet);
    await turn();
  };
  await send(Buffer.concat([connectPacket(), tail]));
  forBroker.length = 0;
  const gate = {
    open: () => true,
    spend: () => {},
    mayHand(light: boolean) {
      asked.push(light);
      return inTurn;
    },
    mono: () => 0,
    publish(bytes: Buffer, _at: number, body: number) {
      const to = body + 2 + bytes.readUInt16BE(body);
      ids.push(bytes.readUInt16BE(to));
      return true;
    },
  };
  const open = () => guard.open(gate, 60, 0);
  const wait = (forTurn: boolean) => {
    inTurn = !forTurn;
  };
  return { peer, guard, ids, faults, forBroker, send, open, wait, asked, ended: () => ended };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("a run of packets", () => {
  const take = (stop = 0) => {
    const packets: Buffer[] = [];
    return {
      packets,
      take(bytes: Buffer, at: number, _body: number, end: number) {
        packets.push(bytes.subarray(at, end));
        return packets.length !== stop;
      },
    };
  };

  it("is divided into messages and the rest, each in its order", () => {
    const long = publishPacket(readingsTopic(), "x".repeat(20_000), { id: 7 });
    const house = take();
    const run = Buffer.concat([message(1), PING, SUBSCRIBE, long, PING, message(2), DISCONNECT]);
    const { messages, others } = divide(run, 0, house.take);
    expect(messages).toBe(3);
    expect(house.packets).toEqual([message(1), long, message(2)]);
    expect(others).toEqual(Buffer.concat([PING, SUBSCRIBE, PING, DISCONNECT]));
  });

  it("is not read on behind a message that closed the connection", () => {
    const house = take(2);
    const { messages, others } = divide(Buffer.concat([1, 2, 3].map(message)), 0, house.take);
    expect([messages, house.packets.length, others]).toEqual([2, 2, null]);
  });
});

describe("the frame guard", () => {
  it("gives messages to the house and the rest to the broker, without one waiting for the other", async () => {
    const { ids, forBroker, send, open } = await openGuard();
    open();
    await send(Buffer.concat([message(1), PING, message(2)]), message(3));
    expect(ids).toEqual([1, 2, 3]);
    expect(Buffer.concat(forBroker)).toEqual(PING);
  });

  it("has at most 256 KiB of a connection under way, and a socket that is not read behind it", async () => {
    const { peer, guard, ids, send, open } = await openGuard();
    open();
    const run = (from: number) =>
      Buffer.concat(
        Array.from({ length: 8 }, (_, i) =>
          publishPacket(readingsTopic(), "x".repeat(8_150), { id: from + i }),
        ),
      );
    for (let n = 0; n < 20; n++) await send(run(1 + 8 * n));
    expect(ids.length).toBeLessThanOrEqual(5 * 8);
    expect(peer.socket.isPaused()).toBe(true);
    const before = ids.length;
    guard.acknowledge(Buffer.alloc(0), before);
    await turn();
    expect(ids.length).toBeGreaterThan(before);
    for (let taken = before; taken < 160; ) {
      const more = ids.length - taken;
      taken = ids.length;
      guard.acknowledge(Buffer.alloc(0), more);
      await turn();
    }
    expect(ids).toEqual(Array.from({ length: 160 }, (_, i) => i + 1));
  });

  it("hands on nothing while it is not its turn, reads no more than may wait, and goes on when its turn comes", async () => {
    const { peer, guard, ids, forBroker, send, open, wait } = await openGuard();
    open();
    wait(true);
    await send(message(1), Buffer.concat([message(2), PING]), message(3));
    expect([ids, forBroker]).toEqual([[], []]);
    await send(message(4), message(5));
    expect(peer.socket.isPaused()).toBe(true);
    wait(false);
    guard.takeTurn();
    await turn();
    await turn();
    expect(ids).toEqual([1, 2, 3, 4, 5]);
    expect(Buffer.concat(forBroker)).toEqual(PING);
    expect(peer.socket.isPaused()).toBe(false);
  });

  it("is light while little comes and nothing of it is under way", async () => {
    const { guard, send, open, asked } = await openGuard();
    open();
    await send(message(1));
    await send(message(2));
    guard.acknowledge(Buffer.alloc(0), 2);
    await send(message(3));
    guard.acknowledge(Buffer.alloc(0), 1);
    await send(publishPacket(readingsTopic(), "x".repeat(5_000), { id: 4 }));
    expect(asked).toEqual([true, false, true, false]);
  });

  it("hands on nothing more of a peer that does not read its answers, and closes it in the end", async () => {
    const { peer, guard, ids, faults, send, open } = await openGuard();
    open();
    guard.sweep(1_000);
    peer.stopReading();
    await send(message(1), message(2));
    guard.acknowledge(Buffer.from([0x40, 2, 0, 1, 0x40, 2, 0, 2]), 2);
    await send(message(3));
    expect(ids).toEqual([1, 2]);
    guard.sweep(1_000 + DEFAULT_SETTINGS.packetWithinMs);
    expect(faults).toEqual([]);
    guard.sweep(1_001 + DEFAULT_SETTINGS.packetWithinMs);
    expect(faults).toEqual(["reads-too-slowly"]);
    expect(guard.destroyed).toBe(true);
  });

  it("goes on when the peer reads again", async () => {
    const { peer, guard, ids, send, open } = await openGuard();
    open();
    peer.stopReading();
    await send(message(1), message(2));
    guard.acknowledge(Buffer.from([0x40, 2, 0, 1, 0x40, 2, 0, 2]), 2);
    await send(message(3));
    peer.readOn();
    await turn();
    expect(ids).toEqual([1, 2, 3]);
  });

  it("ends for the broker only when every message before the end is answered", async () => {
    const { peer, guard, send, open, ended } = await openGuard();
    open();
    await send(message(1));
    peer.socket.push(null);
    await turn();
    expect(ended()).toBe(false);
    guard.acknowledge(Buffer.from([0x40, 2, 0, 1]), 1);
    await turn();
    expect(ended()).toBe(true);
    expect(peer.written()).toEqual(Buffer.from([0x40, 2, 0, 1]));
  });

  it("takes what came with the CONNECT, also from a peer that has closed its half since", async () => {
    const { peer, guard, ids, open, ended } = await openGuard({ tail: message(5) });
    peer.socket.push(null);
    await turn();
    expect(ended()).toBe(false);
    open();
    expect(ids).toEqual([5]);
    guard.acknowledge(Buffer.alloc(0), 1);
    await turn();
    expect(ended()).toBe(true);
  });

  it("closes for a fault when what came before it is answered", async () => {
    const { guard, ids, faults, send, open } = await openGuard();
    open();
    await send(Buffer.concat([message(1), generate({ cmd: "pingresp" }), message(2)]));
    expect([ids, faults]).toEqual([[1], []]);
    guard.acknowledge(Buffer.alloc(0), 1);
    expect(faults).toEqual(["server-packet"]);
  });
});
