import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/wire/config/load.ts";
import { shippedConfig } from "../support/shipped-config.ts";

const PACK = "rules/person.yaml";
const MINE = "mines/520523017311.yaml";

/** What is said of the shipped configuration with one text of a file replaced. */
function said(file: string, find: string, put: string): string {
  const files = shippedConfig().map((each) => {
    if (each.path !== file) return each;
    expect(each.text).toContain(find);
    return { ...each, text: each.text.replace(find, put) };
  });
  const loaded = loadConfig(files, () => undefined, 0);
  return loaded.ok ? "" : loaded.faults.map(({ what, allowed }) => `${what} (${allowed})`).join("\n");
}

describe("a rule about people", () => {
  it("is refused where its words are wrong", () => {
    expect(said(PACK, "people: sos", "people: sso")).toContain("when");
    expect(said(PACK, "of: mine", "of: pit")).toContain("when");
    expect(said(PACK, "after: 14h", "after: 14")).toContain("when");
    expect(said(PACK, 'share: "5%"', "share: 0.05")).toContain("when");
    expect(said(PACK, 'share: "5%"', 'share: "120%"')).toContain("when");
    expect(said(PACK, "above: permitted", "above: lots")).toContain("when");
    expect(said(PACK, "{ people: fall }", "{ people: fall, after: 3m }")).toContain("after");
  });

  it("is refused for another system and for points, which have no people", () => {
    const rule = "    system: person\n    when: { people: sos }";
    expect(said(PACK, rule, rule.replace("person", "safety"))).toContain("under person only");
    expect(said(PACK, rule, `    type: methane\n${rule}`)).toContain("not about points");
    expect(said(PACK, rule, `    loc: CF_FACE\n${rule}`)).toContain("not about points");
  });

  it("is refused in a ladder with a rule about another kind of subject", () => {
    expect(said(PACK, "{ people: overtime, after: 12h }", "{ people: over, of: mine }")).toContain(
      "PER-04 has alarms of a mine by PER-04b",
    );
  });

  it("is accepted as it ships", () => {
    expect(said(PACK, "people: sos", "people: sos")).toBe("");
  });
});

describe("a mine's areas", () => {
  it("are refused with a quota of less than nobody or a kind nobody knows", () => {
    const areas = (text: string) => said(MINE, "rockBurst: false\n", `rockBurst: false\nareas: ${text}\n`);
    expect(areas('{ "1": { quota: 9, kind: rockburst, permitted: true } }')).toBe("");
    expect(areas('{ "1": { quota: -1 } }')).toContain("quota");
    expect(areas('{ "1": { kind: wet } }')).toContain("kind");
    expect(areas('{ "1": { qouta: 9 } }')).toContain("qouta");
  });
});
