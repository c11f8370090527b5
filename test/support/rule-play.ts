import { wordDifference } from "../../src/cli/rules/expectation.ts";
import { play } from "../../src/cli/rules/play.ts";
import { readScenario } from "../../src/cli/rules/scenario-text.ts";
import { BEGIN } from "../../src/cli/rules/scene.ts";
import type { EffectiveConfig } from "../../src/model/config.ts";
import { type LoadedConfig, loadConfig } from "../../src/wire/config/load.ts";
import { illegalSteps } from "./arrows.ts";
import { anEngine } from "./builders-core.ts";
import { shippedConfig } from "./shipped-config.ts";

/** The location classes that ship. */
const PLACES = "rules/places.yaml";

const LAW = `
limits:
  - { type: methane, loc: [CF_CORNER, CF_FACE], alarm: 1.0, cut: 1.5, release: 1.0, basis: test }
`;

const MINE = `code: "520523017311"
name: 一号矿
kind: coal
status: producing
gasGrade: high
rockBurst: false
approvedUnderground: null
contacts: []
systems: [safety, fan]
`;

const BARE = {
  title: "试验",
  titleEn: "Test",
  unverified: "true",
  system: "safety",
  type: "methane",
  level: "yellow",
  class: "over-limit",
};

/** A rule as a pack would have it, with what it needs beside its condition. */
export function rule(id: string, when: string, more: Partial<Record<string, string>> = {}): string {
  const keys = Object.entries({ id, ...BARE, when, ...more }).filter(([, value]) => value !== undefined);
  return `  - { ${keys.map(([key, value]) => `${key}: ${value}`).join(", ")} }\n`;
}

/** The configuration that ships with these rules instead of its own, and one bare mine. */
export function loadRules(rules: string, limits = LAW): LoadedConfig {
  const others = shippedConfig().filter(({ path }) => path === PLACES || !/^(rules|mines)\//.test(path));
  const files = [
    ...others,
    { path: "mines/520523017311.yaml", text: MINE },
    { path: "rules/test.yaml", text: `${limits}rules:\n${rules}` },
  ];
  return loadConfig(files, () => undefined, BEGIN);
}

export function configWith(rules: string): EffectiveConfig {
  const loaded = loadRules(rules);
  if (!loaded.ok) throw new Error(loaded.faults.map((each) => `${each.what} (${each.allowed})`).join("; "));
  return loaded.config;
}

/** Plays a story over rules as YAML has them: what differs from what it expects, also with an engine restored each line. */
export function tell(rules: string, story: string): string {
  const config = configWith(rules);
  const scenario = readScenario(story);
  const straight = play(scenario, config, { newEngine: anEngine });
  const reborn = play(scenario, config, { newEngine: anEngine, reborn: true });
  const differences = straight.differences.map((each) => wordDifference("line", each));
  if (JSON.stringify(reborn.entries) !== JSON.stringify(straight.entries))
    differences.push("a restored engine differs");
  differences.push(...illegalSteps(straight.entries));
  return differences.join("\n");
}
