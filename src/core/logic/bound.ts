import type { Instant, Millis } from "../../model/time.ts";
import type { LimitTest } from "./limit-test.ts";

/** A condition on one point with its numbers resolved there; a window is found by its name. */
export type MemberTest =
  | LimitTest
  | { readonly kind: "bits"; readonly mask: number }
  | { readonly kind: "state"; readonly words: readonly string[] }
  | { readonly kind: "window"; readonly name: string }
  | FoldTest;

/** A rule's expression, asked with a number for each of its names; null = it could not be told. */
export type Expression = (numbers: Readonly<Record<string, number>>) => boolean | null;

/** A limit in counts of the finest resolution of a group. */
export interface FoldTest {
  readonly kind: "fold";
  readonly test: LimitTest;
  readonly resolution: number;
}

/** What a leaf asks of its points; one for all leaves that ask the same. */
export interface Matter {
  /** By point; of a group the one that its fold is held against. */
  readonly tests: readonly MemberTest[];
  /** Of an expression: the points of each of its numbers. */
  readonly groups: readonly (readonly number[])[];
  readonly ask: Expression | null;
  /** It speaks of more points than there is room for: nothing is known of it. */
  readonly wide: boolean;
}

export const NO_MATTER: Matter = { tests: [], groups: [], ask: null, wide: false };

interface Remembered {
  held: number[];
  on: boolean;
  until: Instant;
}

/** One leaf of a formula at one watch: the points it speaks of, and what it remembers. Of most that is nothing. */
export class Bound {
  readonly slots: readonly number[];
  readonly matter: Matter;
  private memory: Remembered | null = null;

  constructor(slots: readonly number[], matter: Matter) {
    this.slots = slots;
    this.matter = matter;
  }

  /**
   * By point: 1 = it was true when last decided, for values between release and limit and calibration gas. Empty
   * until one was: of nearly all it never is.
   */
  get held(): readonly number[] {
    return this.memory === null ? NONE_HELD : this.memory.held;
  }

  isHeld(index: number): boolean {
    return this.held[index] === 1;
  }

  hold(index: number, is: boolean): void {
    if (this.held.length === 0) {
      if (!is) return;
      this.begun().held = this.slots.map(() => 0);
    }
    this.begun().held[index] = is ? 1 : 0;
  }

  /** Of a leaf that counts points, alarms or values: whether it was true when last decided. */
  get on(): boolean {
    return this.memory?.on === true;
  }
  set on(on: boolean) {
    if (on !== this.on) this.begun().on = on;
  }

  /** Gateway time up to which it counts as true although it ended; Infinity while it is true, NaN otherwise. */
  get until(): Instant {
    return this.memory === null ? Number.NaN : this.memory.until;
  }
  set until(until: Instant) {
    if (this.memory !== null || !Number.isNaN(until)) this.begun().until = until;
  }

  private begun(): Remembered {
    this.memory ??= { held: NONE_HELD, on: false, until: Number.NaN };
    return this.memory;
  }
}

/** Most leaves never hold anything: they share one empty list. */
const NONE_HELD: number[] = [];
Object.freeze(NONE_HELD);

/** What a watch whose plan has a formula knows beside its steps, once the formula has found its points. */
export interface Logic {
  readonly leaves: readonly Bound[];
  /** Gateway time at which it has to be looked at although nothing came; Infinity = none. */
  nextAt: Instant;
  /** Steps that must not rise by design now, a bit each. */
  barred: number;
}

/** A watch whose leaves speak of the point. */
export interface Tie<W> {
  readonly watch: W;
  /** Number of a leaf and the point's place in it, in turn. */
  readonly places: readonly number[];
}

/** What a mine knows of its formulas; all but the watches follows from them. */
export interface MineLogic<W> {
  /** Of rules over the mine as a whole. */
  wholes: W[];
  /** Everything that has one. */
  formulas: W[];
  /** Those that speak of alarms, those that time alone may change, and slots whose windows time may change. */
  listeners: W[];
  timed: W[];
  ripening: number[];
  /** None of those slots' windows can become true by time before this moment. */
  ripeFrom: Instant;
  /** Rules whose formulas speak of more points than there is room for. */
  wide: string;
}

export const createMineLogic = <W>(): MineLogic<W> => ({
  wholes: [],
  formulas: [],
  listeners: [],
  timed: [],
  ripening: [],
  ripeFrom: Number.NEGATIVE_INFINITY,
  wide: "",
});

/** The gateway's clock was set. */
export function shiftLogic(logic: Logic, by: Millis): void {
  logic.nextAt += by;
  for (const bound of logic.leaves) bound.until += by;
}
