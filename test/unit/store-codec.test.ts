import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BLOCK_BYTES, BLOCK_ROWS, createColumns, decodeBlocks, encodeBlock } from "../../src/store/codec.ts";

type Row = [t: number, v: number, s: number, flags: number];

function encode(rows: Row[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(rows.length / BLOCK_ROWS) * BLOCK_BYTES);
  const columns = createColumns(rows.length);
  rows.forEach(([t, v, s, flags], i) => {
    columns.t[i] = t;
    columns.v[i] = v;
    columns.s[i] = s;
    columns.flags[i] = flags;
  });
  let at = 0;
  for (let from = 0; from < rows.length; from += BLOCK_ROWS) {
    const end = encodeBlock(columns, from, Math.min(BLOCK_ROWS, rows.length - from), bytes, at);
    expect(end - at).toBeLessThanOrEqual(BLOCK_BYTES);
    at = end;
  }
  return bytes.subarray(0, at);
}

function decode(bytes: Uint8Array, n: number): Row[] {
  const columns = createColumns(n);
  expect(decodeBlocks(bytes, columns, 0)).toBe(n);
  return Array.from(columns.t, (t, i) => [t, columns.v[i]!, columns.s[i]!, columns.flags[i]!]);
}

const T0 = Date.UTC(2026, 10, 21);
const NASTY = [
  0, -0, 1, -1, 0.1, 0.07, 1.005, 1e-300, 5e-324, 1.7976931348623157e308, -1.7976931348623157e308, 2 ** 50,
  -(2 ** 50), 2 ** 50 + 1, 2 ** 53 - 1, 2 ** 53 + 2, 1e15 + 0.3, 123456789.123456, Number.NaN,
  Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Math.fround(1.2), 1 / 3,
]; // biome-ignore format: a list

const time = fc.oneof(
  { weight: 6, arbitrary: fc.nat(600_000).map((ms) => T0 + ms) },
  { weight: 1, arbitrary: fc.constantFrom(...NASTY) },
);
const value = fc.oneof(
  { weight: 3, arbitrary: fc.nat(200).map((n) => n / 100) },
  { weight: 1, arbitrary: fc.double() },
  { weight: 2, arbitrary: fc.constantFrom(...NASTY) },
);
const state = fc.oneof(fc.constantFrom(0, 4, 128), fc.nat(0xffffffff));
const row: fc.Arbitrary<Row> = fc.tuple(time, value, state, fc.nat(255));
/** Rows of one kind, so that every mode of a block is met, and rows of any. */
const rows = fc.oneof(
  fc.array(row, { minLength: 1, maxLength: 200 }),
  fc.array(fc.tuple(fc.nat(1e6), fc.constantFrom(0.5, 0.51, Number.NaN), fc.constant(0), fc.constant(0)), {
    minLength: 1,
    maxLength: 200,
  }) as fc.Arbitrary<Row[]>,
);

describe("the chunk codec", () => {
  it("gives every row back bit for bit, whatever doubles come", () => {
    fc.assert(
      fc.property(rows, (given) => {
        const back = decode(encode(given), given.length);
        given.forEach((one, i) => {
          one.forEach((cell, k) => {
            if (!Object.is(cell, back[i]![k]))
              throw new Error(`row ${i} column ${k}: ${cell} → ${back[i]![k]}`);
          });
        });
      }),
      { numRuns: 3_000 },
    );
  });

  it("needs less than two bytes a row for a regular point with two decimals", () => {
    const methane = Array.from({ length: 512 }, (_, i): Row => {
      return [T0 + i * 1_000, Math.round(60 + 20 * Math.sin(i / 40)) / 100, 0, 0];
    });
    expect(encode(methane).length / 512).toBeLessThan(2);
  });

  it("needs next to nothing for a point that never changes", () => {
    const still = Array.from({ length: 512 }, (_, i): Row => [T0 + i * 1_000, 0.5, 0, 0]);
    expect(encode(still).length / 512).toBeLessThan(0.5);
  });
});
