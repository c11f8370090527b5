import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { BOUNDS } from "../../src/model/bounds.ts";
import { createFollower, openSocket, type TestSocket } from "../support/web-client.ts";
import {
  createHouse,
  type FakeHouse,
  MINE,
  nextAlarm,
  OTHER,
  tokenOf,
  transition,
} from "../support/web-ports.ts";
import { type OpenWeb, openWeb, signIn } from "../support/web-room.ts";

const QUICK = { tick: 10, beat: 20, ping: 10 };
const opened: OpenWeb[] = [];
const frozen: Socket[] = [];
async function start(house: FakeHouse, pace = QUICK): Promise<OpenWeb> {
  const open = await openWeb(house, { pace });
  opened.push(open);
  return open;
}
afterEach(async () => {
  for (const socket of frozen.splice(0)) socket.destroy();
  await Promise.all(opened.splice(0).map(({ web }) => web.stop()));
});

const bearer = (name: string) => ({ headers: { authorization: `Bearer ${tokenOf(name)}` } });

async function screen(open: OpenWeb, name: string, hello: object = {}): Promise<TestSocket> {
  const socket = openSocket(`${open.ws}/ws/v1/alarms`, bearer(name));
  await socket.open();
  socket.say({ type: "hello", v: 1, consumer: `${name}-screen`, ...hello });
  await socket.next("snapshot");
  return socket;
}

describe("a screen", () => {
  it("is told of the open alarms in chunks of at most 64 KiB, the worst first, then of what happens", async () => {
    const house = createHouse();
    house.raise(...Array.from({ length: 120 }, (_, i) => nextAlarm({ level: i === 77 ? "red" : "yellow" })));
    const ended = house.raise(nextAlarm())[0] as never as { alarm: { id: string } };
    house.end(ended.alarm.id);
    const open = await start(house);
    const socket = openSocket(`${open.ws}/ws/v1/alarms`, bearer("duty"));
    const sizes: number[] = [];
    socket.ws.on("message", (data) => sizes.push((data as Buffer).length));
    await socket.open();
    socket.say({ type: "hello", v: 1, consumer: "wall" });
    const { parts: count } = await socket.next("snapshot");
    await socket.until(() => socket.of("snapshot").length === count);
    const parts = socket.of("snapshot");
    const alarms = parts.flatMap((part) => part.alarms);
    expect(parts.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64 * 1024);
    expect(alarms).toHaveLength(120);
    expect(alarms[0].level).toBe("red");
    expect(parts.every((part) => part.at === house.head())).toBe(true);
    const [record] = house.raise(nextAlarm());
    const event = await socket.next("event");
    expect(event).toMatchObject({
      seq: record!.seq,
      prev: record!.seq - 1,
      transition: { from: "normal", to: "unacknowledged", n: 1 },
      alarm: { seq: record!.seq, value: 1.62, raisedAt: expect.stringMatching(/\+08:00$/) },
    });
  });

  it("that asks for one mine and one level is told only of those, in a chain without holes", async () => {
    const house = createHouse();
    house.raise(nextAlarm({ mine: OTHER }), nextAlarm({ level: "blue" }));
    const open = await start(house);
    const socket = await screen(open, "duty", { mines: [MINE], levels: ["red", "orange"] });
    expect(socket.of("snapshot")[0]!.alarms).toEqual([]);
    house.raise(nextAlarm({ mine: OTHER }), nextAlarm({ level: "blue" }));
    house.raise(nextAlarm(), nextAlarm({ mine: OTHER }), nextAlarm());
    await socket.until(() => socket.of("event").length === 2);
    const [one, two] = socket.of("event");
    expect(one).toMatchObject({ seq: 5, prev: 2 });
    expect(two).toMatchObject({ seq: 7, prev: 5 });
  });

  it("of a mine is never told of another mine or of the gateway, whatever it asks for", async () => {
    const house = createHouse();
    house.raise(nextAlarm({ mine: OTHER }), nextAlarm({ mine: "gateway", system: "gateway" }));
    const open = await start(house);
    const socket = await screen(open, "mine", { mines: ["*", OTHER, "gateway"] });
    expect(socket.of("snapshot")[0]!.alarms).toEqual([]);
    house.raise(nextAlarm({ mine: OTHER }), nextAlarm({ mine: "gateway" }), nextAlarm());
    expect((await socket.next("event")).alarm.mine).toBe(MINE);
    expect(socket.of("event")).toHaveLength(1);
  });

  it("of an officer of one mine sees the gateway's troubles too", async () => {
    const house = createHouse();
    const open = await start(house);
    const socket = await screen(open, "here");
    house.raise(nextAlarm({ mine: OTHER }), nextAlarm({ mine: "gateway" }));
    expect((await socket.next("event")).alarm.mine).toBe("gateway");
  });

  it("is sent the canary whatever it asks for, and finds it in no snapshot", async () => {
    const house = createHouse();
    const canary = nextAlarm({ class: "test", mine: "gateway", level: "none" });
    house.raise(canary);
    const open = await start(house);
    const socket = await screen(open, "mine", { levels: ["red"] });
    expect(socket.of("snapshot")[0]!.alarms).toEqual([]);
    house.journal([transition({ ...canary, n: 2 }, "raise")]);
    expect((await socket.next("event")).alarm.class).toBe("test");
  });

  it("is told what is not yet recorded, without a number, and then what is", async () => {
    const house = createHouse();
    const open = await start(house);
    const socket = await screen(open, "duty");
    const alarm = nextAlarm();
    open.web.provisional([alarm]);
    const told = await socket.next("provisional");
    expect(told.alarm.id).toBe(alarm.id);
    expect(told).not.toHaveProperty("seq");
    house.raise(alarm);
    expect((await socket.next("event")).alarm.id).toBe(alarm.id);
  });

  it("hears a beat with the head and what was sent to it", async () => {
    const house = createHouse();
    const open = await start(house);
    const socket = await screen(open, "duty");
    house.raise(nextAlarm());
    house.notice();
    await socket.until(() => socket.got.find((m) => m.type === "beat" && m.sent === 1 && m.head === 2));
  });

  it("has its delivery and its sight of an alarm passed on once", async () => {
    const house = createHouse();
    const open = await start(house);
    const socket = await screen(open, "duty");
    const [record] = house.raise(nextAlarm());
    await socket.next("event");
    socket.say({ type: "ack", seq: record!.seq });
    socket.say({ type: "seen", seq: record!.seq, rung: "seen" });
    socket.say({ type: "seen", seq: record!.seq, rung: "seen" });
    socket.say({ type: "cmd", id: "c1", do: "call", alarm: "x" });
    await socket.next("done");
    expect(house.receipts.map(({ rung, by }) => [rung, by])).toEqual([
      ["delivered", "duty"],
      ["seen", "duty"],
    ]);
  });

  it("has its sight of an alarm passed on that was there before it, and of none it may not see", async () => {
    const house = createHouse();
    const alarm = nextAlarm();
    // Before the room was opened: in no memory of events.
    const [there, foreign] = house.raise(alarm, nextAlarm({ mine: OTHER }));
    const open = await start(house);
    const socket = await screen(open, "mine");
    for (const seq of [there!.seq, foreign!.seq, foreign!.seq + 100])
      socket.say({ type: "seen", seq, rung: "rendered" });
    socket.say({ type: "cmd", id: "c1", do: "call", alarm: "x" });
    await socket.next("done");
    expect(house.receipts).toMatchObject([{ alarm: alarm.id, rung: "rendered", by: "mine" }]);
  });

  it("of a person with many has one receipt an alarm, and another person's screen has its own", async () => {
    const house = createHouse();
    const open = await start(house);
    const screens = [
      await screen(open, "duty"),
      await screen(open, "duty", { consumer: "second" }),
      await screen(open, "lead"),
    ];
    const [one, other] = house.raise(nextAlarm(), nextAlarm());
    for (const socket of screens) {
      await socket.until(() => socket.of("event").length === 2);
      socket.say({ type: "ack", seq: other!.seq });
      socket.say({ type: "cmd", id: "after", do: "call", alarm: "x" });
      await socket.next("done");
    }
    const alarms = [one!, other!].map((record) => (record as { alarm: { id: string } }).alarm.id);
    expect(house.receipts.map(({ by, alarm }) => [by, alarm])).toEqual([
      ...alarms.map((alarm) => ["duty", alarm]),
      ...alarms.map((alarm) => ["lead", alarm]),
    ]);
  });

  it("counts as connected from welcome to its end", async () => {
    const house = createHouse();
    const open = await start(house);
    const socket = await screen(open, "duty");
    expect(house.screens).toBe(1);
    socket.cut();
    await expect.poll(() => house.screens).toBe(0);
  });
});

describe("an act by WebSocket", () => {
  it("is done, answered with its place, and seen by every screen", async () => {
    const house = createHouse();
    const alarm = nextAlarm();
    house.raise(alarm);
    const open = await start(house);
    const mine = await screen(open, "duty");
    const other = await screen(open, "viewer");
    mine.say({ type: "cmd", id: "act-1", do: "acknowledge", alarm: alarm.id, expect: 1, note: "看到了" });
    expect(await mine.next("done")).toEqual({ type: "done", id: "act-1", ok: true, seq: 2 });
    expect((await other.next("event")).alarm).toMatchObject({
      state: "acknowledged",
      acknowledged: { by: "duty", note: "看到了" },
    });
  });

  it("is refused by role, by what was last seen, and for an alarm out of scope", async () => {
    const house = createHouse();
    const alarm = nextAlarm({ mine: OTHER });
    house.raise(alarm);
    const open = await start(house);
    const ask = async (who: string, expect: number) => {
      const socket = await screen(open, who);
      socket.say({ type: "cmd", id: "a", do: "acknowledge", alarm: alarm.id, expect });
      return (await socket.next("done")).why;
    };
    expect(await ask("viewer", 1)).toBe("forbidden");
    expect(await ask("admin", 1)).toBe("forbidden");
    expect(await ask("mine", 1)).toBe("forbidden");
    expect(await ask("here", 1)).toBe("unknown-alarm");
    expect(await ask("duty", 99)).toBe("stale");
    expect(house.alarms.get(alarm.id)!.state).toBe("unacknowledged");
  });

  it("of one person does not pass for the same id of another", async () => {
    const house = createHouse();
    const alarm = nextAlarm();
    house.raise(alarm);
    const open = await start(house);
    const duty = await screen(open, "duty");
    const lead = await screen(open, "lead");
    duty.say({ type: "cmd", id: "same", do: "comment", alarm: alarm.id, note: "一" });
    lead.say({ type: "cmd", id: "same", do: "comment", alarm: alarm.id, note: "二" });
    const [a, b] = [await duty.next("done"), await lead.next("done")];
    expect(new Set([a.seq, b.seq])).toEqual(new Set([2, 3]));
  });
});

describe("a consumer that does not read", () => {
  it("×20 costs no more than its bound, is cut, and delays nobody", async () => {
    const house = createHouse();
    // About 11 MB of open alarms for each of them, far more than the kernel takes.
    house.raise(...Array.from({ length: 6_000 }, () => nextAlarm()));
    const open = await start(house);
    for (let i = 0; i < 20; i++) frozen.push(await freeze(open, `frozen-${i}`));
    await expect.poll(() => house.screens).toBe(20);
    const follower = createFollower(() => openSocket(`${open.ws}/ws/v1/alarms`, bearer("lead")), "healthy");
    await follower.join();
    for (let i = 0; i < 8; i++) {
      house.raise(...Array.from({ length: 250 }, () => nextAlarm()));
      await follower.reached(house.head());
    }
    expect(follower.known.open.size).toBe(8_000);
    const { bufferedBytes, ringBytes } = open.web.stats();
    expect(bufferedBytes).toBeGreaterThan(20 * 200 * 1024);
    expect(bufferedBytes).toBeLessThan(20 * (BOUNDS.consumerBufferedBytes + 66 * 1024));
    expect(ringBytes).toBeLessThan(2 * BOUNDS.eventRingBytes);

    house.skew += 61_000;
    await expect.poll(() => open.web.stats().cutSlow).toBeGreaterThanOrEqual(20);
    expect(open.web.stats().bufferedBytes).toBeLessThan(BOUNDS.consumerBufferedBytes);
  });

  it("but takes bytes and never acknowledges is sent 512 events and no more", async () => {
    const house = createHouse();
    const open = await start(house);
    const socket = await screen(open, "duty");
    house.raise(...Array.from({ length: 700 }, () => nextAlarm()));
    await socket.until(() => socket.of("event").length === BOUNDS.consumerUnacked);
    await socket.until(() => socket.got.find((m) => m.type === "beat" && m.head === 700 && m.sent === 512));
    expect(socket.of("event")).toHaveLength(512);
    socket.say({ type: "ack", seq: 100 });
    await socket.until(() => socket.of("event").length === 612);
    socket.say({ type: "ack", seq: 612 });
    await socket.until(() => socket.of("event").length === 700);
    house.skew += 31_000;
    expect(await socket.closed()).toEqual({ code: 4408 });
    expect(socket.got.at(-1)).toEqual({ type: "bye", code: 4408 });
  });

  it("and does not answer a ping either is cut though nothing waits for it", async () => {
    const house = createHouse();
    const open = await start(house);
    frozen.push(await freeze(open, "half-open"));
    await expect.poll(() => house.screens).toBe(1);
    house.skew += 41_000;
    await expect.poll(() => house.screens).toBe(0);
  });
});

describe("a flood", () => {
  it("of more than the ring holds reaches a screen whole and in order, the first before the last is worded", async () => {
    const house = createHouse();
    const open = await start(house);
    const follower = createFollower(() => openSocket(`${open.ws}/ws/v1/alarms`, bearer("duty")), "wall");
    const socket = await follower.join();
    await socket.next("snapshot");
    house.raise(...Array.from({ length: 10_000 }, () => nextAlarm()));
    const head = house.head();
    await follower.reached(1);
    expect(house.pushed).toBeLessThan(head);
    await follower.reached(head);
    expect(follower.known.events).toHaveLength(10_000);
    expect(open.web.stats().ringBytes).toBeLessThan(2 * BOUNDS.eventRingBytes);
  });

  it("faster than can be worded is read from the journal instead", async () => {
    const house = createHouse();
    const open = await start(house);
    const follower = createFollower(() => openSocket(`${open.ws}/ws/v1/alarms`, bearer("duty")), "wall");
    const socket = await follower.join();
    await socket.next("snapshot");
    for (let i = 0; i < 5; i++) house.raise(...Array.from({ length: 5_000 }, () => nextAlarm()));
    await follower.reached(25_000);
    expect(open.web.stats().overrun).toBe(1);
    expect(house.journalReads).toBeGreaterThan(0);
    expect(follower.known.events).toHaveLength(25_000);
  });
});

describe("a connection ends", () => {
  it("4401 without a hello", async () => {
    const house = createHouse();
    const open = await start(house);
    const socket = openSocket(`${open.ws}/ws/v1/alarms`, bearer("duty"));
    await socket.open();
    house.skew += 5_001;
    expect(await socket.closed()).toEqual({ code: 4401 });
  });

  it("4401 with no ticket, a used one, an old one or a made-up one; and works with a fresh one", async () => {
    const house = createHouse();
    const open = await start(house);
    const duty = await signIn(open.url, "duty");
    const hello = async (ticket?: string) => {
      const socket = openSocket(`${open.ws}/ws/v1/alarms`, { headers: { cookie: duty.cookie } });
      await socket.open();
      socket.say({ type: "hello", v: 1, consumer: "wall", ...(ticket === undefined ? {} : { ticket }) });
      return socket.until(() => socket.got[0]);
    };
    const ticket = await duty.ticket();
    expect(await hello(ticket)).toMatchObject({ type: "welcome" });
    expect(await hello(ticket)).toEqual({ type: "bye", code: 4401 });
    expect(await hello()).toEqual({ type: "bye", code: 4401 });
    expect(await hello("x".repeat(43))).toEqual({ type: "bye", code: 4401 });
    const late = await duty.ticket();
    house.skew += 30_000;
    expect(await hello(late)).toEqual({ type: "bye", code: 4401 });
  });

  it("4403 when its session is revoked, and when the role changes", async () => {
    const house = createHouse();
    const open = await start(house);
    const duty = await signIn(open.url, "duty");
    const socket = openSocket(`${open.ws}/ws/v1/alarms`);
    await socket.open();
    socket.say({ type: "hello", v: 1, consumer: "wall", ticket: await duty.ticket() });
    await socket.next("welcome");
    await duty.send("DELETE", "sessions");
    expect(await socket.closed()).toEqual({ code: 4403 });

    const lead = await screen(open, "lead");
    house.users.set("lead", { ...house.users.get("lead")!, role: "viewer" });
    expect(await lead.closed()).toEqual({ code: 4403 });
  });

  it("4409 when the same consumer of the same person comes anew; another person's of that name stays", async () => {
    const house = createHouse();
    const open = await start(house);
    const old = await screen(open, "duty", { consumer: "wall" });
    const other = await screen(open, "lead", { consumer: "wall" });
    await screen(open, "duty", { consumer: "wall" });
    expect(await old.closed()).toEqual({ code: 4409 });
    house.raise(nextAlarm());
    await other.next("event");
    expect(open.web.stats().replaced).toBe(1);
  });

  it("1012 when the gateway stops", async () => {
    const house = createHouse();
    const open = await start(house);
    const socket = await screen(open, "duty");
    await open.web.stop();
    expect(await socket.closed()).toEqual({ code: 1012 });
    expect(socket.got.at(-1)).toEqual({ type: "bye", code: 1012 });
  });

  it("1008 after words that are none, and 1009 after too many", async () => {
    const house = createHouse();
    const open = await start(house);
    for (const text of ["{", '{"type":"hello"}', '{"type":"ack","seq":-1}', "[]"]) {
      const socket = await screen(open, "duty", { consumer: `c${text.length}` });
      socket.ws.send(text);
      expect((await socket.closed()).code, text).toBe(1008);
    }
    const socket = await screen(open, "duty");
    socket.ws.send(`"${"x".repeat(20_000)}"`);
    expect((await socket.closed()).code).toBe(1009);
  });

  it("1008 when anything comes before hello", async () => {
    const house = createHouse();
    const open = await start(house);
    const socket = openSocket(`${open.ws}/ws/v1/alarms`, bearer("duty"));
    await socket.open();
    socket.say({ type: "ack", seq: 1 });
    expect(await socket.closed()).toEqual({ code: 1008 });
  });
});

/** A raw WebSocket that says hello and never reads again. */
async function freeze({ port }: OpenWeb, consumer: string): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.write(
    [
      "GET /ws/v1/alarms HTTP/1.1",
      `Host: 127.0.0.1:${port}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Protocol: davylamp.alarms.v1",
      `Authorization: Bearer ${tokenOf("duty")}`,
      "\r\n",
    ].join("\r\n"),
  );
  await new Promise<void>((resolve) => socket.once("data", () => resolve()));
  socket.pause();
  const text = Buffer.from(JSON.stringify({ type: "hello", v: 1, consumer }));
  const frame = Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]);
  socket.write(frame);
  return socket;
}
