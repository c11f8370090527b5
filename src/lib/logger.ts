import { type Logger, pino, stdTimeFunctions } from "pino";

export type { Logger };

/** Paths never printed, wherever they stand. */
const SECRETS = [
  "password",
  "token",
  "secret",
  "authorization",
  "cookie",
  "*.password",
  "*.token",
  "*.secret",
  "*.authorization",
  "*.cookie",
];

/** Structured lines on standard error; strings from outside are escaped by JSON. */
export function createLogger(level: string): Logger {
  return pino(
    { level, base: null, timestamp: stdTimeFunctions.isoTime, redact: { paths: SECRETS, censor: "***" } },
    pino.destination(2),
  );
}
