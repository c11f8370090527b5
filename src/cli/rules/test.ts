import { relative } from "node:path";
import pc from "picocolors";
import { EXIT, Refusal } from "../../lib/refusal.ts";
import type { EffectiveConfig } from "../../model/config.ts";
import { loadConfig } from "../../wire/config/load.ts";
import { faultLine, secretOf } from "../check.ts";
import { readConfigFiles } from "../config-files.ts";
import { coverageLines } from "./coverage.ts";
import { wordDifference } from "./expectation.ts";
import { isWell, type Mutation, mutate, type Result, runScenarios } from "./run.ts";
import { readScenarios } from "./scenario-files.ts";
import { BEGIN } from "./scene.ts";

export interface RulesTestOptions {
  readonly config: string;
  readonly json: boolean;
  readonly mutate: boolean;
  /** Gaps in what scenarios show, and changes none notices, are faults too. */
  readonly strict: boolean;
}

/** `davylamp rules test`: plays every scenario over the rules of a configuration; exit 1 on any difference. */
export async function rulesTest(named: readonly string[], options: RulesTestOptions): Promise<number> {
  const print = options.json ? () => {} : (line: string) => console.log(line);
  const config = await loadRules(options.config);
  const files = await readScenarios(named, options.config);
  const progress = progressLine();
  const { results, coverage } = runScenarios(files, config, (result, done) => {
    progress.at(`${done}/${files.length} ${result.file}`);
    if (!isWell(result)) progress.clear();
    for (const line of resultLines(result)) print(line);
  });
  const about = named.length === 0 ? coverage : playedOnly(coverage);
  const mutation = options.mutate
    ? mutate(files, results, config, {
        complete: named.length === 0,
        each: (rule, done) => progress.at(`changing rules: ${done}/${config.rules.length} ${rule}`),
      })
    : null;
  progress.clear();
  for (const line of coverageLines(about)) print(line);
  if (mutation !== null) for (const line of mutationLines(mutation)) print(line);
  print(summary(results));
  const ok = results.every(isWell);
  if (options.json) console.log(JSON.stringify({ ok, scenarios: results, coverage: about, mutation }));
  const full = about.seen === about.of && (mutation?.survivors.length ?? 0) === 0;
  return ok && (full || !options.strict) ? EXIT.well : EXIT.faults;
}

/** Of some scenarios it is of no interest that they do not play every rule. */
function playedOnly(coverage: ReturnType<typeof runScenarios>["coverage"]): typeof coverage {
  const rules = coverage.rules.filter(({ played }) => played);
  const count = (of: "seen" | "missing") =>
    rules.flatMap(({ leaves }) => leaves).reduce((sum, leaf) => sum + leaf[of].length, 0);
  return { rules, unplayed: [], seen: count("seen"), of: count("seen") + count("missing") };
}

/** The rules of a directory; a wrong one is refused with the place of each fault. */
async function loadRules(dir: string): Promise<EffectiveConfig> {
  const loaded = loadConfig(await readConfigFiles(dir), secretOf, BEGIN);
  if (loaded.ok) return loaded.config;
  const faults = loaded.faults.map((fault) => faultLine(dir, fault));
  throw new Refusal(EXIT.refused, `the configuration is refused\n${faults.join("\n")}`);
}

const resultLines = ({ file, fault, differences }: Result): string[] => [
  ...(fault === null ? [] : [pc.red(`${file}:${fault.line}  ${fault.what}`)]),
  ...differences.map((difference) => wordDifference(file, difference)),
];

const mutationLines = ({ mutants, survivors }: Mutation): string[] => [
  ...(survivors.length === 0 ? [] : ["changes that no scenario notices:"]),
  ...survivors.map(({ what }) => `  ${what}`),
  `${mutants} changed rules: ${mutants - survivors.length} noticed, ${survivors.length} not`,
];

function summary(results: readonly Result[]): string {
  const bad = results.filter((result) => !isWell(result));
  const steps = results.reduce((sum, result) => sum + result.steps, 0);
  const all = `${results.length} scenarios, ${steps} steps`;
  return bad.length === 0
    ? pc.green(`${all}: all as written`)
    : pc.red(
        `${all}: ${bad.length} not as written (${bad.map(({ file }) => relative(".", file)).join(", ")})`,
      );
}

/** One line on a terminal that is written over; nothing elsewhere. */
function progressLine() {
  const { stderr } = process;
  return {
    at: (what: string) => {
      if (stderr.isTTY) stderr.write(`\r\x1b[2K${what}`);
    },
    clear: () => {
      if (stderr.isTTY) stderr.write("\r\x1b[2K");
    },
  };
}
