import { beforeAll, describe, expect, it } from "vitest";
import { liveDay } from "./county-day.ts";
import { DANGERS } from "./dangers.ts";
import { type DayResult, report, summary } from "./report.ts";

/** A tenth of the county; `npm run day` lives the whole, which takes many minutes, and holds it to its bounds. */
const MINES = [22, 23, 32, 36];

describe("a normal day of four mines of the county, with their planted dangers", () => {
  let day: DayResult;
  beforeAll(() => {
    day = liveDay(MINES);
  });
  const shown = () => `\n${report(day)}`;

  it("raises every danger in time", () => {
    expect(summary(day).missed, shown()).toEqual([]);
    expect(day.outcomes).toHaveLength(DANGERS.filter(({ mine }) => MINES.includes(mine)).length);
  });

  it("is a day: more than two million readings, none of them refused", () => {
    expect(day.counts.readings).toBeGreaterThan(2_000_000);
    expect(day.counts.rejected).toBe(0);
  });
});
