import { STATE, UNKNOWN_BITS } from "../model/reading.ts";
import { FLAG, HOT, hot } from "./columns.ts";
import { type Scale, scaled } from "./decimal.ts";
import type { LimitTest } from "./logic/limit-test.ts";
import type { Plan, Test } from "./plan.ts";
import { tellsNothing } from "./words.ts";
import type { Point, Watch, World } from "./world.ts";

/**
 * What one sample says about one condition: true, released, neither (between release and limit), neither while
 * a running delay goes on, unknown (bad data: hold), or calibrating (calibration gas neither raises nor ends
 * anything).
 */
export type Verdict = "raise" | "clear" | "between" | "lasting" | "unknown" | "calibrating";

/** By the number an image knows them by. */
export const VERDICTS: readonly Verdict[] = ["clear", "between", "raise", "unknown"];

const WEIGHT = { clear: 0, calibrating: 1, unknown: 2, between: 3, lasting: 3, raise: 4 } as const;

/**
 * What the verdicts of a ladder's steps say of its alarm. Steps of one kind go together, so their lowest tells; a
 * ladder that joins several kinds is over when all are. Between is only what has been reached.
 */
export function overall({ heads }: Plan, verdicts: readonly Verdict[], reached: number): Verdict {
  let most = verdicts[0] as Verdict;
  if (heads.length === 1) return most;
  verdicts.forEach((verdict, i) => {
    const counts = verdict === "raise" || (heads.includes(i) && (WEIGHT[verdict] < 3 || i <= reached));
    if (counts && WEIGHT[verdict] > WEIGHT[most]) most = verdict;
  });
  return most;
}

/** A condition on one point, judged by a sample; state bits by the precedence of contract §3. */
export function verdictOnSample(
  test: Test,
  point: Point,
  scale: Scale,
  value: number,
  state: number,
): Verdict {
  switch (test.kind) {
    case "bits":
      return onBits(test.mask, state);
    case "high":
    case "low":
      return onLimit(test, scale, value, state);
    case "lasting": {
      const verdict = onLimit(test.of, scale, value, state);
      return verdict === "between" ? "lasting" : verdict;
    }
    case "state":
      return onWord(test.words, point, value, state);
    case "logic":
      // Of a sample alone nothing can be said that joins several: late data is judged by single values.
      return "clear";
    case "set":
    case "silence":
    case "link":
    case "people":
    case "mine":
      throw new Error("must hold: conditions on one sample only");
  }
}

/** A state that hides the sensor hides its other bits too: their absence then proves nothing. */
function onBits(mask: number, state: number): Verdict {
  const seen = state & mask;
  // Over range is a word about the air only where the sensor sees it (contract §3, precedence).
  if (seen === STATE.overRange && (state & UNKNOWN_BITS) !== 0) return "unknown";
  if (seen === STATE.overRange && (state & STATE.calibrating) !== 0) return "calibrating";
  if (seen !== 0) return "raise";
  return (state & UNKNOWN_BITS) !== 0 ? "unknown" : "clear";
}

function onLimit(test: LimitTest, scale: Scale, value: number, state: number): Verdict {
  if ((state & UNKNOWN_BITS) !== 0) return "unknown";
  if ((state & STATE.calibrating) !== 0) return "calibrating";
  if ((state & STATE.overRange) !== 0) return test.kind === "high" ? "raise" : "unknown";
  if (Number.isNaN(value)) return "unknown";
  const steps = scaled(value, scale);
  if (test.kind === "high") return steps >= test.raise ? "raise" : steps < test.clear ? "clear" : "between";
  return steps <= test.raise ? "raise" : steps > test.clear ? "clear" : "between";
}

function onWord(words: readonly string[], point: Point, value: number, state: number): Verdict {
  if ((state & UNKNOWN_BITS) !== 0) return "unknown";
  if ((state & STATE.calibrating) !== 0) return "calibrating";
  const word = wordOf(point, value);
  if (word !== null && words.includes(word)) return "raise";
  // A switch that does not know itself says nothing about what it said before.
  return word === null || word === "unknown" ? "unknown" : "clear";
}

/** The canonical word of a switch's value; null when nothing tells it. */
export function wordOf(point: Point, value: number): string | null {
  return Number.isNaN(value) ? null : (point.meaning?.values[String(value)] ?? null);
}

/** Whether all machines of a set are known to be in one of the words; a machine runs if any of its points does. */
export function verdictOnSet(world: World, words: readonly string[], watch: Watch): Verdict {
  let known = watch.machines.length > 0;
  for (const machine of watch.machines) {
    const states = machine.map((slot) => machineState(world, words, slot));
    if (states.includes("otherwise")) return "clear";
    if (states.includes("unknown")) known = false;
  }
  return known ? "raise" : "unknown";
}

function machineState(world: World, words: readonly string[], slot: number): "so" | "otherwise" | "unknown" {
  const { columns } = world;
  const point = world.points[slot] as Point;
  const state = hot(columns, slot, HOT.state);
  const hidden = (state & (UNKNOWN_BITS | STATE.calibrating)) !== 0;
  if (hidden || ((columns.flags[slot] as number) & (FLAG.stale | FLAG.orphan)) !== 0) return "unknown";
  const word = wordOf(point, hot(columns, slot, HOT.value));
  if (word === null) return "unknown";
  if (words.includes(word)) return "so";
  return tellsNothing(word as never) ? "unknown" : "otherwise";
}
