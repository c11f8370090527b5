import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { limitMutantsOf, mutantsOf } from "../../src/cli/rules/mutants.ts";
import { mutate, runScenarios } from "../../src/cli/rules/run.ts";
import { rulesTest } from "../../src/cli/rules/test.ts";
import { EXIT, Refusal } from "../../src/lib/refusal.ts";
import { aConfig, aRule, LIMITS } from "../support/builders-core.ts";

const RULE = aRule({
  id: "T-01",
  types: ["0001"],
  when: { kind: "high", limit: 1, clear: 1 },
  onDelay: 10_000,
});
const HEAD = "# A story\npoint A loc=CF_CORNER confirmed cycle=30\npoint X type=0003 cycle=0\n";
const WHOLE = `${HEAD}
at 1s    A 1.00
at 10s   X 1
at 11s   X 1        -> A raise unacknowledged yellow T-01 value=1 raised=1s
at 12s   A 1.00
at 13s   A 0.2 s=16 -> A quality quality=unknown
at 14s   A 0.99     -> A return returned
at 15s   A 0.3
at 104s  X 1
at 105s  tick
`;

const run = (text: string, rules = [RULE]) => {
  const config = aConfig({ rules });
  const files = [{ file: "story.txt", text }];
  const { results, coverage } = runScenarios(files, config);
  return {
    results,
    coverage,
    survivors: () => mutate(files, results, config, { complete: false }).survivors.map(({ what }) => what),
  };
};

describe("what scenarios show of a rule", () => {
  const seen = (text: string) => run(text).coverage.rules[0]?.leaves[0]?.seen;

  it("is each thing its condition said, and whether the value stood exactly at the limit", () => {
    expect(seen(`${HEAD}at 1s A 0.5`)).toEqual([]);
    expect(seen(`${HEAD}at 1s A 1.01`)).toEqual(["raise"]);
    expect(seen(`${HEAD}at 1s A 1.00`)).toEqual(["raise", "exact"]);
    expect(seen(`${HEAD}at 1s A 1.01\nat 2s A 0.99`)).toEqual(["raise", "clear"]);
    expect(seen(`${HEAD}at 1s A 1.01 s=32`)).toEqual(["unknown"]);
    expect(seen(`${HEAD}at 1s A 0.2\nat 91s tick`)).toEqual(["silent"]);
  });

  it("is all of it where a scenario takes the trouble", () => {
    const { coverage, results } = run(WHOLE);
    expect(results[0]).toMatchObject({ differences: [], fault: null, rules: ["T-01"] });
    expect(coverage).toMatchObject({ unplayed: [], seen: 5, of: 5 });
  });

  it("names the rules that no scenario plays", () => {
    const other = aRule({ id: "T-02", types: ["0004"], when: { kind: "bits", mask: 128 } });
    expect(run(WHOLE, [RULE, other]).coverage).toMatchObject({ unplayed: ["T-02"], seen: 5, of: 9 });
  });
});

describe("a changed rule", () => {
  it("is noticed by a scenario that shows the limit itself, the delay, the level and the release", () => {
    expect(run(WHOLE).survivors()).toEqual([]);
  });

  it("is not noticed where the scenario never stands at the limit", () => {
    const sloppy = WHOLE.replaceAll("1.00", "1.20").replace("value=1 ", "");
    expect(run(sloppy).survivors()).toEqual(["T-01 when: ≥ becomes >", "T-01 when.limit: 1 becomes 1.02"]);
  });

  it("is not noticed where the scenario does not say the level", () => {
    const vague = WHOLE.replace("yellow ", "");
    expect(run(vague).survivors()).toEqual(["T-01 level: yellow becomes orange"]);
  });

  it("is no change where a limit lies between two steps of the resolution: ≥ and > then say the same", () => {
    const between = { ...RULE, when: { kind: "high", limit: 0.995, clear: 0.995 } as const };
    expect(run(WHOLE, [between]).survivors()).not.toContain("T-01 when: ≥ becomes >");
  });

  it("is one thing changed, anywhere in the condition", () => {
    const mutants = mutantsOf(RULE, [RULE]);
    expect(mutants.map(({ what }) => what)).toEqual([
      "T-01 when: ≥ becomes >",
      "T-01 when.limit: 1 becomes 1.02",
      "T-01 when.clear: another release",
      "T-01 level: yellow becomes orange",
      "T-01 onDelay: one second longer than 10 s",
      "T-01 onDelay: one second shorter than 10 s",
      "T-01 offDelay: one second longer than 0 s",
    ]);
    const strict = aRule({ id: "T", when: { kind: "low", limit: 1, clear: 1, strict: true } });
    expect(mutantsOf(strict, [strict])[0]).toMatchObject({
      rule: { when: { kind: "low", limit: 1, clear: 1 } },
      what: "T when: < becomes ≤",
    });
    const words = aRule({ id: "T", when: { kind: "set", all: ["stopped", "off"] } });
    expect(mutantsOf(words, [words]).slice(0, 2)).toMatchObject([
      { rule: { when: { all: ["off"] } }, what: "T when.all: without stopped" },
      { rule: { when: { all: ["stopped"] } }, what: "T when.all: without off" },
    ]);
    const bits = aRule({ id: "T", when: { kind: "bits", mask: 192 } });
    expect(mutantsOf(bits, [bits]).map(({ what }) => what)).toContain("T when.mask: without bit 64");
  });
});

describe("a changed row of limits", () => {
  const row = { ...LIMITS[0]!, alarm: 1, cut: 1.5, release: 1, alarmLow: 0.25, releaseLow: 0.25 };

  const high = aRule({ id: "H", when: { kind: "high", limit: "cut", clear: "release" } });
  const low = aRule({ id: "L", when: { kind: "low", limit: "alarm", clear: "release" } });

  it("is each number a step of the resolution off: upper limits up, lower ones down, releases the other way", () => {
    const said = (resolution: number) =>
      limitMutantsOf(row, [high, low], resolution).map(({ what }) => what.split(" ").slice(-4).join(" "));
    expect(said(0.01)).toEqual([
      "cut: 1.5 becomes 1.53",
      "release: 1 becomes 0.98",
      "alarmLow: 0.25 becomes 0.24",
      "releaseLow: 0.25 becomes 0.26",
    ]);
    expect(said(0.1).map((one) => one.split(" ").at(-1))).toEqual(["1.6", "0.9", "0.15", "0.35"]);
    expect(limitMutantsOf(row, [RULE], 0.01)).toEqual([]);
  });

  it("is noticed by a scenario that stands exactly at the limit of that place", () => {
    const named = {
      ...RULE,
      locs: ["CF_CORNER"],
      when: { kind: "high", limit: "alarm", clear: "release" } as const,
    };
    expect(run(WHOLE, [named]).survivors()).toEqual([]);
    const sloppy = WHOLE.replaceAll("1.00", "1.20").replace("value=1 ", "");
    expect(run(sloppy, [named]).survivors()).toContain("limits CF_CORNER alarm: 1 becomes 1.02");
  });
});

describe("davylamp rules test", () => {
  let dir: string;
  let printed: string[];
  const story = (text: string, name = "a.txt") => writeFileSync(join(dir, "config", "scenarios", name), text);
  const OPTIONS = { json: false, mutate: false, strict: false };
  const command = (options: object = {}, files: string[] = []) =>
    rulesTest(files, { config: join(dir, "config"), ...OPTIONS, ...options });

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "davylamp-rules-"));
    cpSync("config", join(dir, "config"), { recursive: true });
    rmSync(join(dir, "config", "scenarios"), { recursive: true, force: true });
    mkdirSync(join(dir, "config", "scenarios"));
    printed = [];
    vi.spyOn(console, "log").mockImplementation((line: string) => void printed.push(line));
  });

  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(dir, { recursive: true, force: true });
  });

  const SCENE = "# Corner\nonly CH4-01\npoint A loc=CF_CORNER confirmed cycle=0\n";

  it("answers 0 where all is as written", async () => {
    story(`${SCENE}at 1s A 1.00 -> A raise yellow CH4-01`);
    expect(await command()).toBe(EXIT.well);
    expect(printed.at(-1)).toContain("1 scenarios, 1 steps: all as written");
  });

  it("answers 1 and prints the very line, what it expects and what came", async () => {
    story(`${SCENE}at 1s A 1.00 -> A raise orange CH4-01`);
    expect(await command()).toBe(EXIT.faults);
    const text = printed.join("\n");
    expect(text).toContain(`${join("scenarios", "a.txt")}:4  at 1s A 1.00 -> A raise orange CH4-01`);
    expect(text).toContain("expected  A raise orange CH4-01");
    expect(text).toContain("got       A raise unacknowledged yellow CH4-01 value=1");
  });

  it("answers 1 for a step that causes what it does not name", async () => {
    story(`${SCENE}at 1s A 1.00`);
    expect(await command()).toBe(EXIT.faults);
    expect(printed.join("\n")).toContain("expected  nothing");
  });

  it.each([
    ["at 1x A 1", 4, "no time: 1x"],
    ["at 1s A high", 4, "no value: high"],
    ["only CH4-99", 4, "no such rule: CH4-99"],
    ["weather rainy", 4, "no such setting"],
    ["at 1s every 0s until 5s A 1", 4, "never ends or begins"],
  ])("names the line that it cannot read: %s", async (line, number, why) => {
    story(`${SCENE}${line}`);
    expect(await command()).toBe(EXIT.faults);
    expect(printed.join("\n")).toMatch(new RegExp(`a\\.txt:${number} {2}.*${why}`));
  });

  it("takes files and folders by name, and refuses what is not there", async () => {
    story(`${SCENE}at 1s A 1.00`);
    story(`${SCENE}at 1s A 0.50`, "b.txt");
    const path = (name: string) => join(dir, "config", "scenarios", name);
    expect(await command({}, [path("b.txt")])).toBe(EXIT.well);
    expect(await command({}, [path("")])).toBe(EXIT.faults);
    const refused = await command({}, [path("c.txt")]).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: EXIT.usage });
    writeFileSync(join(dir, "config", "rules", "link.yaml"), "rules: [{}]");
    const broken = await command().catch((error: unknown) => error);
    expect(broken).toBeInstanceOf(Refusal);
    expect(broken).toMatchObject({ code: EXIT.refused });
  });

  it("prints one JSON object with --json, and with --strict takes a gap for a fault", async () => {
    story(`${SCENE}at 1s A 1.00 -> A raise yellow CH4-01`);
    expect(await command({ json: true, mutate: true })).toBe(EXIT.well);
    const answer = JSON.parse(printed.join("")) as { mutation: { survivors: { rule: string }[] } };
    expect(answer).toMatchObject({ ok: true, scenarios: [{ steps: 1, transitions: 1, rules: ["CH4-01"] }] });
    expect(answer.mutation.survivors.map(({ rule }) => rule)).toContain("CH4-01");
    expect(await command({ strict: true })).toBe(EXIT.faults);
  });
});
