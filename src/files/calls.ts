import type { Said } from "../lib/lasting-worker.ts";
import type { WatchedFolder } from "../wire/config/folders.ts";
import type { Batch, FolderReport } from "./folder.ts";

/** What main and worker say to each other. */
export interface Watch {
  readonly folders: readonly WatchedFolder[];
  /** Of done and refused files; ms. */
  readonly keep: number;
  readonly poll: number;
}

export interface WorkerOptions extends Watch {
  /** The room's own folder in the data directory. */
  readonly dir: string;
}

export type ToWorker =
  | ({ readonly type: "watch" } & Watch)
  | { readonly type: "batch-done"; readonly batch: number; readonly ok: boolean }
  | { readonly type: "close" };

export type FromFiles =
  | { readonly type: "batch"; readonly id: number; readonly folder: WatchedFolder; readonly batch: Batch }
  | { readonly type: "reports"; readonly folders: readonly FolderReport[] };

export type FromWorker = FromFiles | Said;
