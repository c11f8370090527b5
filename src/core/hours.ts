import { HOUR, type Instant } from "../model/time.ts";
import type { Counters } from "../model/view.ts";

/** What a mine's counters grew by, hour by hour of the gateway's clock. */
export interface Hours {
  /** Hours that are over, a line of JSON each: a snapshot copies one text and no thousand objects. */
  past: string;
  /** The hour that is; NaN = none began. */
  from: Instant;
  readonly counts: Map<string, number>;
}

/** Hours kept beside the one that is. */
const KEPT = 72;
/** Names counted within an hour: the rest is in the mine's counters only. */
const NAMES = 64;

export const createHours = (): Hours => ({ past: "", from: Number.NaN, counts: new Map() });

/** From now on counts go to the hour that is. */
export function openHour(hours: Hours, now: Instant): void {
  const from = Math.floor(now / HOUR) * HOUR;
  if (from <= hours.from) return;
  if (!Number.isNaN(hours.from)) {
    const lines = `${hours.past}${JSON.stringify([hours.from, Object.fromEntries(hours.counts)])}\n`;
    const first = lines.indexOf("\n") + 1;
    hours.past = lines.split("\n").length - 1 > KEPT ? lines.slice(first) : lines;
  }
  hours.from = from;
  hours.counts.clear();
}

export function countHour({ counts }: Hours, what: string, by: number): void {
  const before = counts.get(what);
  if (before !== undefined || counts.size < NAMES) counts.set(what, (before ?? 0) + by);
}

/** All that was counted in hours that had not ended at `since`; `from`: the first of them, null = there is none. */
export function countsSince(
  hours: Hours,
  since: Instant,
): { readonly from: Instant | null; readonly counts: Counters } {
  const sums: Record<string, number> = {};
  let first: Instant | null = null;
  const add = (from: Instant, counts: Iterable<[string, number]>) => {
    if (from + HOUR <= since) return;
    first ??= from;
    for (const [what, n] of counts) sums[what] = (sums[what] ?? 0) + n;
  };
  for (const line of hours.past.split("\n")) {
    if (line === "") continue;
    const [from, counts] = JSON.parse(line) as [Instant, Record<string, number>];
    add(from, Object.entries(counts));
  }
  if (!Number.isNaN(hours.from)) add(hours.from, hours.counts);
  return { from: first, counts: sums };
}
