import { BOUNDS } from "../model/bounds.ts";
import {
  GATEWAY_MINE,
  GATEWAY_SYSTEM,
  type MineConfig,
  pointId,
  type System,
  staleAfter,
} from "../model/mine.ts";
import { type PointDef, UNASSIGNED } from "../model/point.ts";
import type { Rule } from "../model/rule.ts";
import { alarmId, retire } from "./alarm.ts";
import { addRow, FLAG, HOT, hot, remembered } from "./columns.ts";
import { oldAfter, pointCycle } from "./cycle.ts";
import { markBusy } from "./delays.ts";
import { exact } from "./exact.ts";
import { judgeSet, judgeWatch } from "./judge.ts";
import { refreshQuiet } from "./logic/quiet.ts";
import { linkOwn, wholeSlots } from "./mine/links.ts";
import { look, lookPoint } from "./mine/look.ts";
import { NO_OWN_WATCHES, OwnWatches } from "./own-watches.ts";
import type { Plan, Step } from "./plan.ts";
import { PointPost } from "./point-post.ts";
import { createWatch } from "./resting-watch.ts";
import { speaksOf } from "./rules-for.ts";
import { SUSPECT_AHEAD } from "./stream-clock.ts";
import { meaningOf } from "./words.ts";
import {
  dropPending,
  type Mine,
  type Point,
  type Post,
  type Stream,
  type Subject,
  type Watch,
  type World,
  watchId,
} from "./world.ts";

/** Gives a point its slot. Past the bounds it is stored and listed, not judged. */
export function addPoint(world: World, stream: Stream, def: PointDef, known: boolean): Point {
  const { mine } = stream;
  const slot = addRow(world.columns, world.now);
  const point: Point = {
    slot,
    id: pointId(mine.code, stream.system, def.code),
    mine,
    stream,
    def,
    listed: false,
    known,
    beyond: mine.points >= BOUNDS.pointsPerMine || slot >= BOUNDS.points,
    kept: null,
    deferred: null,
    loc: null,
    meaning: null,
    wiring: null,
    cycle: 0,
    stale: 0,
    watches: NONE,
    silences: NONE,
    own: NO_OWN_WATCHES,
    commands: NONE,
    sets: NONE,
    shadows: NONE,
    ties: NONE,
    logics: NONE,
  };
  world.points.push(point);
  world.windows.push(null);
  world.codes.push(def.code);
  world.definitions++;
  stream.slots.set(def.code, slot);
  mine.points++;
  return point;
}

/** Most lists of most points hold nothing. */
const NONE: readonly never[] = exact([]);

/** What a change of rules does to alarms: `live` ends and judges anew, `quiet` only wires (restoring). */
export type Manner = "live" | "quiet";

/** Compiles the rules for a point anew; watches whose rule and limits are the same keep their state. */
export function wirePoint(world: World, point: Point, manner: Manner): void {
  const { config, planner } = world;
  const mine = mineConfigOf(point.mine);
  if (config === null || planner === null) return;
  const policy = mine?.points[`${point.stream.system}:${point.def.code}`] ?? null;
  point.loc = policy?.loc ?? world.confirmed.get(point.id) ?? null;
  point.meaning =
    point.def.kind === "analog" || point.def.kind === "total" ? null : meaningOf(point.def, config);
  point.cycle = pointCycle(point.stream, point.def, policy);
  point.stale = staleAfter(point.cycle);
  world.staleFrom = Number.NEGATIVE_INFINITY;
  world.looked = -1;
  const judged = mine !== null && point.known && !point.beyond;
  const place = { system: point.stream.system, def: point.def, kept: point.kept, loc: point.loc, policy };
  point.wiring = judged ? planner.forPoint({ ...place, mine }) : null;
  const plans = point.wiring?.plans ?? [];
  const of = new PointPost(point);
  const before = [...point.watches, ...point.silences, ...point.own, ...point.shadows];
  const { watches, fresh } = rewire(world, before, plans, of, manner);
  point.watches = exact(watches.filter(({ plan }) => plan.group === "point" && !plan.shadow));
  point.shadows = exact(watches.filter(({ plan }) => plan.group === "point" && plan.shadow));
  point.silences = exact(watches.filter((watch) => watch.plan.group === "point-silence"));
  const ofMine = watches.filter((watch) => watch.plan.group === "mine-point");
  point.own = ofMine.length === 0 ? NO_OWN_WATCHES : new OwnWatches(point.wiring?.own ?? [], of, ofMine);
  writeRow(world, point);
  if (manner === "quiet") return;
  judgeFresh(world, point, fresh);
  lookPoint(world, point, null);
}

function writeRow(world: World, point: Point): void {
  const { columns } = world;
  columns.hot[point.slot * HOT.stride + HOT.oldAfter] = oldAfter(point.cycle);
  const flags = columns.flags[point.slot] as number;
  columns.flags[point.slot] = point.wiring === null ? flags | FLAG.unlisted : flags & ~FLAG.unlisted;
  markBusy(world, point);
  refreshQuiet(world, point);
  world.unbound.add(point.mine);
}

/** A changed rule sees the point's last live sample at once (contract §8, reload). */
function judgeFresh(world: World, point: Point, fresh: readonly Watch[]): void {
  const last = remembered(world.columns, point.slot).findLast(
    (sample) => sample.judged === hot(world.columns, point.slot, HOT.judged),
  );
  const stale = ((world.columns.flags[point.slot] as number) & FLAG.stale) !== 0;
  if (last === undefined || stale) return;
  const suspect = last.sent > last.judged + SUSPECT_AHEAD;
  const seen = { ...last, suspect, inOrder: true, mayClear: true };
  for (const watch of fresh) {
    if (watch.plan.group !== "point") continue;
    // Where the subject had an alarm before, this input is what made the condition true: a limit that is
    // changed and changed back must not meet the id of the alarm it ended.
    const sent = isTold(world, watch, last.sent) ? world.now : last.sent;
    judgeWatch(world, watch, point, { ...seen, sent });
  }
}

/** Its subject had an alarm before, under this rule or, before it was taken away and put back, from this onset on. */
const isTold = (world: World, watch: Watch, sent: number): boolean =>
  watch.episodes.length > 0 || world.alarms.has(alarmId(world, watch, sent));

/** Keeps, makes and retires watches so that they follow the plans. */
function rewire(
  world: World,
  before: readonly Watch[],
  plans: readonly Plan[],
  of: Post,
  manner: Manner,
): { watches: Watch[]; fresh: Watch[] } {
  if (before.length === 0) {
    const made = plans.map((plan) => createWatch(plan, of));
    return { watches: made, fresh: made };
  }
  if (isUnchanged(before, plans)) {
    before.forEach((watch, i) => {
      watch.plan = plans[i] as Plan;
      watch.post = of;
    });
    return { watches: [...before], fresh: [] };
  }
  const old = new Map(before.map((watch) => [watchId(watch.subject, watch.plan), watch]));
  const fresh: Watch[] = [];
  const watches = plans.map((plan) => {
    const id = watchId(of.subject, plan);
    const known = old.get(id);
    if (known !== undefined && known.plan.hash === plan.hash) {
      old.delete(id);
      known.plan = plan;
      known.post = of;
      return known;
    }
    const made = createWatch(plan, of);
    if (known !== undefined) made.episodes = known.episodes;
    if (made.episodes.length > 0) world.remembered.add(made);
    fresh.push(made);
    return made;
  });
  for (const watch of old.values()) {
    if (manner === "live") retire(world, watch);
    dropPending(watch);
    forgetWatch(world, watch);
  }
  return { watches, fresh };
}

/** Most points of most reloads: the same rules under the same limits, in the same order. */
const isUnchanged = (before: readonly Watch[], plans: readonly Plan[]): boolean =>
  before.length === plans.length &&
  before.every(({ plan }, i) => {
    const next = plans[i] as Plan;
    return plan.hash === next.hash && plan.key === next.key && plan.group === next.group;
  });

function forgetWatch(world: World, watch: Watch): void {
  watch.stream?.waiting.delete(watch);
  world.remembered.delete(watch);
  world.looks.delete(watch);
}

/** Sets, silence and links of a stream. */
export function wireStream(world: World, stream: Stream, manner: Manner): void {
  const { planner } = world;
  const mine = mineConfigOf(stream.mine);
  if (planner === null) return;
  const expected = mine?.systems.includes(stream.system) === true && mine.code !== GATEWAY_MINE;
  const plans = expected
    ? [
        ...planner.forSystem("stream-silence", stream.system, mine),
        ...planner.forSystem("link", stream.system, mine).filter((plan) => downOf(plan) === "stream"),
      ]
    : [];
  const subject: Subject = {
    kind: "link",
    id: `${stream.mine.code}:${stream.system}`,
    name: stream.system,
    place: mine?.name ?? stream.mine.code,
  };
  const of = { subject, mine: stream.mine, stream, point: null };
  stream.watches = rewire(world, stream.watches, plans, of, manner).watches;
  const own = expected ? planner.forSystem("mine-stream", stream.system, mine) : [];
  stream.own.watches = rewire(world, stream.own.watches, own, of, manner).watches;
  wireSets(world, stream, mine, manner);
  world.looked = -1;
  for (const point of linkOwn(world, stream)) writeRow(world, point);
  if (manner === "live") wireWhole(world, stream.mine, manner);
  world.unbound.add(stream.mine);
}

const downOf = (plan: Plan) => {
  const test = plan.steps[0]?.test;
  return test?.kind === "link" ? test.down : null;
};

/** The points of a stream that share a `set` and a type some rule about sets names; machines within it. */
function wireSets(world: World, stream: Stream, mine: MineConfig | null, manner: Manner): void {
  const { planner } = world;
  if (planner === null) return;
  const plans =
    mine === null
      ? []
      : (["set", "mine-set"] as const).flatMap((group) => planner.forSystem(group, stream.system, mine));
  const members = [...stream.slots.values()]
    .map((slot) => world.points[slot] as Point)
    .filter((point) => plans.length > 0 && point.wiring !== null && planner.isOfSets(point.def.type));
  const sets = new Map<string, Point[]>();
  for (const point of members) {
    const name = point.def.set ?? "";
    sets.set(name, [...(sets.get(name) ?? []), point]);
  }
  const before = stream.sets;
  const told = plans.filter((plan) => !plan.shadow);
  const fresh: Watch[] = [];
  const kept = [...sets].flatMap(([name, points]) => {
    const subject: Subject = {
      kind: "set",
      id: `${stream.mine.code}:${stream.system}:${name}`,
      name: name === "" ? stream.system : name,
      place:
        (points.find((point) => told.some((plan) => namesPoint(plan, point))) ?? points[0])?.def.place ?? "",
    };
    const mineOnly = before.filter((watch) => watch.subject.id === subject.id);
    // Points that name no set share none; only the machines of a stream are taken together without a name.
    const applicable = plans.filter(
      (plan) =>
        (name !== "" || plan.steps.some(({ test }) => test.kind !== "logic")) &&
        points.some((point) => namesPoint(plan, point)),
    );
    const wired = rewire(
      world,
      mineOnly,
      applicable,
      { subject, mine: stream.mine, stream, point: null },
      manner,
    );
    for (const watch of wired.watches) {
      const machines = machinesOf(points, watch.plan);
      if (JSON.stringify(machines) !== JSON.stringify(watch.machines)) fresh.push(watch);
      watch.machines = machines;
    }
    return wired.watches;
  });
  for (const watch of before) {
    if (kept.some((other) => other.subject.id === watch.subject.id)) continue;
    if (manner === "live") retire(world, watch);
    forgetWatch(world, watch);
  }
  stream.sets = kept;
  for (const point of stream.slots.values()) linkSets(world, stream, world.points[point] as Point);
  if (manner === "live") for (const watch of fresh) judgeSetNow(world, watch, stream);
}

const namesPoint = ({ steps }: Plan, { def, loc }: Point): boolean =>
  steps.some(
    ({ rule }) =>
      speaksOf(rule, def) && (rule.locs.length === 0 || rule.locs.includes(loc ?? def.loc ?? UNASSIGNED)),
  );

function machinesOf(points: readonly Point[], plan: Plan): number[][] {
  const machines = new Map<string, number[]>();
  for (const point of points.filter((each) => namesPoint(plan, each))) {
    const name = point.def.machine ?? `point ${point.def.code}`;
    machines.set(name, [...(machines.get(name) ?? []), point.slot]);
  }
  return [...machines.values()];
}

function linkSets(world: World, stream: Stream, point: Point): void {
  const sets = stream.sets.filter((watch) => watch.machines.some((slots) => slots.includes(point.slot)));
  if (sets.length === 0 && point.sets.length === 0) return;
  point.sets = exact(sets);
  writeRow(world, point);
}

function judgeSetNow(world: World, watch: Watch, stream: Stream): void {
  const newest = Math.max(...watch.machines.flat().map((slot) => hot(world.columns, slot, HOT.judged)));
  if (!Number.isFinite(newest)) return;
  const sent = isTold(world, watch, newest) ? world.now : newest;
  judgeSet(world, watch, { judged: newest, sent, suspect: false, inOrder: true, mayClear: true });
  if (stream.clock < newest) stream.clock = newest;
}

/** The links of a mine as a whole, and what is judged of it as a whole. */
export function wireMine(world: World, mine: Mine, manner: Manner): void {
  const config = mineConfigOf(mine);
  const plans =
    config === null || config.code === GATEWAY_MINE
      ? []
      : (world.planner?.forSystem("link", null, config) ?? []).filter((plan) => downOf(plan) === "mine");
  const subject: Subject = { kind: "mine", id: mine.code, name: config?.name ?? mine.code, place: "" };
  const of = { subject, mine, stream: null, point: null };
  mine.watches = rewire(world, mine.watches, plans, of, manner).watches;
  wireWhole(world, mine, manner);
  wireWholes(world, mine, config, manner);
}

/** Lists and substations of a mine as a whole. */
function wireWhole(world: World, mine: Mine, manner: Manner): void {
  const config = mineConfigOf(mine);
  const plans =
    config === null || config.code === GATEWAY_MINE
      ? []
      : (world.planner?.forSystem("mine-whole", null, config) ?? []);
  if (plans.length === 0 && mine.own.length === 0) return;
  world.looked = -1;
  const subject: Subject = { kind: "mine", id: mine.code, name: config?.name ?? mine.code, place: "" };
  mine.own = rewire(world, mine.own, plans, { subject, mine, stream: null, point: null }, manner).watches;
  for (const watch of mine.own) watch.machines = [wholeSlots(world, mine, watch)];
  if (manner === "live") for (const watch of mine.own) look(world, watch, null);
}

/** Their delays run on the sample clock of the first system the rule names that the mine has. */
function wireWholes(world: World, mine: Mine, config: MineConfig | null, manner: Manner): void {
  const plans = config === null ? [] : (world.planner?.forSystem("whole", null, config) ?? []);
  const subject: Subject = { kind: "mine", id: mine.code, name: config?.name ?? mine.code, place: "" };
  mine.logic.wholes = [...mine.streams.values()].flatMap((stream) => {
    const before = mine.logic.wholes.filter((watch) => watch.stream === stream);
    const own = plans.filter(({ steps }) => clockOf((steps[0] as Step).rule, mine) === stream.system);
    return rewire(world, before, own, { subject, mine, stream, point: null }, manner).watches;
  });
  world.unbound.add(mine);
}

const clockOf = ({ systems }: Rule, { config, streams }: Mine): System | undefined =>
  (systems.length === 0 ? [...streams.keys()] : systems).find(
    (system) => streams.has(system) && config?.systems.includes(system) === true,
  );

/** The gateway watches itself as if it were a mine, one that no file describes. */
function mineConfigOf(mine: Mine): MineConfig | null {
  return mine.code === GATEWAY_MINE ? OWN : mine.config;
}

const OWN: MineConfig = {
  code: GATEWAY_MINE,
  name: "网关",
  aliases: [],
  kind: "coal",
  status: "producing",
  gasGrade: null,
  rockBurst: false,
  approvedUnderground: null,
  contacts: [],
  systems: [GATEWAY_SYSTEM],
  cycles: { [GATEWAY_SYSTEM]: 0 },
  points: {},
  limits: {},
};
