import { wordDifference } from "../../src/cli/rules/expectation.ts";
import { play as playOver } from "../../src/cli/rules/play.ts";
import type { Scenario } from "../../src/cli/rules/scenario-text.ts";
import type { JournalEntry } from "../../src/model/alarm.ts";
import { aConfig, anEngine } from "./builders-core.ts";

export interface Played {
  readonly entries: readonly JournalEntry[];
  /** Lines whose transitions were not the expected ones, each as a text to read. */
  readonly differences: readonly string[];
}

/** Plays a scenario over the rules of the builders. */
export function play(scenario: Scenario, how: { readonly reborn?: boolean } = {}): Played {
  const { entries, differences } = playOver(scenario, aConfig(), { ...how, newEngine: anEngine });
  return { entries, differences: differences.map((each) => wordDifference("line", each)) };
}
