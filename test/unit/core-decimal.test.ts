import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonical, scaled, stepsAtLeast, stepsAtMost } from "../../src/core/decimal.ts";

const at = (resolution: number, factor = 1, offset = 0) => ({ factor, offset, resolution });

describe("rounding to the resolution", () => {
  it("is half up on the decimal text, not on the nearest double", () => {
    expect(scaled(0.995, at(0.01))).toBe(100);
    expect(scaled(1.005, at(0.01))).toBe(101);
    expect(scaled(0.9949, at(0.01))).toBe(99);
    expect(scaled(0.9949999999999, at(0.01))).toBe(99);
    expect(scaled(23.5, at(1))).toBe(24);
    expect(scaled(23.4999, at(1))).toBe(23);
  });

  it("goes up at the half below zero as well", () => {
    expect(scaled(-0.5, at(1))).toBe(0);
    expect(scaled(-1.5, at(1))).toBe(-1);
    expect(scaled(-1.51, at(1))).toBe(-2);
  });

  it("takes resolutions that are no power of ten", () => {
    expect(scaled(0.125, at(0.05))).toBe(3);
    expect(scaled(0.12, at(0.05))).toBe(2);
    expect(scaled(7.5, at(5))).toBe(2);
  });

  it("rounds after the conversion of the unit", () => {
    expect(scaled(0.00235, at(1, 10_000))).toBe(24);
    expect(scaled(0.0023499, at(1, 10_000))).toBe(23);
    expect(scaled(300, at(0.1, 1, -273.15))).toBe(269);
  });

  it("leaves a value without a resolution as it is", () => {
    expect(scaled(0.9951234, at(0))).toBe(0.9951234);
    expect(canonical(0.0024, at(0, 10_000))).toBe(24);
    expect(canonical(1.1, at(0))).toBe(1.1);
  });

  it("survives the largest and the smallest numbers", () => {
    expect(scaled(1e300, at(0.01))).toBe(1e302);
    expect(scaled(1e-300, at(0.01))).toBe(0);
    expect(scaled(-1e300, at(0.01))).toBe(-1e302);
  });

  it("agrees with schoolbook rounding of the digits", () => {
    const digits = fc.integer({ min: -99_999_999, max: 99_999_999 });
    fc.assert(
      fc.property(digits, fc.integer({ min: 0, max: 5 }), (whole, places) => {
        const value = Number(`${whole}e-${places}`);
        const one = 10n ** BigInt(places);
        const doubled = 200n * BigInt(whole) + one;
        const floor = doubled / (2n * one) - (doubled % (2n * one) < 0n ? 1n : 0n);
        expect(Object.is(scaled(value, at(0.01)), -0) ? 0 : scaled(value, at(0.01))).toBe(Number(floor));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a limit between two steps of the resolution", () => {
  it("is reached by the next step on its far side", () => {
    expect(stepsAtLeast(0.75, 0.1)).toBe(8);
    expect(stepsAtLeast(1, 0.01)).toBe(100);
    expect(stepsAtMost(0.25, 0.1)).toBe(2);
    expect(stepsAtMost(-0.25, 0.1)).toBe(-3);
    expect(stepsAtLeast(-0.25, 0.1)).toBe(-2);
    expect(stepsAtLeast(0.75, 0)).toBe(0.75);
    expect(stepsAtMost(0.75, 0)).toBe(0.75);
  });
});
