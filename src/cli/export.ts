import { createWriteStream, existsSync } from "node:fs";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { pointLine, rowFields } from "../influx/line.ts";
import { statFields, statPrefix } from "../influx/stat-line.ts";
import { EXIT, Refusal } from "../lib/refusal.ts";
import { MOST_SERIES_ROWS, type SeriesAnswer, type SeriesStep } from "../model/series.ts";
import { iso } from "../wire/time.ts";
import { type PointFilter, pickPoints } from "./history/points.ts";
import { openHistory, type StoredHistory } from "./history/stored.ts";
import { moment } from "./moment.ts";

export interface ExportOptions extends PointFilter {
  readonly data: string;
  readonly from?: string;
  readonly to?: string;
  readonly step: SeriesStep;
  readonly format: "csv" | "line";
  /** Absent = standard output. */
  readonly out?: string;
}

/** `davylamp export`: series as CSV or line protocol. May run beside the gateway; progress goes to standard error. */
export async function exportSeries(options: ExportOptions, tell: (line: string) => void): Promise<number> {
  if (options.format === "line" && options.step !== "raw")
    throw new Refusal(
      EXIT.usage,
      `lines are of readings: --format line goes with --step raw, not ${options.step}`,
    );
  if (options.out !== undefined && existsSync(options.out))
    throw new Refusal(EXIT.usage, `${options.out} is there already; name a new file with --out`);
  const range = { from: moment("--from", options.from) ?? 0, to: moment("--to", options.to) ?? LAST };
  const history = await openHistory(options.data);
  const out = options.out === undefined ? process.stdout : createWriteStream(options.out, { flags: "wx" });
  let rows = 0;
  try {
    const ids = pickPoints(history.ids, options);
    const lines = options.format === "csv" ? csvLines(options.step) : influxLines(history);
    await write(out, lines.head);
    for (const [i, id] of ids.entries()) {
      for (const page of pages(history, id, { ...range, step: options.step })) {
        await write(out, lines.of(id, page));
        rows += page.rows.length;
      }
      await write(out, lines.stats(id, range));
      if ((i + 1) % 100 === 0 || i + 1 === ids.length) tell(`${i + 1} of ${ids.length} points, ${rows} rows`);
    }
    if (out !== process.stdout) await finished(out.end());
    return EXIT.well;
  } finally {
    history.close();
  }
}

/** The last moment a date can name. */
const LAST = 8.64e15;

function* pages(
  history: Pick<StoredHistory, "query">,
  id: string,
  range: { from: number; to: number; step: SeriesStep },
): Generator<SeriesAnswer> {
  let cursor: string | null = null;
  do {
    const page: SeriesAnswer = history.query({ id, ...range, limit: MOST_SERIES_ROWS, cursor });
    yield page;
    cursor = page.next;
  } while (cursor !== null);
}

interface Lines {
  readonly head: string;
  of(id: string, page: SeriesAnswer): string;
  /** What stands beside the readings of a point. */
  stats(id: string, range: { readonly from: number; readonly to: number }): string;
}

/** RFC 4180; times as ISO 8601 with the offset of China, values exactly as they were sent. */
function csvLines(step: SeriesStep): Lines {
  const head =
    step === "raw"
      ? "time,point,value,state,flags\n"
      : "time,point,n,min,minAt,max,maxAt,avg,states,source\n";
  const at = (t: number | null) => (t === null ? "" : iso(t));
  return {
    head,
    of(id, page) {
      const name = /[",\r\n]/.test(id) ? `"${id.replaceAll('"', '""')}"` : id;
      if (page.step === "raw")
        return page.rows.map(({ t, v, s, flags }) => `${at(t)},${name},${v ?? ""},${s},${flags}\n`).join("");
      return page.rows
        .map(
          ({ t, n, min, minAt, max, maxAt, avg, s, source = "readings" }) =>
            `${at(t)},${name},${n},${min ?? ""},${at(minAt)},${max ?? ""},${at(maxAt)},${avg ?? ""},${s},${source}\n`,
        )
        .join("");
    },
    stats: () => "",
  };
}

/** As the gateway writes them to InfluxDB (contract §9). */
function influxLines(history: StoredHistory): Lines {
  return {
    head: "",
    of(id, page) {
      if (page.step !== "raw") return "";
      const { prefix, twoValued } = pointLine(history.label(id));
      const before = Buffer.from(prefix).toString();
      return page.rows
        .map(({ t, v, s, flags }) => `${before}${rowFields(twoValued, t, v ?? Number.NaN, s, flags)}\n`)
        .join("");
    },
    stats(id, { from, to }) {
      const before = statPrefix(id);
      return Array.from(history.stats(id, from, to), (stat) => `${before} ${statFields(stat)}\n`).join("");
    },
  };
}

async function write(out: Writable, text: string): Promise<void> {
  if (text === "" || out.write(text)) return;
  await new Promise<void>((resolve, reject) => {
    out.once("drain", resolve);
    out.once("error", reject);
    out.once("close", resolve);
  });
}
