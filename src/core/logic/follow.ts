import { HOT, hot, remembered } from "../columns.ts";
import { notice } from "../journal.ts";
import { judgeAgain, type Moment } from "../judge.ts";
import type { Mine, Point, Watch, World } from "../world.ts";
import { bindMine } from "./bind.ts";
import { refreshQuiet } from "./quiet.ts";
import { catchUp } from "./slot-windows.ts";

/** How often alarms may bring about alarms within one moment; what would go on beyond waits for the next. */
const ROUNDS = 8;

/**
 * After an input, or a second of the sweep: formulas find the points they speak of where the points changed, and
 * those about alarms look again where alarms changed. Always in the same order.
 */
export function followLogic(world: World): void {
  if (world.unbound.size > 0) bindAnew(world);
  for (let round = 0; world.woken.size > 0 && round < ROUNDS; round++) {
    const woken = [...world.woken];
    world.woken.clear();
    for (const mine of woken) {
      for (const watch of mine.logic.listeners) judgeAgain(world, watch, momentOf(world));
    }
  }
  world.woken.clear();
}

const momentOf = ({ now }: World): Moment => ({ judged: now, sent: now });

function bindAnew(world: World): void {
  const mines = [...world.unbound];
  world.unbound.clear();
  for (const mine of mines) {
    const { wide } = mine.logic;
    for (const watch of bindMine(world, mine)) judgeBound(world, watch);
    if (mine.logic.wide !== wide) notice(world, mine, null, "formulas-too-wide", mine.logic.wide);
  }
}

/** What it speaks of now is looked at once, as of the newest that is known of it. */
function judgeBound(world: World, watch: Watch): void {
  const slots = (watch.logic?.leaves ?? []).flatMap(({ slots }) => slots);
  const newest = slots
    .map((slot) => hot(world.columns, slot, HOT.judged))
    .reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const judged = newest > Number.NEGATIVE_INFINITY ? newest : world.now;
  // Where the subject had an alarm before, this input is what made the condition true, as after any reload.
  judgeAgain(world, watch, { judged, sent: watch.episodes.length === 0 ? judged : world.now });
  for (const slot of new Set(slots)) refreshQuiet(world, world.points[slot] as Point);
}

/** What time alone makes true: values that stayed, hours, what was remembered, alarms that stand. */
export function sweepLogic(world: World): void {
  for (const mine of world.mines.values()) {
    sweepWindows(world, mine);
    for (const watch of mine.logic.timed) {
      const { logic } = watch;
      if (logic !== null && logic.nextAt <= world.now) judgeAgain(world, watch, momentOf(world));
    }
  }
}

function sweepWindows(world: World, mine: Mine): void {
  if (world.now < mine.logic.ripeFrom) return;
  mine.logic.ripeFrom = Number.POSITIVE_INFINITY;
  for (const slot of mine.logic.ripening) {
    const windows = world.windows[slot];
    if (windows === null || windows === undefined) continue;
    catchUp(windows, world.columns, slot);
    const ripe = windows.list.filter((window) => window.ripen(world.now)).length > 0;
    for (const window of windows.list) mine.logic.ripeFrom = Math.min(mine.logic.ripeFrom, window.ripeFrom());
    if (!ripe) continue;
    const point = world.points[slot] as Point;
    const last = remembered(world.columns, slot).at(-1);
    const judged = hot(world.columns, slot, HOT.judged);
    for (const watch of new Set(point.ties.map(({ watch }) => watch)))
      judgeAgain(world, watch, { judged, sent: last?.sent ?? judged });
    refreshQuiet(world, point);
  }
}
