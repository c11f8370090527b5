import { describe, expect, it } from "vitest";
import { createSpeech } from "../../src/console/i18n.ts";
import { limitLines } from "../../src/console/limit-lines.ts";
import type { SeriesJson } from "../../src/console/shapes.ts";
import {
  curveOf,
  extremesOf,
  gapOf,
  lonely,
  RAW_SPAN_MS,
  rangeOf,
  stateSpans,
  stepOf,
} from "../../src/console/trend.ts";

const GAP = 90_000;
const raw = (...rows: [t: number, v: number | null, s?: number][]): SeriesJson => ({
  step: "raw",
  rows: rows.map(([t, v, s = 0]) => ({ t: t * 1000, v, s })),
  next: null,
});

describe("a curve", () => {
  it("breaks where nothing came for three cycles, and holds together where it did", () => {
    const { x, mid } = curveOf(raw([0, 1], [30, 1], [120, 1], [211, 2]), GAP);
    expect(mid).toEqual([1, 1, 1, null, 2]);
    expect(x[3]).toBeGreaterThan(120);
  });

  it("draws no number that came with a fault, and none that did not come", () => {
    expect(curveOf(raw([0, 1], [30, 0, 128], [60, null], [90, 1]), GAP).mid).toEqual([1, null, null, 1]);
  });

  it("keeps calibration gas apart, so that it is no peak", () => {
    const curve = curveOf(raw([0, 0.5], [30, 2, 4], [60, 0.5]), GAP);
    expect(curve.gas).toEqual([null, 2, null]);
    expect(extremesOf(curve)).toEqual({ max: 0.5, min: 0.5 });
  });

  it("of a point that reports on change holds its value, however long nothing comes", () => {
    expect(gapOf(0)).toBe(Number.POSITIVE_INFINITY);
    expect(gapOf(30)).toBe(90_000);
    expect(curveOf(raw([0, 1], [7_000, 0]), gapOf(0), 9_000_000)).toMatchObject({
      x: [0, 7_000, 9_000],
      mid: [1, 0, 0],
    });
    expect(curveOf(raw([0, 1]), 90_000, 9_000_000).x).toEqual([0, 90]);
  });

  it("shows a sample that stands alone as a point", () => {
    expect(lonely([1, null, 2, 2, null, null, 3])).toEqual([0, 6]);
  });

  it("by the minute keeps the highest and lowest of each minute", () => {
    const minutes: SeriesJson = {
      step: "1m",
      rows: [{ t: 0, min: 0.2, max: 1.7, avg: 0.4, s: 1 }],
      next: null,
    };
    expect(curveOf(minutes, GAP)).toMatchObject({ x: [30], low: [0.2], high: [1.7], mid: [0.4] });
  });

  it("leaves room for its limits, and starts at zero", () => {
    const [low, high] = rangeOf(curveOf(raw([0, 0.4]), GAP), [1, 1.5]);
    expect(low).toBe(0);
    expect(high).toBeGreaterThan(1.5);
    expect(rangeOf(curveOf(raw([0, -5]), GAP), [])[0]).toBeLessThan(-5);
  });

  it("is read raw up to two hours and by the minute beyond", () => {
    expect(stepOf(0, RAW_SPAN_MS)).toBe("raw");
    expect(stepOf(0, RAW_SPAN_MS + 1)).toBe("1m");
  });
});

describe("the strip of states", () => {
  it("covers the whole span, and calls what nobody reported a gap", () => {
    const spans = stateSpans(raw([100, 1], [130, 1, 4], [160, 1]), 0, 400_000, GAP);
    expect(spans.map(({ kind, from, to }) => [kind, from / 1000, to / 1000])).toEqual([
      ["gap", 0, 100],
      ["normal", 100, 130],
      ["calibrating", 130, 160],
      ["normal", 160, 250],
      ["gap", 250, 400],
    ]);
  });

  it("names the state that counts: unknown before calibrating before over range before cut", () => {
    const kinds = [128 | 4, 4 | 1, 8 | 2, 2 | 1, 1, 0].map(
      (bits) => stateSpans(raw([0, 1, bits]), 0, 1_000, GAP)[0]?.kind,
    );
    expect(kinds).toEqual(["fault", "calibrating", "over-range", "cut", "alarm", "normal"]);
  });

  it("is one gap where there is no data", () => {
    expect(stateSpans(raw(), 0, 1_000, GAP)).toEqual([{ from: 0, to: 1_000, kind: "gap", bits: 0 }]);
  });
});

describe("the limit lines", () => {
  const { t } = createSpeech("zh");
  const lines = (limits: Parameters<typeof limitLines>[0]) =>
    limitLines(limits, t, (v) => v.toFixed(2)).map(({ words }) => words);

  it("share one line where two limits are the same", () => {
    expect(lines({ alarm: 1, cut: 1.5, release: 1, from: "law" })).toEqual(["报警 / 复电 1.00", "断电 1.50"]);
    expect(lines({ alarm: 1, cut: 1, release: 1, from: "law" })).toEqual(["断电 / 报警 / 复电 1.00"]);
    expect(lines(null)).toEqual([]);
  });
});
