import type { System } from "../../model/mine.ts";
import type { PointDef } from "../../model/point.ts";
import { STATE } from "../../model/reading.ts";
import { DAY, type Instant, MINUTE, type Millis } from "../../model/time.ts";
import { advanceFan, fanTruth, type MainFan, startedFan } from "./fan.ts";
import {
  type Air,
  advanceFace,
  advanceHeading,
  advanceWeather,
  breath,
  type Face,
  faceTruth,
  type Heading,
  headTruth,
  startedFace,
  startedHeading,
  type Weather,
} from "./gas.ts";
import { wander } from "./lag.ts";
import { followTroubles, type OpenEvents, type OwnEvent, type Trouble, troublesOf } from "./mine-events.ts";
import { advancePeople, type People, startedPeople } from "./people.ts";
import type { MinePlan } from "./plan.ts";
import { advancePower, type Power, powerTruth, startedPower } from "./power.ts";
import type { Random } from "./random.ts";
import { advanceRing, type Ring, ringTruth, startedRing } from "./ring.ts";
import { type Active, activeIn, ofKind, type Scenario } from "./scenarios.ts";
import { disturbances, NOTHING, type Shown, show, swell } from "./sensors.ts";
import type { SimPoint } from "./sim-point.ts";
import { pointsOf } from "./table.ts";
import { advanceWorks, startedWorks, type Works, worksTruth } from "./works.ts";

/** One simulated mine as a value: `advance` makes the next one and changes nothing. */
export interface MineWorld {
  readonly plan: MinePlan;
  readonly points: readonly SimPoint[];
  readonly scenario: Scenario;
  /** The true time; the mine's own clock shows `at + skew`. */
  readonly at: Instant;
  readonly skew: Millis;
  readonly elapsed: Millis;
  /** Time of day in the mine, running at the scenario's pace. */
  readonly day: Millis;
  readonly linkUp: boolean;
  /** Systems whose upload program has stopped, and whether the list of people is sent empty. */
  readonly stopped: readonly System[];
  readonly peopleLost: boolean;
  /** Upper limits that the mine's table gives instead of the points' own. */
  readonly loosened: Readonly<Record<string, number>>;
  readonly weather: Weather;
  readonly fan: MainFan;
  readonly faces: readonly Face[];
  readonly heads: readonly Heading[];
  readonly power: Readonly<Record<string, Power>>;
  readonly ring: Ring;
  readonly people: People;
  readonly works: Works;
  /** How far each resting point is from its rest, in units of its sigma. */
  readonly drift: readonly number[];
  readonly shown: readonly Shown[];
  readonly open: OpenEvents;
}

const ZONE: Millis = 8 * 60 * MINUTE;

export function createWorld(
  plan: MinePlan,
  { scenario, at, rng }: { scenario: Scenario; at: Instant; rng: Random },
): MineWorld {
  const day = scenario.startsAt ?? (at + ZONE) % DAY;
  const points = pointsOf(plan);
  const workings = [...plan.faces, ...plan.heads].map(({ code }): [string, Power] => [code, startedPower()]);
  return {
    plan,
    points,
    scenario,
    at,
    skew: 0,
    elapsed: 0,
    day,
    linkUp: true,
    stopped: [],
    peopleLost: false,
    loosened: {},
    weather: { drift: 0, fallPerHour: 0 },
    fan: startedFan(),
    faces: plan.faces.map((face) => startedFace(face, rng)),
    heads: plan.heads.map((head) => startedHeading(head, rng)),
    power: Object.fromEntries(workings),
    ring: startedRing(),
    people: startedPeople(plan, { at, day, rng: rng.fork("people") }),
    works: startedWorks(plan, rng.fork("works")),
    drift: points.map(() => rng.normal()),
    shown: points.map(() => NOTHING),
    open: new Map(),
  };
}

/** One step of the mine's life. `told` are the records its own system makes in it. */
export function advance(world: MineWorld, dt: Millis, rng: Random): { world: MineWorld; told: OwnEvent[] } {
  const { plan, scenario } = world;
  const elapsed = world.elapsed + dt;
  const active = activeIn(scenario, plan.code, elapsed, dt);
  const moved = advanceProcess(
    { ...world, elapsed, at: world.at + dt, day: world.day + dt * scenario.pace },
    active,
    dt,
    rng,
  );
  const shown = showAll(moved, active);
  const skew = ofKind(active, "clock-fast").reduce((sum, { event }) => sum + event.by, 0);
  const { open, told } = followTroubles(world.open, troublesIn(moved, shown), moved.at + skew);
  const linkUp = ofKind(active, "link-down").length === 0;
  const stopped = ofKind(active, "upload-stopped").map(({ event }) => event.system);
  const peopleLost = ofKind(active, "people-lost").length > 0;
  const loosened = Object.fromEntries(
    ofKind(active, "table-loosened").map(({ event }) => [event.point, event.limit]),
  );
  return { world: { ...moved, shown, open, skew, linkUp, stopped, peopleLost, loosened }, told };
}

/** Air, gas, power, people and network, in the order in which one acts on the next. */
function advanceProcess(world: MineWorld, active: readonly Active[], dt: Millis, rng: Random): MineWorld {
  const { scenario, at, day, elapsed } = world;
  const pace = scenario.pace;
  const weather = advanceWeather(world.weather, elapsed, dt, rng);
  const hold = ofKind(active, "main-fan-stop").length > 0;
  const change = ofKind(active, "main-fan-change").length > 0;
  const fan = advanceFan(world.fan, { hold, change }, dt, rng);
  const air: Air = { flow: fan.flow, breath: breath(weather) };
  const power = advancePowers(world, fan, active, dt);
  const powered = (code: string) => power[code]?.fed ?? true;
  return {
    ...world,
    weather,
    fan,
    power,
    faces: world.faces.map((face) => {
      const load = { ...loadOf(face.plan.code, active), powered: powered(face.plan.code) };
      return advanceFace(face, air, load, { dt, pace, rng });
    }),
    heads: world.heads.map((head) => {
      const { code } = head.plan;
      const runs = localFan(code, fan, active) !== null;
      return advanceHeading(
        head,
        air,
        { ...loadOf(code, active), runs, powered: powered(code) },
        { dt, pace, rng },
      );
    }),
    ring: advanceRing(
      world.ring,
      {
        broken: ofKind(active, "ring-break").length > 0,
        down: ofKind(active, "switch-down").map(({ event }) => event.index),
        battery: ofKind(active, "ups").length > 0,
      },
      dt,
      rng,
    ),
    people: advancePeople(world.people, {
      at,
      day,
      withdraw: fan.stoodFor > 2 * MINUTE,
      sos: ofKind(active, "sos").length > 0,
      crowd: ofKind(active, "crowd")[0]?.event ?? null,
      dt,
      leadersAway: ofKind(active, "leaders-away").length > 0,
      // Its own source: how many are below must not change what the gas does.
      rng: rng.fork(`people/${elapsed}`),
    }),
    works: world.plan.works === undefined ? world.works : advanceWorks(world.works, world.plan, dt, rng),
    drift: world.drift.map((value, i) =>
      world.points[i]?.rest === null ? value : wander(value, { sigma: 1, tau: 10 * MINUTE, dt, rng }),
    ),
  };
}

function loadOf(code: string, active: readonly Active[]): { inrush: number; blast: number } {
  const rises = ofKind(active, "gas-rise").filter(({ event }) => event.working === code);
  const blasts = ofKind(active, "blast").filter(({ event, begins }) => event.working === code && begins);
  return {
    inrush: rises.reduce(
      (most, { event, share }) => Math.max(most, 1 + (event.factor - 1) * swell(share)),
      1,
    ),
    blast: blasts.reduce((sum, { event }) => sum + event.ppm, 0),
  };
}

/** The fan that airs a heading; none when it is stopped, and when the mine's main fan stands (article 180: power off). */
function localFan(code: string, fan: MainFan, active: readonly Active[]): "main" | "standby" | null {
  if (fan.running === 0 || ofKind(active, "local-fan-stop").some(({ event }) => event.head === code))
    return null;
  return ofKind(active, "local-fan-standby").some(({ event }) => event.head === code) ? "standby" : "main";
}

function advancePowers(
  world: MineWorld,
  fan: MainFan,
  active: readonly Active[],
  dt: Millis,
): Record<string, Power> {
  const demanding = demandedCuts(world);
  const powers = Object.entries(world.power).map(([code, power]): [string, Power] => {
    const interlock = world.heads.some(
      (head) => head.plan.code === code && (localFan(code, fan, active) === null || head.duct < 0.2),
    );
    const demanded = fan.running === 0 || interlock || demanding.has(`${code}-CUT`);
    const stuck = ofKind(active, "feed-stuck").some(({ event }) => event.working === code);
    return [code, advancePower(power, { demanded, stuck, dt })];
  });
  return Object.fromEntries(powers);
}

/** Cut devices on which a sensor acts: by its value, or because it is broken (故障闭锁, article 528). */
function demandedCuts(world: MineWorld): Set<string> {
  const found = new Set<string>();
  world.points.forEach(({ def }, i) => {
    const bits = world.shown[i]?.bits ?? 0;
    if ((bits & (STATE.cut | STATE.fault)) === 0) return;
    for (const device of def.cuts ?? []) found.add(device);
  });
  return found;
}

function showAll(world: MineWorld, active: readonly Active[]): Shown[] {
  const truth = truthOf(world, active);
  const disturbed = disturbances(world.points, active);
  const afternoon = Math.sin((world.day / DAY - 0.375) * 2 * Math.PI);
  const coarse = world.plan.works?.coarse ?? false;
  return world.points.map((point, i) => {
    const { def, rest, silent } = point;
    const resting =
      rest === null ? 0 : rest.value + rest.sigma * (world.drift[i] ?? 0) + (rest.swing ?? 0) * afternoon;
    const value = rest === null ? truth.get(def.code) : resting;
    if (silent || value === undefined) return NOTHING;
    return show(coarse ? coarser(def) : def, value, world.shown[i] ?? NOTHING, disturbed.get(def.code));
  });
}

/** A system that rounds what its instruments say, whatever its table promises. */
function coarser(def: PointDef): PointDef {
  const { resolution } = def;
  return def.kind !== "analog" || resolution === undefined ? def : { ...def, resolution: resolution * 10 };
}

/** What an ideal instrument would read everywhere, by point code (codes are unique within a mine here). */
function truthOf(world: MineWorld, active: readonly Active[]): Map<string, number> {
  const { plan, fan, weather } = world;
  const air = { flow: fan.flow, breath: breath(weather) };
  const lost = new Set(ofKind(active, "substation-lost").map(({ event }) => event.substation));
  const battery = new Set(ofKind(active, "battery").map(({ event }) => event.substation));
  return new Map([
    ...world.faces.flatMap((face) => faceTruth(face, air)),
    ...world.heads.flatMap((head) => headTruth(head, localFan(head.plan.code, fan, active))),
    ...Object.entries(world.power).flatMap(([code, power]) => powerTruth(code, power)),
    ...fanTruth(fan, plan.flow),
    ...mainReturn(world),
    ...ringTruth(world.ring, plan.switches),
    ...(plan.works === undefined ? [] : worksTruth(world.works, plan)),
    ...world.people.areas.map(({ station }): [string, number] => [station, 0]),
    ...plan.substations.map((code): [string, number] => [code, lost.has(code) ? 1 : 0]),
    ...plan.substations.map((code): [string, number] => [
      code.replace("FZ", "FZP"),
      battery.has(code) ? 1 : 2,
    ]),
  ]);
}

/** All the gas of the mine in all its air. */
function mainReturn({ plan, faces, heads, fan }: MineWorld): [string, number][] {
  const gas =
    faces.reduce((sum, { plan: { air }, t2 }) => sum + t2 * air, 0) +
    heads.reduce((sum, { plan: { air }, t2, duct }) => sum + t2 * air * duct, 0);
  const fumes = faces.reduce((sum, { plan: { air }, co }) => sum + co * air, 0);
  return [
    ["MR-CH4", plan.kind === "stopped" ? 0.04 : (0.7 * gas) / plan.flow],
    ["MR-CO", 2 + fumes / plan.flow],
    ["MR-WS", 5.2 * fan.flow * (1 + fan.unrest)],
  ];
}

function troublesIn(world: MineWorld, shown: readonly Shown[]): Trouble[] {
  const stuck = Object.entries(world.power)
    .filter(([, power]) => power.cut && power.fed)
    .map(([code]): Trouble => ({ kind: "003", p: `${code}-FEED`, card: null, value: null }));
  const sos = world.people.sos;
  const calls: Trouble[] = sos === null ? [] : [{ kind: "sos", p: null, card: sos, value: null }];
  return [...troublesOf(world.points, shown), ...stuck, ...calls];
}

/** One reading to be sent; `value` null = it is sent without one. */
export interface SimReading {
  readonly code: string;
  readonly value: number | null;
  readonly bits: number;
}

/** What the mine's system would upload now for one stream. */
export function readingsOf(world: MineWorld, system: System): SimReading[] {
  const found: SimReading[] = [];
  world.points.forEach((point, i) => {
    const { value, bits } = world.shown[i] as Shown;
    if (point.system !== system || point.silent || (value === null && bits === 0)) return;
    found.push({ code: point.def.code, value, bits });
  });
  return found;
}
