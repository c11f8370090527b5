import { partsOfPoint } from "../model/mine.ts";
import type { StatSpan } from "../model/series.ts";
import { SHORT_STAT } from "../wire/series-stats.ts";
import { nanosecondOf, seriesKey, timestamp } from "./line.ts";

/** The measurement of what mines themselves say of lengths of time; no system may be called so. */
export const STATS = "stats";

/**
 * Tags that never change, so that what is sent again takes its own place. A length of time is known by its begin; one
 * that is not the usual five minutes has a nanosecond in that millisecond that its length gives.
 */
export function statPrefix(id: string): string {
  const { mine, system, code } = partsOfPoint(id);
  return seriesKey(STATS, { mine, point: code, system });
}

export function statFields({ from, to, max, maxAt, min, minAt, avg }: StatSpan): string {
  const whole = Math.floor(from);
  const usual = whole === from && to - from === SHORT_STAT;
  const time = timestamp(whole, usual ? 0 : nanosecondOf(from - whole, to - from, 0));
  const odd = whole === from ? "" : `t=${from},`;
  return `avg=${avg},max=${max},maxAt=${maxAt},min=${min},minAt=${minAt},${odd}to=${to} ${time}`;
}
