import { EXIT, Refusal } from "../lib/refusal.ts";
import type { EffectiveConfig } from "../model/config.ts";
import { faultWords } from "../wire/config/fault-words.ts";
import type { WatchedFolder } from "../wire/config/folders.ts";
import { type ConfigText, type GatewaySettings, loadConfig } from "../wire/config/load.ts";
import { isLoopback } from "../wire/loopback.ts";
import { hasAdministrator, readAccounts } from "./account-file.ts";

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

/** The demo's accounts are for this machine alone; without them somebody must be able to let people and mines in. */
export async function refuseOpenDoors({ settings }: Configured, dev: boolean, data: string): Promise<void> {
  if (!dev) {
    refuseClearPasswords(settings.http);
    return refuseWithoutAdministrator(data);
  }
  const open = [...settings.listeners, settings.http]
    .filter(({ host }) => !isLoopback(host))
    .map(({ host, port }) => `${host}:${port}`);
  if (open.length > 0)
    throw new Refusal(
      EXIT.refused,
      `--dev listens on loopback only, but gateway.yaml says ${open.join(", ")}`,
    );
}

function refuseClearPasswords({ host, insecure }: GatewaySettings["http"]): void {
  if (isLoopback(host) || insecure !== undefined) return;
  throw new Refusal(
    EXIT.refused,
    `gateway.yaml: http.host ${host} would take passwords without TLS from beyond this machine: leave it at 127.0.0.1 with an HTTPS proxy in front, or say in http.insecure why it may (reason, approvedBy)`,
  );
}

async function refuseWithoutAdministrator(data: string): Promise<void> {
  const read = await readAccounts(data);
  if (!read.ok) throw new Refusal(EXIT.refused, `the accounts cannot be used: ${read.why}`);
  if (hasAdministrator(read.accounts)) return;
  throw new Refusal(
    EXIT.refused,
    `there is no administrator yet, so nobody could sign in. Make one, as the user the gateway runs as: \`davylamp account add NAME --role admin --data ${data}\`, then start again. To try it on this machine: \`davylamp start --dev\` or \`npm run demo\`; with compose, \`docker compose up\``,
  );
}
