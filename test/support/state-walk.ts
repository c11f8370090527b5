import type { Engine } from "../../src/core/engine.ts";
import type { ActResult, AlarmAct } from "../../src/model/act.ts";
import type { Alarm, JournalEntry } from "../../src/model/alarm.ts";
import type { EffectiveConfig } from "../../src/model/config.ts";
import { MINUTE, SECOND } from "../../src/model/time.ts";
import { illegalSteps, type Lives, livesAfter } from "./arrows.ts";
import { aConfig, aMine, anEngine, aPoint, aRule, createFeed, MINE } from "./builders-core.ts";

/**
 * Walks, breadth first, through every state that the alarms of one point can reach on the real engine: what comes
 * from the mine, what people do, what time does, what restarts do. Two states are the same when nothing that is
 * asked here can tell them apart; each is kept as the image of an engine, so that every step is taken from exactly it.
 */
export interface Walk {
  readonly states: number;
  readonly paths: number;
  /** By which `A B C D` × suppression × latch × request × quality alarms were seen. */
  readonly combinations: ReadonlySet<string>;
  /** What was wrong, with the shortest way that leads to it. */
  readonly faults: readonly string[];
}

const BEGIN = 1_700_000_000_000;

/** What happens in one step; the walk tries each in every state. */
export interface Move {
  readonly name: string;
  readonly do: "reading" | "bad" | "switch" | "act" | "wait" | "restart" | "reload";
  readonly value?: number;
  readonly by?: string;
  readonly act?: (facts: Facts) => AlarmAct | null;
}

/** What the moves may name. */
export interface Facts {
  readonly now: number;
  readonly alarm: Alarm | null;
  readonly request: string;
  readonly switchOn: boolean;
}

export const LADDER = [
  { id: "Y", level: "yellow", limit: 1 },
  { id: "O", level: "orange", limit: 1.5 },
  { id: "R", level: "red", limit: 2 },
] as const;

/** One point with a ladder of three levels, and a switch that holds the ladder back by design. */
export function walkConfig(how: { readonly latch: boolean; readonly shift?: number }): EffectiveConfig {
  const held = {
    kind: "point",
    is: { kind: "state", is: ["on"] },
    of: { types: ["9"], locs: [], systems: [], near: "mine", others: false },
    atLeast: 1,
    remember: 0,
  } as const;
  const rules = LADDER.map(({ id, level, limit }) =>
    aRule({
      id,
      level,
      ladder: "G",
      types: ["0001"],
      latch: how.latch,
      unless: held,
      because: "检修",
      when: { kind: "high", limit: limit + (how.shift ?? 0), clear: 1 },
    }),
  );
  return aConfig({
    rules,
    limits: [],
    mines: [aMine({ systems: ["safety"] })],
    switchTypes: { "9": { values: { "0": "off", "1": "on" } } },
  });
}

interface Node {
  readonly image: unknown;
  readonly key: string;
  readonly now: number;
  readonly seq: number;
  readonly way: string;
  readonly switchOn: boolean;
  readonly reloaded: boolean;
  /** How far each alarm has come. */
  readonly lives: Lives;
}

export function walk(how: {
  readonly config: (reloaded: boolean) => EffectiveConfig;
  readonly moves: readonly Move[];
  readonly check: (engine: Engine, entries: readonly JournalEntry[], now: number) => readonly string[];
  /** No further than this many alarms that are not over: the next are like those. */
  readonly most: number;
}): Walk {
  const seen = new Set<string>();
  const combinations = new Set<string>();
  const faults: string[] = [];
  let queue: Node[] = [];
  let paths = 0;
  const first = begin(how.config(false));
  seen.add(first.key);
  queue.push(first);
  while (queue.length > 0 && faults.length === 0) {
    const next: Node[] = [];
    for (const node of queue) {
      let stage: Stage | null = null;
      for (const move of how.moves) {
        stage ??= awake(node);
        const done = take(stage, node, move, how.config);
        if (done === null) continue;
        paths++;
        const { engine, entries, result } = done;
        const way = node.way === "" ? move.name : `${node.way}, ${move.name}`;
        const wrong = [...illegalSteps(entries, node.lives), ...how.check(engine, entries, done.now)];
        for (const fault of wrong) faults.push(`${way}: ${fault}`);
        for (const alarm of engine.openAlarms()) combinations.add(combinationOf(alarm));
        // A refusal changes nothing: the next move may be tried where it left off.
        if (result?.ok === false) {
          if (entries.length > 0) faults.push(`${way}: refused, and told ${entries.length} things`);
          continue;
        }
        const key = keyOf(engine, done, how.most);
        // Nothing told and nothing to be told apart: the next move may be tried from here just as well.
        if (entries.length === 0 && key === node.key) continue;
        if (key !== null && !seen.has(key)) {
          seen.add(key);
          const { now, seq, switchOn, reloaded } = done;
          const lives = livesAfter(node.lives, entries);
          next.push({ image: engine.image(), key, now, seq, switchOn, reloaded, way, lives });
        }
        stage = null;
      }
    }
    queue = next;
  }
  return { states: seen.size, paths, combinations, faults };
}

/** Goes one way and tells all that happened; `reborn`: before every move another engine goes on from the image. */
export function goAlong(
  moves: readonly Move[],
  config: (reloaded: boolean) => EffectiveConfig,
  reborn: boolean,
): { readonly entries: readonly JournalEntry[]; readonly results: readonly (ActResult | null)[] } {
  let node = begin(config(false));
  const entries: JournalEntry[] = [];
  const results: (ActResult | null)[] = [];
  let stage = awake(node);
  moves.forEach((move, i) => {
    if (reborn) stage = awake({ ...node, image: stage.engine.image() });
    tries = i;
    const done = take(stage, node, move, config);
    if (done === null) return;
    entries.push(...done.entries);
    results.push(done.result);
    node = { ...node, now: done.now, seq: done.seq, switchOn: done.switchOn, reloaded: done.reloaded };
  });
  return { entries, results };
}

interface Stage {
  readonly engine: Engine;
  readonly node: Node;
}

function begin(config: EffectiveConfig): Node {
  const engine = anEngine();
  const feed = createFeed(engine);
  feed.step({ type: "start", now: BEGIN, version: "test", epoch: "test", firstCall: "with-raise" });
  feed.config(BEGIN, config, "plain");
  feed.points(BEGIN, [
    aPoint({ code: "A", cycle: 0 }),
    aPoint({ code: "F", type: "9", kind: "state", cycle: 0 }),
  ]);
  feed.readings(BEGIN, [
    { p: "A", v: 0.5 },
    { p: "F", v: 0 },
  ]);
  const at = { now: BEGIN, switchOn: false, reloaded: false };
  const key = keyOf(engine, at, 0) ?? "";
  return { ...at, image: engine.image(), key, seq: 100, way: "", lives: new Map() };
}

function awake(node: Node): Stage {
  const engine = anEngine();
  engine.restore(structuredClone(node.image));
  return { engine, node };
}

interface Done {
  readonly engine: Engine;
  readonly entries: readonly JournalEntry[];
  readonly result: ActResult | null;
  readonly now: number;
  readonly seq: number;
  readonly switchOn: boolean;
  readonly reloaded: boolean;
}

/** One move; null where it means nothing. */
function take(
  { engine }: Stage,
  node: Node,
  move: Move,
  config: (reloaded: boolean) => EffectiveConfig,
): Done | null {
  const now = node.now + SECOND;
  const after = { now, seq: node.seq + 1, switchOn: node.switchOn, reloaded: node.reloaded };
  const input = (fields: object, at = now) => engine.step({ seq: node.seq, now: at, ...fields } as never);
  const readings = (p: string, v: number | null, s = 0) => {
    const columns = {
      n: 1,
      codes: [p],
      t: Float64Array.of(now),
      v: Float64Array.of(v ?? Number.NaN),
      s: Uint32Array.of(s),
      bad: null,
    };
    const body = { kind: "readings", ts: now, seq: null, columns };
    const packet = {
      type: "packet",
      mine: MINE,
      system: "safety",
      topicKind: "readings",
      qos: 1,
      connection: 1,
    };
    return input({ ...packet, digest: 1_000_000 + tries++, body });
  };
  switch (move.do) {
    case "reading":
      return { engine, ...after, ...readings("A", move.value ?? 0) };
    case "bad":
      return { engine, ...after, ...readings("A", null, 128) };
    case "switch":
      return { engine, ...after, switchOn: !node.switchOn, ...readings("F", node.switchOn ? 0 : 1) };
    case "act": {
      const act = move.act?.({
        now,
        alarm: newest(engine),
        request: waiting(engine),
        switchOn: node.switchOn,
      });
      if (act === null || act === undefined) return null;
      const role = move.by === "mine" ? "mine" : "lead";
      const actor = { user: move.by ?? "li", role, mines: ["*"], device: "desk" };
      // The same act again is the same act: every try is one of its own.
      const id = `${move.name} ${node.seq} ${tries++}`;
      return { engine, ...after, ...input({ type: "act", act: { id, actor, ...act } }) };
    }
    case "wait": {
      const due = nextDeadline(engine);
      if (due === null) return null;
      const at = Math.ceil(due / SECOND) * SECOND;
      return { engine, ...after, now: at, ...input({ type: "tick" }, at) };
    }
    case "restart":
      return {
        engine,
        ...after,
        ...input({ type: "start", version: "test", epoch: "test", firstCall: "with-raise" }),
      };
    case "reload": {
      const reloaded = !node.reloaded;
      const hash = reloaded ? "shifted" : "plain";
      const other = { type: "config", config: config(reloaded), hash, reason: "reload" };
      return { engine, ...after, reloaded, ...input(other) };
    }
  }
}
let tries = 0;

const isOpen = ({ state }: Alarm): boolean => state !== "normal";

/** The last to begin, open or over. */
const newest = (engine: Engine): Alarm | null =>
  [...engine.openAlarms()].reduce<Alarm | null>(
    (last, alarm) => (last === null || alarm.detectedAt >= last.detectedAt ? alarm : last),
    null,
  );

const waiting = (engine: Engine): string => engine.requests()[0]?.id ?? "none";

/** When the next thing that people decided is over by itself. */
function nextDeadline(engine: Engine): number | null {
  const ends = [
    ...engine.shelves().map(({ until }) => until),
    ...engine.outOfService().map(({ until }) => until),
    ...engine.requests().map(({ expires }) => expires),
  ];
  return ends.length === 0 ? null : Math.min(...ends);
}

const combinationOf = ({ state, suppression, latched, request, quality }: Alarm): string =>
  [state, suppression.kind, latched ? "latched" : "", request?.what ?? "", quality].join(" ");

/** What tells two states apart; null = more alarms than are looked at. */
function keyOf(
  engine: Engine,
  { now, switchOn, reloaded }: Pick<Done, "now" | "switchOn" | "reloaded">,
  most: number,
): string | null {
  const open = [...engine.openAlarms()].filter(isOpen);
  if (open.length > most) return null;
  const last = newest(engine);
  const point = engine.point(`${MINE}:safety:A`);
  const alarms = open.map((alarm) => [
    combinationOf(alarm),
    alarm.level,
    alarm.case === last?.case,
    alarm.handling.stage,
    alarm.cause?.code ?? "",
    alarm.feedback === null,
    alarm.returnedAt === null,
  ]);
  const ends = [
    ...engine.shelves().map(({ until, level, case: of, by }) => ({
      until,
      what: `shelf ${level} ${of === last?.case} ${by}`,
    })),
    ...engine.outOfService().map(({ until }) => ({ until, what: "service" })),
    ...engine.requests().map(({ expires, what, by, case: of }) => ({
      until: expires,
      what: `${what} ${by} ${of === last?.case}`,
    })),
  ].sort((a, b) => a.until - b.until);
  const lately = last !== null && last.endedAt !== null && now - (last.returnedAt ?? 0) <= 10 * MINUTE;
  const band = LADDER.filter(({ limit }) => (point?.value ?? 0) >= limit).length;
  return JSON.stringify([
    alarms,
    ends.map(({ what }) => what),
    band,
    point?.quality,
    switchOn,
    reloaded,
    lately,
  ]);
}
