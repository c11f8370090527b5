import { FOLDS } from "../../model/condition.ts";
import { compileExpression } from "./expression.ts";
import type { RuleEntry } from "./rule-file.ts";
import type { PartialLimitForm } from "./when-limit.ts";
import { isLogicForm, type TermForm } from "./when-logic.ts";
import type { Fault, Path, YamlSource } from "./yaml-source.ts";

/** What a condition may name. */
export interface Names {
  isType(name: string): boolean;
  isPlace(name: string): boolean;
  readonly systems: readonly string[];
  /** Rules and ladders. */
  readonly rules: ReadonlySet<string>;
}

/** What is wrong with a condition although each of its words is right. */
export function whenFaults(source: YamlSource, at: Path, rule: RuleEntry, names: Names): Fault[] {
  const { when } = rule;
  const path = [...at, "when"];
  const { unless, ...bare } = when;
  const beside = unless === undefined ? [] : termFaults({ source, rule, names }, [...path, "unless"], unless);
  return [...beside, ...overFaults(source, at, rule), ...bareFaults({ source, rule, names }, path, bare)];
}

interface About {
  readonly source: YamlSource;
  readonly rule: RuleEntry;
  readonly names: Names;
}

function bareFaults(about: About, path: Path, when: object): Fault[] {
  if (isLogicForm(when)) return termFaults(about, path, when as TermForm);
  if ("lasting" in when)
    return limitFaults(about.source, [...path, "lasting"], when.lasting as PartialLimitForm);
  if ("people" in when) return [];
  return isLimit(when) ? limitFaults(about.source, path, when) : [];
}

const isLimit = (form: object): form is PartialLimitForm =>
  "high" in form || "low" in form || "above" in form || "below" in form;

const OVER_KEYS = ["high", "low", "above", "below", "bits", "state"];

/** Silences, links and the like have subjects of their own. */
function overFaults(source: YamlSource, at: Path, { over, when }: RuleEntry): Fault[] {
  if (over === undefined || over === "point" || (over === "set" && "set" in when)) return [];
  if (isLogicForm(when) || OVER_KEYS.some((key) => key in when && !("people" in when))) return [];
  return [source.at([...at, "over"], "this condition has a subject of its own", "no over")];
}

/** A release on the far side of the limit would end an alarm that still stands. */
function limitFaults(source: YamlSource, path: Path, form: PartialLimitForm): Fault[] {
  const upper = "high" in form ? form.high : "above" in form ? form.above : null;
  const lower = "low" in form ? form.low : "below" in form ? form.below : null;
  const { clear } = form;
  if (typeof clear !== "number") return [];
  if (typeof upper === "number" && clear > upper) {
    return [source.at([...path, "clear"], "releases above the limit it raises at", `at most ${upper}`)];
  }
  if (typeof lower === "number" && clear < lower) {
    return [source.at([...path, "clear"], "releases below the limit it raises at", `at least ${lower}`)];
  }
  return [];
}

function termFaults(about: About, path: Path, form: TermForm): Fault[] {
  const { source, names } = about;
  if ("all" in form) return form.all.flatMap((each, i) => termFaults(about, [...path, "all", i], each));
  if ("any" in form) return form.any.flatMap((each, i) => termFaults(about, [...path, "any", i], each));
  if ("not" in form) return termFaults(about, [...path, "not"], form.not);
  if ("alarms" in form) return alarmsFaults(about, path, form);
  if ("open" in form) return openFaults(about, path, form.open);
  if ("hours" in form) {
    const [from, to] = form.hours.split("-");
    return from === to ? [source.at([...path, "hours"], "no time at all, or all of it", "22:00-06:00")] : [];
  }
  if ("cel" in form) return celFaults(about, path, form);
  for (const fold of FOLDS) {
    if (!(fold in form)) continue;
    const group = Reflect.get(form, fold) as PartialLimitForm & PointsNamed;
    return [
      ...pointsFaults(source, [...path, fold], group, names),
      ...limitFaults(source, [...path, fold], group),
    ];
  }
  return [...ofFaults(about, path, form), ...(isLimit(form) ? limitFaults(source, path, form) : [])];
}

type CelForm = Extract<TermForm, { readonly cel: unknown }>;

function celFaults({ source, names }: About, path: Path, form: CelForm): Fault[] {
  const asked = Object.keys(form.with);
  const compiled = compileExpression(form.cel, asked);
  if (!compiled.ok) return [source.at([...path, "cel"], compiled.why, compiled.allowed)];
  return Object.entries(form.with).flatMap(([name, of]) => {
    const at = [...path, "with", name];
    const idle = new RegExp(`\\b${name}\\b`).test(form.cel)
      ? []
      : [source.at(at, "the expression does not ask for it")];
    return [...idle, ...pointsFaults(source, at, of, names)];
  });
}

type AlarmsForm = Extract<TermForm, { readonly alarms: unknown }>;

function alarmsFaults({ source, names }: About, path: Path, form: AlarmsForm): Fault[] {
  const { alarms, atLeast, clear } = form;
  const faults: Fault[] = [];
  const name = "ladder" in alarms ? alarms.ladder : "rule" in alarms ? alarms.rule : null;
  if (name !== null && !names.rules.has(name))
    faults.push(source.at([...path, "alarms"], `no rule or ladder ${name}`));
  if (clear !== undefined && clear > atLeast)
    faults.push(
      source.at([...path, "clear"], "releases above the number it raises at", `at most ${atLeast}`),
    );
  return faults;
}

function openFaults({ source, names, rule }: About, path: Path, name: string): Fault[] {
  if (!names.rules.has(name)) return [source.at([...path, "open"], `no rule or ladder ${name}`)];
  return name === rule.id || name === rule.ladder
    ? [source.at([...path, "open"], "an alarm cannot rest on itself", "lasting: a limit, with an onDelay")]
    : [];
}

interface PointsNamed {
  readonly type?: readonly string[] | undefined;
  readonly loc?: readonly string[] | undefined;
  readonly system?: readonly string[] | undefined;
}

function ofFaults({ source, names }: About, path: Path, form: TermForm): Fault[] {
  if (!("of" in form) || form.of === undefined) return [];
  const of = form.of as PointsNamed & { readonly atLeast?: number; readonly every?: true };
  const both = of.atLeast !== undefined && of.every !== undefined;
  return [
    ...pointsFaults(source, [...path, "of"], of, names),
    ...(both
      ? [source.at([...path, "of", "every"], "every one, or so many: not both", "atLeast or every")]
      : []),
  ];
}

function pointsFaults(source: YamlSource, path: Path, of: PointsNamed, names: Names): Fault[] {
  const named = (
    key: keyof PointsNamed,
    isKnown: (name: string) => boolean,
    what: string,
    allowed: string,
  ): Fault[] =>
    (of[key] ?? [])
      .filter((name) => !isKnown(name))
      .map((name) => source.at([...path, key], `unknown ${what} ${name}`, allowed));
  return [
    ...named("type", names.isType, "sensor type or group", "a type or group of units.yaml"),
    ...named("loc", names.isPlace, "location class", "a class or group of the packs' places"),
    ...named("system", (name) => names.systems.includes(name), "system", names.systems.join(", ")),
  ];
}
