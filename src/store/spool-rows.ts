import type { LogRecord } from "../log/read-log.ts";
import { pointId } from "../model/mine.ts";
import { type Columns, VERDICT } from "../model/reading.ts";
import { decodeInput, INPUT_TYPES } from "../wire/input-codec.ts";

/** Called once per row: the point, then the row as series keep it. */
export type AppendRow = (id: string, t: number, v: number, s: number, flags: number) => void;

const NOT_STORED = VERDICT.duplicate | VERDICT.rejected;

/**
 * The rows that a spool record brings to series, by the verdicts written beside it: the same that the engine
 * handed on when the record was new. Answers why a record could not be read, null when all is well.
 */
export function spoolRows(record: LogRecord, append: AppendRow): string | null {
  if (record.type !== INPUT_TYPES.packet) return null;
  const decoded = decodeInput(record, unneeded);
  if (!decoded.ok) return decoded.why;
  const { input, verdicts } = decoded;
  if (input.type === "packet" && input.system !== null && "columns" in input.body) {
    readingRows(input.mine, input.system, input.body.columns, verdicts, append);
  }
  return null;
}

function readingRows(
  mine: string,
  system: string,
  { n, codes, t, v, s, bad }: Columns,
  verdicts: Uint8Array | null,
  append: AppendRow,
): void {
  for (let i = 0; i < n; i++) {
    const verdict = verdicts?.[i] ?? VERDICT.plain;
    if ((verdict & NOT_STORED) !== 0 || (bad?.[i] ?? 0) !== 0) continue;
    append(
      pointId(mine, system, codes[i] as string),
      t[i] as number,
      v[i] as number,
      s[i] as number,
      verdict,
    );
  }
}

const unneeded = (): never => {
  throw new Error("must hold: packets need no configuration");
};
