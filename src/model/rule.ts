import type { LimitCondition, Term } from "./condition.ts";
import type { MineStatus, System } from "./mine.ts";
import type { MineCondition } from "./mine-condition.ts";
import type { PeopleState } from "./people.ts";
import type { SwitchWord } from "./point.ts";
import type { Millis } from "./time.ts";

export const LEVELS = ["none", "blue", "yellow", "orange", "red"] as const;
export type Level = (typeof LEVELS)[number];
export const levelRank = (level: Level): number => LEVELS.indexOf(level);

export const ALARM_CLASSES = [
  "over-limit",
  "cut",
  "feed-anomaly",
  "sensor-fault",
  "calibration",
  "link",
  "fan",
  "person",
  "ring",
  "logic",
  "mine-system",
  "gateway",
  "test",
] as const;
export type AlarmClass = (typeof ALARM_CLASSES)[number];

/**
 * What must be true. Declarative; compiled once per rule and point.
 * - `high` / `low`: a value held against a limit.
 * - `lasting`: the same, but a value between release and limit does not end a delay that runs: how long an
 *   alarm has stood.
 * - `bits`: any of the state bits is set.
 * - `silence`: no sample for the stale time of the point (`of: "point"`, while its stream is alive),
 *   or none on the stream for `after` (`of: "stream"`).
 * - `link`: the connection of the mine's stream (or all of them) is down.
 * - `state`: the point's switch word is one of `is`.
 * - `set`: every machine of the point's `set` is known to be in one of the words `all`;
 *   a machine is in the running word when any of its points is.
 * - `mine`: what the mine's own monitoring system says and does (`model/mine-condition.ts`).
 * - `people`: what the mine's list of people underground shows (`model/people.ts`).
 * - `logic`: anything that joins several values, points, alarms or the time (`model/condition.ts`).
 */
export type Condition =
  | LimitCondition
  | { readonly kind: "lasting"; readonly of: LimitCondition }
  | { readonly kind: "bits"; readonly mask: number }
  | { readonly kind: "silence"; readonly of: "point" | "stream"; readonly after?: Millis }
  | { readonly kind: "link"; readonly down: "mine" | "stream" }
  | { readonly kind: "state"; readonly is: readonly SwitchWord[] }
  | { readonly kind: "set"; readonly all: readonly SwitchWord[] }
  | { readonly kind: "mine"; readonly is: MineCondition }
  | { readonly kind: "people"; readonly is: PeopleState }
  | { readonly kind: "logic"; readonly term: Term };

/** What bad or unknown quality does to an open or pending alarm of the rule. */
export type OnBad = "hold" | "clear";

export interface RuleResponse {
  readonly cause: string;
  readonly consequence: string;
  readonly action: string;
  /** Time to respond. */
  readonly within: Millis | null;
}

/** Where on a machine a sensor sits (contract §3, `part`); `unnamed` = its row does not say. */
export const MACHINE_PARTS = [
  "motor1",
  "motor2",
  "fanFront",
  "fanRear",
  "motorDrive",
  "motorFree",
  "unnamed",
] as const;
export type MachinePart = (typeof MACHINE_PARTS)[number];

/** One rule of a pack, parsed and checked; `config/rules/*.yaml`, contract §8. */
export interface Rule {
  readonly id: string;
  readonly title: string;
  readonly titleEn: string;
  /** Document and clause; null only with `unverified`. */
  readonly basis: string | null;
  readonly unverified: boolean;
  readonly systems: readonly System[];
  /** Sensor types; empty = any. */
  readonly types: readonly string[];
  /** Sensor types it does not judge although it names no type: others speak of them. */
  readonly except?: readonly string[];
  /** Parts of a machine; absent = any. */
  readonly parts?: readonly MachinePart[];
  /** Location classes; empty = any but PIPE is never judged by a rule that names no location and an air limit. */
  readonly locs: readonly string[];
  /** Rules of one ladder on one subject are one alarm. */
  readonly ladder: string | null;
  readonly when: Condition;
  /** While this is true the rule raises nothing, by design; what waits goes on waiting, what is open stays open. */
  readonly unless?: Term;
  /** Why `unless` keeps it back, for whoever sees it suppressed by design. */
  readonly because?: string;
  /** Whose alarm it is, of a rule of logic: the point's (default), its set's, or the mine's. */
  readonly over?: "point" | "set" | "mine";
  readonly level: Level;
  readonly ack: "required" | "none";
  readonly onDelay: Millis;
  readonly offDelay: Millis;
  readonly class: AlarmClass;
  readonly onBad: OnBad;
  readonly statuses: readonly MineStatus[];
  readonly response: RuleResponse | null;
  /** An alarm whose condition is over stays until a person resets it. */
  readonly latch: boolean;
  /** An acknowledged alarm asks again when its value is so much worse than the worst that was acknowledged. */
  readonly worsens?: number;
  /** Rules or ladders whose open alarm on the same mine folds alarms of this rule under itself. */
  readonly parent: string | readonly string[] | null;
  /** Judged and recorded in metrics, never raised. */
  readonly shadow: boolean;
  /** Where it was read, for people: `rules/methane.yaml:12`. */
  readonly source: string;
}

/** One row of a table of limits (domain.md §1.2–1.4): what a place may hold. Unit is the type's own. */
export interface LawLimit {
  readonly systems: readonly System[];
  readonly types: readonly string[];
  readonly loc: string;
  /** Upper limits; the cut only with an alarm. */
  readonly alarm: number | null;
  readonly cut: number | null;
  readonly release: number | null;
  /** Lower limits: air that stands still, oxygen that is used up. */
  readonly alarmLow: number | null;
  readonly releaseLow: number | null;
  /** Whose number it is; the county's are starting values that a mine's file replaces. */
  readonly from: "law" | "county";
  readonly basis: string | null;
  /** Where it was read: `rules/methane.yaml:12`. */
  readonly source?: string;
}

/** Why a limit is what it is. */
export interface LimitOrigin {
  readonly from: "law" | "county" | "mine";
  /**
   * `law`: a row of the law's table; `seed`: a starting value of the county; `unconfirmed`: methane whose place
   * nobody confirmed; `override`: what the county wrote for the mine; `table`: the mine's own point table;
   * `kept`: an earlier table of it, which a newer one loosens without anybody's consent.
   */
  readonly kind: "law" | "seed" | "unconfirmed" | "override" | "table" | "kept";
  /** The clause and place, the key of the override, the field of the table. */
  readonly what: string;
  /** `file:line`, where it stands in a file. */
  readonly at: string | null;
}

/** Limits as they hold for one point, and where they came from. */
export interface EffectiveLimits {
  readonly alarm: number | null;
  readonly cut: number | null;
  readonly release: number | null;
  readonly from: "law" | "county" | "mine";
}

/** The rules and ladders under whose open alarms those of a rule fold. */
export const parentsOf = ({ parent }: Pick<Rule, "parent">): readonly string[] =>
  parent === null ? [] : typeof parent === "string" ? [parent] : parent;
