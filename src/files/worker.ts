import { mkdirSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../lib/assert.ts";
import { systemClock } from "../lib/clock.ts";
import type { FromWorker, ToWorker, WorkerOptions } from "./calls.ts";
import { createFolders, type Out } from "./folders.ts";

/*
 * Every call to a watched folder is made here, and waits here: a share that hangs holds up this thread, and neither the
 * gateway nor the threads its logs are written by.
 */
assert(parentPort !== null, "worker.ts runs in a worker");
const port = parentPort;
const tell = (message: FromWorker): void => port.postMessage(message);

const MOST_OUT = 4;
const TELL_EVERY = 1_000;
const LOOK_AROUND = 200;

const { dir, ...first } = workerData as WorkerOptions;
const out = new Map<number, Out>();
let lastId = 0;
let closed = false;
let wake = () => {};

mkdirSync(dir, { recursive: true });
const folders = createFolders(dir, systemClock, () => wake());
folders.watch(first);
port.on("message", take);
tell({ type: "ready" });
const telling = setInterval(() => tell({ type: "reports", folders: folders.reports() }), TELL_EVERY);
void run();

async function run(): Promise<void> {
  while (!closed) {
    const worked = await folders.round(send, () => closed || out.size >= MOST_OUT, rest);
    if (!worked && !closed) await idle();
  }
  clearInterval(telling);
  folders.close();
  port.close();
}

function send(batch: Out): void {
  const id = ++lastId;
  out.set(id, batch);
  tell({ type: "batch", id, folder: batch.watched, batch: batch.batch });
}

function take(message: ToWorker): void {
  switch (message.type) {
    case "watch":
      folders.watch(message);
      break;
    case "batch-done": {
      const known = out.get(message.batch);
      out.delete(message.batch);
      known?.done(message.ok);
      break;
    }
    case "close":
      closed = true;
      break;
  }
  wake();
}

/** Lets messages in. */
function rest(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function idle(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, LOOK_AROUND);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}
