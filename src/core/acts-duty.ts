import type { Act, ActResult, DutyAct, Role } from "../model/act.ts";
import type { World } from "./world.ts";

/** Who may do what about the duty (contract §7). */
export const MAY_ON_DUTY: Readonly<Record<DutyAct["do"], readonly Role[]>> = {
  swap: ["lead"],
  handover: ["duty", "lead"],
  "duty-note": ["duty", "lead"],
  "pre-notice": ["lead", "mine"],
  "mine-status": ["lead"],
};

/** What a person does about the duty. */
export function performOnDuty(_world: World, act: Act & DutyAct): ActResult {
  return { ok: false, why: "not-possible", detail: `${act.do}: there is no duty.yaml` };
}
