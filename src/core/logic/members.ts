import type { Selector } from "../../model/condition.ts";
import { UNASSIGNED } from "../../model/point.ts";
import type { Rule } from "../../model/rule.ts";
import { speaksOf } from "../rules-for.ts";
import type { Mine, Point, Watch, World } from "../world.ts";

/** The points of a mine that rules judge, by what may join them. */
export interface Roll {
  readonly points: readonly Point[];
  readonly bySet: ReadonlyMap<string, readonly Point[]>;
  readonly byPlace: ReadonlyMap<string, readonly Point[]>;
  readonly bySubstation: ReadonlyMap<string, readonly Point[]>;
  readonly byCode: ReadonlyMap<string, readonly Point[]>;
  readonly byFeeds: ReadonlyMap<string, readonly Point[]>;
  readonly byCuts: ReadonlyMap<string, readonly Point[]>;
}

export function rollOf(world: World, mine: Mine): Roll {
  const slots = [...mine.streams.values()].flatMap((stream) => [...stream.slots.values()]);
  const points = slots.map((slot) => world.points[slot] as Point).filter(({ wiring }) => wiring !== null);
  const within = ({ stream }: Point, name: string | undefined) =>
    name === undefined || name === "" ? [] : [`${stream.system}|${name}`];
  return {
    points,
    bySet: grouped(points, ({ def }) => (def.set === undefined || def.set === "" ? [] : [def.set])),
    byPlace: grouped(points, ({ def }) => (def.place === "" ? [] : [def.place])),
    bySubstation: grouped(points, (point) => within(point, point.def.substation)),
    byCode: grouped(points, (point) => within(point, point.def.code)),
    byFeeds: grouped(points, (point) => within(point, point.def.feeds)),
    byCuts: grouped(points, (point) => (point.def.cuts ?? []).flatMap((code) => within(point, code))),
  };
}

function grouped(points: readonly Point[], names: (point: Point) => readonly string[]) {
  const groups = new Map<string, Point[]>();
  for (const point of points) {
    for (const name of names(point)) {
      const known = groups.get(name);
      if (known === undefined) groups.set(name, [point]);
      else known.push(point);
    }
  }
  return groups;
}

/** The points a leaf speaks of at one watch, by slot. */
export function membersOf(
  world: World,
  roll: Roll,
  watch: Watch,
  rule: Rule,
  of: Selector | null,
): readonly Point[] {
  const own = ownPoints(world, roll, watch, rule);
  if (of === null) return own;
  const near =
    of.near === "self" ? own : of.near === "mine" ? roll.points : nearby(roll, watch, own, of.near);
  const members = [...new Set(near)].filter((point) => isSelected(point, of));
  const others = of.others ? members.filter((point) => !own.includes(point)) : members;
  return others.sort((a, b) => a.slot - b.slot);
}

/** What is judged: the point; of a set its points of the rule's types; of a mine likewise. */
function ownPoints(world: World, roll: Roll, watch: Watch, rule: Rule): readonly Point[] {
  if (watch.point !== null) return [watch.point];
  const named = { types: [], locs: rule.locs, systems: rule.systems };
  const judged =
    watch.plan.group === "whole"
      ? roll.points
      : watch.machines.flat().map((slot) => world.points[slot] as Point);
  return judged
    .filter((point) => speaksOf(rule, point.def) && isSelected(point, named))
    .sort((a, b) => a.slot - b.slot);
}

function nearby(
  roll: Roll,
  watch: Watch,
  own: readonly Point[],
  near: Exclude<Selector["near"], "self" | "mine">,
): readonly Point[] {
  if (near === "set" && watch.plan.group === "set") return roll.bySet.get(setName(watch)) ?? [];
  return own.flatMap((point) => beside(roll, point, near));
}

const setName = (watch: Watch): string => watch.subject.id.split(":").slice(2).join(":");

function beside(
  roll: Roll,
  point: Point,
  near: Exclude<Selector["near"], "self" | "mine">,
): readonly Point[] {
  const { def, stream } = point;
  const key = (code: string) => `${stream.system}|${code}`;
  const by = (group: ReadonlyMap<string, readonly Point[]>, codes: readonly string[]) =>
    codes.flatMap((code) => group.get(key(code)) ?? []);
  const cuts = def.cuts ?? [];
  const feeds = def.feeds === undefined ? [] : [def.feeds];
  switch (near) {
    case "set":
      return roll.bySet.get(def.set ?? "") ?? [];
    case "machine":
      return (roll.bySet.get(def.set ?? "") ?? []).filter((other) => other.def.machine === def.machine);
    case "place":
      return roll.byPlace.get(def.place) ?? [];
    case "substation":
      return by(roll.bySubstation, def.substation === undefined ? [] : [def.substation]);
    // From either end: a sensor and the devices it cuts, a device and the feed that shows its power.
    case "cuts":
      return [...by(roll.byCode, cuts), ...by(roll.byCuts, [def.code, ...feeds])];
    case "feeds":
      return [...by(roll.byCode, feeds), ...by(roll.byFeeds, [def.code, ...cuts])];
  }
}

function isSelected(
  { def, loc, stream }: Point,
  { types, locs, systems }: Pick<Selector, "types" | "locs" | "systems">,
): boolean {
  return (
    (types.length === 0 || types.includes(def.type)) &&
    (locs.length === 0 || locs.includes(loc ?? def.loc ?? UNASSIGNED)) &&
    (systems.length === 0 || systems.includes(stream.system))
  );
}
