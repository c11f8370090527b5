import { staleAfter } from "../model/mine.ts";
import { type Level, levelRank } from "../model/rule.ts";
import { NO_ALARMS, type Summary } from "./alarm-order.ts";
import type { MineJson } from "./shapes.ts";

/** What one tile says. A mine without data is `blind`: never "no alarms", never well. */
export interface MineState {
  readonly mine: MineJson;
  readonly summary: Summary;
  readonly blind: boolean;
  /** Newest message of any stream; null = never. */
  readonly heardAt: number | null;
  /** Systems whose own stream is down while others speak. */
  readonly down: readonly string[];
}

export function mineStates(
  mines: readonly MineJson[],
  summaries: ReadonlyMap<string, Summary>,
  now: number,
): MineState[] {
  return mines
    .map((mine) => stateOf(mine, summaries.get(mine.config.code) ?? NO_ALARMS, now))
    .sort((a, b) => badness(b) - badness(a) || compareNames(a, b));
}

export function stateOf(mine: MineJson, summary: Summary, now: number): MineState {
  const heardAt = mine.newestMessage === null ? null : Date.parse(mine.newestMessage);
  const silent = heardAt === null || now - heardAt > patience(mine);
  return {
    mine,
    summary,
    heardAt,
    blind: mine.link === "down" || silent,
    down: mine.streams.filter((stream) => stream.link === "down").map((stream) => stream.system),
  };
}

/** As long as the quickest stream of the mine may be silent (contract §3: max(3 × cycle, 90 s)). */
const patience = (mine: MineJson) =>
  Math.max(
    90_000,
    Math.min(...mine.streams.map((stream) => staleAfter(stream.cycle)).filter((ms) => ms > 0), 3_600_000),
  );

/** Not knowing is worse than a blue notice and less than a yellow alarm; waiting is worse than in hand. */
function badness({ summary, blind }: MineState): number {
  const waits = Object.values(summary.waiting).some((count) => count > 0);
  const alarm = levelRank(summary.worst) * 10 + (waits ? 5 : 0);
  return Math.max(alarm, blind ? 18 : 0) + (blind ? 1 : 0);
}

const compareNames = (a: MineState, b: MineState) => (a.mine.config.code < b.mine.config.code ? -1 : 1);

export type Look = Level | "blind" | "quiet";

/** The one look of a tile: its worst level, else "no data", else quiet. */
export const lookOf = ({ summary, blind }: MineState): Look =>
  levelRank(summary.worst) > levelRank("blue") || (summary.worst === "blue" && !blind)
    ? summary.worst
    : blind
      ? "blind"
      : "quiet";
