import { describe, expect, it } from "vitest";
import { BOUNDS } from "../../src/model/bounds.ts";
import { DialectFile } from "../../src/wire/config/dialect-file.ts";
import { decode } from "../../src/wire/decode.ts";
import { type Known, NOTHING_KNOWN } from "../../src/wire/national/file.ts";
import { bodies, good, NORM, readBody, readText } from "../support/national-files.ts";
import { MINE, MOMENT } from "../support/national-samples.ts";

const CH4 = `${MINE}01MN0001001A01`;
const CUT = `${MINE}01KG1009001C01`;
const point = (code: string, type: string, kind: string, unit: string, on: string, off: string) =>
  `${[code, "01", "", type, kind, unit, ...Array(10).fill(""), on, off, "1101工作面", "", "", "", "", ""].join(";")}~`;
const CDDY = `${point(CH4, "0001", "MN", "%CH4", "", "")}${point(CUT, "1009", "KG", "", "复电", "断电")}||`;
const FZDY = `${MINE}00001;回风巷口;;;~||`;
const codes = (read: ReturnType<typeof good>) =>
  (bodies(read)[0] as { points: { code: string }[] }).points.map(({ code }) => code);
const at = (moment: string) => `${MINE};矿;${moment}~`;

describe("a stream's point table", () => {
  it("is what all its definition files say together, whichever came first", () => {
    const both = [CH4, CUT, `${MINE}00001`, `${MINE}00001#3007`];
    const first = good(readBody("CDDY", CDDY));
    expect(codes(first)).toEqual([CH4, CUT]);
    expect(codes(good(readBody("FZDY", FZDY, first.known)))).toEqual(both);
    const other = good(readBody("FZDY", FZDY));
    expect(codes(good(readBody("CDDY", CDDY, other.known)))).toEqual(both);
  });

  it("of the personnel system is apart from that of safety", () => {
    const { known } = good(readBody("CDDY", CDDY));
    const stations = good(readBody("RYJZ", `${MINE}0008000012;读卡站;;;;~||`, known));
    expect(stations.envelope.system).toBe("person");
    expect(codes(stations)).toEqual([`${MINE}0008000012`, `${MINE}0008000012#baseSupply`]);
  });

  it("of an older file changes nothing", () => {
    const { known } = good(readBody("CDDY", CDDY));
    const late = good(
      readText("CDDY", `${at("2026-03-01 00:00:00")}${point(CH4, "0001", "MN", "%", "", "")}||`, known),
    );
    expect(late.told).toBe("older");
    expect(late.messages).toEqual([]);
    expect(late.known).toBe(known);
  });

  it("of a file without a usable row is not told, so that no point is taken for dropped", () => {
    const { known } = good(readBody("CDDY", CDDY));
    const read = good(readBody("CDDY", "x~||", known));
    expect(read.refused).toHaveLength(1);
    expect(read.messages).toEqual([]);
    expect(read.known).toBe(known);
  });

  it("survives being kept as JSON", () => {
    let { known } = good(readBody("CDDY", CDDY));
    known = good(readBody("RYXX", `${MINE}00017;甲;采煤工;;一队;;;0;1~||`, known)).known;
    known = good(readBody("RYQY", `重点区域;${MINE}0008;16;采面~||`, known)).known;
    const kept: Known = JSON.parse(JSON.stringify(known));
    expect(kept).toEqual(known);
    const row = `${MINE}00017;;1;${MOMENT};;;;;;;;;;;~||`;
    expect(bodies(good(readBody("RYSS", row, kept)))).toEqual(bodies(good(readBody("RYSS", row, known))));
  });

  it("says what the words of a switch mean, and the unit a reading should have", () => {
    const { known } = good(readBody("CDDY", CDDY));
    const row = (code: string, value: string, unit = "") => `${code};;;${value};${unit};0;${MOMENT}~`;
    const body = `${row(CUT, "复电")}${row(CUT, "断电")}${row(CUT, "开")}${row(CH4, "0.3", "ppm")}||`;
    const read = good(readBody("CDSS", body, known));
    expect((bodies(read)[0] as { readings: { v: number }[] }).readings.map(({ v }) => v)).toEqual([
      1, 0, 0.3,
    ]);
    expect(read.refused.map(({ reason }) => reason)).toEqual([
      "第4行: 测点值“开”不是数字,测点定义的开停描述里也没有",
    ]);
    expect(read.notes).toEqual([
      {
        code: "unit-differs",
        reason: `第5行: 测点${CH4}的单位,测点定义里是“%CH4”,这里是“ppm”`,
        line: 5,
        times: 1,
      },
    ]);
    expect(good(readBody("CDSS", row(CUT, "复电"))).refused[0]?.reason).toContain("测点定义里没有这个测点");
  });

  it("larger than a packet goes out in parts that the gateway puts together", () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => point(`P${i}`, "0001", "MN", "%CH4", "", "")).join(
      "",
    );
    const read = good(readBody("CDDY", `${rows}||`));
    const tables = read.messages.map(({ payload }) => {
      expect(payload.length).toBeLessThanOrEqual(BOUNDS.packetBytes);
      const body = decode("points", "safety", payload);
      return body.kind === "points" ? body : null;
    });
    expect(tables.map((body) => body?.part)).toEqual(tables.map((_, i) => i + 1));
    expect(new Set(tables.map((body) => body?.parts))).toEqual(new Set([tables.length]));
    expect(tables.flatMap((body) => body?.points ?? [])).toHaveLength(20_000);
  });
});

describe("a file of many readings", () => {
  it("becomes messages within the bounds of a packet, in its order", () => {
    const rows = Array.from({ length: 9_000 }, (_, i) => `P${i};;;${i};;0;${MOMENT}~`).join("");
    const read = good(readBody("CDSS", `${rows}||`));
    const found = read.messages.flatMap(({ payload }) => {
      const body = decode("readings", "safety", payload);
      return "columns" in body ? [...body.columns.v] : [];
    });
    expect(Math.max(...read.messages.map(({ elements }) => elements))).toBe(BOUNDS.readingsPerPacket);
    expect(found).toEqual(Array.from({ length: 9_000 }, (_, i) => i));
  });
});

describe("the list of who is underground", () => {
  const card = (i: number) => `${MINE}${String(i).padStart(5, "0")}`;
  const row = (i: number, fields: Record<number, string> = {}) =>
    `${[card(i), `人${i}`, "1", "2026-03-02 06:00:00", ...Array(11).fill("")].map((own, at_) => fields[at_] ?? own).join(";")}~`;
  const listOf = (read: ReturnType<typeof good>) =>
    bodies(read)[0] as { count: number; people: Record<string, unknown>[]; areas?: unknown[] };

  it("carries what other files said of people and areas", () => {
    let { known } = good(readBody("RYXX", `${card(1)};人1;采煤工;班长;综采一队;;;1;0~||`));
    known = good(readBody("RYQY", `限制区域;${MINE}0008;0;采空区~||`, known)).known;
    const { people, areas } = listOf(good(readBody("RYSS", `${row(1)}${row(2)}||`, known)));
    expect(people).toEqual([
      {
        card: card(1),
        name: "人1",
        job: "采煤工",
        team: "综采一队",
        leader: true,
        special: false,
        down: "2026-03-02 06:00:00",
      },
      { card: card(2), name: "人2", down: "2026-03-02 06:00:00" },
    ]);
    expect(areas).toEqual([{ code: `${MINE}0008`, name: "采空区", kind: "restricted", quota: 0 }]);
  });

  it("of an empty mine is told, one of which nothing can be read is not", () => {
    expect(listOf(good(readBody("RYSS", "||")))).toMatchObject({ count: 0, people: [] });
    expect(good(readBody("RYSS", "x~||")).messages).toEqual([]);
  });

  it("counts whom it could not read, so that the gateway sees that somebody is missing", () => {
    const read = good(readBody("RYSS", `${row(1)}${row(2, { 3: "昨天" })}${row(3)}||`));
    expect(listOf(read)).toMatchObject({ count: 3 });
    expect(listOf(read).people).toHaveLength(2);
  });

  it("keeps underground whoever might be", () => {
    const out = "2026-03-02 07:00:00";
    const body = [
      row(1, { 2: "1", 4: out }),
      row(2, { 2: "0" }),
      row(3, { 2: "0", 4: out }),
      row(4, { 2: "2", 4: out }),
      row(5, { 2: "2" }),
      row(6, { 2: "1", 4: "2026-03-01 15:00:00" }),
    ].join("");
    const read = good(readBody("RYSS", `${body}||`));
    const { people, count } = listOf(read);
    expect(people.map((one) => [one["card"], one["up"] ?? null])).toEqual([
      [card(1), null],
      [card(2), null],
      [card(3), out],
      [card(4), out],
      [card(6), null],
    ]);
    expect(people[0]?.["raw"]).toEqual({ 出井时刻: out });
    expect(count).toBe(5);
    expect(read.refused.map(({ code, reason }) => [code, reason])).toEqual([
      ["exit-missing", "第6行: 出入井标志是已出井,却没有出井时刻"],
    ]);
    expect(read.notes.map(({ code, times }) => [code, times])).toEqual([
      ["in-and-out", 1],
      ["flag-unclear", 2],
    ]);
    const dialect = DialectFile.parse({ inOut: { "0": "underground" } });
    expect(good(readBody("RYSS", `${row(2, { 2: "0" })}||`, NOTHING_KNOWN, dialect)).notes).toEqual([]);
  });

  it("of five thousand people comes in parts, with its areas once", () => {
    const { known } = good(readBody("RYQY", `重点区域;${MINE}0008;16;采面~||`));
    const rows = Array.from({ length: 5_000 }, (_, i) =>
      row(i, { 14: `${"基".repeat(100)}&${MOMENT}` }),
    ).join("");
    const read = good(readBody("RYSS", `${rows}||`, known));
    const parts = read.messages.map(({ payload }) => {
      expect(payload.length).toBeLessThanOrEqual(BOUNDS.packetBytes);
      const body = decode("people", "person", payload);
      return body.kind === "people" ? body : null;
    });
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.flatMap((body) => body?.people ?? [])).toHaveLength(5_000);
    expect(parts.every((body) => body?.count === 5_000)).toBe(true);
    expect(parts.map((body) => body?.areas?.length ?? 0)).toEqual(parts.map((_, i) => (i === 0 ? 1 : 0)));
  });
});

describe("what the header says of the file", () => {
  it("is kept as it stands where nobody has said what it means", () => {
    const read = good(readText("KGBH", `${MOMENT};1;${MINE}00017/张工;~${CUT};1;${MOMENT}~`));
    expect(read.envelope).toMatchObject({ count: 1, header: [MOMENT, "1", `${MINE}00017/张工`] });
    expect(read.found.header).toBe("counted");
  });

  it("is held against it", () => {
    const read = good(readText("KGBH", `${MOMENT};3;~${CUT};1;${MOMENT};~`, NOTHING_KNOWN, NORM.dialect));
    expect(read.notes.map(({ reason }) => reason)).toEqual(["文件头说有3条,实有1条"]);
    expect(read.ended).toBe(false);
    expect(good(readText("KGBH", `${MOMENT};1;~${CUT};1;${MOMENT};~`)).ended).toBe(true);
  });
});
