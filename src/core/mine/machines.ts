import { isAlive } from "../alive.ts";
import { HOT, hot } from "../columns.ts";
import { tellsNothing } from "../words.ts";
import type { Point, Stream, Watch, World } from "../world.ts";
import { knownOf, wordAt } from "./facts.ts";
import { CLEAR, type Finding, type Look } from "./finding.ts";

const RUNNING = ["running", "on"];

/** Whether a machine runs, stands, or cannot be told: it runs if any of its points says so. */
function machineRuns(world: World, slots: readonly number[]): boolean | null {
  const words = slots.map((slot) => {
    const word = knownOf(world, slot).calibrating ? null : wordAt(world, slot);
    return word === null || tellsNothing(word as never) ? null : RUNNING.includes(word);
  });
  if (words.includes(true)) return true;
  return words.includes(null) ? null : false;
}

/** Nothing is known of any machine of the set although the stream is alive (FAN-11). */
export function onUnknownMachines({ world, watch, memory }: Look, stream: Stream): Finding {
  const states = watch.machines.map((slots) => machineRuns(world, slots));
  if (states.length === 0 || states.some((state) => state !== null)) return CLEAR;
  // Never heard of, it is waited for as long as any silence; a silent stream is an alarm of its own.
  const heard = watch.machines.flat().some((slot) => Number.isFinite(hot(world.columns, slot, HOT.judged)));
  if (!heard || !isAlive(world, stream))
    return { verdict: watch.open === null ? "clear" : "hold", memory: null };
  const since = memory ?? { since: world.now, sent: world.now };
  return { verdict: "raise", memory: since, onset: { judged: since.since, sent: since.sent } };
}

/**
 * Another machine runs alone than the one that ran alone before (FAN-03). It is over as soon as it is told: what
 * stays is that somebody must see it.
 */
export function onSwitched({ world, watch, memory, moment }: Look): Finding {
  const states = watch.machines.map((slots) => machineRuns(world, slots));
  const runners = states.flatMap((state, i) => (state === true ? [nameOf(world, watch, i)] : []));
  const [runner] = runners;
  if (states.includes(null) || runners.length !== 1 || runner === undefined) {
    return { verdict: watch.open === null ? "clear" : "hold", memory };
  }
  const before = memory?.names?.[0];
  const kept = { since: Number.NaN, sent: Number.NaN, names: [runner] };
  if (before === undefined || before === runner) return { verdict: "clear", memory: kept };
  return { verdict: "raise", memory: kept, onset: { judged: moment.judged, sent: moment.sent } };
}

function nameOf(world: World, watch: Watch, machine: number): string {
  const slot = watch.machines[machine]?.[0];
  const def = slot === undefined ? undefined : (world.points[slot] as Point).def;
  return def?.machine ?? def?.code ?? "";
}
