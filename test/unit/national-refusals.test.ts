import { describe, expect, it } from "vitest";
import { BOUNDS } from "../../src/model/bounds.ts";
import { DialectFile } from "../../src/wire/config/dialect-file.ts";
import { encodeGb18030 } from "../../src/wire/gb18030.ts";
import { NOTHING_KNOWN } from "../../src/wire/national/file.ts";
import { readNationalFile } from "../../src/wire/national/read.ts";
import { bodies, good, NORM, readBody, readText } from "../support/national-files.ts";
import { MINE, MOMENT } from "../support/national-samples.ts";

const CH4 = `${MINE}01MN0001001A01`;
const CDSS = (...fields: string[]) => `${[CH4, "甲烷", "T1", ...fields].join(";")}~`;
const FINE = CDSS("0.32", "%CH4", "0", MOMENT);

/** The one refused record of a file of the norm. */
function why(type: string, body: string, dialect = NORM.dialect): string {
  const { refused } = good(readBody(type, body, NOTHING_KNOWN, dialect));
  expect(refused).toHaveLength(1);
  const [{ code, reason, raw, line }] = refused as [(typeof refused)[number]];
  expect(reason.startsWith(`第${line}行: `)).toBe(true);
  expect(raw).not.toBe("");
  return `${code} ${reason}`;
}

describe("a record that cannot be used", () => {
  it("says that a time is in seconds", () => {
    expect(why("CDSS", `${FINE}${CDSS("0.32", "%CH4", "0", "1772410530")}||`)).toBe(
      "time-in-seconds 第3行: 数据时间“1772410530”像是秒,应为毫秒(13位)或“yyyy-MM-dd HH:mm:ss”",
    );
  });

  it("takes whole milliseconds", () => {
    const read = good(readBody("CDSS", `${CDSS("0.32", "%CH4", "0", "1772410530000")}||`));
    expect(bodies(read)[0]?.["readings"]).toEqual([
      { p: CH4, v: 0.32, s: 0, t: "2026-03-02T08:15:30.000+08:00" },
    ]);
  });

  it("says how many fields there are and how many there should be", () => {
    expect(why("CDSS", `${CH4};甲烷;T1;0.32;0;${MOMENT}~||`)).toBe("fields 第2行: 应有7个字段,实有6个");
    expect(why("FZDY", `${MINE}00001;回风巷~||`)).toBe("fields 第2行: 应有4到5个字段,实有2个");
    expect(why("LJSJ", `${CH4}~||`)).toBe("fields 第2行: 应有至少3个字段,实有1个");
  });

  it("says that a separator is the wide one, but lets prose have it", () => {
    expect(why("CDSS", `${CH4};甲烷；T1;0.32;%CH4;0;${MOMENT}~||`)).toBe(
      "full-width 第2行: 用了全角分号“；”,应为半角“;”(应有7个字段,实有6个)",
    );
    const read = good(readBody("CDSS", `${CH4};甲烷;T1；上隅角;0.32;%CH4;0;${MOMENT}~||`));
    expect(read.refused).toEqual([]);
  });

  it("says which codes are known", () => {
    expect(why("FZSS", `${MINE}00001;7;2;${MOMENT}~||`)).toBe(
      "unknown-code 第2行: 运行状态“7”不认识;认识的有:0 通讯正常、1 通讯中断、2 故障、9 未知",
    );
    expect(why("RYCY", `班组;1;2;;;${MOMENT};;~||`)).toContain("报警类型“班组”不认识;认识的有:矿井、区域");
    const event = (kind: string) => `${CH4};甲烷;T1;%CH4;${kind};${MOMENT};;;;;;;;;;;${MOMENT}~||`;
    expect(why("YCBJ", event("1"))).toContain("异常类型“1”不认识;认识的有:001 超限报警、");
    const table = DialectFile.parse({ eventKinds: { "1": "001" } });
    expect(good(readBody("YCBJ", event("1"), NOTHING_KNOWN, table)).refused).toEqual([]);
    expect(why("RYQY", `3;${MINE}0008;16;采面~||`)).toContain("areaKinds");
  });

  it("says what is wrong with a number", () => {
    expect(why("CDSS", `${CDSS("０.32", "%CH4", "0", MOMENT)}||`)).toContain("用了全角字符");
    expect(why("CDSS", `${CDSS("0.32%", "%CH4", "0", MOMENT)}||`)).toContain("测点值“0.32%”不是数字");
    expect(why("CDSS", `${CDSS("NaN", "%CH4", "0", MOMENT)}||`)).toContain("不是数字");
    expect(why("CDSS", `${CDSS("1e999", "%CH4", "0", MOMENT)}||`)).toContain("不是数字");
    for (const [text, value] of [
      [".5", 0.5],
      ["5.", 5],
      ["+5", 5],
      ["1.2E-05", 0.000_012],
      ["-0", 0],
    ] as const) {
      const read = good(readBody("CDSS", `${CDSS(text, "%CH4", "0", MOMENT)}||`));
      expect(bodies(read)[0]?.["readings"], text).toEqual([{ p: CH4, v: value, s: 0, t: MOMENT }]);
    }
  });

  it("says that there is no value and no state that would explain it", () => {
    expect(why("CDSS", `${CDSS("", "%CH4", "1", MOMENT)}||`)).toContain(
      "value-missing 第2行: 没有测点值,状态1不说明为什么",
    );
    expect(why("CDSS", `${CDSS("", "%CH4", "", MOMENT)}||`)).toContain("状态也是空的");
  });

  it("says which form of time its mine would have to declare", () => {
    expect(why("CDSS", `${CDSS("1", "%CH4", "0", "2026/3/2 8:15:30")}||`)).toContain("time: slashes");
    expect(why("CDSS", `${CDSS("1", "%CH4", "0", "20260302081530")}||`)).toContain("time: compact");
    expect(why("CDSS", `${CDSS("1", "%CH4", "0", "2026-02-30 08:15:30")}||`)).toContain(
      "不是“yyyy-MM-dd HH:mm:ss”",
    );
    expect(why("CDSS", `${CDSS("1", "%CH4", "0", "")}||`)).toBe("missing 第2行: 没有数据时间");
  });

  it("does not guess the order of the eight flags", () => {
    const row = (flags: string) => `${CH4};${flags};103.25;;${MOMENT}~||`;
    expect(why("CGKCDSS", row("10000000"))).toContain("flags: first-is-1 或 first-is-128");
    const state = (flags: string, order?: "first-is-1" | "first-is-128") => {
      const dialect = DialectFile.parse(order === undefined ? {} : { flags: order });
      const [body] = bodies(good(readBody("CGKCDSS", row(flags), NOTHING_KNOWN, dialect)));
      return (body as { readings: { s: number }[] }).readings[0]?.s;
    };
    expect(state("00000000")).toBe(0);
    expect(state("10000001")).toBe(129);
    expect(state("10000000", "first-is-1")).toBe(1);
    expect(state("10000000", "first-is-128")).toBe(128);
  });

  it("does not take Sichuan's 2, an alarm, for the bit of a cut", () => {
    const read = good(readText("SSSJ", `${MOMENT};1~${CH4};1.12;2~`));
    expect(bodies(read)[0]?.["readings"]).toEqual([{ p: CH4, v: 1.12, s: 1 }]);
    expect(why("SSSJ", `${CH4};1.12;1~||`)).toContain(
      "认识的有:0 正常、2 值报警、3 断电、4 复电、5 通信中断",
    );
  });

  it("says that its moments are not in the five minutes of the file", () => {
    const row = `${CH4};0.3;0.4;2026-03-02 08:02:00;0.2;2026-03-02 08:14:00;~`;
    const { refused } = good(readText("WFSJ", `${MOMENT};1;~${row}`));
    expect(refused[0]?.reason).toContain("不在文件头时间之前的五分钟(08:10:00至08:15:00)之内");
  });

  it("was not written to its end, or stands behind the file's", () => {
    const read = good(readBody("CDSS", `${FINE}${CH4};甲烷;T1;0.4`));
    expect(read.ended).toBe(false);
    expect(read.used).toBe(1);
    expect(read.refused).toEqual([
      { line: 3, raw: `${CH4};甲烷;T1;0.4`, code: "cut-off", reason: "第3行: 记录没有写完,文件在这里中断" },
    ]);
    expect(why("CDSS", `${FINE}||${FINE}`)).toContain("after-end 第4行: 在文件结束符之后");
  });

  it("is counted as an editor counts lines where the file has them", () => {
    const { refused } = good(
      readText("CDSS", `${MINE};矿;${MOMENT}~\r\n${FINE}\r\n\r\nx~\r\n${FINE}\r\ny~\r\n||\r\n`),
    );
    expect(refused.map(({ line, raw }) => [line, raw])).toEqual([
      [4, "x"],
      [6, "y"],
    ]);
  });

  it("is found by its line where lines are the records", () => {
    const dialect = DialectFile.parse({ record: "\n", end: "" });
    const lines = `\r\n${MINE};矿;${MOMENT}\r\n${FINE.slice(0, -1)}\r\n\r\nx\r\n`;
    const read = good(readText("CDSS", lines, NOTHING_KNOWN, dialect));
    expect([read.used, read.ended]).toEqual([1, true]);
    expect(read.refused.map(({ line, raw }) => [line, raw])).toEqual([[5, "x"]]);
  });

  it("is the earlier of two with one code, and names the other", () => {
    const row = (quota: string) => `重点区域;${MINE}0008;${quota};采面~`;
    const read = good(readBody("RYQY", `${row("16")}${row("18")}||`));
    expect(read.refused.map(({ code, reason }) => [code, reason])).toEqual([
      ["code-twice", `第2行: 编码“${MINE}0008”在第3行又出现,以后者为准`],
    ]);
    expect(read.known.areas?.rows).toEqual([{ code: `${MINE}0008`, name: "采面", kind: "key", quota: 18 }]);
  });

  it("waits for its mine's own layout where no public text says what the fields are", () => {
    const row = `${CH4};12.5;0;${MOMENT}~||`;
    expect(why("YSLCDSS", row)).toBe(
      "layout-unknown 第2行: YSLCDSS的字段没有公开资料,请在该矿方言 layouts 里写明各字段的名称",
    );
    const dialect = DialectFile.parse({ layouts: { YSLCDSS: ["测点编码", "测点值", "-", "数据时间"] } });
    const read = good(readBody("YSLCDSS", row, NOTHING_KNOWN, dialect));
    expect(bodies(read)[0]?.["readings"]).toEqual([{ p: CH4, v: 12.5, t: MOMENT, raw: { 字段3: "0" } }]);
  });
});

describe("a file that cannot be used", () => {
  const whole = (name: string, bytes: Uint8Array, dialect = NORM.dialect) => {
    const read = readNationalFile({ name, bytes, dialect }, NOTHING_KNOWN);
    return read.ok ? "well" : `${read.code} ${read.reason}`;
  };
  const text = (type: string, body: string, dialect = NORM.dialect) =>
    whole(NORM.fileName(type), new TextEncoder().encode(body), dialect);
  const head = `${MINE};矿;${MOMENT}~`;

  it("says what its name should be", () => {
    const bytes = new TextEncoder().encode(`${head}||`);
    expect(whole("CDSS.txt", bytes)).toContain(
      "name 文件名“CDSS.txt”不是“煤矿编码_类型_yyyyMMddHHmmss.txt”的形式",
    );
    expect(whole(`${MINE}_CDSS_20260230081530.txt`, bytes)).toContain("时间“20260230081530”");
    expect(whole(`${MINE}_AQSS_20260302081530.txt`, bytes)).toContain(
      "type-unknown 不认识文件类型“AQSS”;认识的有:CDDY、",
    );
    const dialect = DialectFile.parse({ codeLength: 18 });
    expect(whole(NORM.fileName("CDSS"), bytes, dialect)).toContain("应为18位,实为12位");
    expect(whole(`${MINE}_CDSS_20260302081530.TXT`, bytes)).toBe("well");
  });

  it("says what is wrong with its header", () => {
    expect(text("CDSS", `620823009203;矿;${MOMENT}~||`)).toBe(
      `header-mine 文件头的煤矿编码“620823009203”与文件名的“${MINE}”不一致`,
    );
    expect(text("CDSS", `${MINE};矿;1772410530~||`)).toContain("header-time 文件头的时间“1772410530”");
    expect(text("CDSS", `${MINE}；矿；${MOMENT}~||`)).toContain("header 文件头用了全角分号");
    expect(text("CDSS", "你好~||")).toContain("header 文件头应为");
    expect(text("CDSS", " \r\n")).toContain("empty");
  });

  it("says what the separators look like when they are others", () => {
    const other = text("CDSS", `${MINE};矿;${MOMENT}^${FINE.replace("~", "^")}]]]`);
    expect(other).toContain('separators 没有找到记录结束符"~"');
    expect(other).toContain('字段分隔";",记录结束"^",文件结束"]]]"');
  });

  it("has no end although only the whole would say who is underground", () => {
    expect(text("RYSS", head)).toContain("not-ended 文件没有结束符");
    expect(text("CDDY", head)).toContain("not-ended");
    expect(text("CDSS", head)).toBe("well");
  });

  it("is larger than any mine's could be", () => {
    expect(text("CDSS", `${head}${"~".repeat(200_001)}||`)).toContain("too-large 记录超过200000条");
    expect(whole(NORM.fileName("CDSS"), new Uint8Array(BOUNDS.nationalFileBytes + 1))).toContain("too-large");
    expect(text("CDSS", `${head}${"\n".repeat(1_000_000)}||`)).toBe("well");
  });

  it("is no text, or another one", () => {
    const noise = Uint8Array.from({ length: 600 }, (_, i) => (i * 7919) % 251);
    expect(whole(NORM.fileName("CDSS"), noise)).toContain("加密(密采)");
    expect(whole(NORM.fileName("CDSS"), Uint8Array.from([0xff, 0xfe, 0x31, 0]))).toContain("UTF-16");
  });
});

describe("an encoding", () => {
  const place = (bytes: Uint8Array) => {
    const read = good(
      readNationalFile({ name: NORM.fileName("FZDY"), bytes, dialect: NORM.dialect }, NOTHING_KNOWN),
    );
    return { place: (bodies(read)[0] as { points: { place: string }[] }).points[0]?.place, read };
  };
  const body = (text: string) => `${MINE};某某煤矿;${MOMENT}~${MINE}00001;${text};;;~||`;

  it("is found by what is valid, rare characters and all", () => {
    for (const text of ["一采区㎡℃", "𠮷村矿", "䶮家沟", "㙟"]) {
      expect(place(encodeGb18030(body(text))).place).toBe(text);
      expect(place(new TextEncoder().encode(body(text))).place).toBe(text);
    }
  });

  it("is not doubted because a program filled up its texts with zeros", () => {
    const padded = place(new TextEncoder().encode(body(`回风巷${"\0".repeat(60)}`)));
    expect(padded.read.used).toBe(1);
  });

  it("survives a character that was cut in the middle", () => {
    const cut = encodeGb18030(body("回风巷")).filter((_, i, all) => i !== all.indexOf(0x3b, 35) - 1);
    const { read } = place(cut);
    expect(read.found.encoding).toBe("gb18030");
    expect(read.used).toBe(1);
    const universal = new TextEncoder().encode(body("采区回风巷一号变电所"));
    const last = universal.lastIndexOf(0x80);
    const broken = place(universal.filter((_, i) => i !== last));
    expect(broken.read.found.encoding).toBe("utf-8");
    expect(broken.place?.startsWith("采区回风巷一号变电")).toBe(true);
    expect(broken.read.notes.map(({ code }) => code)).toContain("damaged");
  });
});
