import { createApp } from "../app.ts";
import { createLogger } from "../lib/logger.ts";
import { EXIT } from "../lib/refusal.ts";
import { secretOf } from "./check.ts";
import { readConfigFiles } from "./config-files.ts";
import { followConfig } from "./follow-config.ts";
import { supervisorOf } from "./supervisor.ts";

export interface StartOptions {
  readonly config: string;
  readonly data?: string;
  readonly http?: number;
  readonly mqtt?: number;
  readonly dev: boolean;
  readonly json: boolean;
  readonly version: string;
}

/** `davylamp start`: runs until a signal; answers with the exit code. */
export async function start(options: StartOptions): Promise<number> {
  const app = await openApp(options);
  const addresses = await app.start();
  if (options.json) console.log(JSON.stringify(addresses));
  else
    console.log(`davylamp ${options.version}: console ${addresses.http}, MQTT ${addresses.mqtt.join(" ")}`);
  const unfollow = followConfig(app, options.config);
  return untilSignal(app).finally(unfollow);
}

export async function openApp(options: StartOptions) {
  return createApp({
    files: await readConfigFiles(options.config),
    secrets: secretOf,
    data: options.data ?? null,
    httpPort: options.http ?? null,
    mqttPort: options.mqtt ?? null,
    dev: options.dev,
    version: options.version,
    supervisor: supervisorOf(process.env),
    log: createLogger(process.env["DAVYLAMP_LOG"] ?? (options.dev ? "warn" : "info")),
  });
}

/** SIGINT and SIGTERM stop in order; a second one ends at once. A failed gateway ends with 1. */
export function untilSignal(app: { stop(): Promise<void>; failed: Promise<Error> }): Promise<number> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = () => {
      if (stopping) process.exit(EXIT.faults);
      stopping = true;
      app.stop().then(
        () => resolve(EXIT.well),
        (error: unknown) => {
          console.error(`davylamp: stopping failed: ${String(error)}`);
          resolve(EXIT.faults);
        },
      );
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
    void app.failed.then((error) => {
      console.error(`davylamp: ${error.message}`);
      process.exit(EXIT.faults);
    });
  });
}
