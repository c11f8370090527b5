import type {
  AlarmsTerm,
  ExpressionTerm,
  Fold,
  GroupTerm,
  HoursTerm,
  Leaf,
  OpenTerm,
} from "../../model/condition.ts";
import { levelRank } from "../../model/rule.ts";
import { DAY, type Instant, MINUTE } from "../../model/time.ts";
import { activeOfKind } from "../active.ts";
import { FLAG, HOT, hot } from "../columns.ts";
import { canonical, scaled } from "../decimal.ts";
import { type Verdict, verdictOnSample } from "../verdict.ts";
import type { Point, Watch, World } from "../world.ts";
import type { Bound, FoldTest, Logic, MemberTest } from "./bound.ts";
import { countOf, type Truth, truthOf } from "./formula.ts";
import type { LimitTest } from "./limit-test.ts";
import { catchUp, windowOf } from "./slot-windows.ts";

/**
 * Looks at everything a watch's formula speaks of, as it is known now, and notes which steps may not rise.
 * One truth a leaf; nothing before the watch is bound to its points.
 */
export function consider(world: World, watch: Watch): readonly Truth[] {
  const { logic } = watch;
  const { formula } = watch.plan;
  if (logic === null || formula === null) return [];
  logic.nextAt = Number.POSITIVE_INFINITY;
  const truths = formula.leaves.map(({ term, rule, path }, i): Truth => {
    const bound = logic.leaves[i];
    const truth = bound === undefined ? "nothing" : leafTruth(world, watch, term, bound, logic);
    world.observer?.saw(rule.id, path, SAID[truth], false);
    return truth;
  });
  logic.barred = formula.unless.reduce(
    (mask, node, i) => (node !== null && truthOf(node, truths) === "true" ? mask | (1 << i) : mask),
    0,
  );
  return truths;
}

const SAID = { true: "raise", false: "clear", unknown: "unknown", nothing: "silent" } as const;

/** What a step that is a formula says. */
export function verdictOnFormula(watch: Watch, step: number, truths: readonly Truth[]): Verdict {
  const node = watch.plan.formula?.raise[step];
  const truth = node === null || node === undefined ? "nothing" : truthOf(node, truths);
  return truth === "true" ? "raise" : truth === "unknown" ? "unknown" : "clear";
}

function leafTruth(world: World, watch: Watch, term: Leaf, bound: Bound, logic: Logic): Truth {
  if (bound.matter.wide) return "unknown";
  switch (term.kind) {
    case "point": {
      const all = bound.slots.map((_, i) => memberTruth(world, bound, i));
      return remembering(world, countOf(all, term.atLeast), term.remember, bound, logic);
    }
    case "hours":
      return atHours(world, term, logic);
    case "alarms":
      return counted(bound, openAlarms(watch, term), term);
    case "open":
      return standing(world, watch, term, logic);
    case "group":
      return folded(world, term, bound);
    case "expression":
      return expressed(world, term, bound);
  }
}

/**
 * Counts as true for some time after it ended; blindness is an end as well. That time is over with a second of the
 * sweep, for between them it depends on chance what is looked at.
 */
function remembering(world: World, truth: Truth, time: number, bound: Bound, logic: Logic): Truth {
  if (time === 0) return truth;
  if (truth === "true") {
    bound.until = Number.POSITIVE_INFINITY;
    return truth;
  }
  if (bound.until === Number.POSITIVE_INFINITY) bound.until = world.now + time;
  if (!(world.swept < bound.until)) {
    bound.until = Number.NaN;
    return truth;
  }
  logic.nextAt = Math.min(logic.nextAt, bound.until);
  return "true";
}

/** What is known of one point now. Calibration gas changes nothing, nor does a value between release and limit. */
function memberTruth(world: World, bound: Bound, index: number): Truth {
  const verdict = memberVerdict(
    world,
    bound.slots[index] as number,
    bound.matter.tests[index] as Exclude<MemberTest, FoldTest>,
  );
  if (verdict === "unknown") return "unknown";
  if (verdict === "raise") bound.hold(index, true);
  if (verdict === "clear") bound.hold(index, false);
  return bound.isHeld(index) ? "true" : "false";
}

function memberVerdict(world: World, slot: number, test: Exclude<MemberTest, FoldTest>): Verdict {
  const { columns } = world;
  const known = hot(columns, slot, HOT.judged) > Number.NEGATIVE_INFINITY;
  if (!known || ((columns.flags[slot] as number) & (FLAG.stale | FLAG.orphan)) !== 0) return "unknown";
  const point = world.points[slot] as Point;
  const scale = point.wiring?.known.scale;
  if (scale === undefined) return "unknown";
  const value = hot(columns, slot, HOT.value);
  const state = hot(columns, slot, HOT.state);
  if (test.kind !== "window") return verdictOnSample(test, point, scale, value, state);
  const hidden = verdictOnSample(ANY_VALUE, point, scale, value, state & ~OVER_RANGE);
  if (hidden !== "clear") return hidden;
  const windows = world.windows[slot] ?? null;
  if (windows === null) return "unknown";
  catchUp(windows, columns, slot);
  return windowOf(windows, test.name)?.verdict ?? "unknown";
}

const OVER_RANGE = 8;
/** A limit that no value reaches: what it says is said by the state and by a value that is missing. */
const ANY_VALUE: LimitTest = {
  kind: "high",
  raise: Number.POSITIVE_INFINITY,
  clear: Number.POSITIVE_INFINITY,
};

function atHours(world: World, { from, to }: HoursTerm, logic: Logic): Truth {
  const offsets = world.config?.offsets ?? [];
  const offset = offsets.findLast((each) => each.from <= world.now)?.minutes ?? 0;
  const time = (((world.now + offset * MINUTE) % DAY) + DAY) % DAY;
  for (const bound of [from, to]) {
    const ahead = (bound * MINUTE - time + DAY) % DAY;
    logic.nextAt = Math.min(logic.nextAt, world.now + (ahead === 0 ? DAY : ahead));
  }
  const begun = time >= from * MINUTE;
  const over = time >= to * MINUTE;
  return (from < to ? begun && !over : begun || !over) ? "true" : "false";
}

/**
 * Subjects of the mine with an open alarm of the kind, counted no further than anybody asks; the watch's own
 * alarm does not feed itself.
 */
function openAlarms(watch: Watch, { by, is, level, atLeast, clear }: AlarmsTerm): number {
  const enough = Math.max(atLeast, clear);
  const least = levelRank(level);
  const subjects = new Set<string>();
  for (const { alarm, watch: own } of activeOfKind(watch.mine, by, is)) {
    if (own === watch || levelRank(alarm.level) < least) continue;
    subjects.add(alarm.subject.id);
    if (subjects.size >= enough) break;
  }
  return subjects.size;
}

function counted(bound: Bound, n: number, { atLeast, clear }: { atLeast: number; clear: number }): Truth {
  bound.on = n >= atLeast || (bound.on && n >= clear);
  return bound.on ? "true" : "false";
}

/** It is there at once; how long it has stood is seen with a second of the sweep. */
function standing(world: World, watch: Watch, term: OpenTerm, logic: Logic): Truth {
  let since = Number.POSITIVE_INFINITY;
  for (const by of ["rule", "ladder"] as const) {
    for (const { alarm, watch: own } of activeOfKind(watch.mine, by, term.is)) {
      const here = term.near === "mine" || alarm.subject.id === watch.subject.id;
      if (own !== watch && here) since = Math.min(since, alarm.raisedAt);
    }
  }
  const due: Instant = since + term.for;
  if (due <= (term.for === 0 ? world.now : world.swept)) return "true";
  logic.nextAt = Math.min(logic.nextAt, due);
  return "false";
}

/** What is not known of some points leaves the whole unknown, unless the others decide it. */
function folded(world: World, { fold }: GroupTerm, bound: Bound): Truth {
  if (bound.slots.length === 0) return "nothing";
  const values = bound.slots.flatMap((slot) => valueAt(world, slot) ?? []);
  const blind = values.length < bound.slots.length;
  const { test, resolution } = bound.matter.tests[0] as FoldTest;
  if (values.length === 0 || (blind && (fold === "sum" || fold === "spread"))) return "unknown";
  const steps = scaled(together(fold, values), { factor: 1, offset: 0, resolution });
  const high = test.kind === "high";
  const over = high ? steps >= test.raise : steps <= test.raise;
  const back = high ? steps < test.clear : steps > test.clear;
  // Values that are not known may lift a maximum and lower a minimum, not the other way.
  const decided = !blind || ((fold === "max") === high ? over : back);
  if (!decided) return "unknown";
  bound.on = over || (bound.on && !back);
  return bound.on ? "true" : "false";
}

function together(fold: Fold, values: readonly number[]): number {
  const most = values.reduce((a, b) => Math.max(a, b));
  const least = values.reduce((a, b) => Math.min(a, b));
  switch (fold) {
    case "sum":
      return values.reduce((a, b) => a + b, 0);
    case "max":
      return most;
    case "min":
      return least;
    case "spread":
      return most - least;
  }
}

/** About nothing where one of its numbers has no points; unknown while a value is missing. */
function expressed(world: World, { inputs }: ExpressionTerm, { matter }: Bound): Truth {
  const { groups, ask } = matter;
  if (ask === null || groups.some((slots) => slots.length === 0)) return "nothing";
  const numbers: Record<string, number> = {};
  for (const [i, { name, fold }] of inputs.entries()) {
    const slots = groups[i] ?? [];
    const values = slots.flatMap((slot) => valueAt(world, slot) ?? []);
    if (values.length < slots.length) return "unknown";
    numbers[name] = together(fold, values);
  }
  const said = ask(numbers);
  return said === null ? "unknown" : said ? "true" : "false";
}

/** In the unit of the rules; null = not known. */
function valueAt(world: World, slot: number): number | null {
  const point = world.points[slot] as Point;
  if (memberVerdict(world, slot, ANY_VALUE) !== "clear" || point.wiring === null) return null;
  return canonical(hot(world.columns, slot, HOT.value), point.wiring.known.scale);
}
