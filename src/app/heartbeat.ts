import type { Logger } from "../lib/logger.ts";

const TIMEOUT_MS = 10_000;

export interface HeartbeatOptions {
  readonly url: string;
  readonly every: number;
  /** Why it must not beat now; null = every promise is kept. */
  readonly broken: () => string | null;
  readonly log: Logger;
}

/**
 * Asks a watcher beyond this machine for its address from time to time. When promises cannot be kept it stops, and
 * the watcher alarms: the one alarm that works when the gateway, its machine or its line does not.
 */
export function createHeartbeat({ url, every, broken, log }: HeartbeatOptions) {
  let timer: NodeJS.Timeout | null = null;
  let well = true;

  async function beat(): Promise<void> {
    const why = broken() ?? (await ping(url));
    if (why !== null && well) log.warn({ why }, "the heartbeat stopped");
    if (why === null && !well) log.info("the heartbeat goes on");
    well = why === null;
  }

  return {
    start(): void {
      void beat();
      timer = setInterval(() => void beat(), every);
    },
    stop(): void {
      if (timer !== null) clearInterval(timer);
    },
    well: () => well,
  };
}

/** Why nobody heard it; null = somebody did. */
async function ping(url: string): Promise<string | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "follow" });
    await answer.arrayBuffer();
    return answer.ok ? null : `the watcher answered ${answer.status}`;
  } catch (error) {
    return `the watcher did not answer: ${error instanceof Error ? error.message : String(error)}`;
  }
}
