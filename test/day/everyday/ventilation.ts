import type { Random } from "../../../src/cli/simulate/random.ts";
import type { Incident } from "../../../src/cli/simulate/scenarios.ts";
import { HOUR, MINUTE } from "../../../src/model/time.ts";
import type { CountyMine } from "../county.ts";

/**
 * The daily tests: the main fans are changed over without a pause in the air (article 180), each heading runs on its
 * standby fan for some minutes (article 183).
 */
export function fanTests({ plan }: CountyMine, rng: Random): Incident[] {
  const main: Incident = {
    at: rng.between(8.5, 11) * HOUR,
    lasts: rng.between(40, 90) * 1_000,
    mine: plan.code,
    event: { kind: "main-fan-change" },
  };
  const local = plan.heads.map(
    ({ code }): Incident => ({
      at: rng.between(8, 10) * HOUR,
      lasts: rng.between(2, 6) * MINUTE,
      mine: plan.code,
      event: { kind: "local-fan-standby", head: code },
    }),
  );
  return [main, ...local];
}
