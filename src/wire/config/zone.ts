import type { EffectiveConfig } from "../../model/config.ts";
import { DAY, HOUR, type Instant, MINUTE } from "../../model/time.ts";

const YEARS_MS = 2 * 366 * DAY;

/**
 * Offsets of a zone for two years around `now`, each with the hour it begins, because the core may not ask a
 * calendar. A zone without changes gives one entry from the beginning of time. Null = unknown zone.
 */
export function zoneOffsets(zone: string, now: Instant): EffectiveConfig["offsets"] | null {
  const minutesAt = offsetReader(zone);
  if (minutesAt === null) return null;
  const offsets: { from: Instant; minutes: number }[] = [];
  const end = now + YEARS_MS;
  for (let t = Math.floor((now - YEARS_MS) / DAY) * DAY; t < end; t += DAY) {
    const last = offsets.at(-1)?.minutes;
    const minutes = minutesAt(t);
    if (minutes === last) continue;
    offsets.push({ from: last === undefined ? 0 : firstHour(t - DAY, t, minutes, minutesAt), minutes });
  }
  return offsets;
}

function firstHour(from: Instant, to: Instant, minutes: number, minutesAt: (t: Instant) => number): Instant {
  for (let t = from; t < to; t += HOUR) if (minutesAt(t) === minutes) return t;
  return to;
}

function offsetReader(zone: string): ((t: Instant) => number) | null {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
    });
  } catch {
    return null;
  }
  return (t) => {
    const parts = Object.fromEntries(format.formatToParts(t).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts as Record<string, number>;
    return (Date.UTC(year, month - 1, day, hour, minute) - Math.floor(t / MINUTE) * MINUTE) / MINUTE;
  };
}
