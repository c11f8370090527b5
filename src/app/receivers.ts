import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Engine } from "../core/engine.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/logger.ts";
import { replaceFile } from "../lib/replace-file.ts";
import { type Disk, nodeDisk } from "../log/disk.ts";
import type { EffectiveConfig } from "../model/config.ts";
import type { MineConfig } from "../model/mine.ts";
import type { MqttPorts } from "../mqtt/ports.ts";
import type { KnownMine } from "../mqtt/receiver/door.ts";
import { createReceivers, type Receivers } from "../mqtt/receiver/receivers.ts";
import type { Gap, Remembered } from "../mqtt/receiver/settings.ts";
import type { GatewaySettings } from "../wire/config/load.ts";
import { receiverSettings } from "../wire/config/receiver-file.ts";
import { iso } from "../wire/time.ts";

export interface ReceiversJoin extends Receivers {
  /** By name, why it is not connected; null = it is. */
  down(): ReadonlyMap<string, string | null>;
  figures(what: "up" | "messages" | "refused" | "unknown" | "waiting" | "gaps"): Record<string, number>;
}

export interface ReceiversOptions {
  readonly settings: GatewaySettings;
  /** As they are configured at the start: what is subscribed to follows from them. */
  readonly mines: readonly MineConfig[];
  readonly secrets: (reference: string) => string | undefined;
  readonly data: string;
  readonly disk: Disk;
  readonly engine: Engine;
  readonly ports: MqttPorts;
  /** Puts a possible gap on record; resolves when it is durable. */
  readonly gap: (receiver: string, detail: string) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Joins the brokers we are the client of with the inbox, the configured mines and what earlier runs knew. */
export async function joinReceivers(options: ReceiversOptions): Promise<ReceiversJoin> {
  const { settings, mines, secrets, engine, ports, clock, log } = options;
  const dir = join(options.data, "receivers");
  if (settings.receivers.length > 0) await options.disk.mkdir(dir);
  const receivers = createReceivers({
    receivers: settings.receivers.map((file) => {
      const { secret, ...plain } = receiverSettings(file, mines);
      return { ...plain, password: () => (secret === null ? null : (secrets(secret) ?? null)) };
    }),
    remembered: settings.receivers.length > 0 ? await readAll(dir) : new Map(),
    ports: {
      accept: ports.accept,
      link: ports.link,
      pressed: ports.pressed,
      onRelief: ports.onRelief,
      refused: ports.refused,
      mine: createMines(() => engine.config()),
      gap: (gap) => options.gap(gap.receiver, gapWords(gap)),
      remember: (name, remembered) => write(dir, name, remembered),
    },
    clock,
    log,
  });
  return {
    ...receivers,
    down: () =>
      new Map(
        receivers
          .status()
          .map(({ name, url, connected, since, detail }) => [
            name,
            connected ? null : `${url}: ${detail ?? "not connected"}, since ${iso(since)}`,
          ]),
      ),
    figures: (what) =>
      Object.fromEntries(
        receivers
          .status()
          .map((status) => [status.name, what === "up" ? Number(status.connected) : status[what]]),
      ),
  };
}

/** For the place of an alarm: which broker, and between which moments something may be missing. */
const gapWords = ({ url, from, to }: Gap): string =>
  `${url} 的会话丢失, ${iso(from)} 至 ${iso(to)} 之间可能缺数 (the broker lost our session: data may be missing)`;

/** Mines by all their codes, for the configuration in force. */
function createMines(config: () => EffectiveConfig | null): (code: string) => KnownMine | null {
  let of: EffectiveConfig | null = null;
  let known = new Map<string, KnownMine>();
  return (code) => {
    const now = config();
    if (now !== of) {
      of = now;
      known = new Map(
        (now?.mines ?? []).flatMap(({ code: mine, aliases }) =>
          [mine, ...aliases].map((name): [string, KnownMine] => [name, { mine, aliases }]),
        ),
      );
    }
    return known.get(code) ?? null;
  };
}

async function readAll(dir: string): Promise<Map<string, Remembered>> {
  const names = (await readdir(dir)).filter((name) => name.endsWith(".json"));
  const read = names.map(async (name): Promise<[string, Remembered][]> => {
    const found = parsed(await readFile(join(dir, name), "utf8"));
    return found === null ? [] : [[name.slice(0, -".json".length), found]];
  });
  return new Map((await Promise.all(read)).flat());
}

/** A file that was spoilt says as much as none: the session is then held to be the first. */
function parsed(text: string): Remembered | null {
  try {
    const found = JSON.parse(text) as Remembered;
    return Number.isFinite(found.heardAt) && Array.isArray(found.filters) ? found : null;
  } catch {
    return null;
  }
}

/** Survives a power loss as the old or the new one. */
async function write(dir: string, name: string, remembered: Remembered): Promise<void> {
  await replaceFile(join(dir, `${name}.json`), `${JSON.stringify(remembered)}\n`);
  await nodeDisk.syncDir(dir);
}
