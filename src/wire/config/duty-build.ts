import type { CallTarget, ChainStep, DutyConfig, EscalationChain } from "../../model/duty.ts";
import type { DutyFile, TargetFile } from "./duty-file.ts";

/** `duty.yaml` as the core reads it. */
export function buildDuty(file: DutyFile): DutyConfig {
  const { people, shifts, crews, rotation, chains, quiet, handoverWithin, coverDays } = file;
  return {
    people: Object.entries(people).map(([id, person]) => ({ id, ...person })),
    shifts: Object.entries(shifts).map(([id, shift]) => ({ id, ...shift })),
    crews: Object.entries(crews).map(([id, { name, officer, lead }]) => ({
      id,
      name,
      parts: { officer, lead },
    })),
    rotations: [...rotation].sort((a, b) => a.from - b.from),
    chains: chains.map(chainOf),
    quiet,
    handoverWithin,
    coverDays,
  };
}

function chainOf(chain: DutyFile["chains"][number]): EscalationChain {
  const steps = chain.steps.map(
    ({ when, after, to, via }): ChainStep => ({
      when,
      after: after ?? 0,
      to: to.map(targetOf),
      via: via ?? null,
    }),
  );
  return { ...chain, steps: steps.sort((a, b) => a.after - b.after) };
}

function targetOf(target: TargetFile): CallTarget {
  if (typeof target === "string") return { kind: target };
  if ("on-duty" in target) return { kind: "on-duty", part: target["on-duty"] };
  if ("person" in target) return { kind: "person", person: target.person };
  if ("role" in target) return { kind: "role", role: target.role };
  return { kind: "contact", role: target.contact === "any" ? null : target.contact };
}
