import { FLAG, HOT, hot, WAIT } from "../columns.ts";
import { rawAbove, rawBelow, type Scale } from "../decimal.ts";
import { isStation } from "../station.ts";
import type { Point, Watch, World } from "../world.ts";
import type { Bound, MemberTest, Tie } from "./bound.ts";
import type { LimitTest } from "./limit-test.ts";
import { areQuiet, writeQuiet } from "./slot-windows.ts";

interface Zone {
  readonly above: number;
  readonly below: number;
}

const ANYWHERE: Zone = { above: Number.NEGATIVE_INFINITY, below: Number.POSITIVE_INFINITY };
const NOWHERE: Zone = { above: Number.NEGATIVE_INFINITY, below: Number.NEGATIVE_INFINITY };

/**
 * Writes between which values the next sample of the point changes nothing: no step of its own rules becomes true,
 * and no formula that speaks of it sees anything else than now.
 */
export function refreshQuiet(world: World, point: Point): void {
  const { columns } = world;
  const { slot } = point;
  const zone = zoneAt(world, point);
  const windows = world.windows[slot] ?? null;
  const flags = (columns.flags[slot] as number) & ~FLAG.loud;
  if (windows === null) {
    columns.flags[slot] = flags;
    columns.hot[slot * HOT.stride + HOT.quietAbove] = zone.above;
    columns.hot[slot * HOT.stride + HOT.quietBelow] = zone.below;
    return;
  }
  // While a window is true, time alone may end it: then every sample counts.
  columns.flags[slot] = areQuiet(windows, columns, slot) ? flags : flags | FLAG.loud;
  columns.wait[slot * WAIT.stride + WAIT.above] = zone.above;
  columns.wait[slot * WAIT.stride + WAIT.below] = zone.below;
  writeQuiet(windows, columns, slot);
}

function zoneAt(world: World, point: Point): Zone {
  const { wiring, ties, sets, meaning, commands } = point;
  // A word that commands a cut, or shows whether one happened, is looked at whenever it changes.
  const ofFeed = meaning !== null && (commands.length > 0 || point.def.feeds !== undefined);
  const watched = sets.some(readsEverySample) || isStation(point) || ofFeed;
  if (watched || (ties.length > 0 && !isKnown(world, point))) return NOWHERE;
  let { above, below } = ANYWHERE;
  if (wiring !== null) {
    above = wiring.quietAbove;
    below = wiring.quietBelow;
    if (commands.length > 0 && wiring.cut !== null)
      below = Math.min(below, rawBelow(wiring.cut.raise, wiring.judged));
    for (const { bound, index } of leavesOf(ties)) {
      const test = bound?.matter.tests[index];
      const zone =
        bound === undefined || test === undefined
          ? NOWHERE
          : zoneOf(test, bound.isHeld(index), wiring.known.scale);
      above = Math.max(above, zone.above);
      below = Math.min(below, zone.below);
    }
  }
  return { above, below };
}

function* leavesOf(ties: readonly Tie<Watch>[]): Generator<{ bound: Bound | undefined; index: number }> {
  for (const { watch, places } of ties) {
    for (let at = 0; at < places.length; at += 2)
      yield { bound: watch.logic?.leaves[places[at] as number], index: places[at + 1] as number };
  }
}

/** Of a set that is judged by formulas alone, what its leaves say of the point is all that matters. */
const readsEverySample = ({ plan }: Watch): boolean => plan.steps.some(({ test }) => test.kind !== "logic");

/** After bad data, or none, the next sample counts whatever it says. */
function isKnown({ columns }: World, { slot }: Point): boolean {
  return (
    hot(columns, slot, HOT.judged) > Number.NEGATIVE_INFINITY &&
    hot(columns, slot, HOT.state) === 0 &&
    !Number.isNaN(hot(columns, slot, HOT.value))
  );
}

/** Where the condition stays what it is, for samples without state bits; windows know their own. */
function zoneOf(test: MemberTest, held: boolean, scale: Scale): Zone {
  switch (test.kind) {
    case "high":
    case "low":
      return limitZone(test, held, scale);
    case "bits":
    case "window":
      return ANYWHERE;
    case "state":
    case "fold":
      return NOWHERE;
  }
}

function limitZone({ kind, raise, clear }: LimitTest, held: boolean, scale: Scale): Zone {
  const step = scale.resolution === 0 ? 0 : 1;
  if (kind === "high") {
    return held
      ? { ...ANYWHERE, above: rawAbove(clear - step, scale) }
      : { ...ANYWHERE, below: rawBelow(raise, scale) };
  }
  return held
    ? { ...ANYWHERE, below: rawBelow(clear + step, scale) }
    : { ...ANYWHERE, above: rawAbove(raise, scale) };
}
