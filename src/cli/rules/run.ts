import { alarmHash } from "../../app/hash.ts";
import { createEngine } from "../../core/engine.ts";
import type { EffectiveConfig } from "../../model/config.ts";
import { UNASSIGNED } from "../../model/point.ts";
import type { LawLimit, Rule } from "../../model/rule.ts";
import { evaluator } from "../../wire/config/expression.ts";
import { type Coverage, createLedger } from "./coverage.ts";
import type { Difference } from "./expectation.ts";
import { limitMutantsOf, limitsNamed, mutantsOf } from "./mutants.ts";
import { play } from "./play.ts";
import type { ScenarioFile } from "./scenario-files.ts";
import { readScenario, type Scenario, ScenarioFault } from "./scenario-text.ts";

/** A scenario file and what became of it. */
export interface Result {
  readonly file: string;
  readonly title: string;
  readonly steps: number;
  readonly transitions: number;
  readonly differences: readonly Difference[];
  /** Why it could not be played at all, with its line. */
  readonly fault: { readonly line: number; readonly what: string } | null;
  /** The rules it judged. */
  readonly rules: readonly string[];
}

export const isWell = ({ differences, fault }: Result): boolean => differences.length === 0 && fault === null;

/** Plays all scenarios and measures what they show of the rules. */
export function runScenarios(
  files: readonly ScenarioFile[],
  config: EffectiveConfig,
  each: (result: Result, done: number) => void = () => {},
): { readonly results: readonly Result[]; readonly coverage: Coverage } {
  const ledger = createLedger();
  const newEngine = () => createEngine({ hash: alarmHash, compile: evaluator, observer: ledger.observer });
  const results = files.map(({ file, text }, i) => {
    const played = attempt(text, (scenario) => play(scenario, config, { newEngine }));
    const rules = [...ledger.judged()].sort();
    const result: Result = { file, ...resultOf(played), rules };
    each(result, i + 1);
    return result;
  });
  return { results, coverage: ledger.coverage(config.rules) };
}

type Attempt =
  | { readonly scenario: Scenario; readonly played: ReturnType<typeof play> }
  | { readonly fault: ScenarioFault };

/** A scenario that cannot be read or played is a fault of its file, not of ours. */
function attempt(text: string, run: (scenario: Scenario) => ReturnType<typeof play>): Attempt {
  try {
    const scenario = readScenario(text);
    return { scenario, played: run(scenario) };
  } catch (error) {
    if (error instanceof ScenarioFault) return { fault: error };
    throw error;
  }
}

function resultOf(attempted: Attempt): Omit<Result, "file" | "rules"> {
  if ("fault" in attempted) {
    const { line, message: what } = attempted.fault;
    return { title: "", steps: 0, transitions: 0, differences: [], fault: { line, what } };
  }
  const { scenario, played } = attempted;
  const transitions = played.entries.filter(({ type }) => type === "transition").length;
  const { title, lines } = scenario;
  return { title, steps: lines.length, transitions, differences: played.differences, fault: null };
}

/** What became of every changed rule: how many a scenario noticed, and those that none did. */
export interface Mutation {
  readonly mutants: number;
  readonly survivors: readonly { readonly rule: string; readonly what: string }[];
}

export interface HowToMutate {
  /** These are all scenarios there are: a row of limits at which none stands is one that none would notice. */
  readonly complete: boolean;
  /** Only changes that are said like this. */
  readonly only?: RegExp;
  each?(rule: string, done: number): void;
}

/** Changes one thing of one rule at a time and plays the scenarios that judge it, until one notices. */
export function mutate(
  files: readonly ScenarioFile[],
  results: readonly Result[],
  config: EffectiveConfig,
  { complete, only = /./, each = () => {} }: HowToMutate,
): Mutation {
  const playable = results.filter(isWell);
  const textOf = new Map(files.map(({ file, text }) => [file, text]));
  const survivors: { rule: string; what: string }[] = [];
  let mutants = 0;
  config.rules.forEach((rule, i) => {
    each(rule.id, i);
    const witnesses = playable.filter(({ rules }) => rules.includes(rule.id));
    if (witnesses.length === 0) return;
    const texts = witnesses.map(({ file }) => textOf.get(file) ?? "");
    for (const mutant of mutantsOf(rule, config.rules).filter(({ what }) => only.test(what))) {
      const other = { ...config, rules: config.rules.map((one) => (one === rule ? mutant.rule : one)) };
      const noticed = isNoticed(texts, other);
      // A limit between two steps of a sensor's resolution: ≥ and > say the same.
      if (!noticed && isSame(rule, texts, config, other)) continue;
      mutants++;
      if (!noticed) survivors.push({ rule: rule.id, what: mutant.what });
    }
  });
  for (const row of config.limits) {
    each(row.loc, config.rules.length);
    const rules = rulesOf(row, config);
    const near = row.loc === UNASSIGNED ? /./ : new RegExp(`\\bloc=${row.loc}\\b`);
    const texts = playable
      .filter((result) => result.rules.some((id) => rules.some((rule) => rule.id === id)))
      .map(({ file }) => textOf.get(file) ?? "")
      .filter((text) => near.test(text));
    if (texts.length === 0 && !complete) continue;
    for (const { row: changed, what } of limitMutantsOf(row, rules, resolutionOf(row, config))) {
      if (!only.test(what)) continue;
      const other = { ...config, limits: config.limits.map((one) => (one === row ? changed : one)) };
      mutants++;
      if (!isNoticed(texts, other)) survivors.push({ rule: row.loc, what });
    }
  }
  return { mutants, survivors };
}

/** The rules that ask for limits of such a place. */
const rulesOf = ({ types, loc }: LawLimit, { rules }: EffectiveConfig): Rule[] =>
  rules.filter(
    (rule) =>
      limitsNamed(rule.when).length > 0 &&
      (rule.types.length === 0 || rule.types.some((type) => types.includes(type))) &&
      (rule.locs.length === 0 || rule.locs.includes(loc)),
  );

const resolutionOf = ({ types }: LawLimit, config: EffectiveConfig): number =>
  Math.max(0, ...types.map((type) => config.types[type]?.resolution ?? 0));

/** Whether a scenario notices. The one that did is asked first next time: of one rule it is often the same. */
function isNoticed(texts: string[], config: EffectiveConfig): boolean {
  const by = texts.findIndex((text) => differs(text, config));
  texts.unshift(...texts.splice(by, by < 0 ? 0 : 1));
  return by >= 0;
}

function differs(text: string, config: EffectiveConfig): boolean {
  const attempted = attempt(text, (scenario) => play(scenario, config, { untilDifferent: true }));
  return "fault" in attempted || attempted.played.differences.length > 0;
}

/** Whether two configurations compile a rule to the same for every place at which the scenarios raise it. */
function isSame(rule: Rule, texts: readonly string[], one: EffectiveConfig, other: EffectiveConfig): boolean {
  const hashes = (config: EffectiveConfig) => texts.flatMap((text) => ruleHashes(rule, text, config));
  const before = hashes(one);
  return before.length > 0 && before.join() === hashes(other).join();
}

function ruleHashes(rule: Rule, text: string, config: EffectiveConfig): string[] {
  const attempted = attempt(text, (scenario) => play(scenario, config));
  if ("fault" in attempted) return [];
  return attempted.played.entries.flatMap((entry) =>
    entry.type === "transition" && (entry.alarm.ladder ?? entry.alarm.rule) === (rule.ladder ?? rule.id)
      ? [entry.alarm.ruleHash]
      : [],
  );
}
