import { type Transferable, Worker, type WorkerOptions } from "node:worker_threads";
import { createBackoff } from "./backoff.ts";

/** What every such worker says: that it is ready, and the answer to a question. */
export type Said =
  | { readonly type: "ready" }
  | { readonly type: "answer"; readonly id: number; readonly value: unknown }
  | { readonly type: "refused"; readonly id: number; readonly why: string };

export interface LastingOptions<Own> {
  readonly entry: URL;
  /** As words say it: "the store". */
  readonly name: string;
  readonly limits: NonNullable<WorkerOptions["resourceLimits"]>;
  /** Questions waiting for an answer; past it new ones are refused at once. */
  readonly mostPending: number;
  /** What one is begun with. */
  data(): unknown;
  ready(): void;
  take(message: Own): void;
  ended?(): void;
  onFault(code: "crashed" | "recovered", detail: string): void;
}

export interface LastingWorker<To> {
  /** Resolves when it is ready; rejects when the first one is not, and then there is none. */
  open(): Promise<void>;
  /** Lost while none runs. */
  post(message: To, moved?: readonly Transferable[]): void;
  /** Rejects when it refuses, ends, or has too many to answer. */
  ask(message: (id: number) => To): Promise<unknown>;
  /** `say` tells it to end; resolves when it has. One that has not `within` ms later is ended; 0 = it is waited for. */
  close(say: () => unknown, within: number): Promise<void>;
}

interface Pending {
  resolve(value: unknown): void;
  reject(fault: Error): void;
}

/** A worker that is begun anew when it dies; what it was asked is rejected then. */
export function createLastingWorker<To, Own extends { readonly type: string }>(
  options: LastingOptions<Own>,
): LastingWorker<To> {
  const { entry, name, limits, mostPending, onFault } = options;
  const pending = new Map<number, Pending>();
  const backoff = createBackoff({ first: 500, most: 30_000 });
  /** null between the death of one and the next. */
  let worker: Worker | null = null;
  let restart: NodeJS.Timeout | null = null;
  let closing = false;
  let lastId = 0;

  function start(): Promise<void> {
    // Compiled code needs none of the loaders this process may have been started with.
    const how = { workerData: options.data(), name, execArgv: [], resourceLimits: limits };
    const started = new Worker(entry, how);
    worker = started;
    return new Promise((resolve, reject) => {
      let fault: Error = new Error(`the worker of ${name} ended`);
      started.on("message", (message: Said | Own) => {
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

  function take(message: Said | Own): void {
    if (isSaid(message, "ready")) {
      backoff.reset();
      options.ready();
    } else if (isSaid(message, "answer")) settle(message.id)?.resolve(message.value);
    else if (isSaid(message, "refused")) settle(message.id)?.reject(new Error(message.why));
    else options.take(message as Own);
  }

  function settle(id: number): Pending | undefined {
    const one = pending.get(id);
    pending.delete(id);
    return one;
  }

  function ended(fault: Error): void {
    worker = null;
    options.ended?.();
    for (const { reject } of pending.values()) reject(fault);
    pending.clear();
    if (closing) return;
    onFault("crashed", fault.stack ?? fault.message);
    restart = setTimeout(again, backoff.wait());
  }

  function again(): void {
    start().then(
      () => onFault("recovered", `the worker of ${name} runs again`),
      () => {}, // `ended` has reported it and set the next try
    );
  }

  function stop(): void {
    closing = true;
    if (restart !== null) clearTimeout(restart);
  }

  return {
    open: () =>
      start().catch((fault: unknown) => {
        stop();
        throw fault;
      }),
    post: (message, moved) => worker?.postMessage(message, moved),
    ask: (message) =>
      new Promise((resolve, reject) => {
        if (worker === null) return reject(new Error(`the worker of ${name} is not running`));
        if (pending.size >= mostPending) return reject(new Error(`too many questions to ${name} wait`));
        const id = ++lastId;
        worker.postMessage(message(id));
        pending.set(id, { resolve, reject });
      }),
    async close(say, within) {
      stop();
      const last = worker;
      if (last === null) return;
      const exited = new Promise((resolve) => last.once("exit", resolve));
      await say();
      const late = within > 0 ? setTimeout(() => void last.terminate(), within) : null;
      await exited;
      if (late !== null) clearTimeout(late);
    },
  };
}

const isSaid = <T extends Said["type"]>(
  message: { readonly type: string },
  type: T,
): message is Extract<Said, { type: T }> => message.type === type;
