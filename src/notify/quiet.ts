import { DAY, type Instant, MINUTE } from "../model/time.ts";

/** Times of day in which only red is told; `to` before `from` is over midnight. */
export interface QuietHours {
  readonly from: string;
  readonly to: string;
}

/** When the quiet that holds at this moment ends; null = it does not hold. */
export function quietUntil(
  hours: QuietHours | undefined,
  at: Instant,
  offsetMinutes: (at: Instant) => number,
): Instant | null {
  if (hours === undefined) return null;
  const local = at + offsetMinutes(at) * MINUTE;
  const ofDay = local % DAY;
  const from = minutesOf(hours.from) * MINUTE;
  const to = minutesOf(hours.to) * MINUTE;
  const quiet = from < to ? ofDay >= from && ofDay < to : ofDay >= from || ofDay < to;
  return quiet ? at + ((to - ofDay + DAY) % DAY || DAY) : null;
}

function minutesOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(":").map(Number);
  return hours * 60 + minutes;
}
