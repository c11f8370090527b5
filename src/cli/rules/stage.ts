import type { Effects } from "../../core/effects.ts";
import type { Engine } from "../../core/engine.ts";
import type { JournalEntry } from "../../model/alarm.ts";
import type { EffectiveConfig } from "../../model/config.ts";
import type { Area } from "../../model/people.ts";
import type { PointDef } from "../../model/point.ts";
import type { Instant } from "../../model/time.ts";
import { createFeed, type Feed, MINE } from "./feed.ts";
import type { Scene } from "./scene.ts";

/** An engine in the middle of a scenario. */
export interface Stage {
  readonly begin: Instant;
  readonly defs: Map<string, { readonly system: string; readonly def: PointDef }>;
  /** Areas of the personnel system that every list of people names. */
  readonly areas: readonly Area[];
  readonly entries: JournalEntry[];
  feed: Feed;
  config: EffectiveConfig;
  now: Instant;
  /** How far the gateway's clock was set since the beginning. */
  shift: number;
  acts: number;
  /** Takes down what a step brought about. */
  keep(effects: Effects): Effects;
  configure(config: EffectiveConfig): Effects;
  /** The engine dies; another one goes on from its image. */
  rebirth(): void;
}

/** Sets the scene: a start, the configuration, the mine's line, its point tables. */
export function createStage(scene: Scene, newEngine: () => Engine): Stage {
  let engine = newEngine();
  const { begin, points, areas } = scene;
  const stage: Stage = {
    begin,
    areas,
    defs: new Map(points.map(({ system, ...def }) => [def.code, { system, def }])),
    entries: [],
    feed: createFeed(engine),
    config: scene.config,
    now: begin,
    shift: 0,
    acts: 0,
    keep(effects) {
      if (effects.entries.length > 0) stage.entries.push(...effects.entries);
      return effects;
    },
    configure(config) {
      stage.config = config;
      return stage.keep(stage.feed.config(stage.now, config));
    },
    rebirth() {
      const image = structuredClone(engine.image());
      engine = newEngine();
      engine.restore(image);
      stage.feed = stage.feed.with(engine);
    },
  };
  stage.keep(
    stage.feed.step({ type: "start", now: begin, version: "test", epoch: "test", firstCall: "with-raise" }),
  );
  stage.configure(scene.config);
  const up = { type: "link", now: begin, mine: MINE, event: "up", connection: 1, system: null, why: "" };
  if (scene.linked) stage.keep(stage.feed.step(up as Parameters<Feed["step"]>[0]));
  if (points.length > 0) sendTables(stage, [...stage.defs.keys()]);
  return stage;
}

/** The point tables of the streams these points are in. */
export function sendTables(stage: Stage, codes: readonly string[]): Effects[] {
  const systems = new Set(codes.map((code) => stage.defs.get(code)?.system ?? "safety"));
  return [...systems].map((system) => {
    const known = codes.map((code) => stage.defs.get(code)).filter((one) => one?.system === system);
    const defs = known.flatMap((one) => (one === undefined ? [] : [one.def]));
    return stage.keep(stage.feed.points(stage.now, defs, { system }));
  });
}
