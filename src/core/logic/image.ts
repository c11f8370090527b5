import { type Watch, type World, watchId } from "../world.ts";
import { bindMine } from "./bind.ts";
import type { Logic } from "./bound.ts";
import { refreshQuiet } from "./quiet.ts";
import { catchUp, type SlotWindows } from "./slot-windows.ts";

/** What formulas and windows remember; which points they speak of is found anew. */
export function logicImage(world: World) {
  const watches = [...world.mines.values()].flatMap(({ logic }) => logic.formulas);
  return {
    formulas: watches.flatMap((watch) => {
      const { logic } = watch;
      return logic === null ? [] : [{ id: watchId(watch.subject, watch.plan), ...memoryOf(logic) }];
    }),
    windows: world.windows.flatMap((windows, slot) => (windows === null ? [] : [imageOfSlot(windows, slot)])),
  };
}

function imageOfSlot(windows: SlotWindows, slot: number) {
  catchUp(windows);
  const kept = [...windows.byName].map(([name, window]) => ({ name, image: window.image() }));
  return { slot, newest: windows.newest, kept };
}

type LogicImage = ReturnType<typeof logicImage>;

function memoryOf({ nextAt, barred, leaves }: Logic) {
  return {
    nextAt,
    barred,
    leaves: leaves.map(({ held, on, until }) => ({ held: held.slice(), on, until })),
  };
}

/** After the rules were compiled anew. Null: an image from before there were formulas. */
export function restoreLogic(world: World, image: LogicImage | null): void {
  for (const mine of world.mines.values()) bindMine(world, mine);
  world.unbound.clear();
  world.woken.clear();
  if (image === null) return;
  const watches = new Map<string, Watch>();
  for (const mine of world.mines.values()) {
    for (const watch of mine.logic.formulas) watches.set(watchId(watch.subject, watch.plan), watch);
  }
  for (const { id, nextAt, barred, leaves } of image.formulas) {
    const logic = watches.get(id)?.logic;
    if (logic === null || logic === undefined) continue;
    logic.nextAt = nextAt;
    logic.barred = barred;
    leaves.forEach(({ held, on, until }, i) => {
      const bound = logic.leaves[i];
      if (bound === undefined) return;
      bound.held.set(held.subarray(0, bound.held.length));
      bound.on = on;
      bound.until = until;
    });
  }
  for (const { slot, newest, kept } of image.windows) {
    const windows = world.windows[slot];
    if (windows === null || windows === undefined) continue;
    windows.newest = newest;
    for (const { name, image: window } of kept) windows.byName.get(name)?.restore(window);
  }
  for (const point of world.points) if (point.ties.length > 0) refreshQuiet(world, point);
}
