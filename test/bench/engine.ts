import { alarmHash } from "../../src/app/hash.ts";
import { createEngine } from "../../src/core/engine.ts";
import type { EffectiveConfig } from "../../src/model/config.ts";
import type { Body, PacketInput } from "../../src/model/input.ts";
import type { PointDef } from "../../src/model/point.ts";
import type { Columns } from "../../src/model/reading.ts";
import { SECOND } from "../../src/model/time.ts";
import { loadConfig } from "../../src/wire/config/load.ts";
import { shippedConfig } from "../support/shipped-config.ts";
import { median } from "./median.ts";

const READINGS = 64;
/** A county's mines, alike; the first is the one whose file ships. */
const FIRST_MINE = 520523017311;
const MINES = 40;
/** One sample of every point, a second after the one before. */
const ROUNDS = 90;
/** The first rounds are the compiler's. */
const WARM_UP = 30;
/** Runs of each, in turn; their median, for a machine that does other things too. */
const TURNS = 5;

interface Sort {
  readonly system: string;
  readonly share: number;
  readonly def: Omit<PointDef, "code" | "place">;
  /** What it reads on a quiet day: between all limits of the packs. */
  value(i: number, round: number): number;
}

/** Up and down by one step a sample: what jumps more is no quiet day, and rules about jumps say so. */
const wandering =
  (from: number, to: number, step: number) =>
  (i: number, round: number): number => {
    const steps = Math.round((to - from) / step);
    return from + step * Math.abs(((i * 7 + round) % (2 * steps)) - steps);
  };
const still = (value: number) => (): number => value;
const analog = (type: string, unit: string, more: Partial<PointDef> = {}) => ({
  type,
  kind: "analog" as const,
  unit,
  ...more,
});
const word = (type: string, kind: "switch" | "state" = "switch", more: Partial<PointDef> = {}) => ({
  type,
  kind,
  ...more,
});

/** What a county's points are, in hundredths. */
const SORTS: readonly Sort[] = [
  ...(["CF_FACE", "CF_CORNER", "CF_RETURN", "DF_FACE", "DF_RETURN"] as const).map((loc): Sort => {
    const own = { loc, alarmHigh: 1, cutHigh: loc.endsWith("RETURN") ? 1 : 1.5 };
    return {
      system: "safety",
      share: 7,
      def: analog("0001", "%CH4", own),
      value: wandering(0.25, 0.45, 0.01),
    };
  }),
  {
    system: "safety",
    share: 12,
    def: analog("0004", "ppm", { loc: "CF_RETURN" }),
    value: wandering(0, 8, 1),
  },
  {
    system: "safety",
    share: 8,
    def: analog("0002", "m/s", { loc: "CF_RETURN" }),
    value: wandering(2.6, 3.2, 0.1),
  },
  { system: "safety", share: 8, def: analog("0003", "℃", { loc: "CF_FACE" }), value: wandering(18, 22, 0.1) },
  { system: "safety", share: 2, def: analog("0014", "mg/m³"), value: wandering(0.5, 1.5, 0.1) },
  { system: "safety", share: 8, def: word("1004"), value: still(1) },
  { system: "safety", share: 5, def: word("1001"), value: still(1) },
  { system: "safety", share: 4, def: word("1002"), value: still(0) },
  { system: "safety", share: 2, def: word("1008"), value: still(0) },
  { system: "safety", share: 3, def: word("1015"), value: still(1) },
  { system: "safety", share: 2, def: word("3006", "state"), value: still(0) },
  { system: "safety", share: 2, def: word("3007", "state"), value: still(2) },
  { system: "fan", share: 2, def: word("1010"), value: still(1) },
  { system: "fan", share: 3, def: analog("0026", "℃"), value: wandering(35, 50, 0.1) },
  { system: "ring", share: 2, def: word("switchOnline", "state"), value: still(1) },
  { system: "ring", share: 2, def: analog("loss", "%"), value: wandering(0, 0.4, 0.1) },
];

interface Figures {
  readonly perSecond: number;
  readonly ns: number;
  /** How many rules the points were judged by, and the cost with as many again that concern none of them. */
  readonly rules: number;
  readonly twice: number;
  /** Milliseconds that the deadlines of one second take, over all points. */
  readonly second: number;
}

/** Readings a second through `step`: the packs that ship, a county's points of many sorts on a quiet day. */
export function benchEngine(points: number): Figures {
  const now = Date.now();
  const config = shipped(now);
  const twice = { ...config, rules: [...config.rules, ...config.rules.map(unconcerned)] };
  const [once, doubled]: [Measured[], Measured[]] = [[], []];
  for (let turn = 0; turn < TURNS; turn++) {
    if (turn % 2 === 0) once.push(measure(points, config, now));
    doubled.push(measure(points, twice, now));
    if (turn % 2 === 1) once.push(measure(points, config, now));
  }
  const ns = median(once.map((run) => run.ns));
  return {
    perSecond: 1e9 / ns,
    ns,
    rules: config.rules.length,
    twice: median(doubled.map((run) => run.ns)) / ns,
    second: median(once.flatMap(({ seconds }) => seconds)),
  };
}

/** The same rule for a sort of sensor that nobody has. */
const unconcerned = (rule: EffectiveConfig["rules"][number]) => ({
  ...rule,
  id: `OTHER-${rule.id}`,
  ladder: rule.ladder === null ? null : `OTHER-${rule.ladder}`,
  types: ["none"],
  systems: rule.systems.length === 0 ? ["none"] : rule.systems,
});

interface Stream {
  readonly mine: string;
  readonly system: string;
  readonly codes: readonly string[];
  readonly sorts: readonly Sort[];
}

interface Measured {
  /** Nanoseconds a reading, of all rounds together: some work is done for several samples at once. */
  readonly ns: number;
  /** Milliseconds, by tick. */
  readonly seconds: readonly number[];
}

function measure(points: number, config: EffectiveConfig, start: number): Measured {
  const engine = createEngine({ hash: alarmHash });
  let seq = 0;
  engine.step({ type: "config", seq: ++seq, now: start, hash: "bench", config, reason: "start" });
  const streams = streamsOf(points);
  for (const stream of streams) engine.step(packet(++seq, start, stream, table(stream, start)));
  const seconds: number[] = [];
  let whole = 0;
  // Made beforehand: what is measured is the engine, not who feeds it.
  const inputs = Array.from({ length: WARM_UP + ROUNDS }, (_, round) => {
    const now = start + (round + 1) * SECOND;
    const tick = { type: "tick" as const, seq: ++seq, now };
    const packets = streams.flatMap((stream) =>
      messages(stream, now, round).map((body) => packet(++seq, now, stream, body)),
    );
    return { tick, packets };
  });
  for (const [round, { tick, packets }] of inputs.entries()) {
    const before = performance.now();
    engine.step(tick);
    const between = performance.now();
    for (const input of packets) engine.step(input);
    if (round < WARM_UP) continue;
    seconds.push(between - before);
    whole += performance.now() - between;
  }
  const open = [...engine.openAlarms()].map(({ rule }) => rule);
  if (open.length > points / 100)
    throw new Error(`must hold: a quiet day, but ${[...new Set(open)].join(" ")}`);
  return { ns: (whole * 1e6) / (ROUNDS * points), seconds };
}

function streamsOf(points: number): Stream[] {
  return mineCodes().flatMap((mine) => streamsOfMine(mine, points / MINES));
}

const mineCodes = (): string[] => Array.from({ length: MINES }, (_, i) => String(FIRST_MINE + i));

function streamsOfMine(mine: string, points: number): Stream[] {
  const whole = SORTS.reduce((sum, { share }) => sum + share, 0);
  const all = SORTS.flatMap((sort, s) =>
    Array.from({ length: Math.round((points * sort.share) / whole) }, (_, i) => ({
      sort,
      code: `B${s}-${i}`,
    })),
  );
  return [...new Set(SORTS.map(({ system }) => system))].map((system) => {
    const own = all.filter(({ sort }) => sort.system === system);
    return { mine, system, codes: own.map(({ code }) => code), sorts: own.map(({ sort }) => sort) };
  });
}

const table = ({ codes, sorts }: Stream, ts: number): Body => ({
  kind: "points",
  ts,
  part: 1,
  parts: 1,
  points: codes.map((code, i) => ({ code, place: code, set: code, ...(sorts[i] as Sort).def })),
  rejected: [],
});

function messages({ codes, sorts }: Stream, ts: number, round: number): Body[] {
  const bodies: Body[] = [];
  for (let at = 0; at < codes.length; at += READINGS) {
    const own = codes.slice(at, at + READINGS);
    const columns: Columns = {
      n: own.length,
      codes: own,
      t: new Float64Array(own.length).fill(ts),
      v: Float64Array.from(own, (_, i) => (sorts[at + i] as Sort).value(at + i, round)),
      s: new Uint32Array(own.length),
      bad: null,
    };
    bodies.push({ kind: "readings", ts, seq: null, columns });
  }
  return bodies;
}

function packet(seq: number, now: number, { mine, system }: Stream, body: Body): PacketInput {
  const topicKind = body.kind === "points" ? "points" : "readings";
  return {
    type: "packet",
    seq,
    now,
    mine,
    system,
    topicKind,
    qos: 1,
    connection: 1,
    digest: seq,
    body,
  };
}

function shipped(now: number): EffectiveConfig {
  const loaded = loadConfig(shippedConfig(), () => undefined, now);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  const mine = loaded.config.mines.find(({ code }) => code === String(FIRST_MINE));
  if (mine === undefined) throw new Error("must hold: the first mine ships");
  return { ...loaded.config, mines: mineCodes().map((code) => ({ ...mine, code, aliases: [] })) };
}
