import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLine } from "../../src/cli/uplink/line.ts";
import { openQueue, type Queue } from "../../src/cli/uplink/queue.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { mineTopic, outTopic } from "../../src/wire/topic.ts";
import { MINE } from "../support/mqtt-packets.ts";
import { openRoom, type Room } from "../support/mqtt-room.ts";

/** Of a mine's packets the core recognises so many. */
const RECOGNISED = 1_024;

let dir: string;
let room: Room;
let queue: Queue;
let line: ReturnType<typeof createLine> | null;
let said: string[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-line-"));
  line = null;
  said = [];
});
afterEach(async () => {
  await line?.close();
  await queue.close();
  await room.mqtt.stop();
  await rm(dir, { recursive: true, force: true });
});

const start = () => {
  line = createLine({
    way: { url: new URL(room.url), proxy: null, ca: null, cert: null, key: null },
    mine: MINE,
    clientId: `${MINE}-uplink-1`,
    user: MINE,
    password: `demo-${MINE}`,
    version: "test",
    queue,
    clock: systemClock,
    say: (words) => void said.push(words),
  });
};
const put = (kind: "readings" | "files", from: number, to: number) =>
  queue.put(
    Array.from({ length: to - from }, (_, i) => ({
      system: "safety",
      kind,
      payload: Buffer.from(`{"ts":${1_760_000_000_000 + from + i},"${kind}":[]}`),
    })),
  );
const heard = () => room.packets.filter(({ topicKind }) => topicKind !== "status");

describe("the line of an uplink", () => {
  it("waits for a slow disk to note how far it got, so that a kill sends again no more than is recognised", async () => {
    let release = () => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    let asked = 0;
    queue = await openQueue(
      dir,
      systemClock,
      () => {},
      () => {
        asked++;
        return slow;
      },
    );
    room = await openRoom();
    await put("readings", 0, 3_000);
    start();
    await room.until(() => heard().length >= 512);
    // The broker has said all it will: what would come without the wait would come now.
    for (let i = 0; i < 200; i++) await turn();
    expect(heard().length).toBe(512);
    expect([asked, heard().length < RECOGNISED]).toEqual([1, true]);
    release();
    await room.until(() => heard().length >= 3_000);
    await expect.poll(() => queue.waiting).toBe(0);
    expect(heard().length).toBe(3_000);
  });

  it("goes on sending where the disk takes nothing any more", async () => {
    queue = await openQueue(
      dir,
      systemClock,
      () => {},
      () => Promise.reject(new Error("ENOSPC")),
    );
    room = await openRoom();
    await put("readings", 0, 2_000);
    start();
    await room.until(() => heard().length >= 2_000);
    await expect.poll(() => queue.waiting).toBe(0);
  });

  it("asks an older gateway once whether it wants to hear of files, and sends it the rest without", async () => {
    const old = (topic: string) =>
      room.mqtt.publish(
        MINE,
        outTopic(MINE, "rejects"),
        JSON.stringify({ topic, reason: "topic: unknown-kind", zh: "", at: "", sample: "" }),
      );
    room = await openRoom({
      ports: {
        accept(packet, done) {
          room.packets.push(packet);
          if (packet.topicKind === "files") old(mineTopic(MINE, "safety", "files"));
          done(true);
          room.noted();
        },
      },
    });
    queue = await openQueue(dir, systemClock, () => {});
    await put("files", 0, 1);
    start();
    await expect.poll(() => said.filter((words) => words.includes("网关版本较旧")).length).toBe(1);
    for (let i = 1; i < 100; i++) {
      await put("readings", i, i + 1);
      await put("files", i, i + 1);
    }
    await expect.poll(() => queue.waiting).toBe(0);
    const kinds = heard().map(({ topicKind }) => topicKind);
    expect(kinds.filter((kind) => kind === "readings")).toHaveLength(99);
    expect(kinds.filter((kind) => kind === "files")).toHaveLength(1);
    expect(said.filter((words) => words.includes("网关拒收"))).toEqual([]);
  });
});
