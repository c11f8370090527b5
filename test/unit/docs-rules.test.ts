import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/wire/config/load.ts";
import { shippedConfig } from "../support/shipped-config.ts";

const page = readFileSync("docs/RULES.md", "utf8");
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");

describe("docs/RULES.md", () => {
  it("has examples", () => {
    expect(examples.length).toBeGreaterThan(2);
  });

  it.each(examples.map((text, i) => [i + 1, text]))(
    "shows rules that load as they stand: example %i",
    (_, text) => {
      const files = [...shippedConfig(), { path: "rules/example.yaml", text: String(text) }];
      const loaded = loadConfig(files, () => undefined, 0);
      expect(loaded.ok ? [] : loaded.faults).toEqual([]);
    },
  );

  it("names every form of a condition that the schema knows", () => {
    const schema = readFileSync("config/schema/rules.json", "utf8");
    const forms =
      "high low above below lasting bits state set silence link rise fall mean flat repeats jump".split(" ");
    const more = "all any not unless sum min max spread alarms open hours people event cut feed".split(" ");
    const own = "calibration table unreported skew rejected supply machines cel".split(" ");
    for (const form of [...forms, ...more, ...own]) {
      expect(schema, form).toContain(`"${form}"`);
      expect(page, form).toMatch(new RegExp(`\\b${form}\\b`));
    }
  });
});
