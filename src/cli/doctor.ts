import { EXIT, Refusal } from "../lib/refusal.ts";
import { tryOut } from "../notify/try-out.ts";
import { loadConfig } from "../wire/config/load.ts";
import { faultLine, secretOf } from "./check.ts";
import { readConfigFiles } from "./config-files.ts";

export interface DoctorOptions {
  readonly config: string;
  readonly notify: boolean;
  /** `channel=address`: whom to try a channel on instead of `testTo`. */
  readonly to: readonly string[];
  readonly json: boolean;
}

/** `davylamp doctor --notify`: a trial through each channel, a line for each; exit 1 when one does not take it. */
export async function doctor(options: DoctorOptions, print: (line: string) => void): Promise<number> {
  if (!options.notify) throw new Refusal(EXIT.usage, "nothing to look at; --notify tries every channel");
  const loaded = loadConfig(await readConfigFiles(options.config), secretOf, Date.now());
  if (!loaded.ok) {
    for (const fault of loaded.faults) console.error(faultLine(options.config, fault));
    return EXIT.faults;
  }
  const { gateway, config } = loaded;
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
  return ok ? EXIT.well : EXIT.faults;
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
