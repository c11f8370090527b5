import { EXIT, Refusal } from "../lib/refusal.ts";
import { AlreadyRunning } from "../store/lock.ts";

/** A second gateway on one data directory would number two journals: exit 3, and who holds it. */
export function refuseSecond(error: unknown): never {
  if (error instanceof AlreadyRunning) {
    throw new Refusal(
      EXIT.running,
      `davylamp is already running: ${error.message}. Stop it first, or name another directory with --data`,
    );
  }
  throw error;
}

const WORDS: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is in use; stop the program that has it, or choose another one",
  EACCES: "this port needs rights this user does not have; choose one above 1023",
  EADDRNOTAVAIL: "this machine has no such address",
};

export function refusePort(what: "http" | "mqtt", port: number, error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const words = WORDS[code];
  if (words !== undefined)
    throw new Refusal(EXIT.faults, `cannot listen on ${what} port ${port}: ${words} (--${what} PORT)`);
  throw error;
}
