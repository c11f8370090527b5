import { createHash } from "node:crypto";
import { createFeed, MINE } from "../../src/cli/rules/feed.ts";
import { createEngine, type Engine } from "../../src/core/engine.ts";
import type { EffectiveConfig } from "../../src/model/config.ts";
import type { MineConfig } from "../../src/model/mine.ts";
import type { PointDef } from "../../src/model/point.ts";
import type { LawLimit, Rule } from "../../src/model/rule.ts";
import { MINUTE, SECOND } from "../../src/model/time.ts";
import { evaluator } from "../../src/wire/config/expression.ts";

export { createFeed, MINE } from "../../src/cli/rules/feed.ts";

export const anEngine = (): Engine =>
  createEngine({
    hash: (text) => createHash("sha256").update(text).digest("hex").slice(0, 32),
    compile: evaluator,
  });

export function aRule(rule: Partial<Rule> & Pick<Rule, "id" | "when">): Rule {
  return {
    title: rule.id,
    titleEn: rule.id,
    basis: "test",
    unverified: false,
    systems: ["safety"],
    types: [],
    locs: [],
    ladder: null,
    level: "yellow",
    ack: "required",
    onDelay: 0,
    offDelay: 0,
    class: "over-limit",
    onBad: "hold",
    statuses: [],
    response: null,
    latch: false,
    parent: null,
    shadow: false,
    source: "test:1",
    ...rule,
  };
}

const METHANE = ["0001", "0011", "0043"];
const step = (limit: "alarm" | "cut") => ({ kind: "high" as const, limit, clear: "release" as const });

/** The rules of the first packs, by the numbers of domain.md §10. */
export const RULES: readonly Rule[] = [
  ...(["CF_CORNER", "CF_FACE"] as const).flatMap((loc, i) => {
    const locs = loc === "CF_FACE" ? ["CF_FACE", "CF_FACE_OB"] : [loc, "UNASSIGNED"];
    const about = { types: METHANE, locs, ladder: "CH4" };
    return [
      aRule({ id: `CH4-0${2 * i + 1}`, ...about, when: step("alarm"), level: "yellow" }),
      aRule({ id: `CH4-0${2 * i + 2}`, ...about, when: step("cut"), level: "orange" }),
    ];
  }),
  aRule({
    id: "CO-01",
    types: ["0004"],
    locs: ["CF_CORNER", "CF_RETURN"],
    ladder: "CO",
    when: { kind: "high", limit: "alarm", clear: "release" },
    onDelay: 60 * SECOND,
  }),
  aRule({
    id: "FAN-01",
    systems: ["safety", "fan"],
    types: ["1010"],
    when: { kind: "set", all: ["stopped", "off"] },
    level: "red",
    class: "fan",
  }),
  aRule({
    id: "SEN-01",
    types: [...METHANE, "0004"],
    when: { kind: "bits", mask: 128 },
    level: "orange",
    onDelay: 60 * SECOND,
    class: "sensor-fault",
  }),
  aRule({
    id: "SEN-08b",
    systems: ["safety", "fan"],
    types: [...METHANE, "0004", "1010", "0002"],
    ladder: "SEN-08",
    when: { kind: "silence", of: "point" },
    class: "sensor-fault",
    parent: "LINK-01",
  }),
  aRule({
    id: "SEN-08",
    ladder: "SEN-08",
    systems: ["safety", "fan"],
    types: [...METHANE, "0004", "1010"],
    when: { kind: "silence", of: "point" },
    level: "orange",
    class: "sensor-fault",
    parent: "LINK-01",
  }),
  aRule({
    id: "LINK-01",
    when: { kind: "silence", of: "stream", after: 5 * MINUTE },
    ladder: "LINK",
    class: "link",
    parent: "LINK-04",
  }),
  aRule({
    id: "LINK-04",
    systems: [],
    when: { kind: "link", down: "mine" },
    onDelay: 60 * SECOND,
    class: "link",
  }),
  aRule({
    id: "GW-01",
    systems: ["gateway"],
    types: ["disk-low"],
    when: { kind: "state", is: ["fault"] },
    onDelay: 10 * SECOND,
    class: "gateway",
  }),
];

const law = (loc: string, alarm: number, cut: number | null, release: number): LawLimit => ({
  systems: ["safety"],
  types: METHANE,
  loc,
  alarm,
  cut,
  release,
  alarmLow: null,
  releaseLow: null,
  from: "law",
  basis: "《煤矿安全规程》第536条",
});

export const LIMITS: readonly LawLimit[] = [
  law("CF_CORNER", 1.0, 1.5, 1.0),
  law("CF_FACE", 1.0, 1.5, 1.0),
  law("MAIN_RETURN", 0.75, null, 0.75),
  ...["CF_CORNER", "CF_RETURN"].map((loc) => ({
    ...law(loc, 24, null, 24),
    types: ["0004"],
  })),
];

export function aMine(mine: Partial<MineConfig> = {}): MineConfig {
  return {
    code: MINE,
    name: "一号矿",
    aliases: [],
    kind: "coal",
    status: "producing",
    gasGrade: "high",
    rockBurst: false,
    approvedUnderground: null,
    contacts: [],
    systems: ["safety", "fan"],
    cycles: {},
    points: {},
    limits: {},
    ...mine,
  };
}

export function aConfig(config: Partial<EffectiveConfig> = {}): EffectiveConfig {
  return {
    zone: "Asia/Shanghai",
    offsets: [],
    systems: ["safety", "fan", "person", "ring"],
    mines: [aMine()],
    rules: RULES,
    limits: LIMITS,
    units: {
      "%CH4": { unit: "%CH4", quantity: "methane", factor: 1, offset: 0 },
      "％": { unit: "%CH4", quantity: "methane", factor: 1, offset: 0 },
      ppm: { unit: "ppm", quantity: "concentration", factor: 1, offset: 0 },
      "%CO": { unit: "ppm", quantity: "concentration", factor: 10_000, offset: 0 },
    },
    switchWords: { 运行: "running", 停止: "stopped", 开: "on", 停: "off", 故障: "fault" },
    switchTypes: {
      "1010": { values: { "0": "stopped", "1": "running" } },
      "3006": { values: { "0": "ok", "1": "lost", "2": "fault", "9": "unknown" } },
    },
    types: {
      "0001": { name: "甲烷", nameEn: "methane", unit: "%CH4", resolution: 0.01 },
      "0004": { name: "一氧化碳", nameEn: "CO", unit: "ppm", resolution: 1 },
    },
    ...config,
  };
}

export function aPoint(point: Partial<PointDef> & Pick<PointDef, "code">): PointDef {
  return { type: "0001", kind: "analog", place: point.code, ...point };
}

/** An engine that was started with this configuration, and what feeds it. */
export function begun(now: number, config: EffectiveConfig, hash?: string) {
  const engine = anEngine();
  const feed = createFeed(engine);
  feed.step({ type: "start", now, version: "test", epoch: "test" });
  feed.config(now, config, hash);
  return { engine, feed };
}
