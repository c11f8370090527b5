import type { Random } from "../../../src/cli/simulate/random.ts";
import type { Incident } from "../../../src/cli/simulate/scenarios.ts";
import { pointsOf } from "../../../src/cli/simulate/table.ts";
import { METHANE_TYPES } from "../../../src/model/point.ts";
import { STATE } from "../../../src/model/reading.ts";
import { HOUR, MINUTE } from "../../../src/model/time.ts";
import type { CountyMine } from "../county.ts";

/** Catalytic methane sensors every 15 days (article 531), so one in fifteen of them on any day. */
const DUE = 1 / 15;

/**
 * Test gas on the day shift, one sensor after another. Half the systems also set their alarm bit (标校报警); at the
 * headings the interlock is tried with it, so that the power is cut and comes back.
 */
export function calibrations({ number, plan }: CountyMine, rng: Random): Incident[] {
  const due = pointsOf(plan).filter(({ def }) => METHANE_TYPES.includes(def.type) && rng.next() < DUE);
  return due.map(({ def }, i) => ({
    at: 8 * HOUR + i * 25 * MINUTE + rng.between(5, 25) * MINUTE,
    lasts: rng.between(6, 11) * MINUTE,
    mine: plan.code,
    event: {
      kind: "calibration",
      point: def.code,
      marks: (number % 2 === 0 ? STATE.alarm : 0) | (def.loc === "DF_FACE" ? STATE.cut : 0),
    },
  }));
}
