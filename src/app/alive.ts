import type { Logger } from "../lib/logger.ts";

/** Who started the process and starts it again (systemd). */
export interface Supervisor {
  /** How often it wants to hear that we live, ms; null = it does not ask. */
  readonly every: number | null;
  /** False = it could not be told. */
  readonly say: (state: string) => Promise<boolean>;
}

/**
 * Tells the supervisor that the gateway works. It is not told while ticks no longer come through the core and the
 * logs, which a new start may mend; a full disk it is told of otherwise, because a gateway that cannot write still
 * shows what it hears, and one that is started anew for ever does not.
 */
export function createLifeSign(supervisor: Supervisor | null, live: () => boolean, log: Logger) {
  let timer: NodeJS.Timeout | null = null;
  let told = true;

  async function say(state: string): Promise<void> {
    const heard = (await supervisor?.say(state)) ?? true;
    if (!heard && told) log.warn("systemd-notify could not tell the supervisor that the gateway works");
    told = heard;
  }

  return {
    start(): void {
      if (supervisor === null) return;
      void say("READY=1");
      if (supervisor.every === null) return;
      timer = setInterval(() => {
        if (live()) void say("WATCHDOG=1");
      }, supervisor.every);
    },
    stop(): void {
      if (timer !== null) clearInterval(timer);
      if (supervisor !== null) void say("STOPPING=1");
    },
  };
}
