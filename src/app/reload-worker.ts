import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../lib/assert.ts";
import { nodeDisk } from "../log/disk.ts";
import { createConfigStore } from "./config-store.ts";
import { type ConfigurationOptions, type Configured, readConfiguration } from "./configuration.ts";
import { type DryRunResult, dryRun } from "./dry-run.ts";
import { sha256 } from "./hash.ts";
import { readOnly } from "./replay/tape.ts";

/** Reads changed files and tries them on the last hour, away from the loop that serves the mines. */
export interface ReloadJob extends Omit<ConfigurationOptions, "secrets"> {
  readonly secrets: Readonly<Record<string, string>>;
  readonly data: string;
  /** Hash of the configuration in force. */
  readonly inForce: string;
  readonly budgetMs: number;
}

export type ReloadAnswer =
  | { readonly ok: false; readonly faults: readonly string[] }
  /** `dryRun` null: the rules are those in force. */
  | ({ readonly ok: true; readonly dryRun: DryRunResult | null } & Configured);

async function work(job: ReloadJob): Promise<ReloadAnswer> {
  const read = readConfiguration({ ...job, secrets: (reference) => job.secrets[reference] });
  if (!read.ok) return read;
  const hash = sha256(read.canonical);
  if (hash === job.inForce) return { ...read, dryRun: null };
  const result = await dryRun({
    data: job.data,
    now: job.now,
    inForce: await configOf(job),
    next: { config: read.config, hash },
    budgetMs: job.budgetMs,
    mono: () => performance.now(),
  });
  if (!result.ok && result.of === "rules")
    return { ok: false, faults: [`the rules cannot be run: ${result.why}`] };
  return { ...read, dryRun: result };
}

async function configOf({ data, inForce: hash }: ReloadJob) {
  const configs = await createConfigStore(join(data, "config"), readOnly(nodeDisk)).load();
  return { config: configs(hash), hash };
}

assert(parentPort !== null, "reload-worker.ts runs in a worker");
parentPort.postMessage(await work(workerData as ReloadJob));
