import type { Instant, Millis } from "../../model/time.ts";
import { DAY, HOUR, MINUTE } from "../../model/time.ts";
import { areasOf, type SimArea } from "./areas.ts";
import type { MinePlan } from "./plan.ts";
import type { Random } from "./random.ts";

/** One worker of one shift, with a made-up name; the plan of the day, in time of day of the mine. */
interface Worker {
  readonly card: string;
  readonly name: string;
  readonly team: string;
  readonly job: string;
  readonly leader: boolean;
  readonly special: boolean;
  /** Shift start and when this person leaves the surface and is back on it, counted from that. */
  readonly shiftStart: Millis;
  readonly down: Millis;
  readonly up: Millis;
  /** Time needed for each stretch of the way. */
  readonly walk: Millis;
  /** Indices into the areas, from the shaft to the place of work. */
  readonly way: readonly number[];
}

/** Where a worker is and since when, in real time. */
interface Whereabouts {
  readonly area: number;
  readonly down: Instant;
  readonly areaSince: Instant;
  readonly dist: number;
}

export interface People {
  readonly areas: readonly SimArea[];
  readonly workers: readonly Worker[];
  /** Cards of others, who come and go as a scenario says. */
  readonly others: readonly Worker[];
  /** How many of the others are below: the first ones. */
  readonly crowded: number;
  readonly below: ReadonlyMap<string, Whereabouts>;
  /** Who came up in this step: named once more, with the time. */
  readonly up: ReadonlyMap<string, { readonly was: Whereabouts; readonly at: Instant }>;
  readonly sos: string | null;
}

const SHIFTS = [0, 8 * HOUR, 16 * HOUR] as const;

export function startedPeople(
  plan: MinePlan,
  { at, day, rng }: { at: Instant; day: Millis; rng: Random },
): People {
  const areas = areasOf(plan);
  const workers =
    plan.crew === 0
      ? []
      : SHIFTS.flatMap((start, shift) => crew(plan, { start, shift, areas: areas.length, rng }));
  const below = new Map<string, Whereabouts>();
  for (const worker of workers) {
    const into = sinceDown(worker, day);
    const area = place(worker, into, false);
    if (area === null) continue;
    const arrived = Math.max(0, into - worker.walk * worker.way.indexOf(area));
    below.set(worker.card, { area, down: at - into, areaSince: at - arrived, dist: rng.between(-30, 30) });
  }
  return { areas, workers, others: others(plan), crowded: 0, below, up: new Map(), sos: null };
}

const MOST_OTHERS = 400;
/** What the cage needs for each of them. */
const CAGE: Millis = 1_000;

const toward = (target: number, now: number, step: number): number =>
  now < target ? Math.min(target, now + step) : Math.max(target, now - step);

function others(plan: MinePlan): Worker[] {
  if (plan.crew === 0) return [];
  return Array.from({ length: MOST_OTHERS }, (_, i) => ({
    card: `${plan.code}9${String(i + 1).padStart(4, "0")}`,
    name: `外来${String(i + 1).padStart(3, "0")}`,
    team: "检修队",
    job: "检修工",
    leader: false,
    special: false,
    shiftStart: 0,
    down: 0,
    up: 0,
    walk: 0,
    way: [],
  }));
}

function crew(
  plan: MinePlan,
  { start, shift, areas, rng }: { start: Millis; shift: number; areas: number; rng: Random },
): Worker[] {
  const workings = areas - 3;
  const late = plan.works?.lateOnes ?? 0;
  return Array.from({ length: plan.crew }, (_, i): Worker => {
    const number = shift * plan.crew + i + 1;
    const working = workings > 0 && i < plan.crew * 0.8 ? 2 + (i % workings) : 1;
    const leader = i === 0;
    const special = i === 1 || i === 2;
    return {
      card: `${plan.code}${String(number).padStart(5, "0")}`,
      name: `矿工${String(number).padStart(3, "0")}`,
      team: team(plan, working),
      job: leader ? "带班领导" : special ? "瓦斯检查工" : working === 1 ? "运输工" : "采掘工",
      leader,
      special,
      shiftStart: start,
      down: -rng.between(10, 45) * MINUTE,
      up:
        late > 0 && i % late === late - 1
          ? rng.between(9, 10) * HOUR
          : 8 * HOUR + rng.between(8, 50) * MINUTE,
      walk: rng.between(5, 11) * MINUTE,
      way: working === 1 ? [0, 1] : [0, 1, working],
    };
  });
}

function team(plan: MinePlan, working: number): string {
  if (working === 1) return "运输队";
  if (plan.kind === "metal") return "采矿队";
  return working - 2 < plan.faces.length ? "综采队" : "掘进队";
}

/** Time of day since this worker left the surface, or since the time it would be. */
const sinceDown = (worker: Worker, day: Millis): Millis =>
  (((day - worker.shiftStart - worker.down) % DAY) + DAY) % DAY;

/** The area a worker is in; null on the surface. `withdraw`: everyone waits at the shaft bottom. */
function place(worker: Worker, into: Millis, withdraw: boolean): number | null {
  const whole = worker.up - worker.down;
  if (into >= whole) return null;
  const step = Math.min(
    Math.floor(into / worker.walk),
    Math.floor((whole - into) / worker.walk),
    worker.way.length - 1,
  );
  return withdraw ? 0 : (worker.way[step] ?? 0);
}

/** What a scenario and the rest of the mine do to its people. */
interface PeopleLoad {
  readonly at: Instant;
  readonly day: Millis;
  readonly withdraw: boolean;
  readonly sos: boolean;
  readonly crowd: { readonly area: number; readonly people: number } | null;
  readonly leadersAway: boolean;
  readonly dt: Millis;
  readonly rng: Random;
}

export function advancePeople(
  people: People,
  { at, day, withdraw, sos, crowd, leadersAway, dt, rng }: PeopleLoad,
): People {
  const below = new Map<string, Whereabouts>();
  const up = new Map<string, { was: Whereabouts; at: Instant }>();
  for (const worker of people.workers) {
    const was = people.below.get(worker.card);
    const away = leadersAway && worker.leader;
    const area = away ? null : place(worker, sinceDown(worker, day), withdraw);
    if (area !== null) below.set(worker.card, moved(was, area, at, rng));
    else if (was !== undefined) up.set(worker.card, { was, at });
  }
  const crowded = toward(crowd?.people ?? 0, people.crowded, dt / CAGE);
  const goal = crowd === null ? null : (crowd.area + people.areas.length) % people.areas.length;
  people.others.slice(0, Math.ceil(Math.max(crowded, people.crowded))).forEach(({ card }, i) => {
    const was = people.below.get(card);
    if (i < crowded) below.set(card, moved(was, goal ?? was?.area ?? 0, at, rng));
    else if (was !== undefined) up.set(card, { was, at });
  });
  return {
    ...people,
    below,
    up,
    crowded,
    sos: sos ? (people.sos ?? below.keys().next().value ?? null) : null,
  };
}

function moved(was: Whereabouts | undefined, area: number, at: Instant, rng: Random): Whereabouts {
  if (was === undefined) return { area, down: at, areaSince: at, dist: 2 };
  if (was.area !== area) return { ...was, area, areaSince: at, dist: rng.between(-40, 40) };
  return { ...was, dist: Math.max(-60, Math.min(60, was.dist + rng.normal())) };
}

/** One row of the snapshot, moments as numbers; the payload words them. */
export interface PersonRow {
  readonly card: string;
  readonly name: string;
  readonly team: string;
  readonly job: string;
  readonly down: Instant;
  readonly up: Instant | null;
  readonly area: string;
  readonly areaSince: Instant;
  readonly station: string;
  readonly dist: number;
  readonly leader: boolean;
  readonly special: boolean;
  readonly sos: boolean;
}

/** Everybody underground, and for `lately` those who have just come up. */
export function snapshot(
  people: People,
  lately: ReadonlyMap<string, { was: Whereabouts; at: Instant }>,
): PersonRow[] {
  const rows: PersonRow[] = [];
  const quiet = people.crowded === 0 && lately.size === 0;
  for (const worker of quiet ? people.workers : [...people.workers, ...people.others]) {
    const here = people.below.get(worker.card);
    const gone = lately.get(worker.card);
    if (here !== undefined) rows.push(row(people, worker, here, null));
    else if (gone !== undefined) rows.push(row(people, worker, gone.was, gone.at));
  }
  return rows;
}

function row(people: People, worker: Worker, where: Whereabouts, up: Instant | null): PersonRow {
  const area = people.areas[where.area];
  return {
    card: worker.card,
    name: worker.name,
    team: worker.team,
    job: worker.job,
    down: where.down,
    up,
    area: area?.code ?? "",
    areaSince: where.areaSince,
    station: area?.station ?? "",
    dist: Math.round(where.dist * 10) / 10,
    leader: worker.leader,
    special: worker.special,
    sos: people.sos === worker.card,
  };
}
