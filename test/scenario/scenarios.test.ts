import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readScenario } from "../../src/cli/rules/scenario-text.ts";
import { illegalSteps } from "../support/arrows.ts";
import { play } from "../support/scenario.ts";

const FOLDER = join("test", "scenario");
const files = readdirSync(FOLDER).filter((name) => name.endsWith(".txt"));

describe.each(files)("%s", (name) => {
  const scenario = readScenario(readFileSync(join(FOLDER, name), "utf8"));

  it(scenario.title, () => {
    expect(play(scenario).differences.join("\n")).toBe("");
  });

  it("takes only legal steps, numbered without a hole", () => {
    const { entries } = play(scenario);
    expect(illegalSteps(entries)).toEqual([]);
    const seqs = entries.flatMap((entry, i) => (entry.type === "transition" ? [entry.alarm.seq - i] : []));
    expect(seqs.every((offset) => offset === 1)).toBe(true);
  });

  it("goes the same way when the engine is restored from its image before every line", () => {
    expect(play(scenario, { reborn: true }).entries).toEqual(play(scenario).entries);
  });
});

describe("the scenario runner", () => {
  const story = (line: string) => play(readScenario(`point A loc=CF_CORNER confirmed\n${line}`)).differences;

  it("finds a transition that was not expected", () => {
    expect(story("at 1s A 1.2")).toHaveLength(1);
  });

  it("finds an expected transition that did not come", () => {
    expect(story("at 1s A 0.5 -> A raise")).toHaveLength(1);
  });

  it("finds a transition that differs in one word", () => {
    expect(story("at 1s A 1.2 -> A raise unacknowledged yellow CH4-01 value=1.2")).toEqual([]);
    expect(story("at 1s A 1.2 -> A raise unacknowledged orange CH4-01 value=1.2")).toHaveLength(1);
    expect(story("at 1s A 1.2 -> A raise unacknowledged yellow CH4-01 value=1.3")).toHaveLength(1);
  });

  it("sees scenarios at all", () => {
    expect(files.length).toBeGreaterThan(20);
  });
});
