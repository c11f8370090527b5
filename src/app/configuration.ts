import { EXIT, Refusal } from "../lib/refusal.ts";
import type { EffectiveConfig } from "../model/config.ts";
import { faultWords } from "../wire/config/fault-words.ts";
import type { WatchedFolder } from "../wire/config/folders.ts";
import { type ConfigText, type GatewaySettings, loadConfig } from "../wire/config/load.ts";

export interface ConfigurationOptions {
  readonly files: readonly ConfigText[];
  readonly secrets: (reference: string) => string | undefined;
  readonly httpPort: number | null;
  readonly mqttPort: number | null;
  readonly now: number;
}

export interface Configured {
  readonly config: EffectiveConfig;
  readonly settings: GatewaySettings;
  readonly folders: readonly WatchedFolder[];
  readonly canonical: string;
}

export type Configuration =
  | ({ readonly ok: true } & Configured)
  | { readonly ok: false; readonly faults: readonly string[] };

/** The files with what the command line says instead. */
export function readConfiguration(options: ConfigurationOptions): Configuration {
  const loaded = loadConfig(options.files, options.secrets, options.now);
  if (!loaded.ok) return { ok: false, faults: loaded.faults.map((fault) => faultWords(fault)) };
  const { gateway, config, folders, canonical } = loaded;
  const { httpPort, mqttPort } = options;
  const settings = {
    ...gateway,
    http: httpPort === null ? gateway.http : { ...gateway.http, port: httpPort },
    listeners:
      mqttPort === null
        ? gateway.listeners
        : gateway.listeners.map((listener, i) => (i === 0 ? { ...listener, port: mqttPort } : listener)),
  };
  return { ok: true, config, settings, folders, canonical };
}

/** A wrong configuration: one line a fault, and where to look. */
export function refuse(faults: readonly string[]): never {
  throw new Refusal(
    EXIT.refused,
    `the configuration is refused\n${faults.join("\n")}\n\`davylamp check\` shows them too`,
  );
}

const LOOPBACK = /^(127\.|::1$|localhost$)/;

/** Until people and mines have identities of their own, nothing may listen beyond this machine. */
export function refuseOpenDoors({ settings }: Configured, dev: boolean): void {
  if (!dev) {
    throw new Refusal(
      EXIT.refused,
      "there is no administrator yet, who alone could give mines their credentials, so nobody could sign in. On this machine, try `davylamp start --dev` or `npm run demo`; with compose, `docker compose up`",
    );
  }
  const open = [
    ...settings.listeners.map(({ host, port }) => `${host}:${port}`),
    `${settings.http.host}:${settings.http.port}`,
  ].filter((address) => !LOOPBACK.test(address.slice(0, address.lastIndexOf(":"))));
  if (open.length > 0)
    throw new Refusal(
      EXIT.refused,
      `--dev listens on loopback only, but gateway.yaml says ${open.join(", ")}`,
    );
}
