import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Influx } from "../../src/influx/influx.ts";
import { createRefusedFile } from "../../src/influx/refused-file.ts";
import type { SegmentLog } from "../../src/log/segment-log.ts";
import { type FakeInflux, startFake } from "../support/influx-fake.ts";
import { aRoom, saved } from "../support/influx-room.ts";
import { openLogs, spoolReadings, spoolTick, T0 } from "../support/store-logs.ts";

let dir: string;
let fake: FakeInflux;
let logs: { spool: SegmentLog; journal: SegmentLog };
let rooms: Influx[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-influx-room-"));
  fake = await startFake("2.x");
  logs = await openLogs(dir);
});
afterEach(async () => {
  await Promise.all(rooms.map((room) => room.close()));
  rooms = [];
  await Promise.all([fake.close(), logs.spool.close(), logs.journal.close()]);
  await rm(dir, { recursive: true });
});

const target = () => ({
  url: fake.url,
  org: "-",
  bucket: "mines",
  database: "mines",
  retentionPolicy: null,
  token: null,
});

async function room(more: Parameters<typeof aRoom>[2] = {}) {
  const own = await aRoom(dir, target(), more);
  rooms.push(own);
  return own;
}

/** Without what the writer asks by to know whom a refusal is about. */
const rows = (): string[] => [...fake.rows].filter((line) => !line.startsWith("davylamp "));

async function spooled(messages: number, from = 0): Promise<number> {
  for (let i = from; i < from + messages; i++) {
    spoolReadings(logs.spool, [
      { p: "A", v: i / 10, t: T0 + i * 1_000 },
      { p: i % 50 === 49 ? "BAD" : "B", v: i, t: T0 + i * 1_000 },
    ]);
    if (i % 5 === 0) spoolTick(logs.spool);
  }
  return logs.spool.sync();
}

describe("the writer's place", () => {
  it("is kept: the next run sends what came after, and nothing of before", async () => {
    const first = await spooled(100);
    const one = await room();
    one.synced({ spool: first, journal: 0 });
    await saved(one, first);
    await one.close();
    rooms = [];
    expect(rows().length).toBe(198);
    const sent = fake.requests.length;

    const head = await spooled(10, 100);
    const two = await room();
    two.synced({ spool: head, journal: 0 });
    await saved(two, head);
    expect(fake.requests.slice(sent).reduce((sum, { lines }) => sum + lines, 0)).toBe(20);
    expect(rows().length).toBe(218);
  });

  it("is of this database and this line of the logs: for another all is written again", async () => {
    const head = await spooled(20);
    const one = await room();
    one.synced({ spool: head, journal: 0 });
    await saved(one, head);
    await one.close();
    rooms = [];
    fake.rows.clear();
    const two = await room({ epoch: "another" });
    two.synced({ spool: head, journal: 0 });
    await saved(two, head);
    expect(rows().length).toBe(40);
    expect(two.faults).toEqual([]);
  });

  it("may be spoilt or gone: then the oldest record kept is the first", async () => {
    const head = await spooled(20);
    await writeFile(join(dir, "influx.cursor"), '{"epoch":');
    const one = await room();
    one.synced({ spool: head, journal: 0 });
    await saved(one, head);
    expect(rows().length).toBe(40);
    expect(JSON.parse(await readFile(join(dir, "influx.cursor"), "utf8"))).toMatchObject({ spool: head });
  });
});

describe("what InfluxDB does not take", () => {
  it("lies in a file that a person can read, with the reason, and is counted", async () => {
    const head = await spooled(100);
    const own = await room();
    own.synced({ spool: head, journal: 0 });
    await saved(own, head);
    const [name = ""] = await readdir(join(dir, "influx-refused"));
    const text = await readFile(join(dir, "influx-refused", name), "utf8");
    const lines = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({ status: 422, reason: expect.stringContaining("partial write") });
    expect(lines.map(({ line }) => line.split(" ")[1]).sort()).toEqual(["v=49,s=0i", "v=99,s=0i"]);
    expect(own.state()).toMatchObject({ refused: 2, written: 198, trouble: null });
  });

  it("never fills the disk: the newest sixteen files are kept", async () => {
    const refused = createRefusedFile(join(dir, "refused"), 200);
    const line = {
      at: "2026-11-22T00:00:00.000Z",
      status: 400,
      reason: "r".repeat(100),
      line: "l".repeat(100),
    };
    for (let i = 0; i < 40; i++) await refused.put([line]);
    const names = (await readdir(join(dir, "refused"))).sort();
    expect(names).toHaveLength(16);
    expect(names.at(-1)).toBe("refused-000040.jsonl");
  });
});

describe("records that are gone from the spool", () => {
  it("are a fault that says which, and a gap in InfluxDB; where nothing was written yet they are none", async () => {
    const early = await spooled(20);
    const one = await room();
    one.synced({ spool: early, journal: 0 });
    await saved(one, early);
    await one.close();
    rooms = [];
    // Enough for several segments of 64 KiB; the oldest go, whatever they hold.
    let head = early;
    for (let from = 20; from < 2_020; from += 200) head = await spooled(200, from);
    await logs.spool.retain({ keepFrom: 1, olderThanMs: 0, maxBytes: 130_000 });
    const { first } = logs.spool;
    expect(first).toBeGreaterThan(early + 1);

    const two = await room();
    two.synced({ spool: head, journal: 0 });
    await saved(two, head);
    expect(two.faults).toEqual([
      ["gap", `spool records ${early + 1} to ${first - 1} are gone: not in InfluxDB`],
    ]);
    const gaps = [...fake.rows].filter((line) => line.startsWith("gap,of=influx"));
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toContain(` from=${early + 1}i,to=${first - 1}i,`);

    const fresh = await room({ epoch: "another" });
    fresh.synced({ spool: head, journal: 0 });
    await saved(fresh, head);
    expect(fresh.faults).toEqual([]);
  });
});

describe("a database that hangs", () => {
  it("is told of long before the request is given up, and of that it answers again", async () => {
    fake.script.push("hang");
    const head = await spooled(10);
    const own = await room({ timeout: 6_000 });
    own.synced({ spool: head, journal: 0 });
    while (own.state()?.trouble == null) await wait(20);
    expect(own.state()?.trouble).toEqual({ kind: "away", detail: "no answer for 2 s" });
    expect(fake.requests).toHaveLength(1);
    await saved(own, head);
    expect(own.state()?.trouble).toBeNull();
  });
});

describe("a token that was changed in its file", () => {
  it("is read again when the old one is refused, without a restart", async () => {
    fake.token = "new";
    const path = join(dir, "token");
    await writeFile(path, "old");
    let token = "old";
    const head = await spooled(10);
    const own = await room({ secret: () => token });
    own.synced({ spool: head, journal: 0 });
    while (own.state()?.trouble?.kind !== "held") await wait(20);
    expect(own.state()?.trouble?.detail).toBe("401 unauthorized");
    token = "new";
    await saved(own, head);
    expect(rows().length).toBe(20);
    expect(own.state()?.trouble).toBeNull();
  });
});
