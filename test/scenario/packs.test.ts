import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { wordDifference } from "../../src/cli/rules/expectation.ts";
import { play } from "../../src/cli/rules/play.ts";
import { mutate, runScenarios } from "../../src/cli/rules/run.ts";
import { readScenario } from "../../src/cli/rules/scenario-text.ts";
import { BEGIN } from "../../src/cli/rules/scene.ts";
import { loadConfig } from "../../src/wire/config/load.ts";
import { illegalSteps } from "../support/arrows.ts";
import { shippedConfig } from "../support/shipped-config.ts";

const FOLDER = join("config", "scenarios");
const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".txt"),
);
const loaded = loadConfig(shippedConfig(), () => undefined, BEGIN);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
const { config } = loaded;

describe.each(files)("the rules that ship, %s", (name) => {
  const scenario = readScenario(readFileSync(join(FOLDER, name), "utf8"));

  it(`${scenario.title}`, () => {
    const { differences, entries } = play(scenario, config);
    expect(differences.map((each) => wordDifference(join(FOLDER, name), each)).join("\n")).toBe("");
    expect(illegalSteps(entries)).toEqual([]);
  });

  it("go the same way when the engine is restored from its image before every line", () => {
    expect(play(scenario, config, { reborn: true }).entries).toEqual(play(scenario, config).entries);
  });
});

describe("the scenarios of the rules that ship", () => {
  const texts = files.map((name) => ({ file: name, text: readFileSync(join(FOLDER, name), "utf8") }));
  const { results, coverage } = runScenarios(texts, config);

  it("play every rule, and show all that its conditions can say", () => {
    const gaps = coverage.rules.flatMap(({ rule, leaves }) =>
      leaves
        .filter(({ missing }) => missing.length > 0)
        .map(({ path, missing }) => `${rule} ${path} ${missing}`),
    );
    expect({ unplayed: coverage.unplayed, gaps }).toEqual({ unplayed: [], gaps: [] });
    expect(coverage.of).toBeGreaterThan(1_000);
  });

  it("notice a ≥ that becomes a >, in any pack", () => {
    const { mutants, survivors } = mutate(texts, results, config, { complete: true, only: /[≥>≤<] becomes/ });
    expect(survivors).toEqual([]);
    expect(mutants).toBeGreaterThan(100);
  });
});
