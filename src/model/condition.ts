import type { System } from "./mine.ts";
import type { SwitchWord } from "./point.ts";
import type { Level } from "./rule.ts";
import type { Millis } from "./time.ts";

/**
 * A limit that has a name, resolved for each point by the one effective-limit function; `own-…` are those the
 * mine wrote into the point's row, upper or lower as the condition is.
 */
export type LimitName = "alarm" | "cut" | "release" | "own-alarm" | "own-cut" | "own-release" | GradeName;

/** The limit of a level, where a designer or the county grades one point by four levels (尾矿库, 水文). */
export type GradeName = "blue" | "yellow" | "orange" | "red";

/** A limit of a condition: a number, a named limit, or so many times a named one. */
export type LimitRef = number | LimitName | { readonly of: LimitName; readonly times: number };

/**
 * A value held against a limit. `high`: rounded value ≥ limit raises, strictly < `clear` releases; with `strict`:
 * > limit raises, ≤ `clear` releases. `low` is the mirror of it.
 */
export interface LimitCondition {
  readonly kind: "high" | "low";
  readonly limit: LimitRef;
  readonly clear: LimitRef;
  readonly strict?: boolean;
}

/** So much in the type's unit, or a share of what it is measured from. */
export type Amount = number | { readonly share: number };

/**
 * What the values of some time say together.
 * - `rise` / `fall`: the value is so far above the least (below the greatest) of the last `within`. With `clear`
 *   it holds until the value is back within that of where it came from; without, until the window knows better.
 * - `mean`: the value lies beyond its own mean of the last `of`: `side` high or low, limits as amounts from it or
 *   shares of it.
 * - `flat`: no change by `step` or more for so long; `from`: values below it do not count; `lively`: only of a
 *   point whose values have usually moved.
 * - `repeats`: the values of the last `for` are those of `after` before, in the same order.
 * - `jump`: two successive values differ by so much.
 */
export type WindowCondition =
  | {
      readonly kind: "rise" | "fall";
      readonly by: Amount;
      readonly within: Millis;
      readonly clear: Amount | null;
    }
  | {
      readonly kind: "mean";
      readonly side: "high" | "low";
      readonly limit: Amount;
      readonly clear: Amount;
      readonly of: Millis;
    }
  | {
      readonly kind: "flat";
      readonly for: Millis;
      readonly step: number;
      readonly from: number | null;
      readonly lively: { readonly std: number; readonly of: Millis } | null;
    }
  | { readonly kind: "repeats"; readonly for: Millis; readonly after: Millis }
  | { readonly kind: "jump"; readonly by: number };

/** What can be said of one point. */
export type PointCondition =
  | LimitCondition
  | WindowCondition
  | { readonly kind: "bits"; readonly mask: number }
  | { readonly kind: "state"; readonly is: readonly SwitchWord[] };

/**
 * Points of the mine by what they are, and how they belong to the one that is judged: itself, its `set`, its machine within it, its place,
 * its substation, the whole mine, the cut devices it acts on (`cuts`), the feed those show (`feeds`).
 */
export interface Selector {
  /** Empty = any. */
  readonly types: readonly string[];
  readonly locs: readonly string[];
  readonly systems: readonly System[];
  readonly near: "self" | "set" | "machine" | "place" | "substation" | "mine" | "feeds" | "cuts";
  /** The judged point itself does not count. */
  readonly others: boolean;
}

/** A condition on points of the mine. */
export interface PointTerm {
  readonly kind: "point";
  readonly is: PointCondition;
  /** Null: the judged point. */
  readonly of: Selector | null;
  /** It is true when it is of so many of the points, or of every one. */
  readonly atLeast: number | "every";
  /** Counts as true so long after it ended. */
  readonly remember: Millis;
}

/** Minutes of the day in the zone of the gateway; `from` after `to` goes over midnight. */
export interface HoursTerm {
  readonly kind: "hours";
  readonly from: number;
  readonly to: number;
}

/** Subjects of the mine with an open alarm: true from `atLeast` on, until there are fewer than `clear`. */
export interface AlarmsTerm {
  readonly kind: "alarms";
  readonly by: "rule" | "ladder" | "class";
  readonly is: string;
  /** This or higher. */
  readonly level: Level;
  readonly atLeast: number;
  readonly clear: number;
}

/** An alarm of a rule or ladder stands for so long, on the judged subject or anywhere in the mine. */
export interface OpenTerm {
  readonly kind: "open";
  readonly is: string;
  readonly for: Millis;
  readonly near: "self" | "mine";
}

/** How the values of points are taken together; `spread` is the greatest less the least. */
export const FOLDS = ["sum", "min", "max", "spread"] as const;
export type Fold = (typeof FOLDS)[number];

export interface GroupTerm {
  readonly kind: "group";
  readonly fold: Fold;
  readonly of: Selector;
  readonly limit: LimitCondition;
}

/**
 * What no other term can say: a CEL expression over numbers, each the values of points taken together in the unit
 * of the rules. Unknown while one of them is.
 */
export interface ExpressionTerm {
  readonly kind: "expression";
  readonly source: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly fold: Fold;
    /** Null: the judged point. */
    readonly of: Selector | null;
  }[];
}

/** A term that is judged by itself; the others join such. */
export type Leaf = PointTerm | HoursTerm | AlarmsTerm | OpenTerm | GroupTerm | ExpressionTerm;

/**
 * A statement about points, alarms or the time of one mine: true, false, unknown, or about nothing there is. An
 * unknown part makes the whole unknown unless the other parts decide it.
 */
export type Term =
  | Leaf
  | { readonly kind: "all" | "any"; readonly terms: readonly Term[] }
  | { readonly kind: "not"; readonly term: Term };
