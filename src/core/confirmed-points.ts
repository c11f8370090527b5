import type { ActResult } from "../model/act.ts";
import { PIPE, type PointDef, type PointLinks, UNASSIGNED } from "../model/point.ts";
import { already, done, isScoped, type Of, outOfScope, refused } from "./act-answers.ts";
import { notice } from "./journal.ts";
import { wirePoint, wireStream } from "./wiring.ts";
import type { Mine, Point, Stream, World } from "./world.ts";

/* What a person at the county says of a mine's points: where each is, and what the mine's table does not tell. */

type Confirmation = Of<"confirm-points">["points"][number];

/** Points and faults named in a notice and in a refusal. */
const NAMED = 50;
const FAULTS = 10;

/** Many points at once: all of them or none. */
export function confirmPoints(world: World, act: Of<"confirm-points">): ActResult {
  const mine = world.mines.get(act.mine);
  if (mine === undefined || mine.config === null) return refused("unknown-point", act.mine);
  if (!isScoped(act, act.mine)) return outOfScope(act, act.mine);
  const faults = act.points.flatMap((one) => wrongWith(world, mine, one) ?? []);
  if (faults.length > 0) {
    const more = faults.length > FAULTS ? ` … (${faults.length})` : "";
    return refused("not-possible", `nothing was done: ${faults.slice(0, FAULTS).join("; ")}${more}`);
  }
  const changed = act.points.flatMap((one) => confirmOne(world, mine, one) ?? []);
  if (changed.length === 0) return already(null);
  for (const stream of new Set(changed.map(({ stream }) => stream))) wireStream(world, stream, "live");
  const names = changed
    .slice(0, NAMED)
    .map(({ stream, def, loc }) => `${stream.system}:${def.code} ${loc ?? "-"}`);
  const more = changed.length > NAMED ? ` … (${changed.length})` : "";
  notice(world, mine, null, "points-confirmed", `${names.join(", ")}${more}, says ${act.actor.user}`);
  return done(world.journalSeq);
}

/** The classes that the law's table or a rule knows: any other would be judged by nothing. */
export function knownPlaces(world: World): string[] {
  const { limits = [], rules = [] } = world.config ?? {};
  const places = [...limits.map(({ loc }) => loc), ...rules.flatMap(({ locs }) => locs), PIPE];
  return [...new Set(places)].filter((loc) => loc !== UNASSIGNED).sort();
}

const LINKS = ["set", "machine", "cuts", "feeds"] as const;

/** What the mine's own row says holds; the county adds what it lacks. */
export function withLinks(world: World, stream: Stream, def: PointDef): PointDef {
  const links = world.linked.get(`${stream.mine.code}:${stream.system}:${def.code}`);
  return links === undefined ? def : completed(def, links);
}

function completed(def: PointDef, links: PointLinks): PointDef {
  const missing = LINKS.filter((key) => def[key] === undefined && !isNone(links[key]));
  return missing.length === 0
    ? def
    : { ...def, ...Object.fromEntries(missing.map((key) => [key, links[key]])) };
}

const isNone = (value: PointLinks[keyof PointLinks]): boolean =>
  value === undefined || value === "" || (Array.isArray(value) && value.length === 0);

function pointOf(world: World, mine: Mine, name: string): Point | null {
  const at = name.indexOf(":");
  const slot = mine.streams.get(name.slice(0, Math.max(at, 0)))?.slots.get(name.slice(at + 1));
  return slot === undefined ? null : (world.points[slot] as Point);
}

function wrongWith(world: World, mine: Mine, one: Confirmation): string[] | null {
  const point = pointOf(world, mine, one.point);
  if (point === null) return [`${one.point} is no point of it`];
  const faults: string[] = [];
  const say = (what: string) => faults.push(`${one.point}: ${what}`);
  const filed = mine.config?.points[one.point]?.loc;
  if (one.loc !== undefined && one.loc !== point.loc) {
    if (filed !== undefined) say(`the county's file says ${filed}; change it there`);
    else if (!knownPlaces(world).includes(one.loc)) say(`no location class ${one.loc}`);
  }
  const ours = world.linked.get(point.id) ?? {};
  for (const key of LINKS) {
    const [said, theirs] = [one[key], point.def[key]];
    if (said === undefined || theirs === undefined || same(theirs, ours[key]) || same(theirs, said)) continue;
    say(`the mine's table says ${key} ${String(theirs)}; it is changed there`);
  }
  for (const code of [...(one.cuts ?? []), ...(isNone(one.feeds) ? [] : [one.feeds as string])])
    if (!point.stream.slots.has(code)) say(`there is no point ${code} in ${point.stream.system}`);
  return faults.length === 0 ? null : faults;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Null = nothing new. */
function confirmOne(world: World, mine: Mine, one: Confirmation): Point | null {
  const point = pointOf(world, mine, one.point);
  if (point === null) return null;
  const before = world.linked.get(point.id) ?? {};
  const said = Object.fromEntries(LINKS.flatMap((key) => (one[key] === undefined ? [] : [[key, one[key]]])));
  const after: PointLinks = { ...before, ...said };
  const placed = one.loc !== undefined && one.loc !== point.loc;
  const def = completed(without(point.def, before), after);
  if (!placed && same(def, point.def)) return null;
  if (placed) world.confirmed.set(point.id, one.loc as string);
  if (Object.keys(after).length > 0) world.linked.set(point.id, after);
  world.definitions++;
  point.def = def;
  wirePoint(world, point, "live");
  return point;
}

/** The row as the mine sent it. */
function without(def: PointDef, links: PointLinks): PointDef {
  const kept = Object.entries(def).filter(
    ([key, value]) =>
      !(LINKS as readonly string[]).includes(key) || !same(value, links[key as keyof PointLinks]),
  );
  return Object.fromEntries(kept) as unknown as PointDef;
}
