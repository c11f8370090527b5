import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DAY } from "../../src/model/time.ts";
import type { SessionRow, Store, UserRow } from "../../src/store/api.ts";
import { openDatabase } from "../../src/store/sqlite.ts";
import { openStore } from "../../src/store/store.ts";
import { T0 } from "../support/store-logs.ts";

let dir: string;
let now: number;
let store: Store;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-state-"));
  now = T0;
  store = await open();
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true });
});

const open = () =>
  openStore({
    dir,
    spool: { dir: join(dir, "spool") },
    journal: { dir: join(dir, "journal") },
    epoch: "e1",
    clock: { wall: () => now },
    onTrouble: (code, detail) => expect.unreachable(`${code}: ${detail}`),
  });

async function reopen(): Promise<void> {
  await store.close();
  store = await open();
}

describe("positions of consumers", () => {
  it("are there after a restart, the last one set", async () => {
    await Promise.all([1, 2, 3].map((seq) => store.cursors.set("screen", "e1", seq)));
    await reopen();
    expect(await store.cursors.get("screen")).toEqual({
      consumer: "screen",
      epoch: "e1",
      seq: 3,
      updated: T0,
    });
    expect(await store.cursors.get("other")).toBeNull();
  });

  it("hold back as far as the last of those seen within 30 days in this epoch", async () => {
    expect(await store.cursors.min("e1")).toBeNull();
    await store.cursors.set("gone", "e1", 5);
    await store.cursors.set("old epoch", "e0", 1);
    now += DAY;
    await store.cursors.set("slow", "e1", 10);
    await store.cursors.set("fast", "e1", 20);
    expect(await store.cursors.min("e1")).toBe(5);
    now += 29.5 * DAY;
    expect(await store.cursors.min("e1")).toBe(10);
  });
});

const session = (id: string, fields: Partial<SessionRow> = {}): SessionRow => ({
  id,
  user: "duty",
  createdAt: T0,
  seenAt: T0,
  expiresAt: T0 + DAY,
  address: "127.0.0.1",
  device: "browser",
  ...fields,
});

const user = (fields: Partial<UserRow> = {}): UserRow => ({
  name: "duty",
  role: "duty",
  mines: ["*"],
  password: "$scrypt$…",
  disabled: false,
  ...fields,
});

describe("sessions", () => {
  it("hold until they expire, are removed, or their user is disabled", async () => {
    await store.sessions.put(session("a"));
    await store.sessions.put(session("b"));
    await store.sessions.put(session("c", { user: "lead" }));
    await store.sessions.touch("a", T0 + 5);
    await reopen();
    expect(await store.sessions.get("a")).toEqual(session("a", { seenAt: T0 + 5 }));
    await store.sessions.remove("b");
    expect(await store.sessions.get("b")).toBeNull();
    await store.users.put(user({ disabled: true }));
    expect(await store.sessions.get("a")).toBeNull();
    expect(await store.sessions.get("c")).not.toBeNull();
    now += DAY;
    expect(await store.sessions.get("c")).toBeNull();
  });

  it("can all be ended for one user", async () => {
    await store.sessions.put(session("a"));
    await store.sessions.put(session("c", { user: "lead" }));
    await store.sessions.removeAll("duty");
    expect(await store.sessions.get("a")).toBeNull();
    expect(await store.sessions.get("c")).not.toBeNull();
  });
});

describe("users and tokens", () => {
  it("come back as they were put", async () => {
    const lead = user({ name: "lead", role: "lead", mines: ["520523017311"], disabled: true });
    await store.users.put(user());
    await store.users.put(lead);
    await store.users.put(user({ password: "$scrypt$new" }));
    await reopen();
    expect(await store.users.list()).toEqual([user({ password: "$scrypt$new" }), lead]);
    expect(await store.users.get("lead")).toEqual(lead);
    expect(await store.users.get("Lead")).toBeNull();
  });

  it("know an expired token no more", async () => {
    const forEver = { id: "t1", hash: "h1", user: "duty", expiresAt: null };
    const forADay = { id: "t2", hash: "h2", user: "duty", expiresAt: T0 + DAY };
    await store.tokens.put(forEver);
    await store.tokens.put(forADay);
    expect(await store.tokens.get("t2")).toEqual(forADay);
    now += DAY;
    expect(await store.tokens.get("t2")).toBeNull();
    expect(await store.tokens.get("t1")).toEqual(forEver);
    await store.tokens.remove("t1");
    expect(await store.tokens.list()).toEqual([forADay]);
  });
});

describe("a database file", () => {
  it("gets the steps of its schema it has not had, and refuses one from the future", async () => {
    const path = join(dir, "x.db");
    const first = "CREATE TABLE a (x)";
    const second = "ALTER TABLE a ADD COLUMN y; INSERT INTO a VALUES (1, 2)";
    (await openDatabase(path, { durability: "full", migrations: [first] })).close();
    const now = await openDatabase(path, { durability: "full", migrations: [first, second] });
    expect(now.prepare("SELECT * FROM a").all()).toEqual([{ x: 1, y: 2 }]);
    now.close();
    const old = openDatabase(path, { durability: "full", migrations: [first] });
    await expect(old).rejects.toThrow("written by a newer version");
  });

  it("is left as it was by a transaction that fails", async () => {
    const db = await openDatabase(join(dir, "y.db"), {
      durability: "full",
      migrations: ["CREATE TABLE a (x)"],
    });
    const fails = () =>
      db.transaction(() => {
        db.exec("INSERT INTO a VALUES (1)");
        throw new Error("no");
      });
    expect(fails).toThrow("no");
    expect(db.prepare("SELECT count(*) AS n FROM a").get()).toEqual({ n: 0 });
    db.transaction(() => db.exec("INSERT INTO a VALUES (2)"));
    expect(db.prepare("SELECT x FROM a").all()).toEqual([{ x: 2 }]);
    db.close();
  });

  it("has no journal of its own to lose: WAL, and synced at every commit", async () => {
    const db = await openDatabase(join(dir, "z.db"), { durability: "full" });
    expect(db.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    expect(db.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
    db.close();
    expect((await readFile(join(dir, "state.db"))).subarray(0, 15).toString()).toBe("SQLite format 3");
  });
});

describe("a store that cannot open its files", () => {
  it("says why, and leaves nothing running", async () => {
    const path = join(dir, "newer");
    await (await openStoreAt(path)).close();
    const db = await openDatabase(join(path, "state.db"), { durability: "lock" });
    db.exec("PRAGMA user_version = 99");
    db.close();
    await expect(openStoreAt(path)).rejects.toThrow("written by a newer version");
  });
});

const openStoreAt = (path: string) =>
  openStore({
    dir: path,
    spool: { dir: path },
    journal: { dir: path },
    epoch: "e1",
    clock: { wall: () => now },
    onTrouble: () => {},
  });
