import { createMineRun, type MineRun } from "../../src/cli/simulate/mine-run.ts";
import { type MinePlan, planMines } from "../../src/cli/simulate/plan.ts";
import { createRandom } from "../../src/cli/simulate/random.ts";
import { SCENARIOS } from "../../src/cli/simulate/scenarios.ts";
import type { EffectiveConfig } from "../../src/model/config.ts";
import type { Arrival } from "../../src/model/input.ts";
import type { MineConfig } from "../../src/model/mine.ts";
import { type Instant, SECOND } from "../../src/model/time.ts";
import { decode } from "../../src/wire/decode.ts";
import { digest } from "../../src/wire/digest.ts";
import { parseTopic } from "../../src/wire/topic.ts";

/** An input as the gateway would number it, and the packet it came from. */
export interface CountyInput {
  readonly now: Instant;
  readonly arrival: Arrival;
  readonly packet: { readonly topic: string; readonly payload: Uint8Array } | null;
}

export interface CountyOptions {
  readonly scenario: string;
  readonly seconds: number;
  readonly at: Instant;
  readonly mines?: number;
  readonly points?: number;
  readonly seed?: string;
}

interface Station {
  readonly run: MineRun;
  readonly connection: number;
  up: boolean;
}

/** The simulator's mines, their messages and their lines, second by second and without waiting. */
export function* county(options: CountyOptions): Generator<CountyInput> {
  const scenario = SCENARIOS.find(({ name }) => name === options.scenario);
  if (scenario === undefined) throw new Error(`no such scenario: ${options.scenario}`);
  const rng = createRandom(options.seed ?? "1");
  const stations = countyPlans(options).map((plan, i): Station => {
    const run = createMineRun({ plan, scenario, at: options.at, rng: rng.fork(plan.code), period: null });
    return { run, connection: i + 1, up: true };
  });
  const waiting: CountyInput[] = [];
  for (const station of stations) {
    waiting.push(line(station, options.at, "up"));
    for (const message of station.run.tables()) waiting.push(packet(station, options.at, message));
  }
  yield* waiting.splice(0);
  for (let second = 1; second <= options.seconds; second++) {
    const now = options.at + second * SECOND;
    for (const station of stations) {
      station.run.step(SECOND, {
        up: station.up,
        waiting: 0,
        send: (message) => void waiting.push(packet(station, now, message)),
        cut: () => {
          station.up = false;
          waiting.push(line(station, now, "down"));
        },
        mend: () => {
          station.up = true;
          waiting.push(line(station, now, "up"));
        },
      });
    }
    yield { now, arrival: { type: "tick" }, packet: null };
    yield* waiting.splice(0);
  }
}

const countyPlans = ({ mines = 4, points }: CountyOptions): MinePlan[] =>
  planMines({ mines, points: points ?? null });

/** The configuration with a file for each of these mines; those it has keep theirs. */
export function countyConfig(base: EffectiveConfig, options: CountyOptions): EffectiveConfig {
  const made = countyPlans(options).map(({ code }): MineConfig => {
    const known = base.mines.find((mine) => mine.code === code);
    const like = base.mines[1] as MineConfig;
    return known ?? { ...like, code, name: `示例矿 ${code}`, points: {} };
  });
  return { ...base, mines: made };
}

function line({ run, connection }: Station, now: Instant, event: "up" | "down"): CountyInput {
  const { code: mine } = run.plan;
  return { now, arrival: { type: "link", mine, event, connection, system: null, why: "" }, packet: null };
}

function packet(
  { connection }: Station,
  now: Instant,
  { topic, payload: text }: { topic: string; payload: string },
): CountyInput {
  const payload = new TextEncoder().encode(text);
  const parsed = parseTopic(topic);
  if (!parsed.ok) throw new Error(`${topic}: ${parsed.why}`);
  const { mine, system, kind: topicKind } = parsed;
  const body = decode(topicKind, system, payload);
  const arrival = {
    type: "packet",
    mine,
    system,
    topicKind,
    qos: 1,
    connection,
    digest: digest(topic, payload),
    body,
  } as const;
  return { now, arrival, packet: { topic, payload } };
}
