import { mkdir } from "node:fs/promises";
import { platform, setPriority } from "node:os";
import { join } from "node:path";
import { setTimeout as timer } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../lib/assert.ts";
import { nodeDisk } from "../log/disk.ts";
import { createLogFollower } from "../log/log-follower.ts";
import { MINUTE } from "../model/time.ts";
import { packed } from "../wire/series-parcel.ts";
import type { StoreTrouble } from "./api.ts";
import type { Calls, FromWorker, ToWorker, WorkerOptions } from "./calls.ts";
import { createFeed, type Feed } from "./feed.ts";
import { type IndexDb, openIndex } from "./index-db.ts";
import { createIndexFollower, type IndexFollower } from "./index-follower.ts";
import { createOutboxFollower, type OutboxFollower } from "./outbox-follower.ts";
import { openSeries, type Series } from "./series.ts";
import { openState, type StateDb } from "./state-db.ts";
import { createTending } from "./tending.ts";

const FLUSH_EVERY = 5 * MINUTE;
/** How long a list waits for the index to be at the journal's head. */
const INDEX_WAIT_MS = 2_000;

/** Two thirds of what the line of the mines gets where both want a core: the outbox is on its way to people, too. */
const NICE = 2;

// Index, outbox and series follow what is on disk already: in a flood they take what the line leaves. Said of this thread.
if (platform() === "linux") setPriority(NICE);

assert(parentPort !== null, "worker.ts runs in a worker");
const port = parentPort;
const tell = (message: FromWorker): void => port.postMessage(message);
const onTrouble = (code: StoreTrouble, detail: string): void => tell({ type: "trouble", code, detail });

/** Holds up no end: a worker told to close does not wait for the next try. */
const wait = (ms: number): Promise<void> => timer(ms, undefined, { ref: false });

const { dir, spoolDir, journalDir, epoch, retention, ...forOutbox } = workerData as WorkerOptions;
await mkdir(dir, { recursive: true });
const series = await openSeries(join(dir, "series.db"), retention ?? undefined);
const index = await openIndex(join(dir, "index.db"), epoch);
const state = await openState(join(dir, "state.db"));
const spool = createLogFollower({ dir: spoolDir, extension: "spl", disk: nodeDisk });
const journal = createLogFollower({ dir: journalDir, extension: "jnl", disk: nodeDisk });
const follower = createIndexFollower({ index, journal, onTrouble, wait });
/** A reader of its own: one follower waiting for a disk must not hold up the other. */
const outboxFollower: OutboxFollower | null =
  forOutbox.outbox === null
    ? null
    : createOutboxFollower({
        outbox: state.outbox,
        journal: createLogFollower({ dir: journalDir, extension: "jnl", disk: nodeDisk }),
        epoch,
        to: forOutbox.outbox,
        resumed: forOutbox.outboxResumed,
        onRows: () => tell({ type: "outbox" }),
        onTrouble,
        wait,
      });
const feed: Feed = createFeed({
  series,
  spool,
  epoch,
  onTrouble,
  onBatch: () => tell({ type: "done", position: feed.position }),
  onPosition: () => tell({ type: "at", position: feed.position }),
  wait,
});
const flushing = setInterval(() => feed.flush(), FLUSH_EVERY);
const tending = createTending({ series, onTrouble });
const calls = createCalls({ series, index, state, feed, follower, outboxFollower });

port.on("message", (message: ToWorker) => take(message));
tell({ type: "ready" });

function take(message: ToWorker): void {
  switch (message.type) {
    case "call":
      void answer(message.id, message.name, message.args);
      break;
    case "names":
      feed.names(message.slots);
      break;
    case "rows":
      feed.rows(message.batch);
      break;
    case "spool":
      feed.catchUp(message.head);
      break;
    case "journal":
      follower.follow(message.head);
      outboxFollower?.follow(message.head);
      break;
  }
}

/** A call that fails (a full disk, a query too large) is the caller's to hear; the worker goes on. */
async function answer(id: number, name: keyof Calls, args: readonly unknown[]): Promise<void> {
  try {
    const call = calls[name] as (...args: readonly unknown[]) => unknown;
    tell({ type: "answer", id, value: await call(...args) });
  } catch (fault) {
    tell({ type: "refused", id, why: String(fault) });
  }
  if (name === "close") port.close();
}

interface Parts {
  series: Series;
  index: IndexDb;
  state: StateDb;
  feed: Feed;
  follower: IndexFollower;
  outboxFollower: OutboxFollower | null;
}

function createCalls({ series, index, state, feed, follower, outboxFollower }: Parts): Calls {
  const { cursors, sessions, tokens, credentials, users, outbox } = state;
  return {
    series: (query) => packed(series.query(query)),
    async alarms(query) {
      await follower.caughtUp(INDEX_WAIT_MS);
      return index.alarms(query);
    },
    async alarm(id) {
      await follower.caughtUp(INDEX_WAIT_MS);
      return index.alarm(id);
    },
    async facts(query) {
      await follower.caughtUp(INDEX_WAIT_MS);
      return index.facts(query);
    },
    async dutyLog(query) {
      await follower.caughtUp(INDEX_WAIT_MS);
      return index.dutyLog(query);
    },
    putPushes: state.pushes.put,
    getPushes: state.pushes.of,
    getCursor: cursors.get,
    setCursors: cursors.set,
    minCursor: cursors.min,
    getSession: sessions.get,
    putSession: sessions.put,
    touchSession: sessions.touch,
    removeSession: sessions.remove,
    removeSessions: sessions.removeAll,
    getToken: tokens.get,
    putToken: tokens.put,
    listTokens: tokens.list,
    removeToken: tokens.remove,
    putCredential: credentials.put,
    listCredentials: credentials.list,
    removeCredential: credentials.remove,
    getUser: users.get,
    putUser: users.put,
    listUsers: users.list,
    openOutbox: (head) => outboxFollower?.open(head) ?? outbox.close() ?? 0,
    dueOutbox: outbox.due,
    bodiesOutbox: outbox.bodies,
    beginOutbox: outbox.begin,
    finishOutbox: outbox.finish,
    attemptsOutbox: outbox.attempts,
    receiptOutbox: outbox.receipt,
    listOutbox: outbox.list,
    depthOutbox: outbox.depth,
    putPush: outbox.putSubscription,
    getPush: outbox.getSubscription,
    progress: () => ({
      series: feed.saved,
      index: index.journal(),
      position: feed.position,
      openChunks: series.openChunks,
      bytes: series.bytes() + index.bytes() + state.bytes(),
    }),
    flush() {
      if (!feed.flush()) throw new Error("series.db cannot be written");
    },
    close() {
      clearInterval(flushing);
      tending.stop();
      feed.close();
      follower.close();
      outboxFollower?.close();
      for (const file of [series, index, state]) file.close();
    },
  };
}
