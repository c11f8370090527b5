import type { Random } from "../../../src/cli/simulate/random.ts";
import type { Incident } from "../../../src/cli/simulate/scenarios.ts";
import { HOUR, MINUTE, SECOND } from "../../../src/model/time.ts";
import type { CountyMine } from "../county.ts";

const SHIFTS = [0, 8 * HOUR, 16 * HOUR];

/**
 * Each heading is blasted two or three times a day, some hours into the shift. Most fumes reach the sensor in the
 * return at some tens of ppm, some at more than a hundred, and are carried off within minutes.
 */
export function blasting({ plan }: CountyMine, rng: Random): Incident[] {
  const workings = [
    ...plan.heads.filter(({ blasted }) => blasted),
    ...(plan.kind === "metal" ? plan.faces : []),
  ];
  return workings.flatMap(({ code }) => {
    const rests = rng.integer(0, SHIFTS.length);
    return SHIFTS.filter((_, shift) => shift !== rests).map((start) => ({
      at: start + rng.between(2, 7) * HOUR + rng.between(0, 30) * MINUTE,
      lasts: SECOND,
      mine: plan.code,
      event: { kind: "blast", working: code, ppm: fumes(rng) },
    }));
  });
}

/** Log-normal, about 100 ppm let off; the sensor sees some 60 % of it at the peak. */
const fumes = (rng: Random): number => Math.min(320, Math.max(40, 100 * Math.exp(0.35 * rng.normal())));
