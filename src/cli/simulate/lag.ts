import type { Millis } from "../../model/time.ts";
import type { Random } from "./random.ts";

/** What follows its target with the time constant `tau`: exact for any length of step. */
export function follow(value: number, target: number, dt: Millis, tau: Millis): number {
  return target + (value - target) * Math.exp(-dt / tau);
}

/**
 * A value that wanders around 0 with standard deviation `sigma` and forgets itself within `tau`
 * (Ornstein–Uhlenbeck): what is left of a measured value when all that is modelled is taken out.
 */
export function wander(
  value: number,
  { sigma, tau, dt, rng }: { sigma: number; tau: Millis; dt: Millis; rng: Random },
): number {
  const kept = Math.exp(-dt / tau);
  return value * kept + sigma * Math.sqrt(1 - kept * kept) * rng.normal();
}

/**
 * Share of a gas in a well-mixed volume: `inflow` m³/min of gas enter, `air` m³/min of air pass.
 * With no air it grows in a straight line, with air towards inflow / air (both exact).
 */
export function mix(
  share: number,
  { inflow, air, volume, dt }: { inflow: number; air: number; volume: number; dt: Millis },
): number {
  const minutes = dt / 60_000;
  if (air < 1e-6) return share + (inflow * minutes) / volume;
  return follow(share, inflow / air, minutes, volume / air);
}
