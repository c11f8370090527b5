import { tryOut as tryInflux } from "../influx/try-out.ts";
import { EXIT, Refusal } from "../lib/refusal.ts";
import { tryOut as tryReceiver } from "../mqtt/receiver/try-out.ts";
import { tryOut } from "../notify/try-out.ts";
import { influxServer } from "../wire/config/influx-file.ts";
import { type GatewaySettings, loadConfig } from "../wire/config/load.ts";
import { receiverSettings } from "../wire/config/receiver-file.ts";
import { faultLine, secretOf } from "./check.ts";
import { readConfigFiles } from "./config-files.ts";

export interface DoctorOptions {
  readonly config: string;
  readonly notify: boolean;
  readonly influx: boolean;
  readonly receivers: boolean;
  /** `channel=address`: whom to try a channel on instead of `testTo`. */
  readonly to: readonly string[];
  readonly json: boolean;
}

/**
 * `davylamp doctor --notify`: a trial through each channel; `--influx`: a line written and read; `--receivers`: each
 * broker asked to let us in. A line for each; exit 1 when one does not take it.
 */
export async function doctor(options: DoctorOptions, print: (line: string) => void): Promise<number> {
  if (!options.notify && !options.influx && !options.receivers)
    throw new Refusal(
      EXIT.usage,
      "nothing to look at; --notify tries every channel, --influx the database, --receivers the brokers",
    );
  const loaded = loadConfig(await readConfigFiles(options.config), secretOf, Date.now());
  if (!loaded.ok) {
    for (const fault of loaded.faults) console.error(faultLine(options.config, fault));
    return EXIT.faults;
  }
  const influx = !options.influx || (await influxLines(loaded.gateway, options.json, print));
  const receivers = !options.receivers || (await receiverLines(loaded, options.json, print));
  const notify = !options.notify || (await channelLines(loaded, options, print));
  return influx && receivers && notify ? EXIT.well : EXIT.faults;
}

async function influxLines(
  { influx }: GatewaySettings,
  json: boolean,
  print: (line: string) => void,
): Promise<boolean> {
  if (influx === undefined) {
    if (!json) print("gateway.yaml has no influx: the embedded store answers alone");
    return true;
  }
  const { server, secret } = influxServer(influx);
  const tried = await tryInflux(server, secret === null ? null : (secretOf(secret) ?? null), Date.now());
  for (const one of tried)
    print(
      json
        ? JSON.stringify({ id: "influx", ...one })
        : `${one.ok ? "ok  " : "FAIL"} influx ${one.what}: ${one.detail}`,
    );
  return tried.every(({ ok }) => ok);
}

async function receiverLines(
  { gateway, config }: Extract<ReturnType<typeof loadConfig>, { ok: true }>,
  json: boolean,
  print: (line: string) => void,
): Promise<boolean> {
  let ok = true;
  for (const file of gateway.receivers) {
    const { secret, ...settings } = receiverSettings(file, config.mines);
    const password = () => (secret === null ? null : (secretOf(secret) ?? null));
    const tried = await tryReceiver({ ...settings, password });
    ok &&= tried.ok;
    const { name, url } = settings;
    print(
      json
        ? JSON.stringify({ id: name, kind: "receiver", ...tried })
        : `${tried.ok ? "ok  " : "FAIL"} receiver ${name} (${url}): ${tried.detail}`,
    );
  }
  if (gateway.receivers.length === 0 && !json) print("gateway.yaml has no receivers: mines come to us");
  return ok;
}

async function channelLines(
  { gateway, config }: Extract<ReturnType<typeof loadConfig>, { ok: true }>,
  options: DoctorOptions,
  print: (line: string) => void,
): Promise<boolean> {
  const to = addresses(
    options.to,
    gateway.channels.map(({ id }) => id),
  );
  const wording = {
    texts: gateway.messages,
    publicUrl: gateway.publicUrl ?? null,
    offsetMinutes: (at: number) => config.offsets.findLast(({ from }) => from <= at)?.minutes ?? 0,
    phoneOf: () => null,
  };
  let ok = true;
  for (const settings of gateway.channels) {
    const answer = await tryOut(settings, to.get(settings.id) ?? null, { now: Date.now, wording });
    ok &&= answer.ok;
    const { id, kind, detail } = answer;
    print(
      options.json ? JSON.stringify(answer) : `${answer.ok ? "ok  " : "FAIL"} ${id} (${kind}): ${detail}`,
    );
  }
  if (gateway.channels.length === 0 && !options.json)
    print("gateway.yaml has no channels: nobody beyond the screens is told");
  return ok;
}

function addresses(pairs: readonly string[], channels: readonly string[]): Map<string, string> {
  return new Map(
    pairs.map((pair): [string, string] => {
      const at = pair.indexOf("=");
      const id = pair.slice(0, Math.max(at, 0));
      if (!channels.includes(id))
        throw new Refusal(EXIT.usage, `--to ${pair}: CHANNEL=ADDRESS, one of ${channels.join(", ")}`);
      return [id, pair.slice(at + 1)];
    }),
  );
}
