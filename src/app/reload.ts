import { Worker } from "node:worker_threads";
import { compiled } from "../lib/compiled.ts";
import type { Logger } from "../lib/logger.ts";
import type { ConfigText, GatewaySettings } from "../wire/config/load.ts";
import { type DryRunResult, dryRunWords } from "./dry-run.ts";
import { sha256 } from "./hash.ts";
import type { ReloadAnswer, ReloadJob } from "./reload-worker.ts";

/** What became of a changed configuration. */
export interface Reloaded {
  readonly at: number;
  readonly ok: boolean;
  /** `file:line:column what (allowed: …)`, one a fault. */
  readonly faults: readonly string[];
  /** In a line: what the dry run said, and what waits for a restart. */
  readonly detail: string;
  readonly dryRun: DryRunResult | null;
}

/** The hour is played at many times its pace; a change does not wait longer than this for it. */
const BUDGET_MS = 20_000;

/**
 * All or nothing (contract §8): files are read, checked and tried on the last hour in a worker; only a good set
 * is swapped in, by one input. A bad one leaves the old in force and raises the trouble `config-bad`.
 */
export function createReloader(options: {
  readonly data: string;
  readonly secrets: (reference: string) => string | undefined;
  readonly ports: Pick<ReloadJob, "httpPort" | "mqttPort">;
  readonly settings: GatewaySettings;
  readonly hash: () => string;
  readonly wall: () => number;
  /** Makes the configuration the one in force. */
  readonly swap: (next: Extract<ReloadAnswer, { ok: true }>, told: string) => Promise<void>;
  /** What is taken up without being judged by: folders of text files. */
  readonly accepted: (next: Extract<ReloadAnswer, { ok: true }>) => void;
  readonly trouble: (what: "on" | "off", detail: string) => void;
  readonly log: Logger;
}) {
  const { log } = options;
  let running: Promise<Reloaded> | null = null;
  let next: Promise<Reloaded> | null = null;
  let last: Reloaded | null = null;
  let lastRead = "";
  let fault: string | null = null;
  let worker: Worker | null = null;
  let closed = false;

  async function once(read: () => Promise<readonly ConfigText[]>): Promise<Reloaded> {
    const at = options.wall();
    try {
      const files = await read();
      const answer = await inWorker(files);
      const sum = sha256(JSON.stringify(files));
      // Read twice, as by a signal and then by being noticed: what was said of the change stays to be seen.
      const said = sum === lastRead && last?.ok === true ? last : null;
      lastRead = sum;
      const now = answer.ok ? await take(answer, at) : refused(answer.faults, at);
      last = said !== null && now.ok && now.dryRun === null ? { ...said, at } : now;
    } catch (error) {
      last = refused([error instanceof Error ? error.message : String(error)], at);
    }
    return last;
  }

  async function take(answer: Extract<ReloadAnswer, { ok: true }>, at: number): Promise<Reloaded> {
    const waits = restartWords(options.settings, answer.settings);
    const tried = answer.dryRun === null ? "nothing the rules depend on changed" : dryRunWords(answer.dryRun);
    const detail = waits === null ? tried : `${tried}; ${waits}`;
    if (answer.dryRun !== null) await options.swap(answer, detail);
    options.accepted(answer);
    if (fault !== null) options.trouble("off", "the configuration is well");
    fault = null;
    log.info({ detail }, "configuration read anew");
    return { at, ok: true, faults: [], detail, dryRun: answer.dryRun };
  }

  function refused(faults: readonly string[], at: number): Reloaded {
    const [first = ""] = faults;
    const detail = faults.length > 1 ? `${first} (and ${faults.length - 1} more)` : first;
    // Another fault is another trouble: its place must be the one that is shown.
    if (fault !== null && fault !== detail) options.trouble("off", "another fault now");
    if (fault !== detail) options.trouble("on", detail);
    fault = detail;
    log.error({ faults: faults.slice(0, 20) }, "the changed configuration is refused; the old one stays");
    return { at, ok: false, faults, detail, dryRun: null };
  }

  function inWorker(files: readonly ConfigText[]): Promise<ReloadAnswer> {
    if (closed) return Promise.reject(new Error("the gateway is stopping"));
    const workerData: ReloadJob = {
      ...options.ports,
      files,
      secrets: secretsIn(files, options.secrets),
      now: options.wall(),
      data: options.data,
      inForce: options.hash(),
      budgetMs: BUDGET_MS,
    };
    return new Promise((resolve, reject) => {
      const own = new Worker(compiled("./reload-worker.js", import.meta.url), { workerData, execArgv: [] });
      worker = own;
      own.on("message", resolve);
      own.on("error", reject);
      own.on("exit", () => reject(new Error("the check of the changed configuration ended early")));
    });
  }

  return {
    /** One after another; of those that come while one runs, the last finds all changes. */
    reload(read: () => Promise<readonly ConfigText[]>): Promise<Reloaded> {
      if (running === null) {
        running = once(read).finally(() => {
          running = null;
        });
        return running;
      }
      next ??= running.then(() => {
        next = null;
        return this.reload(read);
      });
      return next;
    },
    last: () => last,
    async close(): Promise<void> {
      closed = true;
      await worker?.terminate();
      await running?.catch(() => {});
    },
  };
}

/** Sockets, directories and retention are taken at start only. */
function restartWords(now: GatewaySettings, next: GatewaySettings): string | null {
  const keys = Object.keys(next) as (keyof GatewaySettings)[];
  const changed = keys.filter(
    (key) =>
      !["zone", "systems", "files"].includes(key) && JSON.stringify(now[key]) !== JSON.stringify(next[key]),
  );
  return changed.length === 0 ? null : `after a restart only: ${changed.join(", ")} of gateway.yaml`;
}

/** A worker cannot ask: what the files refer to is looked up before. */
function secretsIn(
  files: readonly ConfigText[],
  secret: (reference: string) => string | undefined,
): Record<string, string> {
  const found = files.flatMap(({ text }) => [...text.matchAll(/\$\{((?:env|file):[^}]+)\}/g)]);
  return Object.fromEntries(
    found.flatMap(([, reference = ""]) => {
      const value = secret(reference);
      return value === undefined ? [] : [[reference, value]];
    }),
  );
}
