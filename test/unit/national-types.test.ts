import { describe, expect, it } from "vitest";
import { DialectFile } from "../../src/wire/config/dialect-file.ts";
import { decode } from "../../src/wire/decode.ts";
import { NOTHING_KNOWN } from "../../src/wire/national/file.ts";
import { FILE_TYPES, TYPE_NAMES } from "../../src/wire/national/layouts.ts";
import { readNationalFile } from "../../src/wire/national/read.ts";
import { bodies, ENCODINGS, good, NORM, readText, WRITINGS } from "../support/national-files.ts";
import { SAMPLES } from "../support/national-samples.ts";

const readSample = (
  sample: (typeof SAMPLES)[number],
  writing = NORM,
  encode: (text: string) => Uint8Array = ENCODINGS["UTF-8"],
) => {
  const bytes = encode(writing.text(sample.type, sample.records));
  const name = writing.fileName(sample.type);
  return good(readNationalFile({ name, bytes, dialect: writing.dialect }, NOTHING_KNOWN));
};

/** What the gateway's own door makes of the messages: every time a number, every default filled in. */
const judged = (read: ReturnType<typeof readSample>) =>
  read.messages.map(({ kind, payload }) => decode(kind, read.envelope.system, payload));

describe("a national text file", () => {
  it("has a sample of every type whose fields are public", () => {
    const open = TYPE_NAMES.filter((type) => {
      const { layouts, sichuan } = FILE_TYPES[type] as (typeof FILE_TYPES)[string];
      return [...layouts, ...(sichuan ?? [])].length > 0;
    });
    expect(SAMPLES.map(({ type }) => type).sort()).toEqual(open.sort());
  });

  it.each(SAMPLES.map((sample) => [sample.type, sample] as const))(
    "%s becomes its messages, field by field",
    (_, sample) => {
      const read = readSample(sample);
      expect(read.refused).toEqual([]);
      expect(read.used).toBe(sample.records.length);
      expect(read.ended).toBe(true);
      if (sample.message === undefined) {
        expect(read.told).toBe("known");
        expect(read.messages).toEqual([]);
        return;
      }
      expect(read.messages.map(({ kind }) => kind)).toEqual([sample.kind]);
      expect(bodies(read)).toEqual([sample.message]);
    },
  );

  it.each(SAMPLES.map((sample) => [sample.type, sample] as const))(
    "%s says the same in both encodings and three dialects",
    (_, sample) => {
      const expected = readSample(sample);
      for (const writing of WRITINGS) {
        for (const [encoding, encode] of Object.entries(ENCODINGS)) {
          const read = readSample(sample, writing, encode);
          const label = `${writing.name}, ${encoding}`;
          expect(read.refused, label).toEqual([]);
          expect(judged(read), label).toEqual(judged(expected));
          expect(read.ended, label).toBe(true);
          expect(read.envelope.mine, label).toBe(writing.mine);
          const isAscii = /^[\0-\x7f]*$/.test(writing.text(sample.type, sample.records));
          expect(read.found.encoding, label).toBe(encoding === "GB18030" && !isAscii ? "gb18030" : "utf-8");
          expect(read.found.mark, label).toBe(encoding.endsWith("mark"));
        }
      }
    },
  );

  it.each(
    SAMPLES.filter(({ message }) => message !== undefined).map((sample) => [sample.type, sample] as const),
  )("%s is taken at the door with nothing refused and nothing left out", (_, sample) => {
    const read = readSample(sample);
    for (const body of judged(read)) {
      expect(body.kind).toBe(sample.kind);
      if ("rejected" in body) expect(body.rejected).toEqual([]);
      if ("columns" in body) {
        expect(body.columns.bad).toBeNull();
        expect(body.columns.n).toBe(read.messages[0]?.elements);
      }
    }
  });

  it("tells what it is: mine, system, type, moment", () => {
    const { envelope } = readSample(SAMPLES[0] as (typeof SAMPLES)[number]);
    expect(envelope).toEqual({
      mine: "520523017311",
      type: "CDDY",
      system: "safety",
      moment: Date.UTC(2026, 2, 2, 0, 15, 30),
      named: Date.UTC(2026, 2, 2, 0, 15, 30),
      mineName: "某某煤矿",
      count: null,
      header: ["520523017311", "某某煤矿", "2026-03-02 08:15:30"],
    });
  });

  it("of points belongs to its folder's system, of people always to the personnel system", () => {
    const bytes = (type: string) => {
      const { records } = SAMPLES.find((sample) => sample.type === type) as (typeof SAMPLES)[number];
      return new TextEncoder().encode(NORM.text(type, records));
    };
    const system = (type: string) =>
      good(
        readNationalFile(
          { name: NORM.fileName(type), bytes: bytes(type), dialect: NORM.dialect, system: "drainage" },
          NOTHING_KNOWN,
        ),
      ).envelope.system;
    expect(system("CDSS")).toBe("drainage");
    expect(system("RYSS")).toBe("person");
  });
});

describe("the point table of Sichuan's form", () => {
  const header = "KJ103X;安全监控系统;某厂;2026-03-02 08:15:30;1;1;0;0;0;0;;~";
  const code = "520523017311";

  it("is told by its header, switches and analogs by their number of fields", () => {
    const rows = [
      `${code}01KG1009001C01;${code}00001;1101工作面;;复电;断电;1;0;1;0;~`,
      `${code}01MN0001001A01;${code}00001;1101工作面;;%CH4;;;1.00;;;;1.50;1.00;;;D-${code}01KG1009001C01~`,
    ];
    const read = good(readText("CDDY", `${header}\r\n${rows.join("\r\n")}\r\n`));
    expect(read.refused).toEqual([]);
    expect(read.notes).toEqual([]);
    expect(read.found.header).toBe("sichuan-table");
    expect(bodies(read)[0]?.["points"]).toEqual([
      {
        code: `${code}01KG1009001C01`,
        type: "1009",
        kind: "switch",
        substation: `${code}00001`,
        place: "1101工作面",
        onText: "复电",
        offText: "断电",
        raw: { 报警态: "1", 解报态: "0", 断电态: "1", 复电态: "0" },
      },
      {
        code: `${code}01MN0001001A01`,
        type: "0001",
        kind: "analog",
        substation: `${code}00001`,
        place: "1101工作面",
        unit: "%CH4",
        alarmHigh: 1,
        cutHigh: 1.5,
        restoreHigh: 1,
        relation: `D-${code}01KG1009001C01`,
      },
    ]);
  });

  it("has events of its own, whose kinds the dialect has to explain", () => {
    const end = "0.9;0.3;;加强通风;2026-03-02 08:20:00;张工;~";
    const row = `${code}01MN0001001A01;2;1.02;1.00;1.00;2026-03-02 08:10:00;X;1.12;2026-03-02 08:12:00;a;b;${end}`;
    const text = `2026-03-02 08:15:30;1;~\r\n${row}\r\n`;
    const plain = good(readText("YCBJ", text, NOTHING_KNOWN, DialectFile.parse({ form: "sichuan" })));
    expect(plain.refused[0]?.reason).toContain("第2行: 异常类型“2”不认识;");
    const dialect = DialectFile.parse({ form: "sichuan", eventKinds: { "2": "001" } });
    const read = good(readText("YCBJ", text, NOTHING_KNOWN, dialect));
    expect(bodies(read)[0]?.["events"]).toEqual([
      {
        kind: "001",
        p: `${code}01MN0001001A01`,
        start: "2026-03-02 08:10:00",
        max: 1.12,
        maxAt: "2026-03-02 08:12:00",
        measure: "加强通风",
        by: "张工",
        raw: {
          起始值: "1.02",
          门限: "1.00",
          解除门限: "1.00",
          "…": "a;b",
          平均值: "0.9",
          最小值: "0.3",
          措施时间: "2026-03-02 08:20:00",
        },
      },
    ]);
  });
});
