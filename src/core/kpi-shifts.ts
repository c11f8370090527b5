import type { EffectiveConfig } from "../model/config.ts";
import type { KpiShift } from "../model/kpi.ts";
import { DAY, HOUR, type Instant, MINUTE } from "../model/time.ts";
import type { Span } from "./kpi.ts";

/** Where nobody wrote a roster: three shifts of eight hours. */
const USUAL: readonly KpiShift[] = [
  { name: "00:00–08:00", from: 0, to: 480 },
  { name: "08:00–16:00", from: 480, to: 960 },
  { name: "16:00–24:00", from: 960, to: 1440 },
];

export const shiftsOf = ({ duty }: Pick<EffectiveConfig, "duty">): readonly KpiShift[] =>
  duty == null || duty.shifts.length === 0 ? USUAL : duty.shifts;

type Offsets = EffectiveConfig["offsets"];

/** When each shift was, within the range, in the zone of the gateway. */
export function shiftSpans(
  range: Span,
  shifts: readonly KpiShift[],
  offsets: Offsets,
): { readonly shift: string; readonly spans: readonly Span[] }[] {
  const local = (t: Instant) => t + minutesAt(offsets, t) * MINUTE;
  const first = Math.floor(local(range.from) / DAY) - 1;
  const last = Math.floor(local(range.to) / DAY);
  return shifts.map(({ name, from, to }) => {
    const spans: Span[] = [];
    for (let day = first; day <= last; day++) {
      const end = to > from ? to : to + DAY / MINUTE;
      const begins = Math.max(range.from, utc(offsets, day * DAY + from * MINUTE));
      const ends = Math.min(range.to, utc(offsets, day * DAY + end * MINUTE));
      if (begins < ends) spans.push({ from: begins, to: ends });
    }
    return { shift: name, spans };
  });
}

const minutesAt = (offsets: Offsets, t: Instant): number =>
  offsets.findLast(({ from }) => from <= t)?.minutes ?? offsets[0]?.minutes ?? 0;

/** The moment at which clocks of the zone show this. */
function utc(offsets: Offsets, local: number): Instant {
  const near = local - minutesAt(offsets, local - 12 * HOUR) * MINUTE;
  return local - minutesAt(offsets, near) * MINUTE;
}
