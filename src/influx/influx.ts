import { Worker } from "node:worker_threads";
import { createBackoff } from "../lib/backoff.ts";
import { compiled } from "../lib/compiled.ts";
import type { SeriesAnswer, SeriesQuery } from "../model/series.ts";
import { unpacked } from "../wire/series-parcel.ts";
import type { FromWorker, InfluxFault, InfluxState, ToWorker, WorkerOptions } from "./calls.ts";
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

interface Pending {
  resolve(answer: SeriesAnswer): void;
  reject(fault: Error): void;
}

/** Resolves when the worker has found its place. One that dies is started again, from the cursor on disk. */
export async function openInflux(options: InfluxOptions): Promise<Influx> {
  const { secret, onFault, ...data } = options;
  const labels = new Map<string, PointLabel>();
  const pending = new Map<number, Pending>();
  const backoff = createBackoff({ first: 500, most: 30_000 });
  let worker: Worker | null = null;
  let heads: Parameters<Influx["synced"]>[0] | null = null;
  let state: InfluxState | null = null;
  let lastId = 0;
  let closing = false;
  let restart: NodeJS.Timeout | null = null;

  const post = (message: ToWorker) => worker?.postMessage(message);

  function start(): Promise<void> {
    const workerData: WorkerOptions = { ...data, token: secret() };
    const how = { workerData, name: "influx", execArgv: [], resourceLimits: HEAP };
    const started = new Worker(compiled("./worker.js", import.meta.url), how);
    worker = started;
    return new Promise((resolve, reject) => {
      let fault: Error = new Error("the worker of InfluxDB ended");
      started.on("message", (message: FromWorker) => {
        if (message.type === "ready") resolve();
        take(message);
      });
      started.on("error", (error) => {
        fault = error;
      });
      started.on("exit", () => {
        reject(fault);
        ended(fault);
      });
    });
  }

  function take(message: FromWorker): void {
    switch (message.type) {
      case "ready":
        backoff.reset();
        post({ type: "labels", labels: [...labels.values()] });
        if (heads !== null) post({ type: "heads", ...heads });
        break;
      case "answer":
        settle(message.id)?.resolve(unpacked(message.value));
        break;
      case "unanswered":
        settle(message.id)?.reject(new Error(message.why));
        break;
      case "state":
        state = message.state;
        break;
      case "fault":
        onFault(message.code, message.detail);
        break;
      case "secret":
        post({ type: "secret", token: secret() });
        break;
    }
  }

  function settle(id: number): Pending | undefined {
    const one = pending.get(id);
    pending.delete(id);
    return one;
  }

  function ended(fault: Error): void {
    worker = null;
    for (const { reject } of pending.values()) reject(fault);
    pending.clear();
    if (closing) return;
    onFault("crashed", fault.stack ?? fault.message);
    restart = setTimeout(again, backoff.wait());
  }

  function again(): void {
    start().then(
      () => onFault("recovered", "the worker of InfluxDB runs again"),
      () => {}, // `ended` has reported it and set the next try
    );
  }

  await start().catch((fault: unknown) => {
    closing = true;
    if (restart !== null) clearTimeout(restart);
    throw fault;
  });

  return {
    label(more) {
      for (const label of more) labels.set(`${label.mine}:${label.system}:${label.code}`, label);
      post({ type: "labels", labels: more });
    },
    synced(to) {
      heads = to;
      post({ type: "heads", ...to });
    },
    series: (query) =>
      new Promise((resolve, reject) => {
        if (worker === null) return reject(new Error("the worker of InfluxDB is not running"));
        if (pending.size >= MOST_PENDING) return reject(new Error("too many questions to InfluxDB wait"));
        const id = ++lastId;
        pending.set(id, { resolve, reject });
        post({ type: "series", id, query });
      }),
    state: () => state,
    async close() {
      closing = true;
      if (restart !== null) clearTimeout(restart);
      const last = worker;
      if (last === null) return;
      const exited = new Promise((resolve) => last.once("exit", resolve));
      post({ type: "close" });
      const late = setTimeout(() => void last.terminate(), END_WITHIN);
      await exited;
      clearTimeout(late);
    },
  };
}
