import { pointId } from "../model/mine.ts";
import type { InfluxServer } from "./server.ts";
import { STATS } from "./stat-line.ts";

/** Measurements that hold no readings. */
const OTHERS = ["alarm", "gap", "davylamp"];

/** The ids of every point that InfluxDB has readings or statistics of. */
export async function influxIds(ask: InfluxServer["query"]): Promise<string[]> {
  const ids = new Set<string>();
  const measurements = (await ask("SHOW MEASUREMENTS")).values.map(([name]) => String(name));
  for (const system of measurements.filter((name) => !OTHERS.includes(name))) {
    const table = await ask(`SHOW SERIES FROM "${system.replaceAll('"', '\\"')}"`);
    for (const [key] of table.values) {
      const { mine, point, ...tags } = tagsOf(String(key));
      const of = system === STATS ? tags["system"] : system;
      if (mine !== undefined && point !== undefined && of !== undefined) ids.add(pointId(mine, of, point));
    }
  }
  return [...ids].sort();
}

/** Of a series key as line protocol writes it: `safety,mine=520523017311,point=T\ 1`. */
function tagsOf(key: string): Record<string, string | undefined> {
  const parts = key.split(/(?<!\\),/).slice(1);
  return Object.fromEntries(
    parts.map((part) => {
      const at = part.indexOf("=");
      return [part.slice(0, at), part.slice(at + 1).replaceAll(/\\([,= ])/g, "$1")];
    }),
  );
}
