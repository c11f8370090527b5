import { existsSync } from "node:fs";
import { join } from "node:path";
import { alarmHash } from "../../app/hash.ts";
import { labelOf } from "../../app/influx.ts";
import { ENGINE_VERSION } from "../../app/world.ts";
import { createEngine } from "../../core/engine.ts";
import type { PointLabel } from "../../influx/line.ts";
import { EXIT, Refusal } from "../../lib/refusal.ts";
import { nodeDisk } from "../../log/disk.ts";
import { readLog } from "../../log/read-log.ts";
import { createSnapshots } from "../../log/snapshot.ts";
import { partsOfPoint } from "../../model/mine.ts";
import type { SeriesAnswer, SeriesQuery, StatSpan } from "../../model/series.ts";
import { openSeries } from "../../store/series.ts";
import { evaluator } from "../../wire/config/expression.ts";
import { spoolRows } from "../../wire/spool-rows.ts";

/** The series of a data directory, as another process than the gateway sees them. It writes nothing. */
export interface StoredHistory {
  /** In the order of their names. */
  readonly ids: readonly string[];
  label(id: string): PointLabel;
  query(query: SeriesQuery): SeriesAnswer;
  /** The mine's own statistics of a point that lie in `from` ≤ t < `to`. */
  stats(id: string, from: number, to: number): Iterable<StatSpan>;
  close(): void;
}

/** What the file has, and after it what the spool has and the file has not yet. */
export async function openHistory(data: string): Promise<StoredHistory> {
  const path = join(data, "series.db");
  if (!existsSync(path))
    throw new Refusal(EXIT.usage, `${data} holds no series.db; name a data directory with --data`);
  const series = await openSeries(path);
  const spool = { dir: join(data, "spool"), extension: "spl", disk: nodeDisk };
  for await (const records of readLog(spool, (series.cursor()?.spool ?? 0) + 1))
    for (const record of records)
      spoolRows(
        record,
        (id, t, v, s, flags) => series.append(series.number(id), t, v, s, flags),
        ({ id, ...stat }) => series.appendStat(series.number(id), stat),
      );
  const labels = await labelsOf(data);
  return {
    ids: [...series.ids()].sort(),
    label: (id) => labels.get(id) ?? bareLabel(id),
    query: (query) => series.query(query),
    stats: (id, from, to) => series.stats(id, from, to),
    close: () => series.close(),
  };
}

/** What points are called, by the newest snapshot; nothing more than their names where there is none. */
async function labelsOf(data: string): Promise<ReadonlyMap<string, PointLabel>> {
  const snapshots = createSnapshots({
    dir: join(data, "snapshots"),
    disk: nodeDisk,
    engineVersion: ENGINE_VERSION,
  });
  const labels = new Map<string, PointLabel>();
  const snapshot = existsSync(join(data, "snapshots")) ? await snapshots.newest() : null;
  await snapshots.close();
  if (snapshot === null) return labels;
  const engine = createEngine({ hash: alarmHash, compile: evaluator });
  engine.restore(snapshot.image);
  for (const { config } of engine.mines())
    for (const view of engine.points(config.code)) labels.set(view.id, labelOf(view));
  return labels;
}

function bareLabel(id: string): PointLabel {
  return { ...partsOfPoint(id), type: null, loc: null, place: null, twoValued: false };
}
