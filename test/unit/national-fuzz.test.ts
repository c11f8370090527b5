import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BOUNDS } from "../../src/model/bounds.ts";
import { DialectFile } from "../../src/wire/config/dialect-file.ts";
import { decode } from "../../src/wire/decode.ts";
import { type NationalRead, NOTHING_KNOWN } from "../../src/wire/national/file.ts";
import { TYPE_NAMES } from "../../src/wire/national/layouts.ts";
import { readNationalFile } from "../../src/wire/national/read.ts";
import { ENCODINGS, NORM, WRITINGS } from "../support/national-files.ts";
import { MINE, SAMPLES } from "../support/national-samples.ts";

/** Everything a vendor's program was ever seen to write into a field, and more. */
const odd = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "-",
    "--",
    "/",
    "无",
    "未设置",
    "NULL",
    "NaN",
    "null",
    "0",
    "1",
    "2",
    "9",
    "7",
    "-1",
    "0.32",
    "1.",
    ".5",
    "1e5",
    "1e999",
    "1,5",
    "０.5",
    "99999999999999999999999",
    "1772410530",
    "1772410530000",
    "20260302081530",
    "2026/3/2 8:15:30",
    "2026-03-02 08:15",
    "2026-13-40 99:99:99",
    "xxxx-xx-xx xx:xx:xx",
    "X",
    "0001",
    "001",
    "MN",
    "KG",
    "00000000",
    "10000000",
    "甲烷",
    "1101采煤工作面T1",
    "a;b",
    "a；b",
    "a~b",
    "||",
    "]]]",
    "^",
    "\r\n",
    "\t",
    "\0",
    "\ufeff",
    "\ufffd",
    "😀",
    "𠮷",
    '"',
    "\\",
    "__proto__",
    "constructor",
    "D-x",
    "A".repeat(65),
    "文".repeat(300),
    "x".repeat(20_000),
  ),
  fc.string({ maxLength: 20 }),
  fc.string({ unit: "binary", maxLength: 12 }),
);

/** Every record is used or refused, every refusal can be acted on, and the gateway's door takes all that is told. */
function mustHold(read: NationalRead, text: string | null): void {
  expect(read.ok || read.reason.length > 4).toBe(true);
  if (!read.ok) return;
  expect(read.used + read.refused.length).toBe(read.records);
  for (const { line, raw, code, reason } of read.refused) {
    expect(reason).toMatch(/^第[1-9]\d*行: .{4}/s);
    expect(reason.startsWith(`第${line}行: `)).toBe(true);
    expect(code).not.toBe("");
    expect(raw).not.toBe("");
    if (text !== null) expect(text.includes(raw)).toBe(true);
  }
  let elements = 0;
  for (const { kind, payload, elements: told } of read.messages) {
    expect(payload.length).toBeLessThanOrEqual(BOUNDS.packetBytes);
    const body = decode(kind, read.envelope.system, payload);
    expect(body.kind).toBe(kind);
    if ("rejected" in body) expect(body.rejected).toEqual([]);
    if ("columns" in body) {
      expect(body.columns.bad).toBeNull();
      expect(body.columns.n).toBe(told);
    }
    elements += told;
  }
  if (read.told === "messages") expect(elements).toBeGreaterThanOrEqual(read.used);
}

describe("a national text file with one field wrong", () => {
  it.each(SAMPLES.map((sample) => [sample.type, sample] as const))(
    "of type %s is never a crash and never a silence",
    (type, { records }) => {
      const places = records.flatMap((record, i) => record.map((_, at) => [i, at] as const));
      fc.assert(
        fc.property(
          fc.constantFrom(...places),
          odd,
          fc.constantFrom(...WRITINGS),
          (place, field, writing) => {
            const changed = records.map((record, i) =>
              record.map((own, at) => (i === place[0] && at === place[1] ? field : own)),
            );
            const text = writing.text(type, changed);
            const bytes = ENCODINGS["UTF-8"](text);
            const file = { name: writing.fileName(type), bytes, dialect: writing.dialect };
            const seen = new TextDecoder("utf-8").decode(bytes).replaceAll(/[\r\n]/g, "");
            mustHold(readNationalFile(file, NOTHING_KNOWN), seen);
          },
        ),
        { numRuns: 150, endOnFailure: true },
      );
    },
  );
});

describe("records that each have a name of their own", () => {
  const code = fc.integer({ min: 0, max: 99 });
  const record = fc.record({
    code,
    value: odd,
    state: fc.constantFrom("0", "1", "128", "x", ""),
    spoil: fc.nat(9),
  });

  it("are in exactly one of the messages and the refused, none in both and none in neither", () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 40 }), (rows) => {
        const named = rows
          .filter(({ value }) => !/[;~|\p{Cc}]/u.test(value))
          .map((row, i) => ({ ...row, p: `P${i}.` }));
        const records = named.map(({ p, value, state, spoil }) => {
          const fields = [p, "甲烷", "T1", value, "%CH4", state, "2026-03-02 08:15:30"];
          return spoil === 0 ? fields.slice(0, 5) : fields;
        });
        const bytes = ENCODINGS["UTF-8"](NORM.text("CDSS", records));
        const read = readNationalFile(
          { name: NORM.fileName("CDSS"), bytes, dialect: NORM.dialect },
          NOTHING_KNOWN,
        );
        if (!read.ok) throw new Error(read.reason);
        const told = read.messages.map(({ payload }) => new TextDecoder().decode(payload)).join();
        for (const { p } of named) {
          const isTold = told.includes(`"p":"${p}"`);
          const isRefused = read.refused.some(({ raw }) => raw.startsWith(`${p};`));
          expect([p, isTold !== isRefused]).toEqual([p, true]);
        }
      }),
      { numRuns: 200, endOnFailure: true },
    );
  });
});

describe("bytes of any kind under any dialect", () => {
  const separator = fc.constantFrom(";", "；", ",", "\t", "|", "~", "^", "\n", "||", "]]]");
  const dialects = fc
    .record({
      encoding: fc.constantFrom("auto", "utf-8", "gb18030"),
      field: separator,
      record: separator,
      end: fc.oneof(separator, fc.constant("")),
      form: fc.constantFrom("national", "sichuan"),
      time: fc.constantFrom("national", "slashes", "compact"),
      header: fc.option(
        fc.array(fc.constantFrom("mine", "name", "time", "count", "-"), { minLength: 1, maxLength: 4 }),
        { nil: undefined },
      ),
    })
    .map((dialect) => DialectFile.parse(dialect));
  const header = fc.constantFrom(`${MINE};矿;2026-03-02 08:15:30~`, "2026-03-02 08:15:30;3~", "");
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc
      .tuple(header, fc.array(fc.oneof(odd, separator), { maxLength: 60 }))
      .map(([head, parts]) => new TextEncoder().encode(`${head}${parts.join("")}`)),
  );

  it("are read without a crash, and every record is used or refused", () => {
    fc.assert(
      fc.property(noise, dialects, fc.constantFrom(...TYPE_NAMES), (bytes, dialect, type) => {
        mustHold(readNationalFile({ name: NORM.fileName(type), bytes, dialect }, NOTHING_KNOWN), null);
      }),
      { numRuns: 2_000, endOnFailure: true },
    );
  });

  it("with any name are read without a crash", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (name) => {
        const read = readNationalFile(
          { name, bytes: new Uint8Array(0), dialect: NORM.dialect },
          NOTHING_KNOWN,
        );
        expect(read.ok).toBe(false);
      }),
      { numRuns: 300, endOnFailure: true },
    );
  });
});
