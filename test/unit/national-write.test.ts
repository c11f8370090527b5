import { describe, expect, it } from "vitest";
import type { Alarm } from "../../src/model/alarm.ts";
import type { MineEvent, StatRow } from "../../src/model/input.ts";
import type { Area, Person } from "../../src/model/people.ts";
import type { PointDef } from "../../src/model/point.ts";
import { UNKNOWN_BITS, VALUELESS_BITS } from "../../src/model/reading.ts";
import { type Dialect, DialectFile } from "../../src/wire/config/dialect-file.ts";
import { decode } from "../../src/wire/decode.ts";
import { encodeGb18030 } from "../../src/wire/gb18030.ts";
import { type Known, type NationalRead, NOTHING_KNOWN } from "../../src/wire/national/file.ts";
import { readNationalFile } from "../../src/wire/national/read.ts";
import {
  plainText,
  type RecordTexts,
  WRITTEN_TYPES,
  type WrittenType,
  writeNationalFile,
} from "../../src/wire/national/write.ts";
import * as peopleRecords from "../../src/wire/national/write-people.ts";
import * as records from "../../src/wire/national/write-records.ts";
import * as waterRecords from "../../src/wire/national/write-water.ts";

const MINE = "520523017311";
const MOMENT = Date.UTC(2026, 2, 2, 0, 15, 30);

/** As platforms read, and as some of them differ from the norm. */
const DIALECTS: Readonly<Record<string, Dialect>> = {
  norm: DialectFile.parse({ encoding: "utf-8" }),
  GB18030: DialectFile.parse({ encoding: "gb18030" }),
  province: DialectFile.parse({
    encoding: "gb18030",
    record: "^",
    end: "]]]",
    types: { NRYSS: "RYSS", NCDSS: "CDSS", NRYCS: "RYCS" },
    flags: "first-is-1",
    states: { "100": 128 },
    inOut: { 井下: "underground", 井上: "out" },
    areaKinds: { "4": "rockburst", "1": "key" },
    eventKinds: { A1: "001" },
  }),
  lines: DialectFile.parse({
    field: ",",
    record: "\n",
    end: "",
    header: ["time", "count"],
    time: "slashes",
    layouts: {
      CDSS: ["数据时间", "测点编码", "-", "测点值", "状态"],
      RYQJ: ["求救开始", "求救结束", "人员卡编码", "-", "区域编码"],
    },
  }),
  compact: DialectFile.parse({ field: ",", time: "compact" }),
};

/** A small generator: the same run again is the same run. */
function createChance(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const below = (n: number) => Math.floor(next() * n);
  const one = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const maybe = <T>(value: T): T | undefined => (next() < 0.5 ? value : undefined);
  return { next, below, one, maybe };
}
type Chance = ReturnType<typeof createChance>;

const WORDS = [
  "1101采煤工作面T1",
  "回风;巷",
  "a~b|c||",
  "㐂鿿𠀀龘",
  "井下；全角",
  "末班\r\n",
  "x^y]]]z",
  "逗,号\t。",
  "é Ω 😀",
];
const NUMBERS = [0, -0, 1.12, 0.1 + 0.2, -3.5e-7, 1e21, 4.2e20, 123456.789, 1e-300, 99];
const codeOf = (c: Chance, i: number) => `${c.one([MINE, "", "测"])}01MN${c.one(["0001", "0002"])}${i}`;
const second = (c: Chance) => MOMENT - c.below(86_400) * 1000;

function clean<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

function aPoint(c: Chance, i: number): PointDef {
  return clean({
    code: codeOf(c, i),
    type: c.one(["0001", "0004", "1002", "3001"]),
    kind: c.one(["analog", "switch", "total", "state"] as const),
    unit: c.maybe(c.one(["%CH4", "℃", "m³/min"])),
    high: c.maybe(c.one(NUMBERS)),
    alarmHigh: c.maybe(c.one(NUMBERS)),
    alarmHighClear: c.maybe(c.one(NUMBERS)),
    cutHigh: c.maybe(c.one(NUMBERS)),
    restoreLow: c.maybe(c.one(NUMBERS)),
    onText: c.maybe(c.one(WORDS)),
    offText: c.maybe("停;止"),
    place: c.one(WORDS),
    substation: c.maybe(`${MINE}00001`),
    relation: c.maybe(`D-${MINE}01KG1009001C01`),
    xyz: c.maybe([353210.5, 2954120.3, -1105]),
  } as PointDef);
}

function aReading(c: Chance, i: number) {
  const s = c.one([0, 1, 3, 4, 8, 16, 128, 129, 1024]);
  const v = (s & VALUELESS_BITS) !== 0 && c.next() < 0.5 ? Number.NaN : c.one(NUMBERS);
  return { code: codeOf(c, i), t: second(c), v, s };
}

function aStat(c: Chance, i: number): StatRow {
  const from = second(c);
  return {
    p: codeOf(c, i),
    from,
    to: from + 300_000,
    max: 2.5,
    maxAt: from + 1000,
    min: c.one([0, -1, 2.5]),
    minAt: from,
    avg: 1.25,
  };
}

function aPerson(c: Chance, i: number): Person {
  return clean({
    card: `${MINE}${String(i).padStart(5, "0")}`,
    name: c.maybe(c.one(WORDS)),
    down: second(c),
    up: c.maybe(MOMENT),
    area: c.maybe(`${MINE}0008`),
    areaSince: c.maybe(second(c)),
    station: c.maybe(`${MINE}0008000012`),
    stationSince: c.maybe(second(c)),
    dist: c.maybe(c.one([16.21, -3, 0])),
    state: c.maybe("正常"),
    leader: c.maybe(true),
    special: c.maybe(false),
  } as Person);
}

const writing = (dialect: Dialect, theirs = MINE) => ({ dialect, ours: MINE, theirs });

function write(type: WrittenType, rows: readonly (RecordTexts | null)[], dialect: Dialect, mine = MINE) {
  const told = rows.filter((row) => row !== null);
  return writeNationalFile({ mine, mineName: "某某;煤矿", type, moment: MOMENT, records: told }, dialect);
}

function read(
  type: WrittenType,
  rows: readonly (RecordTexts | null)[],
  dialect: Dialect,
  known: Known = NOTHING_KNOWN,
): NationalRead & { ok: true } {
  const found = readNationalFile({ ...write(type, rows, dialect), dialect }, known);
  if (!found.ok) throw new Error(found.reason);
  expect(found.refused).toEqual([]);
  expect(found.ended).toBe(true);
  expect(found.used).toBe(rows.filter((row) => row !== null).length);
  expect(found.envelope).toMatchObject({ type, moment: MOMENT, named: MOMENT });
  return found;
}

/** What the gateway's own door makes of the messages. */
const body = ({ messages, envelope }: NationalRead & { ok: true }) => {
  const [message] = messages;
  if (message === undefined) throw new Error("the file says nothing");
  return decode(message.kind, envelope.system, message.payload);
};

const CASES = Object.entries(DIALECTS).flatMap(([name, dialect]) =>
  [1, 2, 3].map((seed) => [name, seed, dialect] as const),
);

describe.each(CASES)("a file written for %s (%i)", (_, seed, dialect) => {
  const some = <T>(make: (c: Chance, i: number) => T): T[] => {
    const c = createChance(seed);
    return Array.from({ length: 40 }, (_, i) => make(c, i));
  };
  const plain = (text: string | undefined) => {
    const said = plainText(text ?? "", dialect);
    return said === "" ? undefined : said;
  };

  it("CDDY is read back to the same point table", () => {
    const points = some(aPoint);
    const found = body(
      read(
        "CDDY",
        points.map((def) => records.pointRecord(def, "safety", MOMENT, writing(dialect))),
        dialect,
      ),
    );
    if (found.kind !== "points") throw new Error(found.kind);
    expect(found.points).toEqual(
      points.map((def) =>
        clean({
          ...Object.fromEntries(
            Object.entries(def).map(([key, value]) => [key, typeof value === "number" ? value + 0 : value]),
          ),
          onText: plain(def.onText),
          offText: plain(def.offText),
          place: plain(def.place) ?? "",
        }),
      ),
    );
  });

  it("CDSS is read back to the same readings, without a value where nothing is known", () => {
    const readings = some(aReading);
    const rows = readings.map((said) => records.readingRecord(said.code, null, said, writing(dialect)));
    const found = body(read("CDSS", rows, dialect));
    if (found.kind !== "readings") throw new Error(found.kind);
    const { codes, t, v, s } = found.columns;
    expect([...codes]).toEqual(readings.map(({ code }) => code));
    expect([...t]).toEqual(readings.map((said) => said.t));
    expect([...s]).toEqual(readings.map((said) => said.s));
    expect([...v]).toEqual(readings.map((said) => ((said.s & UNKNOWN_BITS) !== 0 ? Number.NaN : said.v + 0)));
  });

  it("KGBH is read back to the same changes", () => {
    const readings = some(aReading).map((said, i) => ({ ...said, v: i % 2 }));
    const rows = readings.map((said) => records.switchRecord(said.code, said, writing(dialect)));
    const found = body(read("KGBH", rows, dialect));
    if (found.kind !== "readings") throw new Error(found.kind);
    expect([...found.columns.v]).toEqual(readings.map(({ v }) => v));
    expect([...found.columns.t]).toEqual(readings.map(({ t }) => t));
  });

  it("TJSJ is read back to the same statistics", () => {
    const stats = some(aStat);
    const found = body(
      read(
        "TJSJ",
        stats.map((stat) => records.statRecord(stat, null, writing(dialect))),
        dialect,
      ),
    );
    expect(found).toMatchObject({ kind: "stats", stats, rejected: [] });
  });

  it("RYSS and RYQY are read back to the same people and areas", () => {
    const people = some(aPerson);
    const kinds =
      dialect.areaKinds["4"] === undefined
        ? (["normal", "key", "restricted"] as const)
        : (["normal", "key", "rockburst"] as const);
    const areas: Area[] = kinds.map((kind, i) =>
      clean({ code: `${MINE}000${i}`, name: `${kind}区`, kind, quota: i === 1 ? 30 : undefined } as Area),
    );
    const { known } = read(
      "RYQY",
      areas.map((area) => peopleRecords.areaRecord(area, writing(dialect))),
      dialect,
    );
    const found = body(
      read(
        "RYSS",
        people.map((one) => peopleRecords.personRecord(one, writing(dialect))),
        dialect,
        known,
      ),
    );
    if (found.kind !== "people") throw new Error(found.kind);
    expect(found.count).toBe(people.length);
    expect(found.areas).toEqual(areas);
    expect(found.people).toEqual(
      people.map((one) => clean({ ...one, name: plain(one.name), dist: one.dist })),
    );
  });

  it("RYXX is read back as what goes along with everybody underground", () => {
    const people = some(aPerson).map(
      (one, i): Person =>
        clean({
          ...one,
          team: i % 2 === 0 ? WORDS[i % WORDS.length] : undefined,
          job: i % 3 === 0 ? "瓦检员" : undefined,
        } as Person),
    );
    const { known } = read(
      "RYXX",
      people.map((one) => peopleRecords.staffRecord(one, writing(dialect))),
      dialect,
    );
    // The list itself says nothing of who they are.
    const rows = people.map(({ card, down, up }) =>
      peopleRecords.personRecord(clean({ card, down, up } as Person), writing(dialect)),
    );
    const found = body(read("RYSS", rows, dialect, known));
    if (found.kind !== "people") throw new Error(found.kind);
    expect(found.people).toEqual(
      people.map(({ card, down, up, name, team, job, leader, special }) =>
        clean({ card, down, up, name: plain(name), team: plain(team), job, leader, special }),
      ),
    );
  });

  it.each(["RYCS", "RYQJ", "RYXZ"] as const)("%s is read back to the same event of a card", (type) => {
    const kind = { RYCS: "overtime", RYQJ: "sos", RYXZ: "restricted" }[type];
    const alarms = some(aPerson).map(({ up: _up, ...person }, i) => ({
      ...person,
      start: MOMENT - 60_000 * (i + 1),
      end: i % 2 === 0 ? null : MOMENT,
    }));
    const rows = alarms.map((one) => peopleRecords.cardAlarmRecord(one, writing(dialect)));
    const found = body(read(type, rows, dialect));
    if (found.kind !== "events") throw new Error(found.kind);
    expect(found.events).toEqual(
      alarms.map(({ card, area, start, end }) => clean({ kind, card, area, start, end: end ?? undefined })),
    );
  });

  it("RYCY is read back to the same event of an area, or of the mine", () => {
    const cards = some(aPerson).map(({ card }) => card);
    const of = (area: { code: string; name: string } | null, end: number | null) =>
      peopleRecords.crowdAlarmRecord(
        { area, quota: 9, cards, start: MOMENT - 60_000, end },
        writing(dialect),
      );
    const area = { code: `${MINE}0008`, name: "采面;回风" };
    const rows = [of(area, null), of(area, MOMENT), of(null, null)];
    const found = body(read("RYCY", rows, dialect));
    const event = { kind: "over-capacity", start: MOMENT - 60_000 };
    expect(found).toMatchObject({
      kind: "events",
      events: [{ ...event, area: area.code }, { ...event, area: area.code, end: MOMENT }, event],
      rejected: [],
    });
    expect(rows[2]).toMatchObject({ 报警类型: "矿井", 定员: "9", 当前总人数: "40", 区域编码: "" });
  });

  it("CGKCDSS is read back to the same levels, with the flags that the dialect has an order for", () => {
    const states = dialect.flags === undefined ? [0, 24, 129] : [0, 1, 8, 24, 129, 128];
    const said = states.map((s, i) => ({ code: `W${i}`, t: MOMENT - i * 1000, v: i + 0.25, s }));
    const rows = said.map((one) => waterRecords.boreRecord(one.code, one, writing(dialect)));
    const found = body(read("CGKCDSS", rows, dialect));
    if (found.kind !== "readings") throw new Error(found.kind);
    const { codes, t, v, s } = found.columns;
    expect(said.map((_, i) => [codes[i], t[i], v[i], s[i]])).toEqual(
      said.map((one) => [one.code, one.t, (one.s & UNKNOWN_BITS) === 0 ? one.v : Number.NaN, one.s]),
    );
    const row = waterRecords.boreRecord("W", { t: MOMENT, v: 1, s: 1 }, writing(dialect));
    expect(row === null).toBe(dialect.flags === undefined);
  });

  it("CGKCDYC is read back to the same warnings", () => {
    const one = alarm({ level: "blue", title: "水位超过蓝色阈值", type: "0502" });
    const rows = [one, alarm({ level: "red", returnedAt: MOMENT, title: "" })].map((each) =>
      waterRecords.boreWarningRecord(each, "W1", MOMENT, writing(dialect)),
    );
    expect(rows.map((row) => row?.["预警级别"])).toEqual(["4", ""]);
    const event = {
      kind: "warning",
      p: "W1",
      start: MOMENT - 60_000,
      cause: plain("探头;故障"),
      by: "张三",
    };
    expect(body(read("CGKCDYC", rows, dialect))).toMatchObject({
      kind: "events",
      events: [event, { ...event, end: MOMENT }],
    });
  });

  it("ZKYL and ZKSS are read back to the same points and stresses", () => {
    const def: PointDef = {
      code: "Z1",
      type: "1201",
      kind: "analog",
      place: "运输巷;30m",
      xyz: [1, 2.5, -3],
    };
    const points = body(read("ZKYL", [waterRecords.stressPointRecord(def, writing(dialect))], dialect));
    expect(points).toMatchObject({ points: [{ ...def, place: plain(def.place) }] });
    const said = [0, 1, 128].map((s, i) => ({ t: MOMENT, v: i + 0.5, s }));
    const rows = said.map((one) => waterRecords.stressRecord("Z1", def, one, writing(dialect)));
    const found = body(read("ZKSS", rows, dialect));
    if (found.kind !== "readings") throw new Error(found.kind);
    expect([...found.columns.v]).toEqual([0.5, 1.5, Number.NaN]);
    expect([...found.columns.s]).toEqual([0, 1, 128]);
  });

  it("stations and their states are read back as a link and a supply", () => {
    for (const [table, states, link, supply] of [
      ["FZDY", "FZSS", "3006", "3007"],
      ["RYJZ", "JZSS", "baseStation", "baseSupply"],
    ] as const) {
      const def: PointDef = { code: `${MINE}00001`, type: link, kind: "state", place: "井底;车场" };
      const points = body(read(table, [records.stationRecord(def, writing(dialect))], dialect));
      expect(points).toMatchObject({
        points: [
          { code: def.code, type: link, place: plain(def.place) },
          { type: supply, substation: def.code },
        ],
      });
      const rows = [0, 1, 2, 9].map((run, i) =>
        records.stationStateRecord(
          `${MINE}0000${i}`,
          { run, supply: i === 3 ? null : i, t: MOMENT },
          writing(dialect),
        ),
      );
      const found = body(read(states, rows, dialect));
      if (found.kind !== "readings") throw new Error(found.kind);
      expect([...found.columns.v]).toEqual([0, 0, 1, 1, 2, 2, 9]);
    }
  });

  it("YCBJ is read back to the same alarms, before and after their end", () => {
    const alarms = [
      alarm({}),
      alarm({ class: "cut", returnedAt: MOMENT }),
      alarm({ type: "3007", class: "link" }),
      alarm({ peak: { value: 0.5, at: MOMENT }, limit: 18 }),
    ];
    const rows = alarms.map((one) => records.alarmRecord(one, "T1", MOMENT, writing(dialect)));
    const found = body(read("YCBJ", rows, dialect));
    if (found.kind !== "events") throw new Error(found.kind);
    const event = (more: Partial<MineEvent>) =>
      clean({
        p: "T1",
        start: MOMENT - 60_000,
        cause: plain("探头;故障"),
        measure: "撤人",
        by: "张三",
        ...more,
      });
    const peak = { max: 1.62, maxAt: MOMENT - 30_000 };
    expect(found.events).toEqual([
      event({ kind: "001", ...peak }),
      event({ kind: "002", end: MOMENT, ...peak }),
      event({ kind: "005", ...peak }),
      event({ kind: "001" }),
    ]);
  });
});

const alarm = (more: Partial<Alarm>): Alarm =>
  ({
    class: "over-limit",
    type: "0001",
    place: "T1",
    unit: "%CH4",
    limit: 1,
    peak: { value: 1.62, at: MOMENT - 30_000 },
    raisedAt: MOMENT - 60_000,
    returnedAt: null,
    endedAt: null,
    cause: { code: "other", text: "探头;故障", measure: "撤人", by: "张三", at: MOMENT },
    ...more,
  }) as Alarm;

describe("what is written", () => {
  const norm = DIALECTS["norm"] as Dialect;

  it("has the name and envelope of the norm", () => {
    const { name, bytes } = write(
      "KGBH",
      [records.switchRecord("A01", { t: MOMENT, v: 1, s: 0 }, writing(norm))],
      norm,
    );
    expect(name).toBe("520523017311_KGBH_20260302081530.txt");
    expect(new TextDecoder().decode(bytes)).toBe(
      "520523017311;某某，煤矿;2026-03-02 08:15:30~A01;1;2026-03-02 08:15:30~||",
    );
  });

  it("bears the platform's own code of the mine, in what begins with it too", () => {
    const own = writing(norm, "999999017311");
    const row = records.readingRecord(`${MINE}01MN0001A`, null, { t: MOMENT, v: 1, s: 0 }, own);
    expect(row).toMatchObject({ 测点编码: "99999901731101MN0001A" });
    expect(write("CDSS", [row], norm, "999999017311").name).toBe("999999017311_CDSS_20260302081530.txt");
  });

  it("leaves out what the files have no words for, instead of another thing's words", () => {
    const strange = writing(DialectFile.parse({ states: { "2": 1 } }));
    expect(records.readingRecord("A", null, { t: MOMENT, v: 1, s: 2 }, strange)).toBeNull();
    expect(records.readingRecord("A", null, { t: MOMENT, v: 1, s: 1 }, strange)).toMatchObject({ 状态: "2" });
    expect(peopleRecords.personRecord({ card: "1;2", down: MOMENT }, writing(norm))).toBeNull();
    expect(peopleRecords.areaRecord({ code: "1", name: "x", kind: "rockburst" }, writing(norm))).toBeNull();
    expect(
      records.pointRecord(
        { code: "1", type: "ringState", kind: "state", place: "" },
        "ring",
        null,
        writing(norm),
      ),
    ).toBeNull();
    expect(records.eventCode({ class: "fan", type: "1010" })).toBeNull();
  });

  it("has the eight fields of RYXX's header, its time last", () => {
    const { bytes } = write(
      "RYXX",
      [peopleRecords.staffRecord({ card: "1", name: "张三" }, writing(norm))],
      norm,
    );
    expect(new TextDecoder().decode(bytes)).toBe(
      "520523017311;某某，煤矿;;;;;;2026-03-02 08:15:30~1;张三;;;;;;;~||",
    );
  });

  it("names all who were too many, or nobody: a part of them would be another crowd", () => {
    const crowd = (cards: readonly string[] | null) =>
      peopleRecords.crowdAlarmRecord(
        { area: null, quota: null, cards, start: MOMENT, end: null },
        writing(norm),
      );
    const cards = (n: number) => Array.from({ length: n }, (_, i) => `${MINE}${String(i).padStart(5, "0")}`);
    expect(crowd(["1", "2"])).toMatchObject({ 当前总人数: "2", 区域人员集合: "1,2" });
    expect(crowd(cards(2_000))).toMatchObject({ 当前总人数: "2000", 区域人员集合: "" });
    expect(crowd(["1", "2,3"])).toMatchObject({ 当前总人数: "2", 区域人员集合: "" });
    expect(crowd(null)).toMatchObject({ 当前总人数: "", 区域人员集合: "" });
    expect(
      peopleRecords.cardAlarmRecord({ card: "1;2", start: MOMENT, end: null }, writing(norm)),
    ).toBeNull();
  });

  it("is cut to the second, never to a later one", () => {
    const row = records.switchRecord("A", { t: MOMENT + 999.5, v: 1, s: 0 }, writing(norm));
    expect(row).toMatchObject({ 数据时间: "2026-03-02 08:15:30" });
  });

  it("is of types that the reader knows", () => {
    for (const type of WRITTEN_TYPES) expect(() => write(type, [], norm)).not.toThrow();
  });
});

describe("GB18030", () => {
  it("has bytes for every character, which are read back to it", () => {
    const decoder = new TextDecoder("gb18030", { ignoreBOM: true });
    let wrong = 0;
    for (let code = 0x20; code <= 0x10ffff; code += code < 0xffff ? 1 : 257) {
      if (code >= 0xd800 && code < 0xe000) continue;
      const character = String.fromCodePoint(code);
      // What the standard left to private use is read as the character it was given since.
      if ((code >= 0xe000 && code < 0xf900) || code === 0xfffe) continue;
      if (decoder.decode(encodeGb18030(character)) !== character) wrong++;
    }
    expect(wrong).toBe(0);
    expect(decoder.decode(encodeGb18030("a\ud800b"))).toBe("a?b");
  });
});
