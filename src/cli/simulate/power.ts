import type { Millis } from "../../model/time.ts";
import { MINUTE } from "../../model/time.ts";

/** The supply of one working behind its cut device, as the mine's own devices act (articles 528, 536). */
export interface Power {
  readonly cut: boolean;
  /** How long everything that cuts has been well again; power comes back by hand, not by itself. */
  readonly wellFor: Millis;
  readonly fed: boolean;
}

const BY_HAND = MINUTE;

export const startedPower = (): Power => ({ cut: false, wellFor: BY_HAND, fed: true });

/**
 * `demanded`: a sensor or interlock demands the cut now. `stuck`: the breaker does not obey, so that
 * the feed stays on although cut (馈电异常).
 */
export function advancePower(
  power: Power,
  { demanded, stuck, dt }: { demanded: boolean; stuck: boolean; dt: Millis },
): Power {
  const wellFor = demanded ? 0 : power.wellFor + dt;
  const cut = demanded || (power.cut && wellFor < BY_HAND);
  return { cut, wellFor, fed: stuck ? power.fed : !cut };
}

export const powerTruth = (code: string, power: Power): [code: string, value: number][] => [
  [`${code}-CUT`, power.cut ? 1 : 0],
  [`${code}-FEED`, power.fed ? 1 : 0],
];
