import { compiled } from "../lib/compiled.ts";
import { createLastingWorker } from "../lib/lasting-worker.ts";
import { unpacked } from "../wire/series-parcel.ts";
import type { Cursor, Store, StoreOptions } from "./api.ts";
import type { CallName, Calls, Told, ToWorker, WorkerOptions } from "./calls.ts";
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
    credentials: {
      put: (row) => call("putCredential", row),
      list: () => call("listCredentials"),
      remove: (id) => call("removeCredential", id),
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

/** What lives for a moment in the worker is small: rows lie in buffers. Left alone V8 would take 32 MiB for it. */
const YOUNG = { maxYoungGenerationSizeMb: 12 };

/** Calls waiting for an answer; past it new ones are refused at once. */
const MOST_PENDING = 10_000;

async function openLink(options: StoreOptions): Promise<Link> {
  const { onTrouble } = options;
  let outboxOpened = false;
  const line = createLiveLine((message, moved) => worker.post(message, moved));

  function data(): WorkerOptions {
    const { dir, spool, journal, epoch } = options;
    return {
      dir,
      spoolDir: spool.dir,
      journalDir: journal.dir,
      epoch,
      retention: options.retention ?? null,
      outbox: options.outbox ?? null,
      outboxResumed: outboxOpened,
    };
  }

  function take(message: Told): void {
    switch (message.type) {
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

  const worker = createLastingWorker<ToWorker, Told>({
    entry: compiled("./worker.js", import.meta.url),
    name: "the store",
    limits: YOUNG,
    mostPending: MOST_PENDING,
    data,
    ready: () => line.started(),
    take,
    ended: () => line.ended(),
    onFault: onTrouble,
  });
  await worker.open();

  const call: Call = (name, ...args) => {
    line.flush();
    outboxOpened ||= name === "openOutbox";
    return worker.ask((id) => ({ type: "call", id, name, args })) as Promise<never>;
  };

  return {
    call,
    line,
    // Nothing is cut short here: it writes what it was given.
    close: () => worker.close(() => call("close"), 0),
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
