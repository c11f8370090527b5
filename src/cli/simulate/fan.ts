import { MINUTE, type Millis, SECOND } from "../../model/time.ts";
import { follow, wander } from "./lag.ts";
import type { Random } from "./random.ts";

/** What still passes through a mine whose main fan stands: natural draught. */
const DRAUGHT = 0.15;
const FULL_PRESSURE = 2_150;

/** The main fan station: two machines, one of them standby (Coal Mine Safety Regulation, article 177). */
export interface MainFan {
  readonly running: 0 | 1 | 2;
  /** The machine that is started next. */
  readonly next: 1 | 2;
  /** Both turn, for as long as a change-over without a pause takes. */
  readonly overlap: boolean;
  /** How long no machine has run. */
  readonly stoodFor: Millis;
  /** Share of the design flow, about 1 when a machine runs. */
  readonly flow: number;
  readonly unrest: number;
  readonly bearings: readonly [number, number];
}

export const startedFan = (): MainFan => ({
  running: 1,
  next: 2,
  overlap: false,
  stoodFor: 0,
  flow: 1,
  unrest: 0,
  bearings: [48, 19],
});

/**
 * `hold`: no machine may run now; when it is let go, the machine that stood by takes over. `change`: the machine
 * that stands by is started beside the other, which stops at the end.
 */
export function advanceFan(
  fan: MainFan,
  { hold, change }: { hold: boolean; change: boolean },
  dt: Millis,
  rng: Random,
): MainFan {
  const machines = change && !hold ? { ...fan, overlap: true } : runningMachines(fan, hold);
  const turns = machines.running !== 0;
  return {
    ...machines,
    stoodFor: turns ? 0 : fan.stoodFor + dt,
    flow: follow(fan.flow, turns ? 1 : DRAUGHT, dt, turns ? 25 * SECOND : 45 * SECOND),
    unrest: wander(fan.unrest, { sigma: 0.008, tau: 20 * SECOND, dt, rng }),
    bearings: [
      bearing(fan.bearings[0], turnsNow(machines, 1), dt, rng),
      bearing(fan.bearings[1], turnsNow(machines, 2), dt, rng),
    ],
  };
}

type Machines = Pick<MainFan, "running" | "next" | "overlap">;

const turnsNow = ({ running, overlap }: Machines, machine: 1 | 2): boolean => overlap || running === machine;

function runningMachines(fan: MainFan, hold: boolean): Machines {
  const overlap = false;
  if (hold) return { running: 0, next: fan.running === 0 ? fan.next : fan.running === 1 ? 2 : 1, overlap };
  if (fan.running !== 0 && !fan.overlap) return fan;
  return { running: fan.next, next: fan.next === 1 ? 2 : 1, overlap };
}

const bearing = (celsius: number, turns: boolean, dt: Millis, rng: Random): number =>
  follow(celsius, turns ? 50 : 18, dt, 12 * MINUTE) + 0.03 * rng.normal();

/** The true quantities of the fan station, by point code; `design` in m³/min. */
export function fanTruth(fan: MainFan, design: number): [code: string, value: number][] {
  const flow = Math.max(0, fan.flow * (1 + fan.unrest));
  return [
    ["F1-RUN", turnsNow(fan, 1) ? 1 : 0],
    ["F2-RUN", turnsNow(fan, 2) ? 1 : 0],
    ["F-NP", FULL_PRESSURE * flow * flow],
    ["F-Q", design * flow],
    ["F1-BT", fan.bearings[0]],
    ["F2-BT", fan.bearings[1]],
  ];
}
