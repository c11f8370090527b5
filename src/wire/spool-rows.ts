import type { StatRow } from "../model/input.ts";
import { type MineCode, pointId, type System } from "../model/mine.ts";
import { type Columns, VERDICT } from "../model/reading.ts";
import type { SeriesStat } from "../model/series.ts";
import { decodeInput, INPUT_TYPES } from "./input-codec.ts";

/** A record of the spool, whoever read it. */
interface SpoolRecord {
  readonly seq: number;
  readonly type: number;
  readonly body: Uint8Array;
}

/** What a spool record has for the series, before it is looked at row by row. */
export interface SpooledReadings {
  readonly kind: "readings";
  readonly mine: MineCode;
  readonly system: System;
  readonly columns: Columns;
  /** A verdict byte a reading; null = all are plain. */
  readonly verdicts: Uint8Array | null;
  /** The gateway's `now` when it came. */
  readonly now: number;
}

/** What a mine itself says of lengths of time. */
export interface SpooledStats {
  readonly kind: "stats";
  readonly mine: MineCode;
  readonly system: System;
  readonly stats: readonly StatRow[];
  readonly now: number;
}

/** A snapshot of who is underground, or a part of one, as a number: names and cards are no series. */
export interface SpooledHeads {
  readonly kind: "people";
  readonly mine: MineCode;
  readonly ts: number;
  readonly part: number;
  /** Without those who came up. */
  readonly underground: number;
  readonly leaders: number;
  readonly now: number;
}

/** Null = nothing for the series; a text = why the record could not be read. */
export function spooled(record: SpoolRecord): SpooledReadings | SpooledStats | SpooledHeads | string | null {
  if (record.type !== INPUT_TYPES.packet) return null;
  const decoded = decodeInput(record, unneeded);
  if (!decoded.ok) return decoded.why;
  const { input, verdicts } = decoded;
  if (input.type !== "packet" || input.system === null) return null;
  const { mine, system, body, now } = input;
  switch (body.kind) {
    case "readings":
    case "backfill":
      return { kind: "readings", mine, system, columns: body.columns, verdicts, now };
    case "stats":
      return { kind: "stats", mine, system, stats: body.stats, now };
    case "people": {
      const below = body.people.filter(({ up }) => up === undefined);
      const leaders = below.filter(({ leader }) => leader === true).length;
      const { ts, part } = body;
      return { kind: "people", mine, ts, part, underground: below.length, leaders, now };
    }
    case "points":
    case "events":
    case "files":
    case "status":
    case "unusable":
      return null;
  }
}

/** Only its readings; null = it has none. */
export function spooledReadings(record: SpoolRecord): SpooledReadings | string | null {
  const found = spooled(record);
  return found === null || typeof found === "string" || found.kind === "readings" ? found : null;
}

const NOT_STORED = VERDICT.duplicate | VERDICT.rejected;

/** The verdict of a reading that series keep; -1 = they do not keep it. */
export function verdictOf({ columns: { bad }, verdicts }: SpooledReadings, i: number): number {
  const verdict = verdicts?.[i] ?? VERDICT.plain;
  return (verdict & NOT_STORED) !== 0 || (bad?.[i] ?? 0) !== 0 ? -1 : verdict;
}

/** Called once per row: the point, then the row as series keep it. */
type AppendRow = (id: string, t: number, v: number, s: number, flags: number) => void;
type AppendStat = (stat: SeriesStat) => void;

/**
 * The rows that a spool record brings to series, by the verdicts written beside it: the same that the engine
 * handed on when the record was new; and the statistics of mines. Answers why a record could not be read, null when
 * all is well.
 */
export function spoolRows(record: SpoolRecord, append: AppendRow, appendStat: AppendStat): string | null {
  const found = spooled(record);
  if (found === null || typeof found === "string") return found;
  if (found.kind === "stats") for (const stat of seriesStats(found)) appendStat(stat);
  if (found.kind !== "readings") return null;
  const { mine, system, columns } = found;
  const { n, codes, t, v, s } = columns;
  for (let i = 0; i < n; i++) {
    const verdict = verdictOf(found, i);
    if (verdict < 0) continue;
    const id = pointId(mine, system, codes[i] as string);
    append(id, t[i] as number, v[i] as number, s[i] as number, verdict);
  }
  return null;
}

const seriesStats = ({ mine, system, stats }: SpooledStats): SeriesStat[] =>
  stats.map(({ p, ...stat }) => ({ id: pointId(mine, system, p), ...stat }));

const unneeded = (): never => {
  throw new Error("must hold: packets need no configuration");
};
