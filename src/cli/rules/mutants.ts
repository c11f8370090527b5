import { type LawLimit, LEVELS, levelRank, type Rule } from "../../model/rule.ts";
import { SECOND } from "../../model/time.ts";

/** A rule with one thing changed, which a scenario of it should notice. */
export interface Mutant {
  readonly rule: Rule;
  /** `CH4-01 when: ≥ becomes >`. */
  readonly what: string;
}

/** A little, but more than one step of any resolution. */
const LITTLE = 0.02;
/** Of a window of time, which sees whole samples. */
const NOT_SO_LITTLE = 0.2;
const WINDOWS = ["within", "of", "per", "remember"];

/**
 * Every way to change one thing of a rule that an engineer could get wrong: ≥ for >, a limit, a release, a word,
 * a length of time, a delay, a level.
 */
export function mutantsOf(rule: Rule, rules: readonly Rule[]): Mutant[] {
  // The lowest step of a ladder says when its alarm is over: the release of a higher one means nothing.
  const lower = rules.filter((other) => isLowerStep(other, rule));
  const released = !lower.some((other) => strandOf(other) === strandOf(rule));
  const meant = changes(rule.when, []).filter(({ path }) => released || path.at(-1) !== "clear");
  const delays = (["onDelay", "offDelay"] as const).filter((key) => isDelayed(rule, key, lower.length > 0));
  const spared = "unless" in rule ? changes(rule.unless, []) : [];
  const inside = [
    ...meant.map((change) => ({ key: "when", change })),
    ...spared.map((change) => ({ key: "unless", change })),
  ].map(({ key, change: { value, path, what } }) => ({
    rule: { ...rule, [key]: value } as Rule,
    what: `${rule.id} ${[key, ...path].join(".")}: ${what}`,
  }));
  const own = (change: Partial<Rule>, what: string): Mutant => ({
    rule: { ...rule, ...change },
    what: `${rule.id} ${what}`,
  });
  const level = otherLevel(rule);
  return [
    ...inside,
    own({ level }, `level: ${rule.level} becomes ${level}`),
    ...delays.flatMap((key) => {
      const seconds = rule[key] / SECOND;
      const longer = own({ [key]: rule[key] + SECOND }, `${key}: one second longer than ${seconds} s`);
      const shorter = own({ [key]: rule[key] - SECOND }, `${key}: one second shorter than ${seconds} s`);
      return seconds > 0 ? [longer, shorter] : [longer];
    }),
  ];
}

/** Silence and the mine's own doings are told with the time since when: a delay that is none changes nothing. */
function isDelayed({ when, ...rule }: Rule, key: "onDelay" | "offDelay", upper: boolean): boolean {
  if (key === "offDelay" && upper) return false;
  return rule[key] > 0 || (when.kind !== "silence" && when.kind !== "mine");
}

const LIMITS = ["alarm", "cut", "release", "alarmLow", "releaseLow"] as const;

/**
 * Every way to get one number of a row of limits wrong by a step of its sensors' resolution, or a little more, as
 * far as a rule names it. An upper limit is raised, its release lowered; a lower limit the other way.
 */
export function limitMutantsOf(
  row: LawLimit,
  rules: readonly Rule[],
  resolution: number,
): { readonly row: LawLimit; readonly what: string }[] {
  const named = new Set(rules.flatMap((rule) => limitsNamed(rule.when)));
  return LIMITS.flatMap((key) => {
    const value = row[key];
    if (value === null || !named.has(key)) return [];
    const up = key.endsWith("Low") === key.startsWith("release");
    const step = Math.max(resolution, Math.abs(value) * LITTLE);
    const other = Number((up ? value + step : value - step).toPrecision(12));
    const what = `${row.source ?? "limits"} ${row.loc} ${key}: ${value} becomes ${other}`;
    return [{ row: { ...row, [key]: other }, what }];
  });
}

/** The limits of its place that a condition speaks of. */
export function limitsNamed(value: unknown): (typeof LIMITS)[number][] {
  if (typeof value !== "object" || value === null) return [];
  const { kind, limit, clear } = value as Node;
  const names = kind === "high" || kind === "low" ? [limit, clear].map(nameOf) : [];
  const own = LIMITS.filter((key) => names.includes(kind === "low" ? key.replace("Low", "") : key));
  const meant = own.filter((key) => key.endsWith("Low") === (kind === "low"));
  return [...meant, ...Object.values(value).flatMap(limitsNamed)];
}

const nameOf = (ref: unknown): unknown =>
  typeof ref === "object" && ref !== null && "of" in ref ? ref.of : ref;

const isLowerStep = (other: Rule, rule: Rule): boolean =>
  rule.ladder !== null && other.ladder === rule.ladder && levelRank(other.level) < levelRank(rule.level);

/** Steps of one kind go together; how long a value has stood over its limit is of the kind of that limit. */
const strandOf = ({ when }: Rule): string => (when.kind === "lasting" ? when.of.kind : when.kind);

const otherLevel = ({ level }: Rule): Rule["level"] =>
  LEVELS[levelRank(level) === LEVELS.length - 1 ? LEVELS.length - 2 : levelRank(level) + 1] ?? level;

type Node = Readonly<Record<string, unknown>>;

/** What a condition is about, not what it says. */
const ABOUT = ["types", "locs", "systems"];

interface Change {
  readonly value: unknown;
  readonly path: readonly string[];
  readonly what: string;
}

/** One change anywhere in a condition, whatever forms conditions may have. */
function changes(value: unknown, path: readonly string[]): Change[] {
  if (Array.isArray(value)) return listChanges(value, path);
  if (typeof value !== "object" || value === null) return [];
  const node = value as Node;
  const within = Object.entries(node).flatMap(([key, inner]) => {
    if (ABOUT.includes(key)) return [];
    const own = ownChanges(node, key, inner, path);
    return (own ?? changes(inner, [...path, key])).map((change) => ({
      ...change,
      value: { ...node, [key]: change.value },
    }));
  });
  return [...strictness(node, path), ...within];
}

/** ≥ for > and back. */
function strictness(node: Node, path: readonly string[]): Change[] {
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

/** What is changed as a whole; null = what stands within it. */
function ownChanges(node: Node, key: string, value: unknown, path: readonly string[]): Change[] | null {
  const to = (other: unknown, what: string): Change => ({ value: other, path: [...path, key], what });
  if (value === null) return [];
  if (key === "clear") return [to(longer(node, value), "another release")];
  if (key === "mask" && typeof value === "number") return bitChanges(value, to);
  const measured = key === "limit" || key === "by";
  if (measured && isShare(value)) {
    const share = further(node, value.share);
    return [to({ share }, `${value.share} becomes ${share}`)];
  }
  if (typeof value !== "number") return null;
  // To remember nothing is to have said nothing.
  if (key === "remember" && value === 0) return [];
  const other = measured ? further(node, value) : more(value, WINDOWS.includes(key) ? NOT_SO_LITTLE : LITTLE);
  return [to(other, `${value} becomes ${other}`)];
}

const isShare = (value: unknown): value is { readonly share: number } =>
  typeof value === "object" && value !== null && "share" in value && typeof value.share === "number";

const isLower = ({ kind, side }: Node): boolean => kind === "low" || side === "low";

/** A limit that is harder to reach. */
function further(node: Node, limit: number): number {
  const by = limit === 0 ? 1 : Math.abs(limit) * LITTLE;
  return isLower(node) ? limit - by : limit + by;
}

/** One more of what is counted, a little more of what is measured. */
const more = (value: number, share: number): number =>
  Number.isInteger(value) && Math.abs(value) < 50 ? value + 1 : Number((value * (1 + share)).toPrecision(12));

/** A release further from the limit: the alarm would stand longer. */
function longer(node: Node, value: unknown): unknown {
  const times = isLower(node) ? 1.1 : 0.9;
  if (typeof value === "number") return node["kind"] === "alarms" ? value - 1 : value * times;
  if (typeof value === "string") return { of: value, times };
  if (isShare(value)) return { share: value.share * times };
  const { times: before } = value as { times: number };
  return { ...(value as object), times: before * times };
}

function bitChanges(mask: number, to: (other: unknown, what: string) => Change): Change[] {
  const bits = Array.from({ length: 16 }, (_, i) => 1 << i).filter((bit) => (mask & bit) !== 0);
  return bits.length < 2 ? [] : bits.map((bit) => to(mask & ~bit, `without bit ${bit}`));
}
