import { BOUNDS } from "../../model/bounds.ts";
import type {
  ExpressionTerm,
  GroupTerm,
  Leaf,
  PointCondition,
  WindowCondition,
} from "../../model/condition.ts";
import { PIPE } from "../../model/point.ts";
import type { Rule } from "../../model/rule.ts";
import { watchesOf } from "../all-watches.ts";
import { exact } from "../exact.ts";
import { type Mine, type Point, type Watch, type World, watchId } from "../world.ts";
import { type Alike, createAlike, entry } from "./alike.ts";
import { Bound, type Expression, type Logic, type MemberTest, NO_MATTER, type Tie } from "./bound.ts";
import { barredUnseen } from "./formula.ts";
import { type Known, limitTest } from "./limit-test.ts";
import { membersOf, type Roll, rollOf } from "./members.ts";
import { refreshQuiet } from "./quiet.ts";
import { type Asked, wantWindows, windowName } from "./slot-windows.ts";

/**
 * Lets every formula of a mine find the points it speaks of, and every point know by which it is watched. What
 * was remembered of a point stays where its condition is the same. Returns watches that now speak of others.
 */
export function bindMine(world: World, mine: Mine): Watch[] {
  const watches = [...watchesOf(mine, world.points)];
  const formulas = watches.filter(({ plan }) => plan.formula !== null);
  const roll = formulas.length === 0 ? null : rollOf(world, mine);
  const alike = createAlike();
  const room: Room = { ties: BOUNDS.formulaTiesPerMine, wide: new Set(), alike };
  const changed = roll === null ? [] : formulas.filter((watch) => bindWatch(world, roll, watch, room));
  mine.logic.wide = [...room.wide].sort().join(" ");
  for (const watch of watches) if (watch.plan.formula === null) watch.logic = null;
  mine.logic.formulas = formulas;
  mine.logic.listeners = formulas
    .filter(({ plan }) => plan.depth > 0)
    .sort((a, b) => a.plan.depth - b.plan.depth);
  mine.logic.timed = inTurn(formulas.filter((watch) => speaksOf("hours", "open")(watch) || remembers(watch)));
  tieMine(world, mine, formulas, alike);
  return changed;
}

/** In an order that does not depend on how they came to be; those that speak of alarms after those they speak of. */
function inTurn(watches: readonly Watch[]): Watch[] {
  const named = watches.map((watch) => ({ watch, id: watchId(watch.subject, watch.plan) }));
  named.sort((a, b) => a.watch.plan.depth - b.watch.plan.depth || (a.id < b.id ? -1 : 1));
  return named.map(({ watch }) => watch);
}

const speaksOf =
  (...kinds: readonly Leaf["kind"][]) =>
  ({ plan }: Watch): boolean =>
    plan.formula?.leaves.some(({ term }) => kinds.includes(term.kind)) === true;

const remembers = ({ plan }: Watch): boolean =>
  plan.formula?.leaves.some(({ term }) => term.kind === "point" && term.remember > 0) === true;

/** A table of thousands of points in one place must cost no more than it can bear. */
interface Room {
  ties: number;
  readonly wide: Set<string>;
  readonly alike: Alike;
}

/** True when it speaks of other points or limits than before. */
function bindWatch(world: World, roll: Roll, watch: Watch, room: Room): boolean {
  const before = watch.logic;
  let changed = before === null;
  const leaves = (watch.plan.formula?.leaves ?? []).map(({ term, rule }, i) => {
    const known = before?.leaves[i] ?? null;
    const bound = fitted(room, rule, () => bindLeaf(world, roll, watch, rule, term, room.alike));
    if (known !== null && isAlike(known, bound)) return known;
    changed = true;
    if (known !== null) carry(known, bound);
    return bound;
  });
  if (changed) {
    const logic: Logic = {
      leaves,
      nextAt: before?.nextAt ?? Number.POSITIVE_INFINITY,
      barred: before?.barred ?? barredUnseen(watch.plan),
    };
    watch.logic = logic;
  }
  return changed;
}

/** Once the room is full nothing is looked for any more: looking alone would take too long. */
function fitted(room: Room, rule: Rule, bind: () => Bound): Bound {
  const bound = room.ties < 0 ? null : bind();
  room.ties -= bound?.slots.length ?? 0;
  if (bound !== null && room.ties >= 0) return bound;
  room.wide.add(rule.id);
  return new Bound([], { ...NO_MATTER, wide: true });
}

const isAlike = (a: Bound, b: Bound): boolean =>
  JSON.stringify([a.slots, a.matter]) === JSON.stringify([b.slots, b.matter]);

function carry(known: Bound, bound: Bound): void {
  bound.on = known.on;
  bound.until = known.until;
  bound.slots.forEach((slot, i) => {
    const at = known.slots.indexOf(slot);
    const same = at >= 0 && JSON.stringify(known.matter.tests[at]) === JSON.stringify(bound.matter.tests[i]);
    if (same) bound.hold(i, known.isHeld(at));
  });
}

function bindLeaf(world: World, roll: Roll, watch: Watch, rule: Rule, term: Leaf, alike: Alike): Bound {
  if (term.kind === "group") {
    const members = membersOf(world, roll, watch, rule, term.of);
    const test = foldTest(members, term);
    return test === null
      ? new Bound([], NO_MATTER)
      : new Bound(
          members.map(({ slot }) => slot),
          { ...NO_MATTER, tests: [test] },
        );
  }
  if (term.kind === "expression") {
    const groups = term.inputs.map(({ of }) =>
      membersOf(world, roll, watch, rule, of).map(({ slot }) => slot),
    );
    return new Bound([...new Set(groups.flat())], { ...NO_MATTER, groups, ask: expressionOf(world, term) });
  }
  if (term.kind !== "point") return new Bound([], NO_MATTER);
  const locs = term.of === null ? rule.locs : term.of.locs;
  const found = membersOf(world, roll, watch, rule, term.of).flatMap((point) => {
    const test = testAt(point, term.is, locs, alike);
    return test === null ? [] : [{ slot: point.slot, test }];
  });
  return new Bound(alike.slots(found.map(({ slot }) => slot)), alike.matter(found.map(({ test }) => test)));
}

/** Each is compiled once, however many subjects are judged by it; which names it has is part of what it is. */
function expressionOf(world: World, { source, inputs }: ExpressionTerm): Expression {
  const names = inputs.map(({ name }) => name);
  const key = [source, ...names].join("|");
  const known = world.expressions.get(key);
  if (known !== undefined) return known;
  if (world.compile === null) throw new Error("must hold: an engine that meets an expression can compile it");
  const made = world.compile(source, names);
  world.expressions.set(key, made);
  return made;
}

/** An air limit written without a place is not one for drainage pipes (contract §3, `loc`). */
function testAt(point: Point, is: PointCondition, locs: readonly string[], alike: Alike): MemberTest | null {
  const known = (point.wiring as NonNullable<Point["wiring"]>).known;
  const numbers = known.numbers && !(point.loc === PIPE && !locs.includes(PIPE));
  return alike.test(is, known, numbers, () => memberTest(is, { ...known, numbers }));
}

/** Null when the point has no such limit, or its unit is not known. */
function memberTest(is: PointCondition, known: Known): MemberTest | null {
  switch (is.kind) {
    case "high":
    case "low":
      return limitTest(is, known)?.test ?? null;
    case "bits":
      return { kind: "bits", mask: is.mask };
    case "state":
      return { kind: "state", words: is.is };
    case "rise":
    case "fall":
    case "mean":
    case "flat":
    case "repeats":
    case "jump":
      return known.numbers ? { kind: "window", name: windowName(is) } : null;
  }
}

function foldTest(members: readonly Point[], { limit }: GroupTerm): MemberTest | null {
  const known = members.map((point) => (point.wiring as NonNullable<Point["wiring"]>).known);
  const [first] = known;
  if (first === undefined || known.some(({ numbers }) => !numbers)) return null;
  const finest = known.map(({ scale }) => scale.resolution).reduce((a, b) => Math.min(a, b));
  const found = limitTest(limit, { ...first, scale: { factor: 1, offset: 0, resolution: finest } });
  return found === null ? null : { kind: "fold", test: found.test, resolution: finest };
}

/** A tie in the making. */
interface Named {
  readonly watch: Watch;
  readonly places: number[];
}

/** Every point learns who speaks of it, and gets the windows they ask for. */
function tieMine(world: World, mine: Mine, formulas: readonly Watch[], alike: Alike): void {
  const ties = new Map<number, Named[]>();
  const wanted = new Map<number, Map<string, WindowCondition>>();
  for (const watch of formulas) {
    watch.logic?.leaves.forEach((bound, leaf) => {
      const term = watch.plan.formula?.leaves[leaf]?.term;
      bound.slots.forEach((slot, index) => {
        const named = entry(ties, slot, () => []);
        if (named.at(-1)?.watch !== watch) named.push({ watch, places: [] });
        named.at(-1)?.places.push(leaf, index);
        const test = bound.matter.tests[index];
        if (test?.kind !== "window" || term?.kind !== "point") return;
        entry(wanted, slot, () => new Map()).set(test.name, term.is as WindowCondition);
      });
    });
  }
  mine.logic.ripening = [];
  mine.logic.ripeFrom = Number.NEGATIVE_INFINITY;
  for (const stream of mine.streams.values()) {
    for (const slot of stream.slots.values()) {
      const point = world.points[slot] as Point;
      if (point.ties.length === 0 && !ties.has(slot)) continue;
      const asked = alike.asked(wanted.get(slot) ?? new Map());
      const own = (ties.get(slot) ?? []).map(({ watch, places }) => ({
        watch,
        places: alike.places(places),
      }));
      tiePoint(world, point, own, asked);
      if (asked.whens.some(({ kind }) => kind === "flat" || kind === "repeats"))
        mine.logic.ripening.push(slot);
    }
  }
}

function tiePoint(world: World, point: Point, ties: readonly Tie<Watch>[], asked: Asked): void {
  const { slot } = point;
  const judged = [...point.watches, ...point.shadows, ...point.sets];
  point.ties = exact(ties);
  point.logics = exact(
    [...new Set(ties.map(({ watch }) => watch))].filter((watch) => !judged.includes(watch)),
  );
  const scale = point.wiring?.known.scale;
  const before = world.windows[slot] ?? null;
  world.windows[slot] = scale === undefined ? null : wantWindows(before, asked, scale, world.columns, slot);
  refreshQuiet(world, point);
}
