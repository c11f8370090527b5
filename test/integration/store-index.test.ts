import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SegmentLog } from "../../src/log/segment-log.ts";
import type { Alarm, Evidence } from "../../src/model/alarm.ts";
import type { AlarmQuery, FactQuery, Store } from "../../src/store/api.ts";
import { openStore } from "../../src/store/store.ts";
import { anAlarm } from "../support/any-alarm.ts";
import { EPOCH, journalEntry, MINE, openLogs, T0, transitionOf } from "../support/store-logs.ts";

let dir: string;
let journal: SegmentLog;
let spool: SegmentLog;
let store: Store;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-index-"));
  ({ spool, journal } = await openLogs(dir));
  store = await open();
});
afterEach(async () => {
  await store.close();
  await Promise.all([spool.close(), journal.close()]);
  await rm(dir, { recursive: true });
});

const open = (epoch = EPOCH) =>
  openStore({
    dir: join(dir, "store"),
    spool: { dir: join(dir, "spool") },
    journal: { dir: join(dir, "journal") },
    epoch,
    clock: { wall: Date.now },
    onTrouble: (code, detail) => expect.unreachable(`${code}: ${detail}`),
  });

async function written(...alarms: Alarm[]): Promise<void> {
  for (const alarm of alarms) journalEntry(journal, transitionOf(alarm));
  store.journalAt(await journal.sync());
}

const ALL: AlarmQuery = {
  state: null,
  mines: null,
  levels: null,
  classes: null,
  from: null,
  to: null,
  q: null,
  limit: 100,
  after: null,
};
const ids = async (query: Partial<AlarmQuery> = {}) =>
  (await store.alarms({ ...ALL, ...query })).map((alarm) => alarm.id);

const numbered = (n: number, fields: Partial<Alarm> = {}): Alarm =>
  anAlarm({ id: `A${String(n).padStart(4, "0")}`, raisedAt: T0 + n * 1_000, ...fields });

describe("the index of alarms", () => {
  it("has what the journal has, in the list asked for right after it was announced", async () => {
    await written(numbered(1), numbered(2));
    expect(await ids()).toEqual(["A0002", "A0001"]);
    await written(numbered(3));
    expect(await store.alarms({ ...ALL, limit: 1 })).toEqual([{ ...numbered(3), seq: 3 }]);
  });

  it("keeps the newest form of an alarm, every transition, and the evidence of the newest that has one", async () => {
    const evidence = (limit: number): Evidence => ({
      samples: [{ t: T0, v: 1.62, s: 0 }],
      limit,
      origin: "law",
      quality: "good",
      spool: { from: 1, to: 1 },
      ruleHash: "h",
      configHash: "c",
    });
    const raised = anAlarm({ level: "yellow" });
    const stepped = anAlarm({ level: "orange", n: 2 });
    const ended = anAlarm({ level: "orange", n: 3, state: "acknowledged" });
    journalEntry(journal, { ...transitionOf(raised), evidence: evidence(1) });
    journalEntry(journal, { type: "anchor", t: T0, detail: "a record that is no transition" });
    journalEntry(journal, { ...transitionOf(stepped, { what: "step-up" }), evidence: evidence(1.5) });
    journalEntry(journal, transitionOf(ended, { what: "acknowledge", by: "duty" }));
    store.journalAt(await journal.sync());
    const record = await store.alarm("A1");
    expect(record?.alarm).toEqual({ ...ended, seq: 4 });
    expect(record?.transitions.map(({ seq, transition, inputs }) => [seq, transition.what, inputs])).toEqual([
      [1, "raise", [1]],
      [3, "step-up", [2]],
      [4, "acknowledge", [3]],
    ]);
    expect(record?.evidence).toEqual(evidence(1.5));
    expect(record?.transitions[0]?.evidence).toEqual(evidence(1));
    expect(await ids()).toEqual(["A1"]);
    expect(await store.alarm("no such")).toBeNull();
  });

  it("finds by state, mine, level, class, time and part of a word, and by all of them together", async () => {
    await written(
      numbered(1, { state: "normal", level: "red", place: "总回风巷" }),
      numbered(2, { mine: "520523017312", mineName: "大方煤矿" }),
      numbered(3, { class: "link", point: null, title: "通信中断", titleEn: "Link DOWN" }),
      numbered(4, { point: `${MINE}:safety:HAND-CH4` }),
    );
    expect(await ids({ state: ["normal"] })).toEqual(["A0001"]);
    expect(await ids({ mines: ["520523017312", "x"] })).toEqual(["A0002"]);
    expect(await ids({ mines: [] })).toEqual([]);
    expect(await ids({ levels: ["red", "blue"] })).toEqual(["A0001"]);
    expect(await ids({ classes: ["link"] })).toEqual(["A0003"]);
    expect(await ids({ from: T0 + 2_000, to: T0 + 4_000 })).toEqual(["A0003", "A0002"]);
    expect(await ids({ q: "总回风" })).toEqual(["A0001"]);
    expect(await ids({ q: "大方" })).toEqual(["A0002"]);
    expect(await ids({ q: "link down" })).toEqual(["A0003"]);
    expect(await ids({ q: "hand-ch4" })).toEqual(["A0004"]);
    expect(await ids({ q: "%" })).toEqual([]);
    expect(await ids({ q: "甲烷", mines: [MINE], state: ["unacknowledged"], to: T0 + 5_000 })).toEqual([
      "A0004",
    ]);
  });

  it("never lists the canary", async () => {
    await written(numbered(1, { class: "test" }), numbered(2));
    expect(await ids()).toEqual(["A0002"]);
    expect(await ids({ classes: ["test"] })).toEqual([]);
    expect((await store.alarm("A0001"))?.alarm.class).toBe("test");
  });

  it("gives each alarm on one page only, while new ones are raised and old ones change", async () => {
    await written(
      ...Array.from({ length: 25 }, (_, i) => numbered(i)),
      numbered(7.5, { raisedAt: T0 + 7_000 }),
    );
    const seen: string[] = [];
    let after: AlarmQuery["after"] = null;
    for (let page = 0; page < 6; page++) {
      const items = await store.alarms({ ...ALL, limit: 5, after });
      seen.push(...items.map((alarm) => alarm.id));
      const last = items.at(-1);
      if (last === undefined) break;
      after = { raisedAt: last.raisedAt, id: last.id };
      await written(numbered(100 + page), numbered(page, { n: 2, state: "acknowledged" }));
    }
    expect(seen).toHaveLength(26);
    expect(new Set(seen).size).toBe(26);
  });

  it("is built anew, and is the same, when its file is gone or spoilt", async () => {
    await written(
      ...Array.from({ length: 300 }, (_, i) => numbered(i % 100, { n: 1 + Math.floor(i / 100) })),
    );
    const before = await store.alarms({ ...ALL, limit: 1_000 });
    const one = await store.alarm("A0007");
    for (const spoil of [false, true]) {
      await store.close();
      await Promise.all(
        ["", "-wal", "-shm"].map((end) => rm(join(dir, "store", `index.db${end}`), { force: true })),
      );
      if (spoil) {
        await writeFile(join(dir, "store", "index.db"), "this is no database".repeat(500));
      }
      store = await open();
      store.journalAt(journal.synced);
      expect(await store.alarms({ ...ALL, limit: 1_000 })).toEqual(before);
      expect(await store.alarm("A0007")).toEqual(one);
    }
    expect(before).toHaveLength(100);
    expect(one?.transitions).toHaveLength(3);
  });

  it("forgets alarms of a journal that is no longer there: another epoch, or a shorter one", async () => {
    await written(numbered(1), numbered(2));
    expect(await ids()).toHaveLength(2);
    await store.close();
    store = await open("another epoch");
    expect(await ids()).toEqual([]);
    store.journalAt(2);
    expect(await ids()).toEqual(["A0002", "A0001"]);
    await store.close();
    store = await open("another epoch");
    store.journalAt(1);
    expect(await ids()).toEqual(["A0001"]);
  });
});

describe("what figures are made of", () => {
  const pageOf = (from: number, to: number, after: FactQuery["after"] = null, limit = 2) =>
    store.facts({ from, to, mines: null, limit, after });
  const ended = (n: number, at: number, end: number, over: Partial<Alarm> = {}): Alarm =>
    numbered(n, { detectedAt: at, endedAt: end, state: "normal", ...over });

  it("is every alarm that was open at some time of the range, page by page, each once, and no canary", async () => {
    await written(
      ended(1, T0, T0 + 10),
      ended(2, T0 + 5, T0 + 20),
      numbered(3, { detectedAt: T0 + 8 }),
      ended(4, T0 + 30, T0 + 40),
      numbered(5, { detectedAt: T0 + 50 }),
      numbered(6, { detectedAt: T0 + 9, class: "test" }),
    );
    const seen: string[] = [];
    let after: FactQuery["after"] = null;
    do {
      const page = await pageOf(T0 + 15, T0 + 45, after);
      seen.push(...page.facts.map(({ id }) => id));
      after = page.next;
    } while (after !== null);
    expect(seen).toEqual(["A0002", "A0004", "A0003"]);
    const { facts } = await store.facts({ from: T0, to: T0 + 99, mines: ["X"], limit: 9, after: null });
    expect(facts).toEqual([]);
  });

  it("tells of each step how it left the alarm", async () => {
    const alarm = numbered(1);
    const shelved = { kind: "shelved" as const, by: "lead", until: T0, reason: "x" };
    await written(alarm, {
      ...alarm,
      n: 2,
      suppression: shelved,
      handling: { ...alarm.handling, stage: "fed-back" },
    });
    const { facts } = await pageOf(T0, T0 + 1e9);
    expect(facts[0]?.steps).toMatchObject([
      { suppression: "none", stage: "received", calls: 0, called: [] },
      { suppression: "shelved", stage: "fed-back" },
    ]);
  });
});

describe("the duty log", () => {
  it("is read from the newest on, and is there again after the index was built anew", async () => {
    const by = { user: "duty", role: "duty", device: "desk" } as const;
    const line = (text: string) =>
      journalEntry(journal, {
        type: "duty",
        t: T0,
        by,
        duty: { what: "note", text, about: null, corrects: null },
        inputs: [1],
      });
    for (const text of ["一", "二", "三"]) line(text);
    store.journalAt(await journal.sync());
    const texts = async (before: number | null) =>
      (await store.dutyLog({ before, limit: 2 })).map(({ seq, duty }) => [
        seq,
        duty.what === "note" && duty.text,
      ]);
    expect(await texts(null)).toEqual([
      [3, "三"],
      [2, "二"],
    ]);
    expect(await texts(2)).toEqual([[1, "一"]]);
    await store.close();
    await rm(join(dir, "store", "index.db"));
    store = await open();
    store.journalAt(journal.synced);
    expect(await texts(2)).toEqual([[1, "一"]]);
  });
});

describe("the times of a push", () => {
  it("are kept of each ring, and the first word stands", async () => {
    await store.pushed([{ alarm: "A1", n: 1, stored: 5, pushed: null }]);
    await store.pushed([
      { alarm: "A1", n: 1, stored: 9, pushed: 9 },
      { alarm: "A1", n: 4, stored: 7, pushed: 8 },
    ]);
    expect(await store.pushes("A1")).toEqual([
      { alarm: "A1", n: 1, stored: 5, pushed: null },
      { alarm: "A1", n: 4, stored: 7, pushed: 8 },
    ]);
    expect(await store.pushes("A2")).toEqual([]);
  });
});
