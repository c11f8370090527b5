import { afterEach, describe, expect, it } from "vitest";
import { createFollower, openSocket } from "../support/web-client.ts";
import { createHouse, type FakeHouse, nextAlarm, tokenOf } from "../support/web-ports.ts";
import { type OpenWeb, openWeb } from "../support/web-room.ts";

const QUICK = { tick: 10, beat: 20 };
const opened: OpenWeb[] = [];
const start = async (house: FakeHouse) => {
  const open = await openWeb(house, { pace: QUICK });
  opened.push(open);
  return open;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ web }) => web.stop()));
});

const follower = (open: () => OpenWeb, name: string) =>
  createFollower(
    () =>
      openSocket(`${open().ws}/ws/v1/alarms`, { headers: { authorization: `Bearer ${tokenOf("duty")}` } }),
    name,
  );

/** Raises, ends, and records that are no events, in batches as a flood would bring them. */
function script(house: FakeHouse): (() => void)[] {
  const alarms = Array.from({ length: 9 }, () => nextAlarm());
  return [
    () => house.raise(...alarms.slice(0, 3)),
    () => house.notice(),
    () => house.end(alarms[0]!.id),
    () => house.raise(...alarms.slice(3, 7)),
    () => house.notice(),
    () => house.end(alarms[4]!.id),
    () => house.raise(alarms[7]!, alarms[8]!),
    () => house.end(alarms[1]!.id),
  ];
}

const openIn = (house: FakeHouse) =>
  [...house.alarms.values()]
    .filter(({ state }) => state !== "normal")
    .map(({ id }) => id)
    .sort();
const lastEvent = (house: FakeHouse) => house.records.findLast((record) => record.type === "transition")!.seq;
const transitionsAfter = (house: FakeHouse, seq: number) =>
  house.records
    .filter((record) => record.type === "transition" && record.seq > seq)
    .map((record) => record.seq);

describe("a consumer that is cut", () => {
  it("after any message and comes back misses nothing and takes nothing twice", async () => {
    const house = createHouse();
    const open = await start(house);
    house.raise(nextAlarm(), nextAlarm());
    // One run has welcome, snapshot, 13 events and some beats: cut after each of them, and not at all.
    for (let boundary = 0; boundary <= 18; boundary++) {
      const screen = follower(() => open, `screen-${boundary}`);
      const first = await screen.join(boundary);
      await first.until(() => screen.known.lastSeq !== undefined || first.ws.readyState === first.ws.CLOSED);
      const steps = script(house);
      for (const [i, step] of steps.entries()) {
        step();
        if (i % 2 === 0) await screen.reached(house.head());
      }
      await screen.reached(house.head());
      if (first.ws.readyState === first.ws.CLOSED) await screen.join();
      await screen.reached(lastEvent(house));

      const seen = screen.known.events.map(({ seq }) => seq);
      expect(seen, `cut after message ${boundary}`).toEqual(transitionsAfter(house, screen.known.from));
      expect([...screen.known.open.keys()].sort(), `cut after message ${boundary}`).toEqual(openIn(house));
      expect(screen.known.repeats).toBe(0);
      screen.cut();
    }
  });

  it("at random moments, over restarts of the gateway, has the same alarms and every event once", async () => {
    const house = createHouse();
    const random = mulberry(Number(process.env.SEED ?? 20261121));
    let open = await start(house);
    const screen = follower(() => open, "wall");
    let socket = await screen.join();
    await socket.next("snapshot");
    const live: string[] = [];
    for (let round = 0; round < 60; round++) {
      const batch = Array.from({ length: 1 + Math.floor(random() * 40) }, () => nextAlarm());
      live.push(...batch.map(({ id }) => id));
      house.raise(...batch);
      if (random() < 0.3) house.notice();
      if (random() < 0.5) house.end(live.splice(Math.floor(random() * live.length), 1)[0]!);
      if (random() < 0.3) screen.cut();
      if (random() < 0.1) {
        await open.web.stop();
        open = await start(house);
      }
      if (socket.ws.readyState !== socket.ws.OPEN) socket = await screen.join();
      else if (random() < 0.5) await screen.reached(lastEvent(house));
    }
    if (socket.ws.readyState !== socket.ws.OPEN) socket = await screen.join();
    await screen.reached(lastEvent(house));
    expect(screen.known.events.map(({ seq }) => seq)).toEqual(transitionsAfter(house, screen.known.from));
    expect([...screen.known.open.keys()].sort()).toEqual(openIn(house));
    expect(screen.known.snapshots).toBe(1);
  });
});

describe("a consumer that comes back", () => {
  it("after another epoch began gets a snapshot", async () => {
    const house = createHouse();
    const open = await start(house);
    const screen = follower(() => open, "wall");
    const first = await screen.join();
    await first.next("snapshot");
    house.raise(nextAlarm());
    await screen.reached(house.head());
    screen.cut();
    house.epoch = "epoch-2";
    const second = await screen.join();
    expect(await second.next("welcome")).toMatchObject({ epoch: "epoch-2", resume: "snapshot" });
    await second.next("snapshot");
    expect([...screen.known.open.keys()]).toEqual(openIn(house));
  });

  it("ahead of the journal gets a snapshot", async () => {
    const house = createHouse();
    const open = await start(house);
    house.raise(nextAlarm());
    const socket = openSocket(`${open.ws}/ws/v1/alarms`, {
      headers: { authorization: `Bearer ${tokenOf("duty")}` },
    });
    await socket.open();
    socket.say({ type: "hello", v: 1, consumer: "x", epoch: house.epoch, lastSeq: 99 });
    expect(await socket.next("welcome")).toMatchObject({ resume: "snapshot", from: 2 });
  });

  it("older than the journal reaches gets a snapshot", async () => {
    const house = createHouse();
    house.raise(nextAlarm(), nextAlarm());
    house.ports.journal = async function* (from) {
      yield house.records.slice(Math.max(1, from - 1));
    };
    const open = await start(house);
    const socket = openSocket(`${open.ws}/ws/v1/alarms`, {
      headers: { authorization: `Bearer ${tokenOf("duty")}` },
    });
    await socket.open();
    socket.say({ type: "hello", v: 1, consumer: "x", epoch: house.epoch, lastSeq: 0 });
    expect(await socket.next("welcome")).toMatchObject({ resume: "snapshot" });
  });

  it("with its epoch but no place of its own goes on where it last acknowledged, over a restart too", async () => {
    const house = createHouse();
    const first = await start(house);
    const screen = follower(() => first, "program");
    const socket = await screen.join();
    await socket.next("snapshot");
    const [one] = house.raise(nextAlarm());
    await screen.reached(one!.seq);
    await socket.until(() => house.cursors.get("duty/program")?.seq === one!.seq);
    await first.web.stop();
    const [two] = house.raise(nextAlarm());
    const second = await start(house);
    const again = openSocket(`${second.ws}/ws/v1/alarms`, {
      headers: { authorization: `Bearer ${tokenOf("duty")}` },
    });
    await again.open();
    again.say({ type: "hello", v: 1, consumer: "program", epoch: house.epoch });
    expect(await again.next("welcome")).toMatchObject({ resume: "from", from: one!.seq + 1 });
    expect(await again.next("event")).toMatchObject({ seq: two!.seq, prev: one!.seq });
  });

  it("never has a durable place beyond what it acknowledged", async () => {
    const house = createHouse();
    const open = await start(house);
    const socket = openSocket(`${open.ws}/ws/v1/alarms`, {
      headers: { authorization: `Bearer ${tokenOf("duty")}` },
    });
    await socket.open();
    socket.say({ type: "hello", v: 1, consumer: "silent" });
    await socket.next("snapshot");
    const [one, two] = house.raise(nextAlarm(), nextAlarm());
    await socket.until(() => socket.of("event").length === 2);
    socket.say({ type: "ack", seq: one!.seq });
    await socket.until(() => house.cursors.get("duty/silent")?.seq === one!.seq);
    socket.say({ type: "ack", seq: 10_000 });
    await socket.until(() => house.cursors.get("duty/silent")?.seq === two!.seq);
  });
});

function mulberry(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
