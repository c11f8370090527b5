import type { Worker } from "node:worker_threads";

/**
 * Lets a worker die of a fault of its own: there is no message that is null. One that is terminated from outside may
 * be in the middle of a call of SQLite, and takes the whole process with it.
 */
export async function dies(worker: Worker | undefined): Promise<void> {
  if (worker === undefined) throw new Error("must hold: there is such a worker");
  const gone = new Promise((resolve) => worker.once("exit", resolve));
  worker.postMessage(null);
  await gone;
}
