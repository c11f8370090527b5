import { readFileSync } from "node:fs";
import { type Clock, systemClock } from "../lib/clock.ts";
import type { MineCode } from "../model/mine.ts";
import { HOUR, type Millis, SECOND } from "../model/time.ts";
import { type Link, openLink } from "./simulate/link.ts";
import { createMineRun, type MineRun } from "./simulate/mine-run.ts";
import { offline, online, rejectsTopic, will } from "./simulate/payload.ts";
import { planMines } from "./simulate/plan.ts";
import { createRandom } from "./simulate/random.ts";
import { SCENARIOS, type Scenario } from "./simulate/scenarios.ts";

export interface SimulateOptions {
  readonly url: string;
  /** Mines in all: the four demo mines first, then generated ones (default 4). */
  readonly mines?: number;
  /** Points a mine has (default: what its workings need). */
  readonly points?: number;
  /** Readings a second over all mines (default: each system's own cycle). */
  readonly rate?: number;
  /** A name of `SCENARIOS`, or `list` (default `normal`). */
  readonly scenario?: string;
  readonly seed?: string;
  /** One password for all mines (default `demo-` and the mine's code). */
  readonly password?: string;
  /** A file with the certificate authority of the broker, for mqtts:// and wss://. */
  readonly ca?: string;
  /** Ends after so long (default: when told to). */
  readonly seconds?: number;
}

export interface SimulateOutside {
  print(line: string): void;
  /** Ends the run: farewell, then exit code 0. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

const MINES_MOST = 1_000;
const POINTS_MOST = 20_000;
const PROGRESS: Millis = 5 * SECOND;
const SHORTEST_PERIOD: Millis = 50;
const FAREWELL: Millis = 5 * SECOND;

/** Publishes simulated mines to a broker until it is told to stop; the process's exit code. */
export async function simulate(options: SimulateOptions, outside: SimulateOutside): Promise<number> {
  const { print } = outside;
  if (options.scenario === "list") {
    for (const { name, title } of SCENARIOS) print(`${name.padEnd(15)} ${title}`);
    return 0;
  }
  const scenario = SCENARIOS.find(({ name }) => name === (options.scenario ?? "normal"));
  const fault = faultIn(options, scenario);
  if (fault !== null || scenario === undefined) {
    print(fault ?? "no such scenario");
    return 2;
  }
  return run(options, scenario, outside);
}

function faultIn(
  { url, mines = 4, points, rate, scenario, ca }: SimulateOptions,
  found: Scenario | undefined,
) {
  const whole = (n: number, most: number) => Number.isInteger(n) && n >= 1 && n <= most;
  if (!/^(mqtts?|wss?|tcp|tls):\/\/[^/\s]+/.test(url))
    return `--url ${url}: a broker is mqtt://host:port (or mqtts, ws, wss)`;
  if (!whole(mines, MINES_MOST)) return `--mines ${mines}: a whole number from 1 to ${MINES_MOST}`;
  if (points !== undefined && !whole(points, POINTS_MOST))
    return `--points ${points}: a whole number from 1 to ${POINTS_MOST}`;
  if (rate !== undefined && !(rate > 0 && Number.isFinite(rate)))
    return `--rate ${rate}: readings a second, above 0`;
  if (found === undefined) {
    return `--scenario ${scenario}: not known; one of ${SCENARIOS.map(({ name }) => name).join(", ")}`;
  }
  if (ca !== undefined && readable(ca) === null) return `--ca ${ca}: cannot be read`;
  return null;
}

function readable(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

interface Station {
  readonly mine: MineRun;
  readonly link: Link;
  rejected: number;
}

async function run(options: SimulateOptions, scenario: Scenario, outside: SimulateOutside): Promise<number> {
  const { print, clock = systemClock, signal } = outside;
  const runs = planRuns(options, scenario, clock.wall());
  const total = runs.reduce((sum, { points }) => sum + points, 0);
  print(`${runs.length} mines, ${total} points, scenario ${scenario.name}, to ${options.url}`);
  const complaints = createComplaints(print);
  const stations = runs.map((mine): Station => station(mine, options, complaints, clock));
  const started = clock.mono();
  await untilEnd({ stations, options, clock, print, ...(signal === undefined ? {} : { signal }) });
  await Promise.all(
    stations.map(({ mine, link }) => link.close(offline(mine.plan.code, clock.wall()), FAREWELL)),
  );
  print(`ended after ${Math.round((clock.mono() - started) / SECOND)} s: ${worded(stations)}`);
  return stations.some(({ link }) => link.acknowledged > 0) ? 0 : 1;
}

function planRuns(options: SimulateOptions, scenario: Scenario, at: number): MineRun[] {
  const plans = planMines({ mines: options.mines ?? 4, points: options.points ?? null });
  const rng = createRandom(options.seed ?? "1");
  const make = (period: Millis | null) =>
    plans.map((plan) => createMineRun({ plan, scenario, at, rng: rng.fork(plan.code), period }));
  const runs = make(null);
  if (options.rate === undefined) return runs;
  const total = runs.reduce((sum, { points }) => sum + points, 0);
  return make(Math.max(SHORTEST_PERIOD, (total / options.rate) * SECOND));
}

function station(mine: MineRun, options: SimulateOptions, complaints: Complaints, clock: Clock): Station {
  const { code } = mine.plan;
  const made: Station = {
    mine,
    rejected: 0,
    link: openLink({
      url: options.url,
      clientId: `${code}-sim`,
      user: code,
      password: options.password ?? `demo-${code}`,
      ca: options.ca === undefined ? null : readable(options.ca),
      will: will(code),
      rejects: rejectsTopic(code),
      first: () => [online(code, clock.wall()), ...mine.tables()],
      onUp: () => complaints.well(code),
      onTrouble: (why) => complaints.say(code, `${why}; trying again`),
      onReject: (payload) => {
        made.rejected++;
        complaints.say(code, `the gateway rejected something: ${payload.slice(0, 300)}`);
      },
    }),
  };
  return made;
}

interface Complaints {
  say(mine: MineCode, why: string): void;
  well(mine: MineCode): void;
}

/** Mines that say the same within this long are one line. */
const TOGETHER: Millis = 300;

/** The same trouble of the same mine is said once, and its end; many mines at once are one line. */
function createComplaints(print: (line: string) => void): Complaints {
  const said = new Map<MineCode, string>();
  const fresh = new Map<string, MineCode[]>();
  const add = (mine: MineCode, what: string) => {
    if (fresh.size === 0) setTimeout(flush, TOGETHER).unref();
    fresh.set(what, [...(fresh.get(what) ?? []), mine]);
  };
  const flush = () => {
    for (const [what, mines] of fresh) print(`${named(mines)}: ${what}`);
    fresh.clear();
  };
  return {
    say(mine, why) {
      if (said.get(mine) === why) return;
      said.set(mine, why);
      add(mine, why);
    },
    well(mine) {
      if (said.delete(mine)) add(mine, "connected again");
    },
  };
}

const named = (mines: readonly MineCode[]): string =>
  mines.length <= 4 ? mines.join(", ") : `${mines.slice(0, 3).join(", ")} and ${mines.length - 3} more`;

interface Pace {
  readonly stations: readonly Station[];
  readonly options: SimulateOptions;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  print(line: string): void;
}

/** Moves all mines with the clock, in equal steps, so that the values depend on the seed and not on the machine. */
function untilEnd({ stations, options, clock, signal, print }: Pace): Promise<void> {
  const stepMs = options.rate === undefined ? SECOND : stepFor(stations, options.rate);
  let last = clock.mono();
  let owed = 0;
  let told = { at: last, sum: 0 };
  const from = last;
  return new Promise((resolve) => {
    const tick = () => {
      const now = clock.mono();
      owed = Math.min(owed + now - last, HOUR);
      last = now;
      for (; owed >= stepMs; owed -= stepMs) for (const { mine, link } of stations) mine.step(stepMs, link);
      alignTime(stations, clock.wall() - owed);
      if (now - told.at >= PROGRESS) {
        const sum = acknowledgedReadings(stations);
        print(progress(stations, ((sum - told.sum) * SECOND) / (now - told.at)));
        told = { at: now, sum };
      }
      if (options.seconds !== undefined && now - from >= options.seconds * SECOND) end();
    };
    const timer = setInterval(tick, Math.min(stepMs, 250));
    const end = () => {
      clearInterval(timer);
      resolve();
    };
    signal?.addEventListener("abort", end, { once: true });
    if (signal?.aborted) end();
  });
}

function stepFor(stations: readonly Station[], rate: number): Millis {
  const total = stations.reduce((sum, { mine }) => sum + mine.points, 0);
  return Math.min(SECOND, Math.max(SHORTEST_PERIOD, (total / rate) * SECOND));
}

/** Sample times follow the machine's clock, also when that is set. */
function alignTime(stations: readonly Station[], now: number): void {
  for (const { mine } of stations) {
    if (Math.abs(mine.world.at - now) > 2 * SECOND) mine.setTime(now);
  }
}

const acknowledgedReadings = (stations: readonly Station[]): number =>
  stations.reduce((sum, { link }) => sum + link.acknowledgedReadings, 0);

const progress = (stations: readonly Station[], rate: number): string => {
  const up = stations.filter(({ link }) => link.up).length;
  return `${up}/${stations.length} mines connected · ${rate.toFixed(1)} readings/s acknowledged · ${worded(stations)}`;
};

function worded(stations: readonly Station[]): string {
  const sum = (of: (one: Station) => number) => stations.reduce((total, one) => total + of(one), 0);
  const dropped = sum(({ mine }) => mine.dropped);
  const lost = sum(({ link }) => link.dropped);
  return [
    `${sum(({ link }) => link.sent)} messages sent`,
    `${sum(({ link }) => link.acknowledged)} acknowledged`,
    `${sum(({ link }) => link.waiting)} waiting`,
    `${sum(({ mine }) => mine.kept)} readings kept for later`,
    ...(dropped > 0 ? [`${dropped} readings dropped`] : []),
    ...(lost > 0 ? [`${lost} messages dropped`] : []),
    `${sum(({ rejected }) => rejected)} refused`,
  ].join(", ");
}
