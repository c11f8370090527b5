import { Worker } from "node:worker_threads";
import { createBackoff } from "../lib/backoff.ts";
import { compiled } from "../lib/compiled.ts";
import { unpacked } from "../wire/series-parcel.ts";
import type { Cursor, Store, StoreOptions } from "./api.ts";
import type { CallName, Calls, FromWorker, ToWorker, WorkerOptions } from "./calls.ts";
import { createLiveLine, type LiveLine } from "./live-line.ts";

export type * from "./api.ts";

/**
 * Starts the worker and resolves when its files are open. A worker that dies is started again: calls under way
 * are rejected, and the rows it had not saved are read from the spool.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const wall = () => options.clock.wall();
  const link = await openLink(options);
  const { call, line } = link;
  return {
    names: line.names,
    rows: line.rows,
    spoolAt: line.spoolAt,
    journalAt: line.journalAt,
    series: async (query) => unpacked(await call("series", query)),
    alarms: (query) => call("alarms", query),
    alarm: (id) => call("alarm", id),
    facts: (query) => call("facts", query),
    dutyLog: (query) => call("dutyLog", query),
    pushed: (rows) => call("putPushes", rows),
    pushes: (alarm) => call("getPushes", alarm),
    cursors: {
      get: (consumer) => call("getCursor", consumer),
      set: createCursorWriter(call, wall),
      min: (epoch) => call("minCursor", epoch, wall()),
    },
    sessions: {
      get: (id) => call("getSession", id, wall()),
      put: (row) => call("putSession", row, wall()),
      touch: (id, seenAt) => call("touchSession", id, seenAt),
      remove: (id) => call("removeSession", id),
      removeAll: (user) => call("removeSessions", user),
    },
    tokens: {
      get: (id) => call("getToken", id, wall()),
      put: (row) => call("putToken", row),
      list: () => call("listTokens"),
      remove: (id) => call("removeToken", id),
    },
    users: {
      get: (name) => call("getUser", name),
      put: (row) => call("putUser", row),
      list: () => call("listUsers"),
    },
    outbox: {
      open: (head) => call("openOutbox", head),
      due: (query) => call("dueOutbox", query),
      bodies: (seqs) => call("bodiesOutbox", seqs),
      begin: (messages) => call("beginOutbox", messages),
      finish: (ended) => call("finishOutbox", ended),
      attempts: (channel, since) => call("attemptsOutbox", channel, since),
      receipt: (receipt) => call("receiptOutbox", receipt),
      list: (query) => call("listOutbox", query),
      depth: () => call("depthOutbox"),
      subscriptions: {
        put: (person, device, subscription) => call("putPush", person, device, subscription),
        get: (person, device) => call("getPush", person, device),
      },
    },
    position: line.position,
    progress: () => call("progress"),
    flush: () => call("flush"),
    close: link.close,
  };
}

type Call = <K extends CallName>(
  name: K,
  ...args: Parameters<Calls[K]>
) => Promise<Awaited<ReturnType<Calls[K]>>>;

interface Link {
  readonly call: Call;
  readonly line: LiveLine;
  close(): Promise<void>;
}

interface Pending {
  resolve(value: unknown): void;
  reject(fault: Error): void;
}

/** What lives for a moment in the worker is small: rows lie in buffers. Left alone V8 would take 32 MiB for it. */
const YOUNG = { maxYoungGenerationSizeMb: 12 };

/** Calls waiting for an answer; past it new ones are refused at once. */
const MOST_PENDING = 10_000;

async function openLink(options: StoreOptions): Promise<Link> {
  const { onTrouble } = options;
  const pending = new Map<number, Pending>();
  const backoff = createBackoff({ first: 500, most: 30_000 });
  let lastId = 0;
  let closing = false;
  let outboxOpened = false;
  let restart: NodeJS.Timeout | null = null;
  /** null between the death of a worker and the next one. */
  let worker: Worker | null = null;

  const line = createLiveLine((message, moved) => worker?.postMessage(message, moved));

  const call: Call = (name, ...args) =>
    new Promise((resolve, reject) => {
      if (worker === null) return reject(new Error("the store is not running"));
      if (pending.size >= MOST_PENDING) return reject(new Error("the store is busy"));
      line.flush();
      const id = ++lastId;
      const message: ToWorker = { type: "call", id, name, args };
      outboxOpened ||= name === "openOutbox";
      worker.postMessage(message);
      pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
    });

  /** Resolves when it has opened its files. */
  function start(): Promise<void> {
    const { dir, spool, journal, epoch } = options;
    const workerData: WorkerOptions = {
      dir,
      spoolDir: spool.dir,
      journalDir: journal.dir,
      epoch,
      retention: options.retention ?? null,
      outbox: options.outbox ?? null,
      outboxResumed: outboxOpened,
    };
    // Compiled code needs none of the loaders this process may have been started with.
    const how = { workerData, name: "store", execArgv: [], resourceLimits: YOUNG };
    const started = new Worker(compiled("./worker.js", import.meta.url), how);
    worker = started;
    return new Promise((resolve, reject) => {
      let fault: Error = new Error("the store's worker ended");
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
        line.started();
        break;
      case "answer":
        settle(message.id)?.resolve(message.value);
        break;
      case "refused":
        settle(message.id)?.reject(new Error(message.why));
        break;
      case "done":
        line.done(message.position);
        break;
      case "at":
        line.at(message.position);
        break;
      case "outbox":
        options.onOutbox?.();
        break;
      case "trouble":
        onTrouble(message.code, message.detail);
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
    line.ended();
    for (const { reject } of pending.values()) reject(fault);
    pending.clear();
    if (closing) return;
    onTrouble("crashed", fault.stack ?? fault.message);
    restart = setTimeout(again, backoff.wait());
  }

  function again(): void {
    start().then(
      () => onTrouble("recovered", "the store's worker runs again"),
      () => {}, // `ended` has reported it and set the next try
    );
  }

  await start().catch((fault: unknown) => {
    closing = true;
    if (restart !== null) clearTimeout(restart);
    throw fault;
  });

  return {
    call,
    line,
    async close() {
      closing = true;
      if (restart !== null) clearTimeout(restart);
      if (worker === null) return;
      const exited = new Promise((resolve) => worker?.once("exit", resolve));
      await call("close");
      await exited;
    },
  };
}

/** One commit at a time; positions set while it runs go together in the next, the newest of each consumer. */
function createCursorWriter(call: Call, wall: () => number) {
  let dirty = new Map<string, Cursor>();
  let next: Promise<void> | null = null;
  let running: Promise<unknown> = Promise.resolve();

  async function write(): Promise<void> {
    await running.catch(() => {});
    const cursors = [...dirty.values()];
    dirty = new Map();
    next = null;
    const written = call("setCursors", cursors);
    running = written;
    await written;
  }

  return (consumer: string, epoch: string, seq: number): Promise<void> => {
    dirty.set(consumer, { consumer, epoch, seq, updated: wall() });
    next ??= write();
    return next;
  };
}
