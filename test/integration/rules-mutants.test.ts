import { expect, it } from "vitest";
import { mutate, runScenarios } from "../../src/cli/rules/run.ts";
import { readScenarios } from "../../src/cli/rules/scenario-files.ts";
import { BEGIN } from "../../src/cli/rules/scene.ts";
import { loadConfig } from "../../src/wire/config/load.ts";
import { shippedConfig } from "../support/shipped-config.ts";

it("a limit, a release, a delay, a level, a word or a length of time that is changed in any pack fails a scenario", async () => {
  const loaded = loadConfig(shippedConfig(), () => undefined, BEGIN);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  const files = await readScenarios([], "config");
  const { results } = runScenarios(files, loaded.config);
  const { mutants, survivors } = mutate(files, results, loaded.config, { complete: true });
  expect(survivors.map(({ what }) => what)).toEqual([]);
  expect(mutants).toBeGreaterThan(1_500);
}, 600_000);
