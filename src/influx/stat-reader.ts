import type { StatSpan } from "../model/series.ts";
import { LONG_STAT, type PlacedStat, placeOfStat } from "../wire/series-stats.ts";
import { statements } from "./influxql.ts";
import type { Range } from "./reader.ts";
import type { InfluxServer } from "./server.ts";

const PAGE = 10_000;

/** Statistics whose buckets lie whole in `from` ≤ t < `to`, of both widths, in order of their buckets. */
export async function readStats(range: Range, ask: InfluxServer["query"]): Promise<PlacedStat[]> {
  const { from, to } = range;
  const found: PlacedStat[] = [];
  for (let offset = 0, more = true; more; offset += PAGE) {
    // Its middle may lie in a bucket that begins after it.
    const table = await ask(statements.stats({ ...range, from: from - LONG_STAT }, PAGE, offset));
    const at = (name: string) => table.columns.indexOf(name);
    for (const row of table.values) {
      const cell = (name: string): number | null => {
        const value = row[at(name)];
        return typeof value === "number" ? value : null;
      };
      const stat = statOf(cell);
      if (stat === null) continue;
      const place = placeOfStat(stat);
      if (place.bucket >= from && place.bucket + place.width <= to) found.push({ ...place, stat });
    }
    more = table.values.length === PAGE;
  }
  return found.sort((a, b) => a.bucket - b.bucket || a.stat.from - b.stat.from || a.stat.to - b.stat.to);
}

/** Null = another program's point. */
function statOf(cell: (name: string) => number | null): StatSpan | null {
  const [from, to, max, maxAt] = [cell("t") ?? cell("time"), cell("to"), cell("max"), cell("maxAt")];
  const [min, minAt, avg] = [cell("min"), cell("minAt"), cell("avg")];
  if (from === null || to === null || max === null || maxAt === null) return null;
  return min === null || minAt === null || avg === null ? null : { from, to, max, maxAt, min, minAt, avg };
}
