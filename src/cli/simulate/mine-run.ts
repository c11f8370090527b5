import type { System } from "../../model/mine.ts";
import { type Instant, MINUTE, type Millis, SECOND } from "../../model/time.ts";
import type { Link } from "./link.ts";
import { advance, createWorld, type MineWorld, readingsOf, type SimReading } from "./mine.ts";
import type { OwnEvent } from "./mine-events.ts";
import type { Kept, Message } from "./payload.ts";
import { backfill, events, live, people, table } from "./payload.ts";
import { type People, snapshot } from "./people.ts";
import type { MinePlan } from "./plan.ts";
import type { Random } from "./random.ts";
import type { Scenario } from "./scenarios.ts";

/** Readings a mine keeps while its line is down; past it the oldest go, counted. */
const KEPT_MOST = 200_000;
/** Messages waiting at which a slow receiver is treated as a line that is down. */
const WAITING_MOST = 512;
/** Between uploads of a stream when no rate is asked for; never slower than contract §3's default cycles. */
const PERIODS: Readonly<Record<string, Millis>> = {
  safety: 5 * SECOND,
  fan: 5 * SECOND,
  ring: 10 * SECOND,
  people: 15 * SECOND,
};
const OTHERWISE = 30 * SECOND;

export interface MineRunOptions {
  readonly plan: MinePlan;
  readonly scenario: Scenario;
  readonly at: Instant;
  readonly rng: Random;
  /** The same period for all streams, to reach a rate; null = each system's own. */
  readonly period: Millis | null;
  /** Instead of a system's own period; `people` = the list of people. */
  readonly periods?: Readonly<Record<string, Millis>>;
}

/** Moves one mine and decides what it uploads when; the line is given by the caller at each step. */
export interface MineRun {
  readonly plan: MinePlan;
  readonly world: MineWorld;
  readonly points: number;
  readonly dropped: number;
  /** Readings waiting for the line. */
  readonly kept: number;
  step(dt: Millis, link: Pick<Link, "send" | "up" | "waiting" | "cut" | "mend">): void;
  /** Sets the mine's true time, when the process was held up or the machine's clock was set. */
  setTime(at: Instant): void;
  tables(): Message[];
}

export function createMineRun(options: MineRunOptions): MineRun {
  const { plan, scenario, at, rng, period } = options;
  const periods: Readonly<Record<string, Millis>> = { ...PERIODS, ...options.periods };
  let world = createWorld(plan, { scenario, at, rng });
  const systems = [...new Set(world.points.map(({ system }) => system))];
  const due = new Map<string, Millis>();
  const last = new Map<string, string>();
  const sequences = new Map<string, number>();
  let lately: People["up"] = new Map();
  let kept: Kept[] = [];
  let dropped = 0;
  let tabled = at;

  function step(dt: Millis, link: Pick<Link, "send" | "up" | "waiting" | "cut" | "mend">): void {
    const moved = advance(world, dt, rng);
    if (world.linkUp && !moved.world.linkUp) link.cut();
    if (!world.linkUp && moved.world.linkUp) link.mend();
    const before = Object.values(world.loosened).join();
    world = moved.world;
    if (Object.values(world.loosened).join() !== before) {
      tabled = world.at;
      for (const message of tables()) link.send(message);
    }
    lately = new Map([...lately, ...world.people.up]);
    const flows = link.up && link.waiting < WAITING_MOST;
    if (flows && kept.length > 0) fill(link);
    tell(link, moved.told);
    for (const system of systems) upload(system, link, flows && !world.stopped.includes(system));
    if (plan.crew > 0 && systems.includes("person")) uploadPeople(link, flows);
  }

  function tell(link: Pick<Link, "send">, told: readonly OwnEvent[]): void {
    const ours = told.filter(({ card }) => card === null);
    const theirs = told.filter(({ card }) => card !== null);
    const when = world.at + world.skew;
    if (ours.length > 0) link.send(events(plan.code, "safety", when, ours));
    if (theirs.length > 0) link.send(events(plan.code, "person", when, theirs));
  }

  function upload(system: System, link: Pick<Link, "send">, flows: boolean): void {
    const all = readingsOf(world, system);
    const whole = isDue(system, period ?? periods[system] ?? OTHERWISE);
    const readings = whole ? all : all.filter(changedAtOnce);
    if (readings.length === 0) return;
    for (const one of readings) last.set(one.code, signature(one));
    const at = world.at + world.skew;
    const seq = () => nextSeq(`${system}/readings`);
    if (!flows) keep(system, at, readings);
    else for (const message of live({ mine: plan.code, system, at }, readings, seq)) link.send(message);
  }

  /** Switches, states and state bits are sent when they change; values with the next upload. */
  const changedAtOnce = (one: SimReading): boolean => {
    const before = last.get(one.code);
    return before !== undefined && before !== signature(one);
  };
  const analog = new Set(world.points.filter(({ def }) => def.kind === "analog").map(({ def }) => def.code));
  const signature = ({ code, value, bits }: SimReading): string =>
    analog.has(code) ? `${bits}` : `${bits}:${value}`;

  function uploadPeople(link: Pick<Link, "send">, flows: boolean): void {
    if (!flows || !isDue("people", periods["people"] ?? OTHERWISE)) return;
    if (world.stopped.includes("person")) return;
    const at = world.at + world.skew;
    const rows = world.peopleLost ? [] : snapshot(world.people, lately);
    lately = new Map();
    for (const message of people({ mine: plan.code, at, skew: world.skew }, rows, world.people.areas)) {
      link.send(message);
    }
  }

  function isDue(what: string, every: Millis): boolean {
    const next = due.get(what) ?? world.elapsed + phase(plan.code + what, every);
    const now = world.elapsed >= next;
    due.set(what, now ? Math.max(next + every, world.elapsed + every / 2) : next);
    return now;
  }

  function keep(system: System, at: Instant, readings: readonly SimReading[]): void {
    for (const reading of readings) kept.push({ system, at, reading });
    if (kept.length <= KEPT_MOST) return;
    dropped += kept.length - KEPT_MOST;
    kept = kept.slice(-KEPT_MOST);
  }

  function fill(link: Pick<Link, "send">): void {
    const ready = systems.filter((system) => !world.stopped.includes(system));
    for (const system of ready) {
      const own = kept.filter((one) => one.system === system);
      const seq = () => nextSeq(`${system}/backfill`);
      const at = world.at + world.skew;
      for (const message of backfill({ mine: plan.code, system, at }, own, seq)) link.send(message);
    }
    kept = kept.filter((one) => !ready.includes(one.system));
  }

  const tables = (): Message[] =>
    systems.map((system) => table(plan.code, system, tabled, tableOf(world, system, period)));

  function nextSeq(topic: string): number {
    const next = (sequences.get(topic) ?? 0) + 1;
    sequences.set(topic, next);
    return next;
  }

  return {
    plan,
    get world() {
      return world;
    },
    get points() {
      return world.points.filter(({ silent }) => !silent).length;
    },
    get dropped() {
      return dropped;
    },
    get kept() {
      return kept.length;
    },
    step,
    setTime(now) {
      world = { ...world, at: now };
    },
    tables,
  };
}

/** The table of a system; points are given a cycle when the upload is slower than contract §3 supposes. */
function tableOf(world: MineWorld, system: System, period: Millis | null) {
  const slow = period !== null && period > 10 * SECOND ? { cycle: Math.ceil(period / SECOND) } : {};
  return world.points
    .filter((one) => one.system === system)
    .map(({ def }) => ({ ...slow, ...def, ...looser(world.loosened[def.code]) }));
}

const looser = (limit: number | undefined) =>
  limit === undefined ? {} : { alarmHigh: limit, alarmHighClear: limit, cutHigh: limit, restoreHigh: limit };

/** Mines do not all upload in the same instant. */
function phase(label: string, every: Millis): Millis {
  let sum = 0;
  for (let i = 0; i < label.length; i++) sum = (sum * 31 + label.charCodeAt(i)) % 9_973;
  return (sum / 9_973) * Math.min(every, MINUTE);
}
