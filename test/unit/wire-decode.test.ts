import { describe, expect, it } from "vitest";
import type { Body, TopicKind } from "../../src/model/input.ts";
import { REJECT_REASONS } from "../../src/model/reading.ts";
import { decode } from "../../src/wire/decode.ts";

const TS = 1_772_323_200_000;
const bytes = (message: unknown) =>
  new TextEncoder().encode(typeof message === "string" ? message : JSON.stringify(message));
const read = (kind: TopicKind, message: unknown, system = "safety") => decode(kind, system, bytes(message));
const readings = (list: unknown[] | string) =>
  read(
    "readings",
    typeof list === "string" ? `{"ts":${TS},"readings":[${list}]}` : { ts: TS, readings: list },
  );

function columns(body: Body) {
  if (body.kind !== "readings" && body.kind !== "backfill") throw new Error(JSON.stringify(body));
  return body.columns;
}
function reasons(body: Body): string[] {
  const { n, bad } = columns(body);
  return Array.from({ length: n }, (_, i) => REJECT_REASONS[bad?.[i] ?? 0] as string);
}
const why = (body: Body) => (body.kind === "unusable" ? body.reason : `usable: ${body.kind}`);

describe("a readings message", () => {
  it("becomes columns in its own order", () => {
    const body = read("readings", {
      ts: "2026-03-01 08:00:00",
      seq: 7,
      readings: [
        { p: "1101-T0", v: 0.62, s: 0, t: "2026-03-01T08:00:00.250+08:00" },
        { p: "1101工作面T1", v: 1.62, s: 3 },
        { p: "1101-LFAN", v: true },
        { p: "#1.a_b-c", v: "0.50" },
      ],
    });
    expect(body).toMatchObject({ kind: "readings", ts: TS, seq: 7 });
    expect(columns(body)).toEqual({
      n: 4,
      codes: ["1101-T0", "1101工作面T1", "1101-LFAN", "#1.a_b-c"],
      t: Float64Array.of(TS + 250, TS, TS, TS),
      v: Float64Array.of(0.62, 1.62, 1, 0.5),
      s: Uint32Array.of(0, 3, 0, 0),
      bad: null,
    });
  });

  it("may be empty, carry a byte order mark and fields nobody knows", () => {
    expect(columns(readings([])).n).toBe(0);
    expect(columns(decode("backfill", "safety", bytes(`\uFEFF{"ts":${TS},"readings":[]}`))).n).toBe(0);
    const extra = readings('{"p":"A","v":1,"unit":"℃","q":{"a":[1,2]}}');
    expect(columns(extra).v[0]).toBe(1);
    expect(columns(readings('{"p":"A","v":1,"q":1,"q":2}')).bad).toBeNull();
  });

  it("keeps the good readings when one is bad, and says why", () => {
    const body = readings(
      [
        '{"p":"A","v":1}',
        '{"p":"A","v":1,"v":2}',
        '{"p":"A","v":1,"\\u0076":2}',
        '{"p":"A","v":1e999}',
        '{"p":"A","v":-1e999,"s":128}',
        '{"p":"A","v":null}',
        '{"p":"A","v":""}',
        '{"p":"A"}',
        '{"p":"A b","v":1}',
        `{"p":"${"A".repeat(65)}","v":1}`,
        '{"v":1}',
        '{"p":1,"v":1}',
        '{"p":"A","v":"NaN"}',
        '{"p":"A","v":"1e3"}',
        '{"p":"A","v":" 1"}',
        '{"p":"A","v":"0x10"}',
        '{"p":"A","v":{}}',
        '{"p":"A","v":[1]}',
        "[]",
        "null",
        '"A"',
        `{"p":"A","v":1,"t":1772323200}`,
        '{"p":"A","v":1,"t":"yesterday"}',
        '{"p":"A","v":1,"t":null}',
        '{"p":"A","v":1,"s":-1}',
        '{"p":"A","v":1,"s":1.5}',
        '{"p":"A","v":1,"s":4294967296}',
        '{"p":"A","v":1,"s":"0"}',
        '{"p":"B","v":2}',
      ].join(","),
    );
    expect(reasons(body)).toEqual([
      "",
      "duplicate-key",
      "duplicate-key",
      "value-overflow",
      "value-overflow",
      "value-missing",
      "value-missing",
      "value-missing",
      "point-code",
      "point-code",
      "point-code",
      "point-code",
      "value-not-a-number",
      "value-not-a-number",
      "value-not-a-number",
      "value-not-a-number",
      "value-not-a-number",
      "value-not-a-number",
      "not-an-object",
      "not-an-object",
      "not-an-object",
      "time-in-seconds",
      "time",
      "time",
      "state",
      "state",
      "state",
      "state",
      "",
    ]);
    expect(columns(body).v[28]).toBe(2);
    expect(columns(body).codes[1]).toBe("A");
  });

  it.each([8, 16, 32, 64, 128, 129, 1 << 4])("may carry no value when its state says %i", (s) => {
    for (const reading of [
      { p: "A", s },
      { p: "A", v: null, s },
      { p: "A", v: "", s },
    ]) {
      const body = readings([reading]);
      expect(reasons(body)).toEqual([""]);
      expect(columns(body).v[0]).toBeNaN();
    }
    expect(columns(readings([{ p: "A", v: 3.5, s }])).v[0]).toBe(3.5);
  });

  it.each([0, 1, 2, 4, 7, 256])("must carry a value when its state says %i", (s) => {
    expect(reasons(readings([{ p: "A", v: null, s }]))).toEqual(["value-missing"]);
  });

  it("takes every number as it stands and turns -0 into 0", () => {
    const body = readings(
      '{"p":"A","v":-0},{"p":"A","v":-0.0},{"p":"A","v":"-0"},{"p":"A","v":5e-324},{"p":"A","v":1e308},{"p":"A","v":9007199254740993},{"p":"A","v":1.6200000047683716},{"p":"A","v":false}',
    );
    expect([...columns(body).v]).toEqual([0, 0, 0, 5e-324, 1e308, 9007199254740992, 1.6200000047683716, 0]);
    expect(columns(body).v.every((v) => !Object.is(v, -0))).toBe(true);
  });

  it("is not fooled by __proto__ and constructor", () => {
    const body = readings(
      '{"__proto__":{"p":"X","v":9},"p":"A","v":1},{"__proto__":{"p":"X","v":9}},{"p":"A","v":1,"constructor":{"prototype":{}}}',
    );
    expect(reasons(body)).toEqual(["", "point-code", ""]);
    expect(({} as { p?: string }).p).toBeUndefined();
  });

  it("keeps its readings when only seq is spoilt", () => {
    for (const seq of ["7", -1, 1.5, null, {}]) {
      const body = read("readings", { ts: TS, seq, readings: [{ p: "A", v: 1 }] });
      expect(body).toMatchObject({ kind: "readings", seq: null });
      expect(reasons(body)).toEqual([""]);
    }
  });

  it("cannot be used at all for one worded reason", () => {
    expect(why(read("readings", ""))).toBe("the message is empty");
    expect(why(read("readings", "{"))).toContain("not JSON");
    expect(why(read("readings", "[]"))).toContain("expected object");
    expect(why(read("readings", { readings: [] }))).toContain("ts");
    expect(why(read("readings", { ts: TS }))).toContain("readings");
    expect(why(read("readings", { ts: TS, readings: {} }))).toContain("readings");
    expect(why(read("readings", { ts: 1_772_323_200, readings: [] }))).toContain("epoch seconds");
    expect(why(read("readings", { ts: "soon", readings: [] }))).toContain("ts is not a time");
    expect(why(read("readings", `{"ts":${TS},"readings":[],"readings":[]}`))).toContain(
      '"readings" stands twice',
    );
    expect(why(decode("readings", "safety", Uint8Array.of(0x7b, 0xff, 0x7d)))).toContain("not UTF-8");
    const many = Array.from({ length: 2_001 }, () => ({ p: "A", v: 1 }));
    expect(why(readings(many))).toContain("2000");
    expect(columns(readings(many.slice(1))).n).toBe(2_000);
  });

  it("is bounded before it is parsed: depth, keys, size", () => {
    expect(why(readings(`${"[".repeat(100_000)}${"]".repeat(100_000)}`))).toContain("deeper than 8");
    const deep = '{"p":"A","v":1,"x":[[[[[1]]]]]}';
    expect(columns(readings(deep)).n).toBe(1);
    expect(why(readings(deep.replace("[1]", "[[1]]")))).toContain("deeper than 8");
    const keys = (n: number) => Array.from({ length: n }, (_, i) => `"${i}":1`).join(",");
    expect(why(read("readings", `{"ts":${TS},"readings":[{${keys(200_000)}}]}`))).toContain("larger than");
    expect(why(read("readings", `{"ts":${TS},"readings":[{${keys(90_000)}}]}`))).toContain(
      "keys in one object",
    );
    expect(why(read("points", `{"ts":${TS},"points":[${'{"":1},'.repeat(110_000)}{}]}`))).toContain(
      "elements",
    );
    expect(why(read("status", `{"online":true,"x":[${'{"":1},'.repeat(9)}{}]}`))).toBe("usable: status");
    expect(why(read("status", `{"x":[${`[${'{"":1},'.repeat(999)}{}],`.repeat(130)}[]]}`))).toContain("keys");
    expect(why(read("status", `{"x":[[${"1,".repeat(300_000)}1]]}`))).toContain("values");
    expect(why(decode("readings", "safety", new Uint8Array(1024 * 1024 + 1)))).toContain("larger than");
  });
});

describe("a point table", () => {
  const point = { code: "1101-T1", type: "0001", kind: "analog", place: "1101采煤工作面T1" };

  it("keeps every field of a point and drops what it does not know", () => {
    const whole = {
      ...point,
      unit: "%CH4",
      resolution: 0.01,
      high: 4,
      low: 0,
      alarmHigh: 1,
      alarmHighClear: 1,
      alarmLow: 0.1,
      alarmLowClear: 0.2,
      cutHigh: 1.5,
      restoreHigh: 1,
      cutLow: 0,
      restoreLow: 0,
      onText: "开",
      offText: "停",
      states: { 0: "fault", 1: "off", 2: "on" },
      loc: "CF_FACE",
      substation: "FZ-01",
      relation: "D-1101-CUT",
      cuts: ["1101-CUT"],
      feeds: "1101-CUT",
      set: "HAND",
      machine: "1#",
      part: "motor1",
      bearing: "front",
      xyz: [1, 2, 3],
      cycle: 0,
    };
    const body = read("points", { ts: TS, part: 1, parts: 2, points: [{ ...whole, vendor: "x" }] });
    expect(body).toEqual({ kind: "points", ts: TS, part: 1, parts: 2, points: [whole], rejected: [] });
  });

  it("takes null and empty texts as not given", () => {
    const body = read("points", { ts: TS, points: [{ ...point, unit: null, loc: "", cycle: null }] });
    expect(body).toMatchObject({ part: 1, parts: 1, points: [point], rejected: [] });
  });

  it("refuses single points by name, the second of a code, and repeated keys", () => {
    const body = read(
      "points",
      `{"ts":${TS},"points":[${JSON.stringify(point)},${JSON.stringify(point)},{"code":"X","code":"Y","type":"0001","kind":"analog","place":""},{"code":"Z","type":1,"kind":"analog","place":""},7]}`,
    );
    if (body.kind !== "points") throw new Error(why(body));
    expect(body.points).toEqual([point]);
    expect(body.rejected.map(({ what }) => what)).toEqual(["Y", "Z", "#4", "1101-T1"]);
    expect(body.rejected.map(({ reason }) => reason)).toEqual([
      "duplicate-key",
      expect.stringContaining("type"),
      expect.stringContaining("expected object"),
      expect.stringContaining("twice"),
    ]);
  });

  it("cannot be used without ts, with a part past its parts, or without a list", () => {
    expect(why(read("points", { points: [] }))).toContain("ts");
    expect(why(read("points", { ts: TS, part: 3, parts: 2, points: [] }))).toContain("part");
    expect(why(read("points", { ts: TS }))).toContain("points");
  });
});

describe("the people underground", () => {
  const person = { card: "52052301731100001", down: "2026-03-01 00:00:00" };

  it("are a list with times as moments and areas beside it", () => {
    const body = read(
      "people",
      {
        ts: TS,
        count: 2,
        people: [
          { ...person, name: "一号", up: "", area: null, dist: -12.5, leader: true, seen: TS },
          { card: "2", down: "?" },
          { card: 3, down: TS },
        ],
        areas: [
          { code: "A1", name: "1101工作面", kind: "normal", quota: 9 },
          { code: "A2", name: "?", kind: "odd" },
        ],
      },
      "person",
    );
    expect(body).toMatchObject({
      kind: "people",
      count: 2,
      people: [
        { card: person.card, down: TS - 8 * 3_600_000, name: "一号", dist: -12.5, leader: true, seen: TS },
      ],
      areas: [{ code: "A1", quota: 9 }],
    });
    if (body.kind === "people") expect(body.rejected.map(({ what }) => what)).toEqual(["2", "#2", "A2"]);
  });

  it("have no areas when none were sent, and belong to person only", () => {
    expect(read("people", { ts: TS, people: [] }, "person")).toMatchObject({ areas: null, count: null });
    expect(why(read("people", { ts: TS, people: [] }, "safety"))).toContain("person only");
  });
});

describe("events, statistics and status", () => {
  it("are read with their moments", () => {
    expect(
      read("events", {
        ts: TS,
        events: [{ id: "e1", kind: "001", p: "1101-T1", start: "2026-03-01 08:00:00", max: 1.62, cause: "" }],
      }),
    ).toMatchObject({
      events: [{ id: "e1", kind: "001", p: "1101-T1", start: TS, max: 1.62 }],
      rejected: [],
    });
    const row = { p: "A", from: TS, to: TS + 300_000, max: 1, maxAt: TS, min: 0, minAt: TS, avg: 0.5 };
    expect(read("stats", { ts: TS, stats: [row, { ...row, max: null }] })).toMatchObject({
      stats: [row],
      rejected: [{ what: "A" }],
    });
    const odd = [{ to: TS }, { to: TS + 3_600_001 }, { min: 2 }].map((wrong) => ({ ...row, ...wrong }));
    expect(read("stats", { ts: TS, stats: odd })).toMatchObject({
      stats: [],
      rejected: [
        { reason: expect.stringContaining("to is not after from") },
        { reason: expect.stringContaining("longer than an hour") },
        { reason: expect.stringContaining("min is greater than max") },
      ],
    });
    expect(decode("status", null, bytes({ online: false, ts: "?", software: "KJ90" }))).toEqual({
      kind: "status",
      ts: null,
      online: false,
      software: "KJ90",
    });
    expect(why(read("status", { online: "yes" }))).toContain("online");
    expect(why(read("events", { ts: TS, events: {} }))).toContain("events");
  });
});
