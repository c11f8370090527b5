import { beforeAll, describe, expect, it } from "vitest";
import { liveDay } from "./county-day.ts";
import { type DayResult, DESK_MOST, RED_MOST, report, summary } from "./report.ts";

/** The bounds of a county's normal day (40 mines, 200 points each): what a desk can live with, and what it must see. */
describe("a county's normal day with thirty planted dangers", () => {
  let day: DayResult;
  beforeAll(() => {
    day = liveDay();
  });
  const shown = () => `\n${report(day)}`;

  it("asks the desk at most 300 times", () => {
    expect(summary(day).desk, shown()).toBeLessThanOrEqual(DESK_MOST);
  });

  it("is red at most 10 times", () => {
    expect(summary(day).red, shown()).toBeLessThanOrEqual(RED_MOST);
  });

  it("raises every danger in time", () => {
    expect(summary(day).missed, shown()).toEqual([]);
    expect(day.outcomes).toHaveLength(30);
  });

  it("is a day: more than 22 million readings, none of them refused", () => {
    expect(day.counts.readings).toBeGreaterThan(22_000_000);
    expect(day.counts.rejected).toBe(0);
  });
});
