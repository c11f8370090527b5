import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import pc from "picocolors";
import { EXIT, Refusal } from "../../lib/refusal.ts";
import type { EffectiveConfig } from "../../model/config.ts";
import { loadConfig } from "../../wire/config/load.ts";
import { faultLine, secretOf } from "../check.ts";
import { readConfigFiles } from "../config-files.ts";
import { type Difference, wordDifference } from "./expectation.ts";
import { play } from "./play.ts";
import { readScenario, ScenarioFault } from "./scenario-text.ts";
import { BEGIN } from "./scene.ts";

export interface RulesTestOptions {
  readonly config: string;
  readonly json: boolean;
}

/** A scenario file and what became of it. */
interface Result {
  readonly file: string;
  readonly title: string;
  readonly steps: number;
  readonly transitions: number;
  readonly differences: readonly Difference[];
  /** Why it could not be played at all, with its line. */
  readonly fault: { readonly line: number; readonly what: string } | null;
}

/** `davylamp rules test`: plays every scenario over the rules that ship; exit 1 on any difference. */
export async function rulesTest(named: readonly string[], options: RulesTestOptions): Promise<number> {
  const config = await loadRules(options.config);
  const files =
    named.length > 0 ? await filesNamed(named) : await scenarioFiles(join(options.config, "scenarios"));
  const progress = progressLine(files.length);
  const results: Result[] = [];
  for (const file of files) {
    progress.at(results.length, file);
    const result = playFile(file, await readFile(file, "utf8"), config);
    results.push(result);
    if (options.json) continue;
    progress.clear();
    if (result.fault !== null) console.log(pc.red(`${file}:${result.fault.line}  ${result.fault.what}`));
    for (const difference of result.differences) console.log(wordDifference(file, difference));
  }
  progress.clear();
  if (options.json) console.log(JSON.stringify({ ok: results.every(isWell), scenarios: results }));
  else console.log(summary(results));
  return results.every(isWell) ? EXIT.well : EXIT.faults;
}

const isWell = ({ differences, fault }: Result): boolean => differences.length === 0 && fault === null;

function playFile(file: string, text: string, config: EffectiveConfig): Result {
  const nothing = { file, title: "", steps: 0, transitions: 0, differences: [] };
  try {
    const scenario = readScenario(text);
    const { entries, differences } = play(scenario, config);
    const transitions = entries.filter(({ type }) => type === "transition").length;
    const { title, lines } = scenario;
    return { file, title, steps: lines.length, transitions, differences, fault: null };
  } catch (error) {
    if (!(error instanceof ScenarioFault)) throw error;
    return { ...nothing, fault: { line: error.line, what: error.message } };
  }
}

/** The rules of a directory; a wrong one is refused with the place of each fault. */
export async function loadRules(dir: string): Promise<EffectiveConfig> {
  const loaded = loadConfig(await readConfigFiles(dir), secretOf, BEGIN);
  if (loaded.ok) return loaded.config;
  const faults = loaded.faults.map((fault) => faultLine(dir, fault));
  throw new Refusal(EXIT.refused, `the configuration is refused\n${faults.join("\n")}`);
}

/** Every scenario below a folder, in a stable order. */
async function scenarioFiles(dir: string): Promise<string[]> {
  const names = await readdir(dir, { recursive: true }).catch(() => null);
  if (names === null) throw new Refusal(EXIT.usage, `there is no folder ${dir}; name scenario files`);
  return names
    .filter((name) => name.endsWith(".txt"))
    .sort()
    .map((name) => join(dir, name));
}

/** Files, and the scenarios of folders. */
async function filesNamed(names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    names.map(async (name) => {
      const known = await stat(name).catch(() => null);
      if (known === null) throw new Refusal(EXIT.usage, `there is no file ${name}`);
      return known.isDirectory() ? scenarioFiles(name) : [name];
    }),
  );
  return found.flat();
}

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
function progressLine(of: number) {
  const { stderr } = process;
  return {
    at: (done: number, what: string) => {
      if (stderr.isTTY) stderr.write(`\r\x1b[2K${done}/${of} ${what}`);
    },
    clear: () => {
      if (stderr.isTTY) stderr.write("\r\x1b[2K");
    },
  };
}
