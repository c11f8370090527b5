import { afterEach, describe, expect, it } from "vitest";
import { BOUNDS } from "../../src/model/bounds.ts";
import { openSocket, type TestSocket } from "../support/web-client.ts";
import { createHouse, type FakeHouse, MINE, OTHER, tokenOf } from "../support/web-ports.ts";
import { type OpenWeb, openWeb, signIn } from "../support/web-room.ts";

const opened: OpenWeb[] = [];
async function start(house: FakeHouse): Promise<OpenWeb> {
  const open = await openWeb(house, { pace: { tick: 10, live: 10, beat: 20 } });
  opened.push(open);
  return open;
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ web }) => web.stop()));
});

const LIVE = { protocol: "davylamp.live.v1" };
const bearer = (name: string) => ({ headers: { authorization: `Bearer ${tokenOf(name)}` } });
async function watch(open: OpenWeb, name: string, hello: object): Promise<TestSocket> {
  const socket = openSocket(`${open.ws}/ws/v1/live`, { ...LIVE, ...bearer(name) });
  await socket.open();
  socket.say({ type: "hello", v: 1, ...hello });
  await socket.next("values");
  return socket;
}
const ids = (socket: TestSocket, type: string) =>
  socket.of(type).flatMap((message) => message.points.map((point: { id: string }) => point.id));
const T1 = `${MINE}:safety:T1`;
const T2 = `${MINE}:safety:T2`;
const THEIRS = `${OTHER}:safety:T1`;

describe("a live screen", () => {
  it("is sent all values of what it asks for, then what changes", async () => {
    const house = createHouse();
    for (const id of [T1, T2, THEIRS]) house.setPoint(id, 0.1);
    const open = await start(house);
    const mine = await watch(open, "duty", { mines: [MINE] });
    const point = await watch(open, "duty", { points: [T2, THEIRS, "nonsense"] });
    const all = await watch(open, "duty", {});
    expect(ids(mine, "values")).toEqual([T1, T2]);
    expect(ids(point, "values")).toEqual([T2, THEIRS]);
    expect(ids(all, "values")).toEqual([T1, T2, THEIRS]);
    house.setPoint(T1, 0.9);
    house.setPoint(THEIRS, 0.8);
    expect((await mine.next("changes")).points).toEqual([
      { id: T1, value: 0.9, word: null, state: 0, quality: "good", at: "2026-01-10T12:00:00.000+08:00" },
    ]);
    await all.until(() => ids(all, "changes").length === 2);
    await point.next("changes");
    expect(ids(point, "changes")).toEqual([THEIRS]);
  });

  it("of a mine is sent no other mine's values, by mine or by point", async () => {
    const house = createHouse();
    for (const id of [T1, THEIRS]) house.setPoint(id, 0.1);
    const open = await start(house);
    const byMine = await watch(open, "mine", { mines: ["*", OTHER] });
    const byPoint = await watch(open, "mine", { points: [THEIRS] });
    expect(ids(byMine, "values")).toEqual([T1]);
    expect(ids(byPoint, "values")).toEqual([]);
    house.setPoint(THEIRS, 0.5);
    house.setPoint(T1, 0.6);
    await byMine.next("changes");
    await byPoint.next("beat");
    expect([...ids(byMine, "changes"), ...ids(byPoint, "changes")]).toEqual([T1]);
  });

  it("that does not read is passed over, and afterwards sent the newest values only", async () => {
    const house = createHouse();
    const many = Array.from({ length: 2_500 }, (_, i) => `${MINE}:safety:P${i}`);
    for (const id of many) house.setPoint(id, 0);
    const open = await start(house);
    const slow = await watch(open, "duty", { mines: [MINE] });
    const quick = await watch(open, "lead", { points: [many[0]] });
    slow.ws.pause();
    for (let round = 1; round <= 60; round++) {
      for (const id of many) house.setPoint(id, round);
      await quick.until(() => quick.of("changes").at(-1)?.points[0].value === round);
      expect(open.web.stats().bufferedBytes).toBeLessThan(2 * BOUNDS.consumerBufferedBytes);
    }
    slow.ws.resume();
    const newest = new Map<string, number>();
    await slow.until(() => {
      for (const { points } of slow.got.splice(0)) {
        for (const point of points ?? []) newest.set(point.id, point.value);
      }
      return many.every((id) => newest.get(id) === 60);
    });
  });

  it("needs a ticket, once, and goes when its session does", async () => {
    const house = createHouse();
    const open = await start(house);
    const seat = await signIn(open.url, "duty");
    const ticket = await seat.ticket();
    const hello = async () => {
      const socket = openSocket(`${open.ws}/ws/v1/live`, LIVE);
      await socket.open();
      socket.say({ type: "hello", v: 1, ticket });
      await socket.until(() => socket.got[0]);
      return socket;
    };
    const first = await hello();
    expect(first.got[0]!.type).toBe("values");
    expect((await hello()).got[0]).toEqual({ type: "bye", code: 4401 });
    await seat.send("DELETE", "sessions");
    expect(await first.closed()).toEqual({ code: 4403 });
  });

  it("without a hello is closed", async () => {
    const house = createHouse();
    const open = await start(house);
    const socket = openSocket(`${open.ws}/ws/v1/live`, LIVE);
    await socket.open();
    house.skew += 5_001;
    expect(await socket.closed()).toEqual({ code: 4401 });
  });
});

describe("an upgrade", () => {
  it("is refused from a foreign origin, for another subprotocol, by a wrong token, and to nowhere", async () => {
    const house = createHouse();
    const open = await start(house);
    const status = async (path: string, options: Parameters<typeof openSocket>[1]) =>
      openSocket(`${open.ws}${path}`, options).refused();
    for (const path of ["/ws/v1/alarms", "/ws/v1/live", "/mqtt"]) {
      const protocol = {
        "/ws/v1/alarms": "davylamp.alarms.v1",
        "/ws/v1/live": "davylamp.live.v1",
        "/mqtt": "mqtt",
      }[path]!;
      expect(await status(path, { protocol, headers: { origin: "https://evil.example" } })).toBe(403);
      expect(await status(path, { protocol, headers: { origin: "null" } })).toBe(403);
      expect(await status(path, { protocol: "soap" })).toBe(400);
      expect(await status(path, { protocol, headers: { authorization: `Bearer ${"x".repeat(40)}` } })).toBe(
        401,
      );
    }
    expect(await status("/ws/v1/other", {})).toBe(404);
    expect(await status("/api/v1/mines", {})).toBe(404);
    expect(open.web.stats().refusedUpgrades).toBe(14);
  });

  it("without a hello takes no place of the screens: 20 an address wait, more are told to come later", async () => {
    const house = createHouse();
    const open = await start(house);
    const strangers = Array.from({ length: 20 }, () => openSocket(`${open.ws}/ws/v1/alarms`));
    await Promise.all(strangers.map((socket) => socket.open()));
    const one = openSocket(`${open.ws}/ws/v1/live`, LIVE);
    expect(await one.closed()).toEqual({ code: 1013 });
    await watch(open, "duty", {});
    strangers[0]!.cut();
    await expect
      .poll(async () => {
        const next = openSocket(`${open.ws}/ws/v1/live`, LIVE);
        await next.open();
        next.say({ type: "hello", v: 1, ticket: "no" });
        return (await next.closed()).code;
      })
      .toBe(4401);
    for (const socket of strangers) socket.cut();
  });

  it("by a stranger is cut off at 8 KiB, though its frame is not whole", async () => {
    const house = createHouse();
    const open = await start(house);
    const socket = openSocket(`${open.ws}/ws/v1/alarms`);
    await socket.open();
    socket.ws.send("x".repeat(5_000), { fin: false });
    socket.ws.send("x".repeat(5_000), { fin: false });
    expect((await socket.closed()).code).toBe(1006);
  });

  it("to /mqtt is a byte stream, whatever the frames it comes in", async () => {
    const house = createHouse();
    const open = await start(house);
    const socket = openSocket(`${open.ws}/mqtt`, { protocol: "mqtt" });
    const bytes: Buffer[] = [];
    socket.ws.removeAllListeners("message");
    socket.ws.on("message", (data) => bytes.push(data as Buffer));
    await socket.open();
    expect(socket.ws.protocol).toBe("mqtt");
    socket.ws.send(Buffer.from([0xc0]));
    socket.ws.send(Buffer.from([0x00, 0xc0, 0x00]));
    await expect.poll(() => Buffer.concat(bytes).toString("hex")).toBe("c000c000");
    socket.cut();
  });
});
