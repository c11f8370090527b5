import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { decode } from "../../src/wire/decode.ts";
import { generateCheck } from "../../src/wire/generated-check.ts";
import { parseReadings, ReadingMessage, ReadingsMessage } from "../../src/wire/readings.ts";
import { scanReadings } from "../../src/wire/readings-scan.ts";

const TS = 1_772_323_200_000;

/** A value near what the schema wants: mostly right, and wrong in every way that was ever seen. */
const odd = fc.constantFrom(
  null,
  "",
  "NaN",
  "1.50",
  "-0",
  "1e5",
  true,
  false,
  -0,
  0,
  1.62,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 53,
  2 ** 53 + 2,
  4_294_967_295,
  4_294_967_296,
  -1,
  0.5,
  "1101-T1",
  "工作面#1",
  "😀",
  "A".repeat(64),
  "A".repeat(65),
  "𠮷".repeat(64),
  "𠮷".repeat(65),
  "A b",
  TS,
  "2026-03-01 08:00:00",
  undefined,
  [],
  {},
);
const usual = {
  p: fc.constantFrom("1101-T1", "工作面#1", "MR-CH4"),
  v: fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constantFrom("0.62", null),
  ),
  s: fc.constantFrom(0, 1, 4, 128),
  t: fc.constantFrom(TS, "2026-03-01 08:00:00"),
};
const mostly = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 12, arbitrary: value as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: odd });
const reading = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record(
      { p: mostly(usual.p), v: mostly(usual.v), s: mostly(usual.s), t: mostly(usual.t), extra: odd },
      { requiredKeys: ["p"] },
    ) as fc.Arbitrary<unknown>,
  },
  { weight: 1, arbitrary: odd as fc.Arbitrary<unknown> },
);
const message = fc.record(
  {
    ts: mostly(usual.t),
    seq: mostly(fc.nat()),
    readings: mostly(fc.array(reading, { maxLength: 5 })),
    more: odd,
  },
  { requiredKeys: ["ts", "readings"] },
);

/** Many runs on a machine that others use too. */
const PATIENT = { timeout: 60_000 };

describe("the check generated from the zod schema", PATIENT, () => {
  const check = generateCheck(ReadingsMessage);
  const checkOne = generateCheck(ReadingMessage);

  it("is generated at all", () => {
    expect(check).not.toBeNull();
    expect(checkOne).not.toBeNull();
  });

  it("says what zod says, on 20,000 messages right and wrong", () => {
    let right = 0;
    fc.assert(
      fc.property(message, (value) => {
        const zod = ReadingsMessage.safeParse(value).success;
        if (zod) right++;
        expect(check?.(value)).toBe(zod);
      }),
      { numRuns: 20_000 },
    );
    expect(right).toBeGreaterThan(2_000);
  });

  it("says what zod says on any value whatever", () => {
    fc.assert(
      fc.property(fc.oneof(odd, fc.anything()), (value) => {
        expect(checkOne?.(value)).toBe(ReadingMessage.safeParse(value).success);
      }),
      { numRuns: 5_000 },
    );
  });

  it("knows the nodes it claims to know", () => {
    const known = z.object({
      a: z.string().min(1).max(3),
      b: z.number().gt(0).lt(5),
      c: z.enum(["x", "y"]),
      d: z.literal([1, "one", null]),
      e: z.array(z.int().max(3)).min(1).optional(),
      f: z.unknown(),
      g: z.object({ h: z.boolean() }).optional(),
    });
    const generated = generateCheck(known);
    const right = { a: "😀😀😀", b: 1, c: "x", d: 1, e: [1], f: 0 };
    const others = [
      { a: "" },
      { a: "1234" },
      { b: 0 },
      { b: 5 },
      { b: Number.NaN },
      { c: "z" },
      { d: 2 },
      { d: null },
      { e: [] },
      { e: [4] },
      { e: [0.5] },
      { f: undefined },
      { g: {} },
      { g: { h: true } },
    ];
    for (const value of [
      right,
      ...others.map((other) => ({ ...right, ...other })),
      { ...right, f: 1 },
      [],
      null,
    ]) {
      expect(generated?.(value), JSON.stringify(value)).toBe(known.safeParse(value).success);
    }
    const { f: _, ...without } = right;
    expect(generated?.(without)).toBe(known.safeParse(without).success);
  });

  it("declines what it does not know, so that zod is asked", () => {
    const declined = [
      z.string().transform((s) => s),
      z.string().refine(() => false),
      z.coerce.number(),
      z.string().default(""),
      z.email(),
      z.strictObject({}),
      z.object({}).catchall(z.string()),
      z.record(z.string(), z.number()),
      z.string().trim(),
      z.number().multipleOf(2),
      z.array(z.date()),
      z.string().regex(/a/g),
    ];
    for (const schema of declined) expect(generateCheck(schema)).toBeNull();
  });
});

/** Bytes of a plain message, sometimes spoilt: the scanner must bow out or agree. */
const mostOften = (usual: string[], rare: string[]) =>
  fc.oneof(
    { weight: 15, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...rare) },
  );
const decimal = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String);
const part = {
  p: mostOften(['"1101-T1"', '"MR-CH4"', '"工作面#1"', '"A"'], ['"A b"', '""', '"\\u0041"', "1"]),
  v: fc.oneof(
    { weight: 4, arbitrary: decimal },
    {
      weight: 15,
      arbitrary: mostOften(
        ["0", "-0", "1.62", "1.00", "-0.0", "123456789012345678", "1.6200000047683716", "true", "false"],
        [
          "null",
          '"1.5"',
          '""',
          '"-0.62"',
          '"1e3"',
          '"12345678901234567890.5"',
          "1e3",
          "-2.5E-3",
          "1e",
          "1e+",
          "1e999",
          "01",
          "1.",
          ".5",
          "-",
          "+1",
          "NaN",
        ],
      ),
    },
  ),
  s: mostOften(["0", "1", "128", "4294967295"], ["4294967296", "-1", "00", "1.0", "1e2", "null"]),
  t: mostOften(
    [`${TS}`, '"2026-03-01 08:00:00"', '"2026-03-01T08:00:00.5Z"'],
    ["1772323200", '"?"', "0", "null", `${TS}.5`],
  ),
  q: mostOften(
    ["1", '"℃"', "null", '"KJ\\u0039X"', '"\\n\\"\\\\"'],
    ['"\\u00g9"', '"\\x"', '"\\ud83d"', '"\\"', "{}", "-", '"'],
  ),
};
const plainReading = fc
  .record(part, { requiredKeys: ["p", "v"] })
  .chain((fields) => fc.shuffledSubarray(Object.entries(fields), { minLength: Object.keys(fields).length }))
  .map((fields) => `{${fields.map(([k, v]) => `"${k}":${v}`).join(",")}}`);
const plainMessage = fc
  .record({
    before: mostOften(["", "\uFEFF", " \n"], ["x", "\uFEFF\uFEFF"]),
    gap: fc.constantFrom("", "", " ", "\t\r\n"),
    ts: mostOften([`"ts":${TS}`, `"ts": "2026-03-01 08:00:00"`], [`"ts":0`, `"ts":null`]),
    seq: mostOften(
      [`"seq":7`, `"n":"x"`],
      [`"seq":"7"`, `"seq":1e3`, `"readings":[]`, `"seq":9007199254740991`],
    ),
    order: fc.shuffledSubarray([0, 1, 2], { minLength: 2 }),
    readings: fc.array(plainReading, { maxLength: 4 }),
  })
  .map(({ before, gap, ts, seq, order, readings }) => {
    const fields = [ts, seq, `"readings":[${readings.join(`,${gap}`)}${gap}]`];
    return `${before}{${order.map((i) => fields[i]).join(`${gap},${gap}`)}}${gap}`;
  });
/** As a mine's program writes: every reading of a message in one way. */
const alikeMessage = fc
  .record({
    keys: fc
      .shuffledSubarray(["p", "v", "s", "t", "q"] as const, { minLength: 2 })
      .filter((keys) => keys.includes("p")),
    gaps: fc.array(fc.constantFrom("", "", " ", "\n\t"), { minLength: 4, maxLength: 4 }),
    rows: fc.array(fc.record(part), { minLength: 2, maxLength: 8 }),
  })
  .map(({ keys, gaps: [open, colon, comma, close], rows }) => {
    const one = (row: Record<(typeof keys)[number], string>) =>
      `{${open}${keys.map((key) => `"${key}"${colon}:${row[key]}`).join(`${comma},`)}${close}}`;
    return `{"ts":${TS},"readings":[${rows.map(one).join(`,${comma}`)}]}`;
  });
const spoil = fc.array(
  fc.record({ at: fc.nat(), how: fc.constantFrom("flip", "drop", "double", "set"), byte: fc.nat(255) }),
  { maxLength: 2 },
);
const JSONISH = [...'{}[]",:-.0123456789eEpvst\\ \n'].map((c) => c.charCodeAt(0));

function spoilt(text: string, changes: readonly { at: number; how: string; byte: number }[]): Uint8Array {
  const bytes = [...new TextEncoder().encode(text)];
  for (const { at, how, byte } of changes) {
    const i = at % bytes.length;
    if (how === "drop") bytes.splice(i, 1);
    else if (how === "double") bytes.splice(i, 0, bytes[i] as number);
    else if (how === "flip") bytes[i] = (bytes[i] as number) ^ (1 << (byte & 7));
    else bytes[i] = JSONISH[byte % JSONISH.length] as number;
  }
  return Uint8Array.from(bytes);
}

describe("the byte scanner", PATIENT, () => {
  it("agrees with the parser on 60,000 payloads, or bows out", () => {
    let scanned = 0;
    fc.assert(
      fc.property(plainMessage, fc.oneof(fc.constant([]), spoil), (text, changes) => {
        const payload = spoilt(text, changes);
        const body = scanReadings("readings", payload);
        if (body === null) return;
        scanned++;
        expect(body).toEqual(parseReadings("readings", payload));
      }),
      { numRuns: 60_000 },
    );
    expect(scanned).toBeGreaterThan(5_000);
  });

  it("agrees with the parser where all readings of a message are written alike, and one is spoilt", () => {
    let scanned = 0;
    fc.assert(
      fc.property(alikeMessage, fc.oneof(fc.constant([]), spoil), (text, changes) => {
        const payload = spoilt(text, changes);
        const body = scanReadings("readings", payload);
        if (body === null) return;
        scanned++;
        expect(body).toEqual(parseReadings("readings", payload));
      }),
      { numRuns: 20_000 },
    );
    expect(scanned).toBeGreaterThan(2_500);
  });

  it("reads every plain number to the same double as the parser", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
        fc.integer({ min: 0, max: 25 }),
        (digits, decimals) => {
          const sign = digits < 0n ? "-" : "";
          const text = String(digits < 0n ? -digits : digits).padStart(decimals + 1, "0");
          const cut = text.length - decimals;
          const number = `${sign}${text.slice(0, cut)}${decimals > 0 ? `.${text.slice(cut)}` : ""}`;
          const payload = new TextEncoder().encode(`{"ts":${TS},"readings":[{"p":"A","v":${number}}]}`);
          const body = scanReadings("readings", payload);
          if (body?.kind !== "readings") throw new Error(`not scanned: ${number}`);
          expect(body.columns.v[0]).toBe(Number(number) + 0);
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it("scans what mines send: canonical, spaced, reordered, with extra fields, switches and faults", () => {
    for (const text of [
      `{"ts":${TS},"seq":1,"readings":[{"p":"A","v":1.62,"s":0,"t":${TS}}]}`,
      `{"ts": ${TS}, "readings": [{"p": "A", "v": 1.62, "s": 0}, {"p": "B", "v": true}]}`,
      `\uFEFF{\n "readings": [\n  { "v": 0, "p": "工作面#1", "unit": "℃" }\n ],\n "mine": "x", "ts": "2026-03-01 08:00:00"\n}\n`,
      `{"ts":${TS},"readings":[{"p":"A","v":null,"s":128},{"p":"A","s":16}]}`,
      `{"ts":${TS},"readings":[{"p":"A","v":"0.62"},{"p":"B","v":"","s":128},{"p":"C","v":6.2e-1}]}`,
      `{"ts":${TS},"readings":[]}`,
    ]) {
      expect(scanReadings("readings", new TextEncoder().encode(text)), text).not.toBeNull();
    }
  });

  it("is not led astray by an earlier message of other codes", () => {
    for (const codes of [
      ["A", "B", "C"],
      ["A", "C", "B"],
      ["B"],
      ["A", "BB", "C"],
      ["AA", "B"],
      ["工", "B", "A"],
    ]) {
      const list = codes.map((p) => `{"p":"${p}","v":1}`).join(",");
      const body = decode(
        "readings",
        "safety",
        new TextEncoder().encode(`{"ts":${TS},"readings":[${list}]}`),
      );
      if (body.kind !== "readings") throw new Error(body.kind);
      expect(body.columns.codes).toEqual(codes);
    }
  });

  it("survives more codes than it remembers", () => {
    for (let round = 0; round < 2; round++) {
      for (let start = 0; start < 270_000; start += 2_000) {
        const list = Array.from({ length: 2_000 }, (_, i) => `{"p":"${round}-${start + i}","v":1}`);
        const body = decode(
          "readings",
          "safety",
          new TextEncoder().encode(`{"ts":${TS},"readings":[${list}]}`),
        );
        if (body.kind !== "readings") throw new Error(body.kind);
        if (body.columns.codes[1_999] !== `${round}-${start + 1_999}`) throw new Error("another code");
      }
    }
  });
});
