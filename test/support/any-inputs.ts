import fc from "fast-check";
import type { EffectiveConfig } from "../../src/model/config.ts";
import type { Body, Input, PacketInput } from "../../src/model/input.ts";
import { GATEWAY_SYSTEM } from "../../src/model/mine.ts";
import type { Area, Person } from "../../src/model/people.ts";
import type { PointDef } from "../../src/model/point.ts";
import { HOUR, type Instant, MINUTE, SECOND } from "../../src/model/time.ts";

/** Random inputs of every kind for an engine that runs whole packs: values at and around the limits of their rules. */
export interface AnyPoint extends PointDef {
  readonly system: string;
  /** What it may read. */
  readonly values: readonly number[];
}

/** Of every sensor type that a rule names a point in each of some places, with the numbers of those rules as values. */
export function pointsOf(config: EffectiveConfig): AnyPoint[] {
  const own = config.rules
    .filter(({ systems }) => systems.includes(GATEWAY_SYSTEM))
    .flatMap(({ types }) => types);
  const types = [...new Set(config.rules.flatMap((rule) => rule.types))].filter(
    (type) => !own.includes(type),
  );
  return types.flatMap((type, i) => PLACES.map((place) => pointOf(config, type, i + 3 * place, place)));
}

const PLACES = [0, 1, 2];

/** The county confirmed where every other point is. */
export function withPlaces(
  config: EffectiveConfig,
  mine: string,
  points: readonly AnyPoint[],
): EffectiveConfig {
  const known = points.filter(({ loc }, i) => loc !== undefined && i % 2 === 0);
  const confirmed = Object.fromEntries(
    known.map(({ system, code, loc }) => [`${system}:${code}`, { loc: loc as string }]),
  );
  const systems = [...new Set(points.map(({ system }) => system)), "person"];
  const mines = config.mines.map((one) =>
    one.code === mine
      ? { ...one, systems, points: confirmed, approvedUnderground: 30, rockBurst: true }
      : one,
  );
  return { ...config, mines };
}

function pointOf(config: EffectiveConfig, type: string, i: number, place: number): AnyPoint {
  const rules = config.rules.filter((rule) => rule.types.includes(type));
  const rows = config.limits.filter((row) => row.types.includes(type));
  const words = config.switchTypes[type]?.values;
  const locs = [...new Set([...rules.flatMap((rule) => rule.locs), ...rows.map(({ loc }) => loc)])];
  const loc = locs[i % Math.max(1, locs.length)];
  const limits = [
    ...numbersIn(rules.map(({ when }) => when)),
    ...rows.flatMap((row) => [row.alarm, row.cut, row.release]),
  ];
  const step = config.types[type]?.resolution ?? 0.1;
  const around = [...new Set(limits)].flatMap((limit) =>
    limit === null || Math.abs(limit) > 20_000 ? [] : [limit - step, limit, limit + step, limit * 2],
  );
  return {
    code: `${type}-${place}`,
    type,
    kind: words === undefined ? "analog" : /^1/.test(type) ? "switch" : "state",
    place: `working ${place}`,
    ...(loc === undefined ? {} : { loc }),
    ...(type === "3006" ? { substation: "1" } : i % 3 === 0 ? { substation: "1" } : {}),
    ...(type === "0001" ? { cuts: [`1009-${place}`], alarmHigh: 1, cutHigh: 1.5 } : {}),
    ...(type === "1015" || type === "1011" ? { feeds: `1009-${place}` } : {}),
    set: `set${place}`,
    machine: `${i % 3}#`,
    ...(i % 4 === 0 ? { cycle: 0 } : {}),
    system: rules.flatMap(({ systems }) => systems)[0] ?? "safety",
    values: words === undefined ? [0, 0.2, 1, ...around] : Object.keys(words).map(Number),
  };
}

function numbersIn(value: unknown): number[] {
  if (typeof value === "number") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

const KINDS = [
  ...([
    "readings",
    "readings",
    "readings",
    "readings",
    "readings",
    "readings",
    "backfill",
    "tick",
    "table",
  ] as const),
  ...([
    "link",
    "status",
    "config",
    "people",
    "people",
    "event",
    "event",
    "ack",
    "confirm",
    "accept",
    "credential",
  ] as const),
  ...(["self", "clock", "start", "receipt", "stats", "unusable", "comment"] as const),
];
const at = fc.nat({ max: 1_000_000 });
export const anyMove = fc.record({
  // Of a gap beyond six hours only the last minute is gone through: the machine slept.
  wait: fc.constantFrom(0, 1, 1_000, 5_000, 15_000, 30_000, 61_000, 200_000, 700_000, 7 * HOUR),
  kind: fc.constantFrom(...KINDS),
  /** Point, value, state bits and age of each reading, as places in what there is. */
  readings: fc.array(fc.tuple(at, at, at, at), { minLength: 4, maxLength: 30 }),
  n: at,
  flag: fc.boolean(),
});
export type Move = typeof anyMove extends fc.Arbitrary<infer T> ? T : never;

const STATES = [0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 8, 16, 32, 64, 128, 129];
const AGES = [0, 0, 0, 0, 0, 2_000, 40_000, 400_000, 3 * HOUR, -2_000, -10 * MINUTE];
const pick = <T>(list: readonly T[], place: number): T => list[place % list.length] as T;

export interface Stage {
  readonly config: EffectiveConfig;
  readonly mine: string;
  readonly points: readonly AnyPoint[];
}

/** The inputs of a story; `last` names the alarm that acts are about, and is asked while the story goes. */
export function* inputsOf(
  moves: readonly Move[],
  { config, mine, points }: Stage,
  begin: Instant,
  last: () => string,
): Generator<Input> {
  let [now, seq] = [begin, 0];
  const systems = [...new Set(points.map(({ system }) => system))];
  const made = <T extends object>(input: T) => ({ ...input, seq: ++seq, now }) as unknown as Input;
  const packet = (system: string | null, body: Body, connection = 1): Input =>
    made<Omit<PacketInput, "seq" | "now">>({
      type: "packet",
      mine,
      system,
      topicKind: body.kind === "unusable" ? "readings" : body.kind,
      qos: 1,
      connection,
      digest: seq,
      body,
    });
  const tables = (loosen: boolean, drop: number) =>
    systems.map((system) => {
      const own = points.filter((point) => point.system === system).slice(drop);
      const rows = own.map(({ values: _v, system: _s, ...def }) => (loosen ? { ...def, alarmHigh: 2 } : def));
      return packet(system, { kind: "points", ts: now, part: 1, parts: 1, points: rows, rejected: [] });
    });
  yield made({ type: "start", version: "test", epoch: "test", firstCall: "with-raise" });
  yield made({ type: "config", hash: "0", config, reason: "start" });
  yield made({ type: "link", mine, event: "up", connection: 1, system: null, why: "" });
  yield* tables(false, 0);
  for (const move of moves) {
    now += move.wait;
    yield* play(move);
  }

  function* play({ kind, readings, n, flag }: Move): Generator<Input> {
    const actor = { user: "li", role: "lead", mines: ["*"], device: "desk" } as const;
    // Systems with many points speak more often.
    const { system } = pick(points, n);
    switch (kind) {
      case "readings":
      case "backfill": {
        const own = points.filter((point) => point.system === system);
        const cells = readings.map(([p, v, s, age]) => ({
          point: pick(own, p),
          v,
          s: pick(STATES, s),
          age: pick(AGES, age),
        }));
        const columns = {
          n: cells.length,
          codes: cells.map(({ point }) => point.code),
          t: Float64Array.from(cells, ({ age }) => now - age),
          v: Float64Array.from(cells, ({ point, v, s }) =>
            s >= 8 && flag ? Number.NaN : pick(point.values, v),
          ),
          s: Uint32Array.from(cells, ({ s }) => s),
          bad: null,
        };
        yield packet(system, { kind, ts: now - (n % 9 === 0 ? 90 * SECOND : 0), seq: null, columns });
        return;
      }
      case "tick":
        yield made({ type: "tick" });
        return;
      case "table":
        yield* tables(flag, n % 4);
        return;
      case "link":
        yield made({
          type: "link",
          mine,
          event: flag ? "up" : "down",
          connection: 1 + (n % 2),
          system: null,
          why: "",
        });
        return;
      case "status":
        yield packet(n % 2 === 0 ? null : system, { kind: "status", ts: now, online: flag, software: null });
        return;
      case "config": {
        const rules = config.rules
          .filter((_, i) => i % 7 !== n % 8)
          .map((rule, i) => (i % 5 === n % 6 ? { ...rule, onDelay: rule.onDelay + SECOND } : rule));
        yield made({
          type: "config",
          hash: `${n % 8}-${n % 6}`,
          config: { ...config, rules },
          reason: "reload",
        });
        return;
      }
      case "people":
        yield packet("person", peopleBody(now, n, flag));
        return;
      case "event": {
        const of = flag ? { card: `c${n % 9}` } : { p: pick(points, n).code };
        const end = n % 3 === 0 ? { end: now } : {};
        const record = pick(["001", "002", "003", "004", "005", "007", "008", "sos", "restricted"], n);
        const one = {
          kind: record,
          start: now - (n % 5) * MINUTE,
          ...(n % 2 === 0 ? { id: `e${n % 4}` } : {}),
          ...of,
          ...end,
        };
        yield packet(flag ? "person" : "safety", { kind: "events", ts: now, events: [one], rejected: [] });
        return;
      }
      case "stats": {
        const row = {
          p: pick(points, n).code,
          from: now - HOUR,
          to: now,
          max: 1,
          maxAt: now,
          min: 0,
          minAt: now,
          avg: 0.5,
        };
        yield packet(system, { kind: "stats", ts: now, stats: [row], rejected: [] });
        return;
      }
      case "unusable":
        yield packet(system, { kind: "unusable", reason: "test" });
        return;
      case "ack":
        yield made({
          type: "act",
          act: { id: `a${n}`, actor, do: "acknowledge", alarm: last(), expect: null, note: null },
        });
        return;
      case "comment":
        yield made({
          type: "act",
          act: { id: `b${n}`, actor, do: "comment", alarm: last(), expect: null, note: "seen" },
        });
        return;
      case "confirm": {
        const { code, loc = "CF_FACE", system: of } = pick(points, n);
        yield made({
          type: "act",
          act: { id: `c${n}`, actor, do: "confirm-location", point: `${mine}:${of}:${code}`, loc },
        });
        return;
      }
      case "accept":
        yield made({
          type: "act",
          act: { id: `d${n}`, actor, do: "confirm-table", mine, system, accept: flag },
        });
        return;
      case "credential":
        yield made({
          type: "act",
          act: {
            id: `e${n}`,
            actor: { ...actor, role: "admin" },
            do: "credentials",
            mine,
            what: flag ? "issued" : "revoked",
            credential: `k${n}`,
            system,
          },
        });
        return;
      case "receipt":
        yield made({
          type: "receipt",
          alarm: last(),
          rung: flag ? "seen" : "delivered",
          by: "li",
          device: "desk",
        });
        return;
      case "self": {
        const own = config.rules
          .filter(({ systems: of }) => of.includes(GATEWAY_SYSTEM))
          .flatMap(({ types }) => types);
        yield made({ type: "self", point: pick(own, n), value: flag ? 1 : 0, detail: "" });
        return;
      }
      case "clock": {
        const by = flag ? 10 * MINUTE : -5 * MINUTE;
        now += by;
        yield made({ type: "clock", by });
        return;
      }
      case "start":
        yield made({ type: "start", version: "test", epoch: "test", firstCall: "with-raise" });
        return;
    }
  }
}

const KIND_OF_AREA = ["normal", "key", "restricted", "rockburst"] as const;

function peopleBody(now: Instant, n: number, flag: boolean): Body {
  const areas = KIND_OF_AREA.map(
    (kind, i): Area => ({ code: `a${i}`, name: `area ${i}`, kind, quota: 3 * i }),
  );
  const people = Array.from({ length: n % 60 }, (_, i): Person => {
    const area = `a${(i * (1 + (n % 3))) % 4}`;
    const down = now - ((n + i) % 15) * HOUR;
    return {
      card: `c${i}`,
      down,
      area,
      areaSince: now - MINUTE,
      seen: now - ((n * i) % 40) * MINUTE,
      ...(i === n % 200 ? { sos: true } : {}),
      ...(i === 1 && flag ? { leader: true } : {}),
      ...(i % 17 === 3 && flag ? { up: now - SECOND } : {}),
    };
  });
  const count = n % 5 === 0 ? people.length + 1 : null;
  return {
    kind: "people",
    ts: now,
    part: 1,
    parts: 1,
    count,
    people,
    areas: n % 4 === 0 ? null : areas,
    rejected: [],
  };
}
