/**
 * Moments as the duty room reads them: UTC+8 whatever the officer's computer is set to
 * (domain.md §9 row 21). Plain arithmetic: the zone has no summer time.
 */
const ZONE_MS = 8 * 3_600_000;

const shifted = (t: number) => new Date(t + ZONE_MS).toISOString();

export const dayOf = (t: number): string => shifted(t).slice(0, 10);
export const timeOf = (t: number): string => shifted(t).slice(11, 19);
export const momentOf = (t: number): string => `${dayOf(t)} ${timeOf(t)}`;
/** Time of day, with the date before it only when it is not `now`'s. */
export const shortMoment = (t: number, now: number): string =>
  dayOf(t) === dayOf(now) ? timeOf(t) : `${dayOf(t).slice(5)} ${timeOf(t).slice(0, 5)}`;

/** A running time as figures that keep their width: 4:07, 1:04:07, 2d 03:04 in hours past a day. */
export function running(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const [h, m, rest] = [Math.floor(s / 3_600), Math.floor((s % 3_600) / 60), s % 60];
  return h === 0 ? `${m}:${two(rest)}` : `${h}:${two(m)}:${two(rest)}`;
}

const two = (n: number) => String(n).padStart(2, "0");

/** What a `datetime-local` field holds, read and written as UTC+8. */
export const toField = (t: number): string => shifted(t).slice(0, 16);
export const fromField = (text: string): number => Date.parse(`${text}:00+08:00`);
