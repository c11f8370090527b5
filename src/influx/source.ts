import type { LogFollower } from "../log/log-follower.ts";
import { createTape } from "../log/tape.ts";
import { pointId } from "../model/mine.ts";
import { decodeEntry } from "../wire/journal-codec.ts";
import { type SpooledHeads, type SpooledStats, spooled } from "../wire/spool-rows.ts";
import { journalLine } from "./journal-lines.ts";
import type { PointLabel } from "./line.ts";
import { seriesKey, timestamp } from "./line.ts";
import { createLineWriter, type LineWriter } from "./line-bytes.ts";
import { createRowLines } from "./row-lines.ts";
import { statFields, statPrefix } from "./stat-line.ts";
import type { Lines } from "./writer.ts";

/** Records of both logs as lines, from a place in each on. */
export interface Source {
  label(labels: readonly PointLabel[]): void;
  /** The logs are synced up to here. */
  synced(heads: { readonly spool: number; readonly journal: number }): void;
  /** About so many lines of whole records, fewer where there are no more; null = nothing waits. Good until the next but one. */
  next(lines: number): Promise<Lines | null>;
  /** Records of the spool, and of the journal, not taken yet. */
  waiting(): { readonly spool: number; readonly journal: number };
}

export interface SourceOptions {
  readonly spool: LogFollower;
  readonly journal: LogFollower;
  readonly from: Lines["to"];
  /** Nothing was ever written: records that are gone are no loss of ours. */
  readonly fresh: boolean;
  readonly trouble: (code: "gap" | "io", detail: string) => void;
}

/** Records that bring no line are passed by in pieces, so that the cursor goes on. */
const MOST_RECORDS = 20_000;

export function createSource(options: SourceOptions): Source {
  const rows = createRowLines();
  const spool = createTape(options.spool, options.from.spool);
  const journal = createTape(options.journal, options.from.journal);
  let { fresh } = options;
  let now = options.from.now;
  let taken = options.from;
  /** One is being written while the next is made. */
  const writers = [createLineWriter(), createLineWriter()];
  let turn = 0;

  async function fromSpool(lines: LineWriter, most: number): Promise<void> {
    for (let n = 0; n < MOST_RECORDS && lines.n < most; n++) {
      const before = spool.at();
      const record = await spool.next();
      if (record === null) return;
      const found = spooled(record);
      const brings = found !== null && typeof found !== "string";
      if (record.seq > before + 1) gap(before + 1, record.seq - 1, brings ? found.now : now, lines);
      if (typeof found === "string") options.trouble("io", found);
      if (!brings) continue;
      now = found.now;
      switch (found.kind) {
        case "readings":
          rows.put(found, lines);
          break;
        case "stats":
          putStats(found, lines);
          break;
        case "people":
          lines.text(headsLine(found));
          break;
      }
    }
  }

  /** What the spool no longer had when its turn came, between the last that was written and the first after it. */
  function gap(from: number, to: number, until: number, lines: LineWriter): void {
    const wasFresh = fresh;
    fresh = false;
    if (wasFresh) return;
    options.trouble("gap", `spool records ${from} to ${to} are gone: not in InfluxDB`);
    const at = timestamp(Math.floor(until), to % 1_000_000);
    lines.text(
      `${seriesKey("gap", { of: "influx" })} from=${from}i,to=${to}i,since=${now},until=${until} ${at}`,
    );
  }

  async function fromJournal(lines: LineWriter, most: number): Promise<void> {
    for (let n = 0; n < MOST_RECORDS && lines.n < most; n++) {
      const record = await journal.next();
      if (record === null) return;
      const line = journalLine(decodeEntry(record));
      if (line !== null) lines.text(line);
    }
  }

  /** What was taken before a fault is sent all the same: a record that was passed does not come again. */
  const whole = (reading: Promise<void>): Promise<void> =>
    reading.catch((fault: unknown) => options.trouble("io", String(fault)));

  return {
    label: rows.label,
    synced(heads) {
      spool.synced(heads.spool);
      journal.synced(heads.journal);
    },
    async next(most) {
      const lines = writers[turn] as LineWriter;
      turn = 1 - turn;
      lines.clear();
      // Alarms are few, and a flood of them must not wait for a day of readings.
      await whole(fromJournal(lines, most >> 1));
      await whole(fromSpool(lines, most));
      const to = { spool: spool.at(), journal: journal.at(), now };
      fresh &&= spool.at() === options.from.spool;
      const still = to.spool === taken.spool && to.journal === taken.journal;
      taken = to;
      return still ? null : { lines, to };
    },
    waiting: () => ({ spool: spool.left(), journal: journal.left() }),
  };
}

function putStats({ mine, system, stats }: SpooledStats, lines: LineWriter): void {
  for (const { p, ...stat } of stats)
    lines.put(Buffer.from(`${statPrefix(pointId(mine, system, p))} `), statFields(stat));
}

/** How many are underground: the parts of a snapshot share its time and are lines of their own. */
const headsLine = ({ mine, ts, part, underground, leaders }: SpooledHeads): string =>
  `${seriesKey("people", { mine, part: String(part) })} underground=${underground}i,leaders=${leaders}i ${timestamp(Math.floor(ts), 0)}`;
