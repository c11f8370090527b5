import { LEVELS, levelRank, type Rule } from "../../model/rule.ts";
import { SECOND } from "../../model/time.ts";

/** A rule with one thing changed, which a scenario of it should notice. */
export interface Mutant {
  readonly rule: Rule;
  /** `CH4-01 when: ≥ becomes >`. */
  readonly what: string;
}

/** A little, but more than one step of any resolution. */
const LITTLE = 0.02;

/**
 * Every way to change one thing of a rule that an engineer could get wrong: ≥ for >, a limit, a release, a word,
 * a length of time, a delay, a level.
 */
export function mutantsOf(rule: Rule, rules: readonly Rule[]): Mutant[] {
  const upper = rules.some((other) => isLowerStep(other, rule));
  // The lowest step of a ladder says when its alarm is over: the release of a higher one means nothing.
  const meant = changes(rule.when, []).filter(({ path }) => !upper || path.at(-1) !== "clear");
  const inside = meant.map(({ value, path, what }) => ({
    rule: { ...rule, when: value as Rule["when"] },
    what: `${rule.id} ${["when", ...path].join(".")}: ${what}`,
  }));
  const own = (change: Partial<Rule>, what: string): Mutant => ({
    rule: { ...rule, ...change },
    what: `${rule.id} ${what}`,
  });
  const level = otherLevel(rule);
  return [
    ...inside,
    own({ level }, `level: ${rule.level} becomes ${level}`),
    own({ onDelay: rule.onDelay + SECOND }, `onDelay: one second longer than ${rule.onDelay / SECOND} s`),
    ...(rule.onDelay > 0
      ? [
          own(
            { onDelay: rule.onDelay - SECOND },
            `onDelay: one second shorter than ${rule.onDelay / SECOND} s`,
          ),
        ]
      : []),
    ...(rule.offDelay > 0
      ? [
          own(
            { offDelay: rule.offDelay - SECOND },
            `offDelay: one second shorter than ${rule.offDelay / SECOND} s`,
          ),
        ]
      : []),
  ];
}

const isLowerStep = (other: Rule, rule: Rule): boolean =>
  rule.ladder !== null &&
  other.ladder === rule.ladder &&
  other.when.kind === rule.when.kind &&
  levelRank(other.level) < levelRank(rule.level);

const otherLevel = ({ level }: Rule): Rule["level"] =>
  LEVELS[levelRank(level) === LEVELS.length - 1 ? LEVELS.length - 2 : levelRank(level) + 1] ?? level;

interface Change {
  readonly value: unknown;
  readonly path: readonly string[];
  readonly what: string;
}

/** One change anywhere in a condition, whatever forms conditions may have. */
function changes(value: unknown, path: readonly string[]): Change[] {
  if (Array.isArray(value)) return listChanges(value, path);
  if (typeof value !== "object" || value === null) return [];
  const node = value as Readonly<Record<string, unknown>>;
  const within = Object.entries(node).flatMap(([key, inner]) =>
    [...scalarChanges(node, key, inner, path), ...changes(inner, [...path, key])].map((change) => ({
      ...change,
      value: { ...node, [key]: change.value },
    })),
  );
  return [...strictness(node, path), ...within];
}

/** ≥ for > and back. */
function strictness(node: Readonly<Record<string, unknown>>, path: readonly string[]): Change[] {
  const { kind, strict, ...rest } = node;
  if ((kind !== "high" && kind !== "low") || !("limit" in node)) return [];
  const [with_, without] = kind === "high" ? ["≥", ">"] : ["≤", "<"];
  return strict === true
    ? [{ value: { kind, ...rest }, path, what: `${without} becomes ${with_}` }]
    : [{ value: { ...node, strict: true }, path, what: `${with_} becomes ${without}` }];
}

/** A word or a term less. */
const listChanges = (list: readonly unknown[], path: readonly string[]): Change[] => [
  ...(list.length < 2
    ? []
    : list.map((one, i) => ({
        value: list.filter((_, k) => k !== i),
        path,
        what: `without ${typeof one === "object" ? `its part ${i}` : String(one)}`,
      }))),
  ...list.flatMap((one, i) =>
    changes(one, [...path, String(i)]).map((change) => ({
      ...change,
      value: list.map((other, k) => (k === i ? change.value : other)),
    })),
  ),
];

function scalarChanges(
  node: Readonly<Record<string, unknown>>,
  key: string,
  value: unknown,
  path: readonly string[],
): Change[] {
  const to = (other: unknown, what: string): Change => ({ value: other, path: [...path, key], what });
  if (key === "clear") return [to(easier(node, value), "another release")];
  if (key === "mask" && typeof value === "number") return bitChanges(value, to);
  if (typeof value !== "number") return [];
  const other = key === "limit" ? further(node, value) : more(value);
  return [to(other, `${value} becomes ${other}`)];
}

/** A limit that is harder to reach. */
function further({ kind }: Readonly<Record<string, unknown>>, limit: number): number {
  const by = limit === 0 ? 1 : Math.abs(limit) * LITTLE;
  return kind === "low" ? limit - by : limit + by;
}

/** One more of what is counted, a little more of what is measured. */
const more = (value: number): number =>
  Number.isInteger(value) && Math.abs(value) < 50 ? value + 1 : value * (1 + LITTLE);

/** A release further from the limit: the alarm would stand longer. */
function easier(node: Readonly<Record<string, unknown>>, value: unknown): unknown {
  const times = node["kind"] === "low" || node["kind"] === "below" ? 1.1 : 0.9;
  if (typeof value === "number") return value * times;
  return typeof value === "string" ? { of: value, times } : value;
}

function bitChanges(mask: number, to: (other: unknown, what: string) => Change): Change[] {
  const bits = Array.from({ length: 16 }, (_, i) => 1 << i).filter((bit) => (mask & bit) !== 0);
  return bits.length < 2 ? [] : bits.map((bit) => to(mask & ~bit, `without bit ${bit}`));
}
