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
