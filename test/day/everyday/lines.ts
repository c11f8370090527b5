import type { Random } from "../../../src/cli/simulate/random.ts";
import type { Incident } from "../../../src/cli/simulate/scenarios.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/model/time.ts";
import type { CountyMine } from "../county.ts";

/** Mines on a bad line, and the one whose line is away for 12 minutes. */
const FLAPPING = [4, 11, 15, 20, 23, 31, 36];
const LONG_GONE = 17;
/** Seconds by which a mine's clock is ahead. */
const SKEWS: Readonly<Record<number, number>> = { 3: 25, 9: -40, 14: 90, 19: -75, 33: 60 };

export function lineTroubles({ number, plan }: CountyMine, rng: Random): Incident[] {
  const down = (at: number, lasts: number): Incident => ({
    at,
    lasts,
    mine: plan.code,
    event: { kind: "link-down" },
  });
  const flaps = FLAPPING.includes(number)
    ? Array.from({ length: rng.integer(2, 4) }, () =>
        down(rng.between(0, DAY - HOUR), rng.between(5, 90) * SECOND),
      )
    : [];
  const skew = SKEWS[number];
  return [
    ...flaps,
    ...(number === LONG_GONE ? [down(13.2 * HOUR, 12 * MINUTE)] : []),
    ...(skew === undefined
      ? []
      : [
          {
            at: 0,
            lasts: 2 * DAY,
            mine: plan.code,
            event: { kind: "clock-fast", by: skew * SECOND },
          } as const,
        ]),
  ];
}
