import type { Point, World } from "../world.ts";
import { delayClock, knownOf, wordAt } from "./facts.ts";
import { CLEAR, type Finding, type Look } from "./finding.ts";

/** So much of the substations must be known before they speak for the mine. */
const ENOUGH = 0.5;

/**
 * Every substation of the mine that is known runs on its battery (PWR-01). One on mains is enough against it; one
 * that has been out of order for weeks must not stand in the way.
 */
export function onSupply({ world, watch, memory }: Look, all: readonly string[]): Finding {
  const slots = watch.machines.flat();
  const states = slots.map((slot) => {
    const word = wordAt(world, slot);
    return word === "battery" || word === "mains" ? all.includes(word) : null;
  });
  const so = states.filter((state) => state === true).length;
  if (states.includes(false)) return CLEAR;
  if (so === 0 || so < ENOUGH * slots.length) return { verdict: "hold", memory };
  const newest = Math.max(...slots.map((slot) => knownOf(world, slot).judged).filter(Number.isFinite));
  const since = memory ?? { since: newest, sent: newest };
  return { verdict: "raise", memory: since, onset: { judged: since.since, sent: since.sent } };
}

/** How far the samples of the substations have come. */
export const supplyClock = (world: World, slots: readonly number[]): number =>
  Math.max(...slots.map((slot) => delayClock(world, (world.points[slot] as Point).stream)));
