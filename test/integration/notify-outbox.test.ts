import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Level } from "../../src/model/rule.ts";
import { OUTBOX_SCHEMA, type OutboxDb, outbox } from "../../src/store/outbox-db.ts";
import { openDatabase } from "../../src/store/sqlite.ts";
import { dies } from "../support/dying-worker.ts";
import { type Provider, type Received, startProvider } from "../support/notify-provider.ts";
import { ALL, channel, openRoom, type Room } from "../support/notify-room.ts";

let dir: string;
let closing: (() => Promise<void>)[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "davylamp-outbox-"));
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  closing = [];
  rmSync(dir, { recursive: true });
});

async function provider(...args: Parameters<typeof startProvider>): Promise<Provider> {
  const own = await startProvider(...args);
  closing.push(own.close);
  return own;
}
async function room(channels: object[], more: Parameters<typeof openRoom>[1] = {}): Promise<Room> {
  const own = await openRoom(
    channels.map((one) => channel(one)),
    { dir, ...more },
  );
  closing.push(own.close);
  return own;
}
/** Closed now, not at the end. */
async function close(own: Room): Promise<void> {
  closing = closing.filter((one) => one !== own.close);
  await own.close();
}

const OLD = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const NEW = `whsec_${Buffer.alloc(32, 2).toString("base64")}`;
const hook = (url: string, more: object = {}) => ({
  id: "hook",
  kind: "webhook",
  url: `${url}/alarms`,
  secrets: [NEW],
  follow: {},
  ...more,
});

/** As a receiver would check it, by any one of the signatures. */
function isSigned({ headers, text }: Received, secret: string): boolean {
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${text}`;
  const mac = createHmac("sha256", Buffer.from(secret.slice(6), "base64"))
    .update(signed)
    .digest("base64");
  return String(headers["webhook-signature"]).split(" ").includes(`v1,${mac}`);
}

const bodyOf = ({ text }: Received) => JSON.parse(text) as { step: string; repeated: boolean };

describe("a webhook", () => {
  it("gets every change of every alarm that fits, once, signed by both secrets while one replaces the other", async () => {
    const server = await provider(() => ({ status: 204 }));
    const own = await room([
      hook(server.url, { secrets: [NEW, OLD], follow: { levels: ["red", "orange"] } }),
    ]);
    await own.tell([
      { alarm: { id: "AL1", n: 1 } },
      { alarm: { id: "AL1", n: 2, state: "acknowledged" }, transition: { what: "acknowledge", by: "duty" } },
      { alarm: { id: "AL2", level: "yellow" } },
      { alarm: { id: "AL3", class: "test" } },
    ]);
    await own.settled(2);
    expect(server.received.map(({ headers }) => headers["webhook-id"])).toEqual(["AL1#1", "AL1#2"]);
    expect(server.received.every((one) => isSigned(one, NEW) && isSigned(one, OLD))).toBe(true);
    expect(isSigned({ ...server.received[0]!, text: "{}" }, NEW)).toBe(false);
    expect(JSON.parse(server.received[1]!.text)).toMatchObject({
      type: "event",
      seq: 2,
      transition: { what: "acknowledge", by: "duty" },
      alarm: { id: "AL1", state: "acknowledged" },
      step: "AL1#2",
      repeated: false,
    });
  });

  it("that is away gets all of it when it is back, none marked that cannot have arrived", async () => {
    let away = true;
    const server = await provider(() => (away ? { status: 503, headers: { "retry-after": "1" } } : {}));
    const own = await room([hook(server.url)], { speed: 20 });
    await own.tell(Array.from({ length: 30 }, (_, i) => ({ alarm: { id: `AL${i}` } })));
    await server.got(3);
    await expect.poll(() => own.notifier.stats().failing).toEqual({ hook: 1 });
    away = false;
    const rows = await own.settled(30);
    expect(rows.filter(({ state, repeated }) => state !== "sent" || repeated)).toEqual([]);
    expect(new Set(server.received.map((one) => bodyOf(one).step)).size).toBe(30);
    await expect.poll(() => own.notifier.stats().failing).toEqual({ hook: 0 });
  });

  it("follows no redirect, and is a trouble of the gateway's own when it fails for two minutes", async () => {
    const elsewhere = await provider(() => ({}));
    const server = await provider(() => ({ status: 302, headers: { location: `${elsewhere.url}/x` } }));
    const own = await room([hook(server.url)], { speed: 400 });
    await own.tell([{ alarm: { id: "AL1", level: "red" } }]);
    while (own.notifier.troubles().failed === null || own.notifier.troubles().late === null)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(own.notifier.troubles()).toEqual({
      failed: "hook: HTTP 302",
      late: "hook: 1 wait, red among them",
    });
    expect(elsewhere.received).toEqual([]);
  });
});

describe("a step of a chain", () => {
  it("is one message to each device it calls; the screens need none, and who cannot be reached is in the log", async () => {
    const server = await provider(() => ({}));
    const own = await room([hook(server.url, { follow: undefined })]);
    await own.call("AL1", [
      { person: "张三", device: "phone.1", channel: "hook" },
      { person: "li", device: "tablet", channel: "hook" },
      { person: "wu", device: "console", channel: "screen" },
      { person: "zhao", device: "sms", channel: "no-such" },
      { person: "gone", device: "phone", channel: "hook" },
    ]);
    const rows = await own.settled(4);
    expect(rows.map(({ id, state, result }) => [id, state, result]).sort()).toEqual([
      ["AL1#2/gone/phone", "refused", "no address of this device"],
      ["AL1#2/li/tablet", "sent", "HTTP 200"],
      ["AL1#2/zhao/sms", "refused", "gateway.yaml has no such channel"],
      ["AL1#2/张三/phone.1", "sent", "HTTP 200"],
    ]);
    expect(server.received.map(({ headers }) => headers["webhook-id"]).sort()).toEqual([
      "AL1#2%2F%E5%BC%A0%E4%B8%89%2Fphone%2E1",
      "AL1#2%2Fli%2Ftablet",
    ]);
    expect(server.received.every((one) => isSigned(one, NEW))).toBe(true);
  });
});

describe("the outbox", () => {
  it("goes on after a clean stop where it was: nothing twice, nothing marked", async () => {
    const server = await provider(() => ({}));
    const first = await room([hook(server.url)]);
    await first.tell(Array.from({ length: 20 }, (_, i) => ({ alarm: { id: `AL${i}` } })));
    await close(first);
    const second = await room([hook(server.url)]);
    expect(second.repeated).toBe(0);
    await second.tell([{ alarm: { id: "AL20" } }]);
    const rows = await second.settled(21);
    expect(rows.filter(({ repeated }) => repeated)).toEqual([]);
    expect(server.received.map((one) => bodyOf(one).step).sort()).toEqual(
      Array.from({ length: 21 }, (_, i) => `AL${i}#1`).sort(),
    );
  });

  it("has everything sent once although the store that keeps it dies while things are on their way", async () => {
    const workers: Worker[] = [];
    const seen = (worker: Worker) => void workers.push(worker);
    process.on("worker", seen);
    const server = await provider(() => new Promise((resolve) => setTimeout(() => resolve({}), 20)));
    const troubles: string[] = [];
    const own = await room([hook(server.url)], { onTrouble: (code) => void troubles.push(code) });
    process.off("worker", seen);
    await own.tell(Array.from({ length: 40 }, (_, i) => ({ alarm: { id: `AL${i}` } })));
    await server.got(6);
    await dies(workers.find(({ threadId }) => threadId > 0));
    const rows = await own.settled(40);
    expect(troubles).toEqual(["crashed", "recovered"]);
    expect(rows.filter(({ state, repeated }) => state !== "sent" || repeated)).toEqual([]);
    expect(server.received.map((one) => bodyOf(one).step).sort()).toEqual(
      Array.from({ length: 40 }, (_, i) => `AL${i}#1`).sort(),
    );
  });

  it("makes the rows of what was journalled while nobody made them, and none of before its first start", async () => {
    const server = await provider(() => ({}));
    const silent = await room([]);
    await silent.tell([{ alarm: { id: "AL0" } }]);
    await close(silent);
    const first = await room([hook(server.url)]);
    await first.tell([{ alarm: { id: "AL1" } }]);
    await first.settled(1);
    expect(server.received.map((one) => bodyOf(one).step)).toEqual(["AL1#1"]);
  });

  it("tells nothing of the time in which there was no channel, and gives up what has none left", async () => {
    const server = await provider(() => ({ status: 503 }));
    const first = await room([hook(server.url)]);
    await first.tell([{ alarm: { id: "AL1" } }]);
    await server.got(1);
    await close(first);
    const none = await room([]);
    await none.tell([{ alarm: { id: "AL2" } }]);
    await close(none);
    const other = await room([hook(server.url, { id: "other" })]);
    expect(await other.settled(1)).toMatchObject([
      { id: "AL1#1//hook", state: "refused", result: "gateway.yaml has no such channel" },
    ]);
  });

  it("is listed a page at a time, newest first, by alarm, person, mine, channel, state and time", async () => {
    const server = await provider(() => ({}));
    const own = await room([hook(server.url)]);
    for (const i of [1, 2, 3])
      await own.tell([{ alarm: { id: `AL${i}`, mine: i === 2 ? "520523017312" : "520523017311" } }]);
    await own.call("AL1", [{ person: "li", device: "tablet", channel: "hook" }]);
    await own.settled(5);
    const list = async (more: object) => (await own.store.outbox.list({ ...ALL, ...more })).map(({ n }) => n);
    expect(await list({ limit: 2 })).toEqual([5, 4]);
    expect(await list({ limit: 2, before: 4 })).toEqual([3, 2]);
    expect(await list({ alarm: "AL1" })).toEqual([5, 4, 1]);
    expect(await list({ person: "li" })).toEqual([4]);
    expect(await list({ mines: ["520523017312"] })).toEqual([2]);
    expect(await list({ channels: ["hook"], states: ["waiting", "dropped"] })).toEqual([]);
    expect(await list({ from: own.now() + 1 })).toEqual([]);
  });
});

describe("the outbox when it is full", () => {
  let n = 0;
  const add = (db: OutboxDb, level: Level) => {
    n += 1;
    const about = {
      step: `AL${n}#1`,
      seq: n,
      alarm: `AL${n}`,
      mine: "M",
      channel: "c",
      person: null,
      device: null,
    };
    const row = { ...about, id: `AL${n}#1//c`, level, why: "raise" as const, refused: null };
    return db.add([{ seq: n, at: n, rows: [row], body: "{}" }], "e1", n);
  };

  it("drops the oldest of the least level for what is worse, keeps that in the log, and counts it", async () => {
    const file = await openDatabase(join(dir, "full.db"), {
      durability: "normal",
      migrations: [OUTBOX_SCHEMA],
    });
    closing.push(async () => file.close());
    const db = outbox(file, 4);
    for (const level of ["yellow", "blue", "orange", "yellow"] as const) add(db, level);
    add(db, "red");
    add(db, "red");
    add(db, "yellow");
    const left = db.list({ ...ALL }).map(({ level, state }) => `${level} ${state}`);
    expect(left.reverse()).toEqual([
      "yellow dropped",
      "blue dropped",
      "orange waiting",
      "yellow waiting",
      "red waiting",
      "red waiting",
      "yellow dropped",
    ]);
    expect(db.depth()).toMatchObject({ dropped: 3, channels: [{ waiting: 4 }] });
    expect(
      db.due({ channel: "c", now: 1e6, least: "none", limit: 9 }).rows.map(({ level }) => level),
    ).toEqual(["red", "red", "orange", "yellow"]);
    // What is kept of an event goes with the last row that needs it.
    expect(file.prepare("SELECT count(*) AS n FROM notification_body").get()).toEqual({ n: 4 });
  });

  it("makes a row of a record only once, however often it is read", async () => {
    const file = await openDatabase(join(dir, "again.db"), {
      durability: "normal",
      migrations: [OUTBOX_SCHEMA],
    });
    closing.push(async () => file.close());
    const db = outbox(file);
    expect(add(db, "red")).toBe(1);
    n -= 1;
    expect(add(db, "red")).toBe(0);
    expect(db.list({ ...ALL })).toHaveLength(1);
  });
});
