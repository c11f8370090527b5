import { execFile } from "node:child_process";
import type { Supervisor } from "../app/alive.ts";

/**
 * systemd, where it started us (`Type=notify`, `NotifyAccess=all`). Node cannot speak to a Unix datagram socket, so
 * its own `systemd-notify` does; without one, or without systemd, this is nothing.
 */
export function supervisorOf(env: Readonly<Record<string, string | undefined>>): Supervisor | null {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: micros } = env;
  if (socket === undefined || socket === "") return null;
  const watchdogMs = Number(micros ?? 0) / 1_000;
  return {
    every: watchdogMs > 0 ? watchdogMs / 3 : null,
    say: (state) =>
      new Promise((resolve) => {
        execFile("systemd-notify", [`--pid=${process.pid}`, state], { timeout: 5_000 }, (error) =>
          resolve(error === null),
        );
      }),
  };
}
