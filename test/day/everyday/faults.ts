import type { Random } from "../../../src/cli/simulate/random.ts";
import type { Event, Incident } from "../../../src/cli/simulate/scenarios.ts";
import { pointsOf } from "../../../src/cli/simulate/table.ts";
import { STATE } from "../../../src/model/reading.ts";
import { DAY, HOUR, MINUTE } from "../../../src/model/time.ts";
import type { CountyMine } from "../county.ts";

/** What breaks on any day and is mended within minutes: a cable, a substation, its mains, a switch, a supply. */
export function faults({ number, plan }: CountyMine, rng: Random): Incident[] {
  const some = (chance: number, [from, to]: readonly [number, number], event: () => Event): Incident[] =>
    rng.next() < chance
      ? [
          {
            at: rng.between(0, DAY - HOUR),
            lasts: rng.between(from, to) * MINUTE,
            mine: plan.code,
            event: event(),
          },
        ]
      : [];
  const analogs = pointsOf(plan).filter(({ system, def }) => system === "safety" && def.kind === "analog");
  const substation = () => plan.substations[rng.integer(0, plan.substations.length - 1)] ?? "FZ-01";
  const cable = (): Event => ({
    kind: "sensor",
    point: analogs[rng.integer(0, analogs.length - 1)]?.def.code ?? "",
    bits: STATE.fault,
  });
  return [
    ...some(0.7, [0.5, 8], cable),
    ...some(0.15, [3, 20], () => ({ kind: "battery", substation: substation() })),
    ...some(0.06, [0.5, 3], () => ({ kind: "substation-lost", substation: substation() })),
    ...(plan.switches > 0 && number % 14 === 0
      ? some(1, [0.7, 2], () => ({ kind: "switch-down", index: rng.integer(0, plan.switches - 1) }))
      : []),
    ...(plan.switches > 0 && number % 11 === 0 ? some(1, [3, 8], () => ({ kind: "ups" })) : []),
  ];
}
