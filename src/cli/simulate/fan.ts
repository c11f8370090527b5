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
  stoodFor: 0,
  flow: 1,
  unrest: 0,
  bearings: [48, 19],
});

/** `hold`: no machine may run now. When it is let go, the machine that stood by takes over. */
export function advanceFan(fan: MainFan, hold: boolean, dt: Millis, rng: Random): MainFan {
  const machines = runningMachines(fan, hold);
  const turns = machines.running !== 0;
  return {
    ...machines,
    stoodFor: turns ? 0 : fan.stoodFor + dt,
    flow: follow(fan.flow, turns ? 1 : DRAUGHT, dt, turns ? 25 * SECOND : 45 * SECOND),
    unrest: wander(fan.unrest, { sigma: 0.008, tau: 20 * SECOND, dt, rng }),
    bearings: [
      bearing(fan.bearings[0], machines.running === 1, dt, rng),
      bearing(fan.bearings[1], machines.running === 2, dt, rng),
    ],
  };
}

function runningMachines(fan: MainFan, hold: boolean): Pick<MainFan, "running" | "next"> {
  if (hold) return { running: 0, next: fan.running === 0 ? fan.next : fan.running === 1 ? 2 : 1 };
  if (fan.running !== 0) return fan;
  return { running: fan.next, next: fan.next === 1 ? 2 : 1 };
}

const bearing = (celsius: number, turns: boolean, dt: Millis, rng: Random): number =>
  follow(celsius, turns ? 50 : 18, dt, 12 * MINUTE) + 0.03 * rng.normal();

/** The true quantities of the fan station, by point code; `design` in m³/min. */
export function fanTruth(fan: MainFan, design: number): [code: string, value: number][] {
  const flow = Math.max(0, fan.flow * (1 + fan.unrest));
  return [
    ["F1-RUN", fan.running === 1 ? 1 : 0],
    ["F2-RUN", fan.running === 2 ? 1 : 0],
    ["F-NP", FULL_PRESSURE * flow * flow],
    ["F-Q", design * flow],
    ["F1-BT", fan.bearings[0]],
    ["F2-BT", fan.bearings[1]],
  ];
}
