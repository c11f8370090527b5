import { HOUR, MINUTE, type Millis, SECOND } from "../../model/time.ts";
import { follow, wander } from "./lag.ts";
import type { MinePlan } from "./plan.ts";
import type { Random } from "./random.ts";

/** A conveyor: coal comes in batches, so it starts and stops all day. */
interface Belt {
  readonly runs: boolean;
  readonly left: Millis;
  /** How warm its drums are, 0 to 1. */
  readonly warm: number;
  readonly unrest: number;
}

/** A pair of air doors with a lock between them: people and cars pass, one door after the other. */
interface Door {
  readonly open: 0 | 1 | 2;
  /** The one that opens next. */
  readonly next: 1 | 2;
  readonly left: Millis;
}

/** What a mine of a county does beside its faces and headings. */
export interface Works {
  readonly belts: readonly Belt[];
  readonly doors: readonly Door[];
  /** Water in the sump, in m, and how many pumps lift it. */
  readonly level: number;
  readonly pumping: boolean;
}

const INFLOW = 0.4;
const LIFT = 1.2;
const FULL = 2.6;
const EMPTY = 1.4;

export function startedWorks(plan: MinePlan, rng: Random): Works {
  const { belts = 0, doors = 0 } = plan.works ?? {};
  return {
    belts: Array.from({ length: belts }, () => ({
      runs: false,
      left: rng.between(1, 40) * MINUTE,
      warm: 0,
      unrest: rng.normal(),
    })),
    doors: Array.from({ length: doors }, () => ({ open: 0, next: 1, left: rng.between(1, 30) * MINUTE })),
    level: rng.between(EMPTY, FULL),
    pumping: false,
  };
}

export function advanceWorks(works: Works, plan: MinePlan, dt: Millis, rng: Random): Works {
  const idle = plan.kind === "stopped";
  const pumping = works.level > FULL || (works.pumping && works.level > EMPTY);
  return {
    belts: works.belts.map((belt) => advanceBelt(belt, idle, dt, rng)),
    doors: idle ? works.doors : works.doors.map((door) => advanceDoor(door, dt, rng)),
    level: works.level + ((INFLOW - (pumping ? LIFT : 0)) * dt) / HOUR,
    pumping,
  };
}

function advanceBelt(belt: Belt, idle: boolean, dt: Millis, rng: Random): Belt {
  const left = belt.left - dt;
  const turned = left <= 0 && !idle;
  const runs = turned ? !belt.runs : belt.runs;
  return {
    runs,
    left: turned ? (runs ? rng.between(20, 70) : rng.between(3, 25)) * MINUTE : left,
    warm: follow(belt.warm, runs ? 1 : 0, dt, 25 * MINUTE),
    unrest: wander(belt.unrest, { sigma: 1, tau: 15 * MINUTE, dt, rng }),
  };
}

function advanceDoor(door: Door, dt: Millis, rng: Random): Door {
  const left = door.left - dt;
  if (left > 0) return { ...door, left };
  if (door.open === 0) return { ...door, open: door.next, left: rng.between(10, 50) * SECOND };
  // Who came through the first door goes on through the second; then it is quiet for a while.
  const passed = door.next === 2;
  const wait = passed ? rng.between(2, 30) * MINUTE : rng.between(20, 60) * SECOND;
  return { open: 0, next: passed ? 1 : 2, left: wait };
}

/** The true quantities, by point code. */
export function worksTruth(works: Works, plan: MinePlan): [code: string, value: number][] {
  const pumps = plan.works?.pumps ?? 0;
  return [
    ...works.belts.flatMap(({ runs, warm, unrest }, i): [string, number][] => [
      [`B${i + 1}-RUN`, runs ? 1 : 0],
      [`B${i + 1}-SMOKE`, 0],
      // A cold belt squeals for a while.
      [`B${i + 1}-CO`, Math.max(0, 2 + 0.6 * unrest + (runs ? 1.5 * (1 - warm) : 0))],
      [`B${i + 1}-TEMP`, 24 + 9 * warm + 0.5 * unrest],
    ]),
    ...works.doors.flatMap(({ open }, i): [string, number][] => [
      [`D${i + 1}-A`, open === 1 ? 1 : 0],
      [`D${i + 1}-B`, open === 2 ? 1 : 0],
    ]),
    ...Array.from({ length: pumps }, (_, i): [string, number] => [
      `P${i + 1}-RUN`,
      works.pumping && i === 0 ? 1 : 0,
    ]),
    ["SUMP-WL", works.level],
    ["BK-CH4", 0.35],
    ...plan.faces.flatMap(({ code }): [string, number][] => [
      [`${code}-T3`, 0.06],
      [`${code}-WD`, 0],
    ]),
  ];
}
