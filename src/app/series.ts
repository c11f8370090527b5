import type { Influx } from "../influx/influx.ts";
import type { Logger } from "../lib/logger.ts";
import { BUCKET_MS, type SeriesAnswer, type SeriesQuery } from "../model/series.ts";
import { MINUTE, SECOND } from "../model/time.ts";
import { parseSeriesCursor } from "../wire/series-buckets.ts";

type Ask = (query: SeriesQuery) => Promise<SeriesAnswer>;

/** What came within this before InfluxDB's place is asked of the embedded store: some of it may still be on its way. */
const MARGIN = MINUTE;
/** InfluxDB is up to date when its place is no older than this. */
const LAG = 30 * SECOND;

/**
 * One question over both back ends, which keep the same rows. InfluxDB answers for all but the last minute, which the
 * embedded store has sooner; the embedded store answers alone for what InfluxDB lacks while it catches up, and for
 * everything while it does not answer.
 */
export function createSeries(options: {
  readonly influx: Pick<Influx, "series" | "state">;
  readonly embedded: Ask;
  readonly now: () => number;
  readonly log: Pick<Logger, "warn">;
}): Ask {
  const { influx, embedded, now, log } = options;
  let silent = false;

  /** Up to here InfluxDB is asked; -Infinity = not at all. */
  function reach({ to, step }: SeriesQuery): number {
    const state = influx.state();
    if (state === null || (silent && state.trouble !== null)) return Number.NEGATIVE_INFINITY;
    const has = state.saved.now - MARGIN;
    if (to <= has) return to;
    if (state.trouble !== null || now() - state.saved.now > LAG) return Number.NEGATIVE_INFINITY;
    return step === "raw" ? has : Math.floor(has / BUCKET_MS[step]) * BUCKET_MS[step];
  }

  async function ask(query: SeriesQuery): Promise<SeriesAnswer | null> {
    try {
      const answer = await influx.series(query);
      silent = false;
      return answer;
    } catch (error) {
      if (!silent) log.warn({ error: String(error) }, "InfluxDB does not answer; the embedded store does");
      silent = true;
      return null;
    }
  }

  return async (query) => {
    const to = reach(query);
    if (Math.max(query.from, parseSeriesCursor(query.cursor).t) >= to) return embedded(query);
    const answer = await ask({ ...query, to });
    if (answer === null) return embedded(query);
    if (answer.next !== null || to === query.to) return answer;
    const left = query.limit - answer.rows.length;
    if (left <= 0) return { ...answer, next: `${to}/0` };
    const rest = await embedded({ ...query, from: to, limit: left, cursor: null });
    return { ...rest, rows: [...answer.rows, ...rest.rows] } as SeriesAnswer;
  };
}
