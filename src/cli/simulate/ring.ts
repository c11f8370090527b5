import { HOUR, type Millis } from "../../model/time.ts";
import { switchCode } from "./plant-points.ts";
import type { Random } from "./random.ts";

/** The industrial Ethernet ring: one break is healed by a change-over, a second one cuts switches off. */
export interface Ring {
  readonly broken: boolean;
  readonly down: readonly number[];
  readonly changeOvers: number;
  readonly changeOverMs: number;
  readonly battery: boolean;
  /** Minutes the supply would last. */
  readonly reserve: number;
}

export interface RingLoad {
  readonly broken: boolean;
  readonly down: readonly number[];
  readonly battery: boolean;
}

const FULL_RESERVE = 260;

export const startedRing = (): Ring => ({
  broken: false,
  down: [],
  changeOvers: 0,
  changeOverMs: 0,
  battery: false,
  reserve: FULL_RESERVE,
});

export function advanceRing(ring: Ring, load: RingLoad, dt: Millis, rng: Random): Ring {
  const broken = load.broken || load.down.length > 0;
  const changes = broken !== ring.broken;
  const minutes = dt / 60_000;
  return {
    broken,
    down: load.down,
    changeOvers: ring.changeOvers + (changes ? 1 : 0),
    // Self-healing within 50 ms is what an industrial ring promises.
    changeOverMs: changes ? rng.integer(18, 46) : ring.changeOverMs,
    battery: load.battery,
    reserve: load.battery
      ? Math.max(0, ring.reserve - minutes)
      : Math.min(FULL_RESERVE, ring.reserve + (minutes * FULL_RESERVE) / (8 * (HOUR / 60_000))),
  };
}

export function ringTruth(ring: Ring, switches: number): [code: string, value: number][] {
  const online = Array.from({ length: switches }, (_, i): [string, number] => [
    switchCode(i),
    ring.down.includes(i) ? 0 : 1,
  ]);
  return [
    ...online,
    ["RING-STATE", ring.broken ? 2 : 0],
    ["RING-CO", ring.changeOvers],
    ["RING-COMS", ring.changeOverMs],
    ["RING-LOSS", ring.down.length > 0 ? 0.4 : 0],
    ["UPS-01", ring.battery ? 1 : 2],
    ["UPS-01-MIN", ring.reserve],
  ];
}
