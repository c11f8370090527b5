import { afterEach, describe, expect, it } from "vitest";
import { CONNACK_OK, connectPacket, publishPacket, reading, readingsTopic } from "../support/mqtt-packets.ts";
import { openRoom, type Raw, type Room, rawClient } from "../support/mqtt-room.ts";

let room: Room | null = null;
const sockets: Raw[] = [];
afterEach(async () => {
  for (const { socket } of sockets.splice(0)) socket.destroy();
  await room?.mqtt.stop();
  room = null;
});

async function connected(to: Room, connect = connectPacket()): Promise<Raw> {
  const raw = await rawClient(to.port);
  sockets.push(raw);
  raw.socket.write(connect);
  expect(await raw.received(4)).toEqual(CONNACK_OK);
  return raw;
}

const puback = (id: number) => Buffer.from([0x40, 2, id >> 8, id & 255]);

describe("a QoS 1 message", () => {
  it("is acknowledged only after the house said done", async () => {
    const held: (() => void)[] = [];
    room = await openRoom({
      ports: {
        accept(_packet, done) {
          held.push(() => done(true));
          room?.noted();
        },
      },
    });
    const raw = await connected(room);
    raw.socket.write(publishPacket(readingsTopic(), reading(), { id: 7 }));
    await room.until(() => held.length === 1);
    expect(raw.bytes()).toEqual(CONNACK_OK);
    held[0]?.();
    expect((await raw.received(8)).subarray(4, 8)).toEqual(puback(7));
  });
});
