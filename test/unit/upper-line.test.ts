import { mkdir, rm, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { UpperPoint } from "../../src/files/upper/calls.ts";
import { createUpperFolder } from "../../src/files/upper/folder.ts";
import { writeJson } from "../../src/files/upper/place.ts";
import type { SegmentLog } from "../../src/log/segment-log.ts";
import type { Alarm } from "../../src/model/alarm.ts";
import type { PointDef } from "../../src/model/point.ts";
import { VERDICT } from "../../src/model/reading.ts";
import { anAlarm } from "../support/any-alarm.ts";
import { journalEntry, MINE, T0, transitionOf } from "../support/store-logs.ts";
import {
  aNewPlace,
  aPlatform,
  filesIn,
  openUpper,
  readAll,
  rowsOf,
  runLine,
  spoolClock,
  spoolPacket,
  spoolTick,
} from "../support/upper-line.ts";

let dir: string;
let folder: string;
let logs: { spool: SegmentLog; journal: SegmentLog };
let close: () => Promise<void>;
beforeEach(async () => {
  ({ dir, folder, logs, close } = await openUpper());
});
afterEach(() => close());

const point = (def: Partial<PointDef> & { code: string }, system = "safety"): UpperPoint => ({
  mine: MINE,
  system,
  def: { type: "0001", kind: "analog", place: "T1", unit: "%CH4", ...def },
  listed: true,
  tableAt: T0,
});
const POINTS = [
  point({ code: "T1" }),
  point({ code: "T2" }),
  point({ code: "K1", type: "1002", kind: "switch" }),
  point({ code: "F1", type: "3006", kind: "state" }),
  point({ code: "F1#3007", type: "3007", kind: "state", substation: "F1" }),
];
const at = (seconds: number) => T0 + seconds * 1000;
const sent = (
  readings: readonly (readonly [p: string, v: number | null, seconds: number, s?: number])[],
) => ({
  ts: at(readings[0]?.[2] ?? 0),
  readings: readings.map(([p, v, seconds, s]) => ({
    p,
    v,
    t: at(seconds),
    ...(s === undefined ? {} : { s }),
  })),
});
/** A message of readings as the gateway spooled it, so many seconds after the beginning. */
const send = (
  seconds: number,
  readings: Parameters<typeof sent>[0],
  more?: Parameters<typeof spoolPacket>[3],
) => spoolPacket(logs.spool, at(seconds), sent(readings), more);
const tick = (seconds: number) => spoolTick(logs.spool, at(seconds));
const run = async (more: Parameters<typeof runLine>[4] = {}, platform = aPlatform(folder)) => {
  await logs.spool.sync();
  return runLine(dir, logs, platform, POINTS, more);
};
const read = async (platform = aPlatform(folder)) => readAll(await filesIn(folder), platform);
const cdss = async () => rowsOf(await read(), "CDSS").map(({ p, v, t, s }) => [p, v, (t - T0) / 1000, s]);

describe("the files of an upper platform", () => {
  it("say each point's newest sample at its own time, once a round, and a switch's changes between", async () => {
    send(1, [
      ["T1", 0.3, 1],
      ["T2", 0.1, 1],
      ["K1", 1, 1],
    ]);
    send(11, [
      ["T1", 0.4, 11, 1],
      ["K1", 0, 11],
    ]);
    send(21, [["K1", 1, 21]]);
    tick(30);
    send(31, [["T2", null, 31, 128]]);
    tick(60);
    await run();
    expect(await cdss()).toEqual([
      ["T1", 0.4, 11, 1],
      ["T2", 0.1, 1, 0],
      ["K1", 1, 21, 0],
      ["T1", 0.4, 11, 1],
      ["T2", Number.NaN, 31, 128],
      ["K1", 1, 21, 0],
    ]);
    expect(rowsOf(await read(), "KGBH").map(({ p, v, t }) => [p, v, (t - T0) / 1000])).toEqual([
      ["K1", 0, 11],
      ["K1", 1, 21],
    ]);
  });

  it("fall silent about a stream that does, instead of saying its old samples again", async () => {
    send(1, [["T1", 0.3, 1]]);
    for (let s = 30; s <= 120; s += 30) tick(s);
    await run();
    expect(await cdss()).toEqual([["T1", 0.3, 1, 0]]);
  });

  it("put what comes late or is filled in afterwards under its own old moments, all of it, never among the newest", async () => {
    const late = new Uint8Array([VERDICT.late, VERDICT.late | VERDICT.duplicate]);
    send(3601, [
      ["T1", 0.9, 3601],
      ["T2", 0.2, 3601],
    ]);
    send(
      3602,
      [
        ["T1", 0.5, 65],
        ["T1", 0.5, 65],
      ],
      { verdicts: late },
    );
    send(
      3603,
      [
        ["T1", 0.6, 70],
        ["T2", 0.7, 95],
      ],
      { kind: "backfill" },
    );
    // Not late by the gateway's measure, but older than what the point has said.
    send(3604, [["T2", 0.8, 3599]]);
    tick(3630);
    await run();
    const rows = rowsOf(await read(), "CDSS");
    const byFile = new Map<string, unknown[]>();
    for (const { name, p, v, t } of rows)
      byFile.set(name, [...(byFile.get(name) ?? []), [p, v, (t - T0) / 1000]]);
    expect([...byFile.values()]).toEqual([
      [
        ["T1", 0.5, 65],
        ["T1", 0.6, 70],
      ],
      [["T2", 0.7, 95]],
      [["T2", 0.8, 3599]],
      [
        ["T1", 0.9, 3601],
        ["T2", 0.2, 3601],
      ],
    ]);
    // The newest has the round's own moment; the others the old ones', and no name of a round.
    const moments = (await read())
      .filter(({ type }) => type === "CDSS")
      .map(({ moment }) => (moment - T0) / 1000);
    expect(moments.at(-1)).toBe(3630);
    expect(moments.slice(0, -1).map((moment) => Math.ceil(moment / 30) * 30)).toEqual([90, 120, 3600]);
    expect(moments.slice(0, -1).every((moment) => moment % 30 !== 0)).toBe(true);
  });

  it("of one old moment from several rounds do not take each other's place", async () => {
    send(3601, [["T1", 0.9, 3601]]);
    for (let i = 0; i < 40; i++) {
      spoolPacket(logs.spool, at(3602 + i * 30), sent([["T1", i, 65]]), { kind: "backfill" });
      spoolTick(logs.spool, at(3630 + i * 30));
    }
    await run();
    const values = rowsOf(await read(), "CDSS").filter(({ t }) => t === at(65));
    expect(values.map(({ v }) => v).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
  });

  it("take a time ahead of the gateway's clock for no newer than now: the next true one counts", async () => {
    const suspect = new Uint8Array([VERDICT.suspect]);
    send(1, [["T1", 0.3, 86_400]], { verdicts: suspect });
    send(11, [["T1", 0.4, 11]]);
    tick(30);
    await run();
    expect(await cdss()).toEqual([["T1", 0.4, 11, 0]]);
  });

  it("give a substation's link and supply as one record, and its table", async () => {
    send(1, [
      ["F1", 0, 1],
      ["F1#3007", 2, 1],
    ]);
    tick(30);
    send(31, [["F1#3007", 1, 31]]);
    tick(60);
    await run();
    const files = await read();
    expect(rowsOf(files, "FZSS").map(({ p, v, t }) => [p, v, (t - T0) / 1000])).toEqual([
      ["F1", 0, 1],
      ["F1#3007", 2, 1],
      ["F1", 0, 31],
      ["F1#3007", 1, 31],
    ]);
    expect(rowsOf(files, "CDSS")).toEqual([]);
    expect(files.filter(({ type }) => type === "FZDY")).toHaveLength(1);
  });

  it("give the point table when it is new and once a day, in China's days", async () => {
    // T0 is midnight of UTC: eight in the morning there.
    for (const hour of [0, 1, 15, 16, 17]) spoolTick(logs.spool, at(hour * 3600));
    await run();
    const tables = (await read()).filter(({ type }) => type === "CDDY");
    expect(tables.map(({ moment }) => (moment - T0) / 1000)).toEqual(
      [30, 16 * 3600 + 30].slice(0, tables.length),
    );
    expect(tables[0]?.body).toMatchObject({ points: [{ code: "T1" }, { code: "T2" }, { code: "K1" }] });
  });

  it("give a list of people when its last part is there, with its areas before it", async () => {
    const person = (card: string) => ({ card, down: at(0), area: "A1" });
    const areas = [{ code: "A1", name: "采面", kind: "key", quota: 9 }];
    const list = { ts: at(5), parts: 2 };
    const on = { system: "person", kind: "people" as const };
    spoolPacket(logs.spool, at(5), { ...list, part: 1, people: [person("1")], areas }, on);
    tick(30);
    spoolPacket(logs.spool, at(31), { ...list, part: 2, people: [person("2")] }, on);
    tick(60);
    // In two runs: what waits for its other half is remembered.
    await run();
    const found = (await read()).filter(({ type }) => type === "RYSS");
    expect(found).toMatchObject([
      { moment: at(5), body: { count: 2, areas, people: [{ card: "1" }, { card: "2" }] } },
    ]);
  });

  it("end a round when the clock is set back, and take no other file's name", async () => {
    send(3601, [["T1", 0.1, 3601]]);
    tick(3630);
    send(3631, [["T1", 0.2, 3631]]);
    spoolClock(logs.spool, at(3001));
    send(3002, [["T1", 0.3, 3002]]);
    tick(3030);
    await run();
    const newest = rowsOf(await read(), "CDSS").map(({ p, v }) => [p, v]);
    for (const row of [
      ["T1", 0.1],
      ["T1", 0.2],
      ["T1", 0.3],
    ])
      expect(newest).toContainEqual(row);
  });
});

describe("alarms of points", () => {
  it("are told when they rise and when they return, each by its own round; those of other kinds are not", async () => {
    const alarm = (more: Partial<Alarm>): Alarm => ({
      ...anAlarm(),
      mine: MINE,
      system: "safety",
      point: `${MINE}:safety:T1`,
      type: "0001",
      class: "over-limit",
      raisedAt: at(5),
      returnedAt: null,
      endedAt: null,
      cause: null,
      ...more,
    });
    const step = (seconds: number, what: "raise" | "return", one: Alarm) =>
      journalEntry(logs.journal, { ...transitionOf(one, { what }), t: at(seconds) });
    step(6, "raise", alarm({}));
    step(7, "raise", alarm({ id: "FAN", class: "fan" }));
    step(8, "raise", alarm({ id: "RING", system: "ring" }));
    step(40, "return", alarm({ returnedAt: at(39) }));
    tick(1);
    for (const seconds of [30, 60, 90]) tick(seconds);
    await logs.journal.sync();
    await run();
    const told = (await read()).filter(({ type }) => type === "YCBJ");
    expect(
      told.map(({ moment, body }) => [(moment - T0) / 1000, body.kind === "events" && body.events]),
    ).toEqual([
      [30, [expect.objectContaining({ p: "T1", kind: "001", start: at(5) })]],
      [60, [expect.objectContaining({ p: "T1", kind: "001", start: at(5), end: at(39) })]],
    ]);
  });
});

describe("points that have files of their own", () => {
  it("are written to them and to no other: the levels of boreholes, and what they are over", async () => {
    const water = aPlatform(folder, { system: "hydro" });
    const bore = point({ code: "W1", type: "0502", unit: "m", place: "观1" }, "hydro");
    const inflow = point({ code: "W2", type: "0503", unit: "m³/h", place: "水仓" }, "hydro");
    const on = { system: "hydro" };
    const both = {
      ts: at(1),
      readings: [
        { p: "W1", v: 3.97 },
        { p: "W2", v: 12 },
      ],
    };
    spoolPacket(logs.spool, at(1), both, on);
    spoolPacket(
      logs.spool,
      at(2),
      { ts: at(-3600), readings: [{ p: "W1", v: 2.5 }] },
      { ...on, kind: "backfill" },
    );
    spoolPacket(logs.spool, at(3), { ts: at(3), readings: [{ p: "W3", v: 1 }] }, on);
    const over: Partial<Alarm> = { mine: MINE, system: "hydro", raisedAt: at(1), level: "blue" };
    const alarm = { ...anAlarm(over), class: "over-limit" as const, type: "0502", point: `${MINE}:hydro:W1` };
    journalEntry(logs.journal, { ...transitionOf(alarm, { what: "raise" }), t: at(2) });
    const other = { ...alarm, id: "B", type: "0503", point: `${MINE}:hydro:W2` };
    journalEntry(logs.journal, { ...transitionOf(other, { what: "raise" }), t: at(2) });
    tick(30);
    await logs.spool.sync();
    await logs.journal.sync();
    await runLine(dir, logs, water, [bore, inflow]);
    const files = await read(water);
    const short = (type: string) => rowsOf(files, type).map(({ p, v, t }) => [p, v, (t - T0) / 1000]);
    expect(short("CGKCDSS")).toEqual([
      ["W1", 2.5, -3600],
      ["W1", 3.97, 1],
    ]);
    expect(short("CDSS")).toEqual([
      ["W2", 12, 1],
      ["W3", 1, 3],
    ]);
    const events = (type: string) =>
      files.flatMap((file) => (file.type === type && file.body.kind === "events" ? file.body.events : []));
    expect(events("CGKCDYC")).toMatchObject([{ kind: "warning", p: "W1", start: at(1) }]);
    expect(events("YCBJ")).toMatchObject([{ kind: "001", p: "W2", start: at(1) }]);
    expect(files.find(({ type }) => type === "CDDY")?.body).toMatchObject({
      points: [{ code: "W1" }, { code: "W2" }],
    });
  });

  it("are in the files of everything else where a platform does not want those", async () => {
    const rock = { system: "pressure", types: ["CDDY", "CDSS"] };
    const hole = point({ code: "Z1", type: "1201", unit: "MPa", xyz: [1, 2, 3] }, "pressure");
    const said = { ts: at(1), readings: [{ p: "Z1", v: 6.5 }] };
    spoolPacket(logs.spool, at(1), said, { system: "pressure" });
    tick(30);
    await logs.spool.sync();
    await runLine(dir, logs, aPlatform(folder, rock), [hole]);
    expect(rowsOf(await read(), "CDSS")).toMatchObject([{ p: "Z1", v: 6.5 }]);
    await rm(join(dir, "place.cursor"));
    await runLine(dir, logs, aPlatform(folder, { system: "pressure" }), [hole]);
    const files = await read();
    expect(rowsOf(files, "ZKSS")).toMatchObject([{ p: "Z1", v: 6.5 }]);
    expect(files.find(({ type }) => type === "ZKYL")?.body).toMatchObject({
      points: [{ code: "Z1", type: "1201", xyz: [1, 2, 3] }],
    });
    expect(rowsOf(files, "CDSS")).toHaveLength(1);
  });
});

describe("an alarm whose condition is over, though nobody ended it", () => {
  it.each(["latch", "rule-change"] as const)("is told with its end (%s)", async (what) => {
    const alarm = { ...anAlarm(), mine: MINE, raisedAt: at(5) };
    journalEntry(logs.journal, { ...transitionOf(alarm, { what: "raise" }), t: at(6) });
    journalEntry(logs.journal, { ...transitionOf({ ...alarm, returnedAt: at(40) }, { what }), t: at(41) });
    for (const seconds of [1, 30, 60]) tick(seconds);
    await logs.journal.sync();
    await run();
    const told = (await read()).flatMap(({ body }) => (body.kind === "events" ? body.events : []));
    expect(told.map(({ end }) => end)).toEqual([undefined, at(40)]);
  });
});

describe("a platform that fetches nothing", () => {
  it("is told of by a file of ours that has lain too long, not by one of somebody else's", async () => {
    const watched = createUpperFolder(folder, 30_000);
    const name = `${MINE}_CDSS_20261121080000.txt`;
    await writeFile(join(folder, "notes.txt"), "");
    expect(await watched.overdue(1, Date.now() + 60_000)).toBeNull();
    await writeFile(join(folder, name), "");
    expect(await watched.overdue(120_000, Date.now() + 60_000)).toBeNull();
    expect(await watched.overdue(1_000, Date.now() + 60_000)).toBe(name);
  });
});

describe("a folder that takes nothing", () => {
  it("is told of and waited for, and then every moment is there", async () => {
    await rm(folder, { recursive: true });
    await writeFile(folder, "no folder");
    for (let s = 1; s < 300; s += 10) send(s, [["T1", s, s]]);
    tick(300);
    let waits = 0;
    let isBack = false;
    const { away } = await run({
      pause: () => {
        waits++;
      },
      folder: (real) => ({
        ...real,
        async look() {
          if (waits === 3 && !isBack) {
            isBack = true;
            await unlink(folder);
            await mkdir(folder);
          }
          await real.look();
        },
      }),
    });
    expect(away.slice(0, -1).every((detail) => detail?.includes("ENOTDIR") ?? false)).toBe(true);
    expect(away.at(-1)).toBeNull();
    const moments = (await read())
      .filter(({ type }) => type === "CDSS")
      .map(({ moment }) => (moment - T0) / 1000);
    expect(moments).toEqual([30, 60, 90, 120, 150, 180, 210, 240, 270, 300]);
  });

  it("says which records are gone, when the spool had to drop some before they were written", async () => {
    for (let i = 0; i < 3_000; i++) {
      send(i, [["T1", i, i]]);
      if (i % 300 === 0) await logs.spool.sync();
    }
    await logs.spool.sync();
    const { dropped } = await logs.spool.retain({
      keepFrom: 2_500,
      olderThanMs: 0,
      maxBytes: 200_000,
      dropping: async () => {},
    });
    expect(dropped.length).toBeGreaterThan(0);
    const { faults } = await run();
    expect(faults).toEqual([`gap: spool records 1 to ${logs.spool.first - 1} are gone`]);
  });
});

describe("a writer that is killed", () => {
  /** Dies at its n-th touch of the disk, anywhere in a round. */
  class Killed extends Error {}

  it("leaves no moment out and writes nothing else under a name, wherever it dies", async () => {
    for (let s = 1; s < 240; s += 5) {
      send(s, [
        ["T1", s, s],
        ["K1", s % 2, s],
      ]);
      if (s % 15 === 1) send(s, [["T2", s, s - 3600]], { kind: "backfill" });
    }
    tick(240);
    await run();
    const whole = await filesIn(folder);
    expect(whole.size).toBeGreaterThan(20);
    for (let dies = 1; dies < 60; dies += 4) {
      await rm(folder, { recursive: true });
      await mkdir(folder);
      for (const end of ["cursor", "plan"]) await rm(join(dir, `place.${end}`), { force: true });
      let touches = 0;
      const seen = new Map<string, Buffer>();
      const touch = () => {
        if (++touches === dies) throw new Killed();
      };
      const first = run({
        pause: () => {
          throw new Killed();
        },
        folder: (real) => ({
          ...real,
          async put(draft) {
            touch();
            const done = await real.put(draft);
            touch();
            return done;
          },
        }),
        save: async () => touch(),
      });
      await first.catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
      });
      // The platform fetches what it finds, and remembers it.
      for (const [name, bytes] of await filesIn(folder)) {
        seen.set(name, bytes);
        await unlink(join(folder, name));
      }
      await run();
      for (const [name, bytes] of await filesIn(folder)) {
        const before = seen.get(name);
        if (before !== undefined) expect(bytes.equals(before), name).toBe(true);
        seen.set(name, bytes);
      }
      expect([...seen.keys()].sort(), `died at ${dies}`).toEqual([...whole.keys()]);
      for (const [name, bytes] of whole) expect(seen.get(name)?.equals(bytes), name).toBe(true);
    }
  });
});

describe("a platform that is new", () => {
  it("gets what comes from then on, with the newest samples of before", async () => {
    send(1, [
      ["T1", 0.3, 1],
      ["T2", 0.1, 1],
    ]);
    const begin = tick(300);
    send(601, [["T2", 0.2, 601]]);
    tick(630);
    await writeJson(join(dir, "place.cursor"), aNewPlace({ begin }));
    await run();
    expect(await cdss()).toEqual([
      ["T1", 0.3, 1, 0],
      ["T2", 0.2, 601, 0],
    ]);
  });
});
