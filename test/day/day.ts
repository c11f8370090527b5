import { alarmHash, sha256 } from "../../src/app/hash.ts";
import { createMineRun, type MineRun } from "../../src/cli/simulate/mine-run.ts";
import { createRandom } from "../../src/cli/simulate/random.ts";
import type { Incident } from "../../src/cli/simulate/scenarios.ts";
import { createEngine, type Engine } from "../../src/core/engine.ts";
import type { JournalEntry } from "../../src/model/alarm.ts";
import type { EffectiveConfig } from "../../src/model/config.ts";
import { DAY, type Instant, MINUTE, type Millis, SECOND } from "../../src/model/time.ts";
import { decode } from "../../src/wire/decode.ts";
import { digest } from "../../src/wire/digest.ts";
import { parseTopic } from "../../src/wire/topic.ts";
import type { CountyMine } from "./county.ts";
import { type Arriving, createLine, type Line } from "./line.ts";

export interface DayOptions {
  readonly seed: string;
  readonly mines: readonly CountyMine[];
  readonly config: EffectiveConfig;
  readonly incidents: readonly Incident[];
  readonly start: Instant;
  /** What each mine shows after each of its steps. */
  seen(run: MineRun, at: Instant): void;
  told(entry: JournalEntry): void;
}

export interface DayCounts {
  messages: number;
  readings: number;
  rejected: number;
}

interface Station {
  readonly run: MineRun;
  readonly line: Line;
  /** Spans in which something happens to it. */
  readonly busy: readonly (readonly [from: Millis, to: Millis])[];
  next: Instant;
}

interface Due {
  readonly at: Instant;
  readonly mine: CountyMine;
  readonly what: Arriving;
}

/** Of a mine's life: the usual step, and the one while something happens. */
const STEP = 30 * SECOND;
const FINE = 10 * SECOND;
const JITTERY = [2, 12, 21, 29];
const PERIODS = {
  safety: 30 * SECOND,
  fan: 30 * SECOND,
  ring: 60 * SECOND,
  person: 60 * SECOND,
  people: 120 * SECOND,
  tailings: 60 * SECOND,
};

/** A day of the county in compressed time: everything as it would come over the wire, through the real engine. */
export function runDay(options: DayOptions): DayCounts {
  const { start, config, told, seen } = options;
  const engine = createEngine({ hash: alarmHash });
  const counts: DayCounts = { messages: 0, readings: 0, rejected: 0 };
  const gateway = createGateway(engine, counts, told);
  gateway.open(config, start);
  const coming = new Map<number, Due[]>();
  const arrive = (mine: CountyMine) => (at: Instant, what: Arriving) => {
    const second = Math.floor(at / SECOND);
    const due = coming.get(second);
    if (due === undefined) coming.set(second, [{ at, mine, what }]);
    else due.push({ at, mine, what });
  };
  const stations = options.mines.map((mine) => createStation(options, mine, arrive(mine)));
  for (let now = start; now < start + DAY; now += SECOND) {
    for (const station of stations) {
      while (station.next <= now) live(station, start, seen);
    }
    const second = now / SECOND;
    const due = coming.get(second) ?? [];
    coming.delete(second);
    due.sort((a, b) => a.at - b.at);
    for (const one of due) gateway.take(one);
    gateway.tick(now + SECOND);
  }
  return counts;
}

function createStation(
  { seed, incidents, start }: DayOptions,
  mine: CountyMine,
  arrive: (at: Instant, what: Arriving) => void,
): Station {
  const { plan, number } = mine;
  const rng = createRandom(seed).fork(`life/${number}`);
  // Mines do not all step in the same instant.
  const at = start - STEP + ((number * 7_919) % 30) * SECOND;
  const own = incidents
    .filter((one) => one.mine === plan.code)
    .map((one) => ({ ...one, at: one.at + start - at }));
  const scenario = { name: "day", title: "", pace: 1, startsAt: null, repeats: null, incidents: own };
  const run = createMineRun({ plan, scenario, at, rng, period: null, periods: PERIODS });
  const line = createLine({
    mine: plan.code,
    jittery: JITTERY.includes(number),
    rng: rng.fork("line"),
    tables: () => run.tables(),
    arrive,
  });
  line.setTime(at + STEP);
  line.mend();
  const busy = own
    .filter(({ lasts }) => lasts < 6 * 60 * MINUTE)
    .map(({ at: from, lasts }) => [at + from - STEP, at + from + lasts + 2 * MINUTE] as const);
  return { run, line, busy, next: at + STEP };
}

/** One step of a mine: fine while something happens to it. */
function live(station: Station, start: Instant, seen: DayOptions["seen"]): void {
  const { run, line, busy, next } = station;
  line.setTime(next);
  run.step(next - run.world.at, line);
  if (next >= start) seen(run, next);
  const fine = busy.some(([from, to]) => next >= from && next < to);
  station.next = next + (fine ? FINE : STEP);
}

/** Numbers what arrives and decodes it as the gateway does. */
function createGateway(engine: Engine, counts: DayCounts, told: (entry: JournalEntry) => void) {
  let seq = 0;
  const encoder = new TextEncoder();
  const step = (input: Parameters<Engine["step"]>[0]) => {
    for (const entry of engine.step(input).entries) told(entry);
  };
  return {
    open(config: EffectiveConfig, now: Instant) {
      step({
        type: "config",
        seq: ++seq,
        now,
        hash: sha256(JSON.stringify(config)),
        config,
        reason: "start",
      });
      step({ type: "start", seq: ++seq, now, version: "day", epoch: "day", firstCall: "with-raise" });
    },
    tick: (now: Instant) => step({ type: "tick", seq: ++seq, now }),
    take({ at, mine, what }: Due) {
      const { code } = mine.plan;
      if (what.kind === "link") {
        const { event, connection } = what;
        const why = event === "up" ? "connected" : "keep-alive";
        step({ type: "link", seq: ++seq, now: at, mine: code, event, connection, system: null, why });
        return;
      }
      const { topic, payload, readings } = what.message;
      const parsed = parseTopic(topic);
      if (!parsed.ok) throw new Error(`${topic}: ${parsed.why}`);
      const bytes = encoder.encode(payload);
      const body = decode(parsed.kind, parsed.system, bytes);
      if (body.kind === "unusable" || ("rejected" in body && body.rejected.length > 0)) counts.rejected++;
      counts.messages++;
      counts.readings += readings;
      step({
        type: "packet",
        seq: ++seq,
        now: at,
        mine: code,
        system: parsed.system,
        topicKind: parsed.kind,
        qos: 1,
        connection: what.connection,
        digest: digest(topic, bytes),
        body,
      });
    },
  };
}
