import { compiled } from "../lib/compiled.ts";
import { createLastingWorker } from "../lib/lasting-worker.ts";
import type { SeriesAnswer, SeriesQuery } from "../model/series.ts";
import { type SeriesParcel, unpacked } from "../wire/series-parcel.ts";
import type { InfluxFault, InfluxState, Told, ToWorker, WorkerOptions } from "./calls.ts";
import type { PointLabel } from "./line.ts";

export type { InfluxFault, InfluxState } from "./calls.ts";
export type { PointLabel } from "./line.ts";

export interface InfluxOptions extends Omit<WorkerOptions, "token"> {
  /** Asked for at start and whenever the database doubts who we are; null = none. */
  readonly secret: () => string | null;
  readonly onFault: (code: InfluxFault, detail: string) => void;
}

/** The writer to InfluxDB and the reader from it, behind a worker that opens the logs itself. */
export interface Influx {
  /** What points are called; before the heads that bring their first rows. */
  label(labels: readonly PointLabel[]): void;
  /** Both logs are synced up to here. */
  synced(heads: { readonly spool: number; readonly journal: number }): void;
  /** Rejects when InfluxDB does not answer. */
  series(query: SeriesQuery): Promise<SeriesAnswer>;
  /** As it was last told; null = not yet. */
  state(): InfluxState | null;
  close(): Promise<void>;
}

const MOST_PENDING = 1_000;
/** In MiB. What a backlog leaves behind is collected soon, instead of being let lie while there is memory. */
const HEAP = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 256 };
/** A worker that does not end by itself is ended. */
const END_WITHIN = 5_000;

/** Resolves when the worker has found its place. One that dies is started again, from the cursor on disk. */
export async function openInflux(options: InfluxOptions): Promise<Influx> {
  const { secret, onFault, ...data } = options;
  const labels = new Map<string, PointLabel>();
  let heads: Parameters<Influx["synced"]>[0] | null = null;
  let state: InfluxState | null = null;

  function ready(): void {
    worker.post({ type: "labels", labels: [...labels.values()] });
    if (heads !== null) worker.post({ type: "heads", ...heads });
  }

  function take(message: Told): void {
    switch (message.type) {
      case "state":
        state = message.state;
        break;
      case "fault":
        onFault(message.code, message.detail);
        break;
      case "secret":
        worker.post({ type: "secret", token: secret() });
        break;
    }
  }

  const worker = createLastingWorker<ToWorker, Told>({
    entry: compiled("./worker.js", import.meta.url),
    name: "InfluxDB",
    limits: HEAP,
    mostPending: MOST_PENDING,
    data: (): WorkerOptions => ({ ...data, token: secret() }),
    ready,
    take,
    onFault,
  });
  await worker.open();

  return {
    label(more) {
      for (const label of more) labels.set(`${label.mine}:${label.system}:${label.code}`, label);
      worker.post({ type: "labels", labels: more });
    },
    synced(to) {
      heads = to;
      worker.post({ type: "heads", ...to });
    },
    series: async (query) =>
      unpacked((await worker.ask((id) => ({ type: "series", id, query }))) as SeriesParcel),
    state: () => state,
    close: () => worker.close(() => worker.post({ type: "close" }), END_WITHIN),
  };
}
