import { WAIT } from "../columns.ts";
import { type Watch, type World, watchId } from "../world.ts";
import { bindMine } from "./bind.ts";
import type { Bound, Logic } from "./bound.ts";
import { refreshQuiet } from "./quiet.ts";
import { catchUp, newestOf, windowOf } from "./slot-windows.ts";

/**
 * What formulas and windows remember; which points they speak of is found anew. Rows of numbers instead of an
 * object each: there are as many as points, and the loop waits while an image is cloned.
 */
export function logicImage(world: World) {
  return { formulas: formulasImage(world), windows: windowsImage(world) };
}

type LogicImage = ReturnType<typeof logicImage>;

/**
 * Of a formula: where it watches, by which plan, `nextAt`, `barred`, how many leaves; of a leaf: `on`, `until`, of
 * how many points it is kept whether they are held: of none, or of all.
 */
const FORMULA = 5;
const LEAF = 3;
/** Of a window: slot, newest sample of the point, name, how many values. */
const WINDOW = 4;

function formulasImage(world: World) {
  const plans = createNames();
  const places = createNames();
  const known = new Map<Watch["plan"], { readonly kind: string; readonly number: number }>();
  const numberOf = (watch: Watch): number => {
    const { kind } = watch.subject;
    const before = known.get(watch.plan);
    if (before?.kind === kind) return before.number;
    const number = plans.of(planName(watch));
    known.set(watch.plan, { kind, number });
    return number;
  };
  const rows: number[] = [];
  const leaves: number[] = [];
  const held: number[] = [];
  for (const { logic: own } of world.mines.values()) {
    for (const watch of own.formulas) {
      const { logic } = watch;
      if (logic === null) continue;
      const place =
        watch.point === null ? -1 - places.of(watchId(watch.subject, watch.plan)) : watch.point.slot;
      rows.push(place, numberOf(watch), logic.nextAt, logic.barred, logic.leaves.length);
      for (const leaf of logic.leaves) {
        const points = leaf.held.includes(1) ? leaf.held.length : 0;
        leaves.push(leaf.on ? 1 : 0, leaf.until, points);
        for (let i = 0; i < points; i++) held.push(leaf.held[i] as number);
      }
    }
  }
  return {
    plans: plans.list,
    places: places.list,
    rows: new Float64Array(rows),
    leaves: new Float64Array(leaves),
    held: new Uint8Array(held),
  };
}

const planName = ({ subject, plan }: Watch): string => `${subject.kind}|${plan.group}|${plan.key}`;

function windowsImage(world: World) {
  const names = createNames();
  const rows: number[] = [];
  const values: number[] = [];
  world.windows.forEach((windows, slot) => {
    if (windows === null) return;
    catchUp(windows, world.columns, slot);
    for (const [place, window] of windows.list.entries()) {
      const image = window.image();
      rows.push(slot, newestOf(world.columns, slot), names.of(windows.names[place] as string), image.length);
      for (let i = 0; i < image.length; i++) values.push(image[i] as number);
    }
  });
  return { names: names.list, rows: new Float64Array(rows), values: new Float64Array(values) };
}

/** Texts by their number: the same few are said of thousands. */
function createNames() {
  const numbers = new Map<string, number>();
  const list: string[] = [];
  return {
    list,
    of(name: string): number {
      let number = numbers.get(name);
      if (number === undefined) {
        number = list.push(name) - 1;
        numbers.set(name, number);
      }
      return number;
    },
  };
}

/** After the rules were compiled anew. Null: an image from before there were formulas. */
export function restoreLogic(world: World, image: LogicImage | null): void {
  for (const mine of world.mines.values()) bindMine(world, mine);
  world.unbound.clear();
  world.woken.clear();
  if (image === null) return;
  restoreFormulas(world, image.formulas);
  restoreWindows(world, image.windows);
  for (const point of world.points) if (point.ties.length > 0) refreshQuiet(world, point);
}

function restoreFormulas(world: World, { plans, places, rows, leaves, held }: LogicImage["formulas"]): void {
  const known = new Map<string, Logic>();
  for (const { logic: own } of world.mines.values()) {
    for (const watch of own.formulas) if (watch.logic !== null) known.set(nameOf(watch), watch.logic);
  }
  let leafAt = 0;
  let heldAt = 0;
  for (let at = 0; at < rows.length; at += FORMULA) {
    const [place = 0, plan = 0, nextAt = 0, barred = 0, count = 0] = rows.subarray(at, at + FORMULA);
    const logic = known.get(place < 0 ? (places[-1 - place] ?? "") : `${place}|${plans[plan]}`);
    if (logic !== undefined) Object.assign(logic, { nextAt, barred });
    for (let i = 0; i < count; i++, leafAt += LEAF) {
      const [on = 0, until = 0, points = 0] = leaves.subarray(leafAt, leafAt + LEAF);
      const bound = logic?.leaves[i];
      if (bound !== undefined) restoreLeaf(bound, on === 1, until, held.subarray(heldAt, heldAt + points));
      heldAt += points;
    }
  }
}

const nameOf = (watch: Watch): string =>
  watch.point === null ? watchId(watch.subject, watch.plan) : `${watch.point.slot}|${planName(watch)}`;

function restoreLeaf(bound: Bound, on: boolean, until: number, held: Uint8Array): void {
  bound.slots.forEach((_, i) => {
    bound.hold(i, held[i] === 1);
  });
  bound.on = on;
  bound.until = until;
}

function restoreWindows(world: World, { names, rows, values }: LogicImage["windows"]): void {
  let from = 0;
  for (let at = 0; at < rows.length; at += WINDOW) {
    const [slot = 0, newest = 0, name = 0, length = 0] = rows.subarray(at, at + WINDOW);
    const windows = world.windows[slot];
    if (windows !== null && windows !== undefined) {
      world.columns.wait[slot * WAIT.stride + WAIT.newest] = newest;
      windowOf(windows, names[name] ?? "")?.restore([...values.subarray(from, from + length)]);
    }
    from += length;
  }
}
