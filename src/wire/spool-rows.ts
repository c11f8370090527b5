import { type MineCode, pointId, type System } from "../model/mine.ts";
import { type Columns, VERDICT } from "../model/reading.ts";
import { decodeInput, INPUT_TYPES } from "./input-codec.ts";

/** A record of the spool, whoever read it. */
interface SpoolRecord {
  readonly seq: number;
  readonly type: number;
  readonly body: Uint8Array;
}

/** What a spool record has for the series, before it is looked at row by row. */
export interface SpooledReadings {
  readonly mine: MineCode;
  readonly system: System;
  readonly columns: Columns;
  /** A verdict byte a reading; null = all are plain. */
  readonly verdicts: Uint8Array | null;
  /** The gateway's `now` when it came. */
  readonly now: number;
}

/** Null = nothing for the series; a text = why the record could not be read. */
export function spooledReadings(record: SpoolRecord): SpooledReadings | string | null {
  if (record.type !== INPUT_TYPES.packet) return null;
  const decoded = decodeInput(record, unneeded);
  if (!decoded.ok) return decoded.why;
  const { input, verdicts } = decoded;
  if (input.type !== "packet" || input.system === null || !("columns" in input.body)) return null;
  const { mine, system, body, now } = input;
  return { mine, system, columns: body.columns, verdicts, now };
}

/** A snapshot of who is underground, or a part of one, as a number: names and cards are no series. */
export interface SpooledHeads {
  readonly mine: MineCode;
  readonly ts: number;
  readonly part: number;
  /** Without those who came up. */
  readonly underground: number;
  readonly leaders: number;
}

/** Null = the record is no list of people. */
export function spooledHeads(record: SpoolRecord): SpooledHeads | null {
  if (record.type !== INPUT_TYPES.packet) return null;
  const decoded = decodeInput(record, unneeded);
  if (!decoded.ok || decoded.input.type !== "packet") return null;
  const { mine, body } = decoded.input;
  if (!("kind" in body) || body.kind !== "people") return null;
  const below = body.people.filter(({ up }) => up === undefined);
  const leaders = below.filter(({ leader }) => leader === true).length;
  return { mine, ts: body.ts, part: body.part, underground: below.length, leaders };
}

const NOT_STORED = VERDICT.duplicate | VERDICT.rejected;

/** The verdict of a reading that series keep; -1 = they do not keep it. */
export function verdictOf({ columns: { bad }, verdicts }: SpooledReadings, i: number): number {
  const verdict = verdicts?.[i] ?? VERDICT.plain;
  return (verdict & NOT_STORED) !== 0 || (bad?.[i] ?? 0) !== 0 ? -1 : verdict;
}

/** Called once per row: the point, then the row as series keep it. */
type AppendRow = (id: string, t: number, v: number, s: number, flags: number) => void;

/**
 * The rows that a spool record brings to series, by the verdicts written beside it: the same that the engine
 * handed on when the record was new. Answers why a record could not be read, null when all is well.
 */
export function spoolRows(record: SpoolRecord, append: AppendRow): string | null {
  const readings = spooledReadings(record);
  if (readings === null || typeof readings === "string") return readings;
  const { mine, system, columns } = readings;
  const { n, codes, t, v, s } = columns;
  for (let i = 0; i < n; i++) {
    const verdict = verdictOf(readings, i);
    if (verdict < 0) continue;
    const id = pointId(mine, system, codes[i] as string);
    append(id, t[i] as number, v[i] as number, s[i] as number, verdict);
  }
  return null;
}

const unneeded = (): never => {
  throw new Error("must hold: packets need no configuration");
};
