import { HOUR, MINUTE, type Millis, SECOND } from "../../model/time.ts";
import { follow, mix, wander } from "./lag.ts";
import type { FacePlan, HeadPlan } from "./plan.ts";
import type { Random } from "./random.ts";

/** What the whole mine does to the air of one working. */
export interface Air {
  /** Share of the design flow of the main ventilation. */
  readonly flow: number;
  /** How much the barometer changes what the goaf breathes out; about 1. */
  readonly breath: number;
}

/** The barometer over the mine, in hPa, and how fast it falls. */
export interface Weather {
  readonly drift: number;
  readonly fallPerHour: number;
}

export function advanceWeather(weather: Weather, elapsed: Millis, dt: Millis, rng: Random): Weather {
  const drift = wander(weather.drift, { sigma: 4, tau: 10 * HOUR, dt, rng });
  // Two waves a day, as the atmosphere has them.
  const tide = (-Math.cos((elapsed / (12 * HOUR)) * 2 * Math.PI) * 2 * Math.PI * 1.2) / 12;
  const wind = (weather.drift - drift) / (dt / HOUR);
  return { drift, fallPerHour: follow(weather.fallPerHour, tide + wind, dt, HOUR) };
}

export const breath = (weather: Weather): number =>
  Math.min(1.5, Math.max(0.7, 1 + 0.08 * weather.fallPerHour));

/** A face or a heading cuts, turns and moves supports, or stands. */
interface Cutting {
  readonly cuts: boolean;
  readonly left: Millis;
  /** Share of full production, following `cuts`: cut coal goes on giving off gas for a while. */
  readonly coal: number;
}

const startedCutting = (rng: Random): Cutting => {
  const cuts = rng.next() < 0.7;
  return { cuts, left: rng.between(2, 25) * MINUTE, coal: cuts ? 0.9 : 0.2 };
};

function advanceCutting(
  cutting: Cutting,
  { powered, dt, pace, rng }: { powered: boolean; dt: Millis; pace: number; rng: Random },
): Cutting {
  const left = cutting.left - dt * pace;
  const turned = left <= 0;
  const cuts = turned ? !cutting.cuts : cutting.cuts;
  const length = cuts ? rng.between(30, 45) : rng.between(8, 18);
  return {
    cuts,
    left: turned ? length * MINUTE : left,
    coal: follow(cutting.coal, cuts && powered ? 1 : 0, dt, 3 * MINUTE),
  };
}

/** The air of a coal face: shares of methane in percent at T1, T2 and T0, and what else is measured there. */
export interface Face {
  readonly plan: FacePlan;
  readonly cutting: Cutting;
  readonly t1: number;
  readonly t2: number;
  readonly t0: number;
  readonly unrest: readonly [number, number, number];
  /** Fumes of a blast not yet in the air stream, and those in it, ppm. */
  readonly fumes: number;
  readonly co: number;
  readonly ownCo: number;
  readonly warmth: number;
  readonly gust: number;
}

/** What an incident does to a face: `inrush` multiplies what the seam gives, `blast` adds fumes (ppm). */
export interface FaceLoad {
  readonly inrush: number;
  readonly blast: number;
  readonly powered: boolean;
}

export function startedFace(plan: FacePlan, rng: Random): Face {
  const cutting = startedCutting(rng);
  const { local, returned, corner } = faceTargets(plan, cutting, { flow: 1, breath: 1 }, 1);
  return {
    plan,
    cutting,
    t1: local,
    t2: returned,
    t0: corner,
    unrest: [0, 0, 0],
    fumes: 0,
    co: 0,
    ownCo: rng.normal(),
    warmth: rng.normal(),
    gust: 0,
  };
}

/**
 * Methane appears at the face (T1), is carried into the return (T2) and gathers in the return corner (T0),
 * each behind the one before. With less air all three grow and follow more slowly.
 */
export function advanceFace(
  face: Face,
  air: Air,
  load: FaceLoad,
  { dt, pace, rng }: { dt: Millis; pace: number; rng: Random },
): Face {
  const { plan } = face;
  const cutting = advanceCutting(face.cutting, { powered: load.powered, dt, pace, rng });
  const target = faceTargets(plan, cutting, air, load.inrush);
  const flow = Math.max(air.flow, 0.05);
  const inflow = 100 * target.seam;
  const t1 = mix(face.t1, { inflow, air: plan.air * flow, volume: plan.volume, dt });
  const goaf = target.returned - target.local;
  const t2 = follow(face.t2, t1 + goaf, dt, (70 * SECOND) / flow);
  const t0 = follow(face.t0, t2 * 1.1 + target.corner - target.returned * 1.1, dt, (150 * SECOND) / flow);
  const fumes = follow(face.fumes + load.blast, 0, dt, 40 * SECOND);
  const released = face.fumes + load.blast - fumes;
  return {
    plan,
    cutting,
    t1,
    t2,
    t0,
    unrest: [
      wander(face.unrest[0], { sigma: 0.012, tau: 60 * SECOND, dt, rng }),
      wander(face.unrest[1], { sigma: 0.01, tau: 90 * SECOND, dt, rng }),
      wander(face.unrest[2], { sigma: 0.014, tau: 120 * SECOND, dt, rng }),
    ],
    fumes,
    co: follow(face.co, 0, dt, (150 * SECOND) / flow) + released,
    ownCo: wander(face.ownCo, { sigma: 1, tau: 20 * MINUTE, dt, rng }),
    warmth: wander(face.warmth, { sigma: 1, tau: 40 * MINUTE, dt, rng }),
    gust: wander(face.gust, { sigma: 0.04, tau: 30 * SECOND, dt, rng }),
  };
}

function faceTargets(plan: FacePlan, cutting: Cutting, air: Air, inrush: number) {
  const seam = (plan.seam + plan.cut * cutting.coal) * inrush;
  const flow = Math.max(air.flow, 0.05) * plan.air;
  const goaf = plan.goaf * air.breath;
  const local = (100 * seam) / flow;
  const returned = local + (100 * goaf) / flow;
  return { seam, local, returned, corner: returned * 1.1 + (60 * goaf) / flow };
}

export function faceTruth(face: Face, air: Air): [code: string, value: number][] {
  const { code } = face.plan;
  const reading = (share: number, unrest: number) => Math.max(0, share * (1 + unrest) + 0.3 * unrest);
  return [
    [`${code}-T1`, reading(face.t1, face.unrest[0])],
    [`${code}-T2`, reading(face.t2, face.unrest[1])],
    [`${code}-T0`, reading(face.t0, face.unrest[2])],
    [`${code}-CO`, Math.max(0, 4 + 1.2 * face.ownCo + face.co)],
    [`${code}-NO2`, Math.max(0, 0.3 + 0.1 * face.ownCo + face.co * 0.03)],
    [`${code}-WS`, Math.max(0, 1.8 * air.flow * (1 + face.gust))],
    [`${code}-TEMP`, 24.5 + 0.7 * face.warmth + face.cutting.coal + 2 * (1 - air.flow)],
  ];
}

/** The air of a heading that hangs on one local fan and its duct. */
export interface Heading {
  readonly plan: HeadPlan;
  readonly cutting: Cutting;
  /** Share of the design flow at the end of the duct. */
  readonly duct: number;
  readonly t1: number;
  readonly t2: number;
  readonly unrest: readonly [number, number];
  /** Fumes of a blast not yet in the return, and those in it, ppm. */
  readonly fumes: number;
  readonly co: number;
}

export function startedHeading(plan: HeadPlan, rng: Random): Heading {
  const cutting = startedCutting(rng);
  const share = (100 * (plan.seam + plan.cut * cutting.coal)) / plan.air;
  return { plan, cutting, duct: 1, t1: share, t2: share, unrest: [0, 0], fumes: 0, co: 0 };
}

/** What an incident does to a heading, as to a face; `runs`: a local fan airs it. */
export interface HeadLoad extends FaceLoad {
  readonly runs: boolean;
}

/** What leaks into a heading whose local fan stands. */
const LEAK = 0.02;

export function advanceHeading(
  head: Heading,
  air: Air,
  { runs, powered, inrush, blast }: HeadLoad,
  { dt, pace, rng }: { dt: Millis; pace: number; rng: Random },
): Heading {
  const { plan } = head;
  const cutting = advanceCutting(head.cutting, { powered, dt, pace, rng });
  // After a stop the air is let in slowly: what has gathered must not go out in one slug (article 197).
  const tau = runs ? 60 * SECOND : 8 * SECOND;
  const duct = follow(head.duct, runs ? Math.min(1, 0.4 + 0.6 * air.flow) : 0, dt, tau);
  const flow = plan.air * Math.max(duct, LEAK);
  const inflow = 100 * (plan.seam + plan.cut * cutting.coal) * inrush;
  const fumes = follow(head.fumes + blast, 0, dt, 40 * SECOND);
  const t1 = mix(head.t1, { inflow, air: flow, volume: plan.volume, dt });
  return {
    plan,
    cutting,
    duct,
    t1,
    t2: follow(head.t2, t1, dt, (60 * SECOND) / Math.max(duct, 0.05)),
    unrest: [
      wander(head.unrest[0], { sigma: 0.012, tau: 60 * SECOND, dt, rng }),
      wander(head.unrest[1], { sigma: 0.01, tau: 60 * SECOND, dt, rng }),
    ],
    fumes,
    co: follow(head.co, 0, dt, (150 * SECOND) / Math.max(duct, 0.05)) + head.fumes + blast - fumes,
  };
}

/** `fan`: which of its local fans airs it. */
export function headTruth(head: Heading, fan: "main" | "standby" | null): [code: string, value: number][] {
  const { code } = head.plan;
  return [
    [`${code}-T1`, Math.max(0, head.t1 * (1 + head.unrest[0]) + 0.2 * head.unrest[0])],
    [`${code}-T2`, Math.max(0, head.t2 * (1 + head.unrest[1]) + 0.2 * head.unrest[1])],
    [`${code}-CO`, 3 + 20 * Math.abs(head.unrest[1]) + head.co],
    [`${code}-LFAN`, fan === "main" ? 1 : 0],
    [`${code}-LFAN2`, fan === "standby" ? 1 : 0],
    [`${code}-DUCT`, head.duct > 0.2 ? 1 : 0],
  ];
}
