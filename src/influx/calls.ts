import type { Said } from "../lib/lasting-worker.ts";
import type { SeriesQuery } from "../model/series.ts";
import type { PointLabel } from "./line.ts";
import type { ServerSettings } from "./server.ts";
import type { WriterTrouble } from "./writer.ts";

/** How far the writing is, as the worker tells it once a second. */
export interface InfluxState {
  /** Last record of each log that InfluxDB has, on disk, and the gateway's `now` of that spool record. */
  readonly saved: { readonly spool: number; readonly journal: number; readonly now: number };
  /** Records that wait. */
  readonly waiting: { readonly spool: number; readonly journal: number };
  /** Since the worker started: lines written, lines put aside, requests. */
  readonly written: number;
  readonly refused: number;
  readonly requests: number;
  readonly trouble: WriterTrouble | null;
}

export type InfluxFault = "crashed" | "recovered" | "gap" | "io";

export type ToWorker =
  | { readonly type: "series"; readonly id: number; readonly query: SeriesQuery }
  | { readonly type: "labels"; readonly labels: readonly PointLabel[] }
  | { readonly type: "heads"; readonly spool: number; readonly journal: number }
  | { readonly type: "secret"; readonly token: string | null }
  | { readonly type: "close" };

export type FromWorker = Said | Told;

export type Told =
  | { readonly type: "state"; readonly state: InfluxState }
  | { readonly type: "fault"; readonly code: InfluxFault; readonly detail: string }
  /** Who we are is doubted: the secret is to be read again. */
  | { readonly type: "secret" };

/** What a worker is started with. */
export interface WorkerOptions {
  readonly server: ServerSettings;
  readonly token: string | null;
  readonly epoch: string;
  readonly spoolDir: string;
  readonly journalDir: string;
  readonly cursorPath: string;
  readonly refusedDir: string;
}
