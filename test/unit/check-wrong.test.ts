import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { check } from "../../src/cli/check.ts";

let dir = "";
let said: string[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "davylamp-wrong-"));
  cpSync("config", dir, { recursive: true });
  said = [];
  const keep = (line: string) => void said.push(line);
  vi.spyOn(console, "log").mockImplementation(keep);
  vi.spyOn(console, "error").mockImplementation(keep);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(dir, { recursive: true });
});

/** A right rule; a line of it is replaced, left out (null) or added to make it wrong. */
const RIGHT: Record<string, string> = {
  id: "TST-01",
  title: "试验",
  titleEn: "Trial",
  unverified: "true",
  system: "safety",
  type: "methane",
  loc: "[CF_FACE]",
  when: "{ high: 1.2, clear: 1.0 }",
  level: "yellow",
  class: "over-limit",
};
type Lines = Record<string, string | null>;
const rule = (lines: Lines): string[] =>
  Object.entries({ ...RIGHT, ...lines })
    .filter(([, value]) => value !== null)
    .map(([key, value], i) => `${i === 0 ? "  - " : "    "}${key}: ${value}`);
const pack = (...rules: Lines[]): string => ["rules:", ...rules.flatMap(rule), ""].join("\n");
const row = (text: string): string => `limits:\n  - { ${text}, basis: 试验 }\n`;

interface Wrong {
  readonly what: string;
  readonly text: string;
  /** The place is where this stands. */
  readonly at: string;
  /** The n-th time it stands there, from 0. */
  readonly nth?: number;
  readonly file?: string;
  readonly says: RegExp;
}

const rename = (from: string, to: string): Lines => ({ [from]: null, [to]: RIGHT[from] ?? "" });

const WRONG: Wrong[] = [
  {
    what: "a misspelt key",
    text: pack(rename("level", "levle")),
    at: "levle",
    says: /TST-01: .*unknown key; did you mean level\? \(allowed: one of id, .*level/,
  },
  {
    what: "a misspelt form of a condition",
    text: pack({ when: "{ hihg: 1.2, clear: 1.0 }" }),
    at: "hihg",
    says: /TST-01: .*unknown key; did you mean high\? \(allowed: .*high/,
  },
  {
    what: "a misspelt limit",
    text: pack({ when: "{ high: alrm, clear: release }" }),
    at: "alrm",
    says: /TST-01: .*did you mean alarm\? \(allowed: .*alarm, cut, release/,
  },
  {
    what: "an expression whose numbers do not fit",
    text: pack({ when: '{ cel: "t1 * 2 > 1.0", with: { t1: { near: self } } }' }),
    at: '"t1 * 2',
    says: /TST-01: .*no such overload: double \* int \(allowed: names of `with`, decimals as 1\.0/,
  },
  {
    what: "an expression that calls what a pattern can stall",
    text: pack({ when: "{ cel: \"'x'.matches('(a+)+$') && t1 > 1.0\", with: { t1: { near: self } } }" }),
    at: "\"'x'",
    says: /TST-01: .*an expression has no call \(matches\)/,
  },
  {
    what: "an expression that asks for what it does not name",
    text: pack({ when: '{ cel: "t2 > 1.0", with: { t1: { near: self } } }' }),
    at: '"t2',
    says: /TST-01: .*Unknown variable: t2/,
  },
  {
    what: "a misspelt level",
    text: pack({ level: "yelow" }),
    at: "yelow",
    says: /TST-01: .*did you mean yellow\? \(allowed: none, blue, yellow, orange, red\)/,
  },
  {
    what: "a misspelt class",
    text: pack({ class: "over-limt" }),
    at: "over-limt",
    says: /TST-01: .*did you mean over-limit\?/,
  },
  {
    what: "a misspelt word of a switch",
    text: pack({ type: "main-fan", loc: null, when: "{ state: [stoped] }" }),
    at: "stoped",
    says: /TST-01: .*did you mean stopped\? \(allowed: .*running/,
  },
  {
    what: "a misspelt system",
    text: pack({ system: "[safety, persn]" }),
    at: "persn",
    says: /TST-01: .*unknown system persn; did you mean person\? \(allowed: safety, fan/,
  },
  {
    what: "a misspelt sensor type",
    text: pack({ type: "[co, methan]" }),
    at: "methan",
    says: /TST-01: .*unknown sensor type or group methan; did you mean methane\? \(allowed: a type or group of units\.yaml/,
  },
  {
    what: "a misspelt location class",
    text: pack({ loc: "[CF_CORNER, CF_FCAE]" }),
    at: "CF_FCAE",
    says: /TST-01: .*unknown location class CF_FCAE; did you mean CF_FACE\?/,
  },
  {
    what: "a misspelt parent",
    text: pack({ parent: "LINK-O4" }),
    at: "LINK-O4",
    says: /TST-01: .*unknown rule or ladder LINK-O4; did you mean LINK-0\d\?/,
  },
  {
    what: "a misspelt unit",
    text: pack({ unit: '"%CH"' }),
    at: '"%CH"',
    says: /TST-01: .*unknown unit %CH; did you mean %CH4\?/,
  },
  {
    what: "a unit that the sensor type does not have",
    text: pack({ unit: "ppm", when: "{ high: 10000, clear: 10000 }" }),
    at: "ppm",
    says: /TST-01: .*0001 \(甲烷\) is judged in %CH4, not in ppm: 1 ppm is 0\.0001 %CH4 \(allowed: %CH4\)/,
  },
  {
    what: "limits of a mine in another unit",
    file: "mines/520523017312.yaml",
    text: 'limits: { "0001": { alarm: 9000, unit: ppm } }\n',
    at: "ppm",
    says: /0001 \(甲烷\) is judged in %CH4, not in ppm/,
  },
  {
    what: "a time without its unit",
    text: pack({ onDelay: "60" }),
    at: "60",
    says: /TST-01: .*a length of time with its unit: 500ms, 3s/,
  },
  {
    what: "a release on the wrong side",
    text: pack({ when: "{ high: 1.0, clear: 1.2 }" }),
    at: "1.2",
    says: /TST-01: .*releases above the limit it raises at \(allowed: at most 1\)/,
  },
  {
    what: "a release that no value reaches",
    text: pack({ when: "{ high: 1.0, clear: 0 }" }),
    at: "{ high",
    says: /TST-01: .*can never clear: no value is so low \(allowed: 0001: 0 to 100 %CH4/,
  },
  {
    what: "a limit that no value reaches",
    text: pack({ when: "{ high: 120, clear: 110 }" }),
    at: "{ high",
    says: /TST-01: .*can never fire: no value is so high \(allowed: 0001: 0 to 100 %CH4/,
  },
  {
    what: "a lower limit above an upper one",
    text: pack({}, { id: "TST-02", when: "{ low: 1.3, clear: 1.4 }" }),
    at: "{ low",
    says: /TST-02: .*its lower limit 1\.3 is above the upper limit 1\.2 of TST-01/,
  },
  {
    what: "a limit held against a switch",
    text: pack({ type: "main-fan", loc: null, when: "{ high: 1, clear: 1 }" }),
    at: "{ high",
    says: /TST-01: .*can never fire: 1010 \(主要通风机\) is a switch and has no value \(allowed: state/,
  },
  {
    what: "a value that worsens where none is measured",
    text: pack({ when: "{ bits: [fault] }", worsens: "0.77" }),
    at: "0.77",
    says: /TST-01: .*can never come about: no value is held against a limit/,
  },
  {
    what: "an alarm that asks again although nobody acknowledges it",
    text: pack({ ack: "none", worsens: "0.5" }),
    at: "0.5",
    says: /TST-01: .*can never come about: nobody acknowledges it/,
  },
  {
    what: "a reason for what nothing keeps back",
    text: pack({ because: "检修" }),
    at: "检修",
    says: /TST-01: .*says why of nothing: there is no unless/,
  },
  {
    what: "words of a measured value",
    text: pack({ when: "{ state: [fault] }" }),
    at: "{ state",
    says: /TST-01: .*can never fire: 0001 .* is measured and has no word/,
  },
  {
    what: "a type that the system does not have",
    text: pack({ system: "gateway", loc: null }),
    at: "methane",
    says: /TST-01: .*can never fire: the gateway has no points of these types/,
  },
  {
    what: "a limit that no place of the rule has",
    text: pack({ loc: "[MAIN_RETURN]", when: "{ high: cut, clear: release }" }),
    at: "{ high",
    says: /TST-01: .*can never fire: no place of the rule has the limit cut/,
  },
  {
    what: "a place that no type of the rule can be at",
    text: pack({ type: '"0039"', loc: "[BUNKER]", when: "{ high: alarm, clear: release }" }),
    at: "[BUNKER]",
    says: /TST-01: .*no type of the rule has a limit at BUNKER \(allowed: at BUNKER: 0001/,
  },
  {
    what: "a step that a higher one always hides",
    text: pack(
      { ladder: "TST", when: "{ high: 1.2, clear: 1.0 }" },
      { id: "TST-02", ladder: "TST", when: "{ high: 1.1, clear: 1.0 }", level: "orange" },
    ),
    at: "yellow",
    says: /TST-01: .*is never seen: TST-02 is orange as soon, wherever this rule holds/,
  },
  {
    what: "parents in a circle",
    text: pack({ parent: "TST-02" }, { id: "TST-02", parent: "TST-01" }),
    at: "TST-02",
    says: /TST-01: .*folds under itself: TST-01 → TST-02 → TST-01/,
  },
  {
    what: "alarms that rest on one another",
    text: pack(
      { id: "TST-01", when: "{ any: [{ high: 1.2, clear: 1.0 }, { open: TST-02 }] }" },
      { id: "TST-02", when: "{ not: { open: TST-01 } }" },
    ),
    at: "{ any",
    says: /TST-01: .*an alarm would rest on itself: TST-01 → TST-02 → TST-01/,
  },
  {
    what: "a limit that lasts no time",
    text: pack({ when: "{ lasting: { high: 1.2, clear: 1.0 } }" }),
    at: "{ lasting",
    says: /TST-01: .*lasting without a time says nothing more/,
  },
  {
    what: "forms of a condition that do not go together",
    text: pack({ when: "{ link: mine, silence: point }" }),
    at: "{ link",
    says: /TST-01: .*link and silence do not go together \(allowed: .*silence \+ after/,
  },
  {
    what: "a number for types in several units",
    text: row("system: ring, type: [methane, co], loc: CF_FACE, alarm: 1"),
    at: "[methane",
    says: /one number for types in %CH4 and in ppm/,
  },
  {
    what: "two rules of one id",
    text: pack({ id: "CH4-01" }),
    at: "CH4-01",
    says: /CH4-01: .*CH4-01 is already a rule in/,
  },
];

/** Line and column, from 1, of the n-th place of a text. */
function placeOf(text: string, find: string, nth = 0): string {
  let from = -1;
  for (let i = 0; i <= nth; i++) from = text.indexOf(find, from + 1);
  expect(from, `the file has no ${find}`).toBeGreaterThanOrEqual(0);
  const before = text.slice(0, from).split("\n");
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

const run = async () => {
  const code = await check({ config: dir, writeSchemas: false, json: false });
  return { code, text: said.join("\n") };
};

describe("davylamp check", () => {
  it("takes the rule that the wrong ones are made of", async () => {
    writeFileSync(join(dir, "rules", "trial.yaml"), pack({}));
    expect(await run()).toMatchObject({ code: 0 });
  });

  it.each(WRONG.map((wrong) => [wrong.what, wrong] as const))(
    "answers %s with its place, the rule and the remedy",
    async (_, { text, at, nth, file, says }) => {
      const name = file ?? "rules/trial.yaml";
      const path = join(dir, name);
      const whole = file === undefined ? text : `${readFileSync(path, "utf8")}${text}`;
      writeFileSync(path, whole);
      const { code, text: lines } = await run();
      expect(code).toBe(1);
      expect(lines).toContain(`${path}:${placeOf(whole, at, nth)} `);
      expect(lines).toMatch(says);
      // One mistake is told of once, or the first of them could be looked for among its echoes.
      expect(said.at(-1)).toBe("1 fault");
    },
  );

  it("has at least twenty of them", () => {
    expect(WRONG.length).toBeGreaterThanOrEqual(20);
  });
});
