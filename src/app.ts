import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Accounts, demoAccounts, demoMineLogin } from "./app/accounts.ts";
import { createKeeper } from "./app/keeper.ts";
import { createMetrics } from "./app/metrics.ts";
import { createMqttPorts } from "./app/mqtt-ports.ts";
import { createSelfWatch } from "./app/self-watch.ts";
import { createWebPorts } from "./app/web-ports.ts";
import { type LogName, type LogTrouble, openWorld } from "./app/world.ts";
import { createGateway } from "./gateway.ts";
import { systemClock } from "./lib/clock.ts";
import type { Logger } from "./lib/logger.ts";
import { createNow } from "./lib/now.ts";
import { EXIT, Refusal } from "./lib/refusal.ts";
import { nodeDisk } from "./log/disk.ts";
import type { JournalRecord } from "./model/alarm.ts";
import { createMqtt } from "./mqtt/mqtt.ts";
import { AlreadyRunning, lockDataDirectory } from "./store/lock.ts";
import { openStore } from "./store/store.ts";
import { readAssets } from "./web/assets.ts";
import { createWeb } from "./web/web.ts";
import { eventJson } from "./wire/alarm.ts";
import { loadConfig } from "./wire/config/load.ts";
import { encodeInput } from "./wire/input-codec.ts";
import { encodeEntry } from "./wire/journal-codec.ts";
import { outTopic } from "./wire/topic.ts";

export interface AppOptions {
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly secrets: (name: string) => string | undefined;
  readonly data: string | null;
  readonly httpPort: number | null;
  readonly mqttPort: number | null;
  readonly dev: boolean;
  readonly version: string;
  readonly log: Logger;
}

export interface Addresses {
  readonly http: string;
  readonly mqtt: readonly string[];
}

export interface App {
  /** Resolves when everything listens; rejects with a Refusal in one clear line. */
  start(): Promise<Addresses>;
  stop(): Promise<void>;
  /** Reads the configuration anew: all or nothing. Answers with the faults. */
  reload(files: AppOptions["files"]): Promise<readonly string[]>;
  /** Resolves if the gateway can no longer keep its promises: the process must end. */
  readonly failed: Promise<Error>;
}
