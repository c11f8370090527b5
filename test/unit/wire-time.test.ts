import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { iso, parseTime } from "../../src/wire/time.ts";

const t = (value: unknown) => {
  const parsed = parseTime(value);
  return parsed.ok ? parsed.t : parsed.reason;
};

describe("a time from a mine", { timeout: 60_000 }, () => {
  it("is ISO 8601 with an offset", () => {
    expect(t("2026-03-01T08:00:00+08:00")).toBe(Date.UTC(2026, 2, 1));
    expect(t("2026-03-01T00:00:00Z")).toBe(Date.UTC(2026, 2, 1));
    expect(t("2026-03-01T05:30:00.250+0530")).toBe(Date.UTC(2026, 2, 1) + 250);
    expect(t("2026-02-28T19:00:00-05")).toBe(Date.UTC(2026, 2, 1));
    expect(t("2026-03-01T08:00+08:00")).toBe(Date.UTC(2026, 2, 1));
  });

  it("is Chinese time when it names no offset", () => {
    expect(t("2026-03-01 08:00:00")).toBe(Date.UTC(2026, 2, 1));
    expect(t("2026-03-01T08:00:00.5")).toBe(Date.UTC(2026, 2, 1) + 500);
  });

  it("is whole epoch milliseconds as a number", () => {
    expect(t(1_772_323_200_000)).toBe(1_772_323_200_000);
    expect(t(1_772_323_200_000.5)).toBe("time");
    expect(t(1_772_323_200_000_000)).toBe("time");
    expect(t("1772323200000")).toBe("time");
  });

  it("is refused by name when it looks like epoch seconds", () => {
    expect(t(1_772_323_200)).toBe("time-in-seconds");
    expect(t("1772323200")).toBe("time-in-seconds");
    expect(t("1772323200.5")).toBe("time-in-seconds");
  });

  it("keeps a clock that was reset: it is a time, what is odd is judged elsewhere", () => {
    expect(t("1970-01-01 08:00:05")).toBe(5_000);
    expect(t("2031-12-31T23:59:59+08:00")).toBe(Date.UTC(2031, 11, 31, 15, 59, 59));
  });

  it.each([
    ["2026-02-30 08:00:00"],
    ["2025-02-29T08:00:00Z"],
    ["2026-13-01 08:00:00"],
    ["2026-03-01 24:00:00"],
    ["2026-03-01 08:60:00"],
    ["2026-03-01 08:00:60"],
    ["2026-03-01 08:00:00+24:00"],
    ["2026-03-01 08:00:00."],
    ["2026-03-01 08:00:00.1x"],
    ["2026-03-01 08:00:"],
    ["2026-03-01 08:00:0"],
    ["2026-03-01"],
    ["26-03-01 08:00:00"],
    ["2026/03/01 08:00:00"],
    ["xxxx-xx-xx xx:xx:xx"],
    ["２０２６-03-01 08:00:00"],
    [""],
    [null],
    [undefined],
    [true],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [-1],
    [{}],
    ["2026-03-01T08:00:00+08:00".padEnd(60, " ")],
  ])("is not %j", (value) => {
    expect(t(value)).toBe("time");
  });

  it("agrees with the platform on every second of a century", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_799 }), (seconds) => {
        const text = new Date(seconds * 1000).toISOString();
        expect(t(text)).toBe(seconds * 1000);
      }),
    );
  });
});

describe("a time of ours", { timeout: 60_000 }, () => {
  it("is worded with +08:00", () => {
    expect(iso(Date.UTC(2026, 2, 1))).toBe("2026-03-01T08:00:00.000+08:00");
    expect(iso(Date.UTC(2026, 2, 1) + 0.5)).toBe("2026-03-01T08:00:00.0005+08:00");
  });

  it("parses back to the same number, fractions of a millisecond included", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e11, max: 4e12, noNaN: true }), (moment) => {
        expect(t(iso(moment))).toBe(moment);
      }),
      { numRuns: 5_000 },
    );
  });
});
