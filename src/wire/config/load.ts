import type { EffectiveConfig } from "../../model/config.ts";
import type { MineCode, System } from "../../model/mine.ts";
import type { Instant } from "../../model/time.ts";
import { buildMine, buildRules, buildTables, type Loaded } from "./build.ts";
import { channelFaults } from "./channel-checks.ts";
import { crossFaults } from "./cross-checks.ts";
import type { Dialect } from "./dialect-file.ts";
import { buildDuty } from "./duty-build.ts";
import { DutyFile } from "./duty-file.ts";
import { type WatchedFolder, watchedFolders } from "./folders.ts";
import { GatewayFile } from "./gateway-file.ts";
import { influxFaults } from "./influx-file.ts";
import { MessagesFile, type MessageTexts } from "./messages-file.ts";
import { MineFile } from "./mine-file.ts";
import { receiverFaults } from "./receiver-file.ts";
import { deepFaults } from "./rule-checks.ts";
import { RuleFile } from "./rule-file.ts";
import { plainSecrets, withSecrets } from "./secrets.ts";
import { SwitchesFile, UnitsFile } from "./table-files.ts";
import { type UpperFolder, upperFaults, upperFolders } from "./upper-file.ts";
import { type Fault, type Parsed, parseYaml, readYaml, type YamlSource } from "./yaml-source.ts";
import { zoneOffsets } from "./zone.ts";

export type { Fault } from "./yaml-source.ts";

export interface ConfigText {
  /** Relative to the configuration directory, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** What stays in memory: it holds secrets, and nothing of it is judged by. */
export type GatewaySettings = GatewayFile & { readonly messages: MessageTexts };

export type LoadedConfig =
  | {
      readonly ok: true;
      readonly config: EffectiveConfig;
      readonly gateway: GatewaySettings;
      /** How each mine's systems write the national text files, by mine code and system; absent = as the norm says. */
      readonly dialects: Readonly<Record<MineCode, Readonly<Record<System, Dialect>>>>;
      /** The folders those systems' files are read from. */
      readonly folders: readonly WatchedFolder[];
      /** Where files for platforms above are put. */
      readonly uppers: readonly UpperFolder[];
      /** The configuration as one stable text: its SHA-256 names it. */
      readonly canonical: string;
    }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/**
 * All files or none (contract §8). `secret` answers what `${env:NAME}` and `${file:PATH}` stand for; `now` is
 * needed for the zone's offsets of the years around it.
 */
export function loadConfig(
  files: readonly ConfigText[],
  secret: (reference: string) => string | undefined,
  now: Instant,
): LoadedConfig {
  const faults: Fault[] = [];
  const sources = new Map(
    files.map(({ path, text }) => {
      const source = readYaml(path, text);
      faults.push(...plainSecrets(source));
      return [path, withSecrets(source, secret, faults)];
    }),
  );
  const named = <T>(
    path: string,
    parse: (source: YamlSource) => Parsed<T>,
  ): { source: YamlSource; value: T } | null => {
    const source = sources.get(path);
    if (source === undefined) {
      faults.push({ file: path, line: 1, column: 1, what: "this file is missing", allowed: null });
      return null;
    }
    return kept(source, parse(source), faults);
  };
  const folder = <T>(prefix: string, parse: (source: YamlSource) => Parsed<T>) =>
    [...sources]
      .filter(([path]) => path.startsWith(prefix))
      .flatMap(([, source]) => kept(source, parse(source), faults) ?? []);

  const gateway = named("gateway.yaml", (source) => parseYaml(source, GatewayFile));
  const units = named("units.yaml", (source) => parseYaml(source, UnitsFile));
  const switches = named("switches.yaml", (source) => parseYaml(source, SwitchesFile));
  const duty = sources.has("duty.yaml") ? named("duty.yaml", (source) => parseYaml(source, DutyFile)) : null;
  const mines = folder("mines/", (source) => parseYaml(source, MineFile));
  const messages = sources.has("messages.yaml")
    ? named("messages.yaml", (source) => parseYaml(source, MessagesFile))
    : { value: MessagesFile.parse({}) };
  const packs = folder("rules/", (source) => parseYaml(source, RuleFile));
  faults.push(...strangers(sources));
  if (gateway === null || units === null || switches === null || messages === null || faults.length > 0)
    return { ok: false, faults };

  const loaded: Loaded = { gateway, units, switches, duty, mines, packs };
  faults.push(
    ...crossFaults(loaded),
    ...channelFaults(loaded),
    ...influxFaults(loaded),
    ...receiverFaults(loaded),
    ...upperFaults(loaded),
  );
  if (faults.length === 0) faults.push(...deepFaults(loaded));
  const zone = zoneOffsets(gateway.value.zone, now);
  if (zone === null)
    faults.push(
      gateway.source.at(
        ["zone"],
        "a time zone this machine does not know",
        "an IANA name such as Asia/Shanghai",
      ),
    );
  if (faults.length > 0 || zone === null) return { ok: false, faults };

  const built: EffectiveConfig = {
    zone: gateway.value.zone,
    offsets: zone,
    systems: ["safety", "fan", "person", "ring", ...gateway.value.systems],
    mines: mines.map(buildMine),
    ...buildRules(loaded),
    ...buildTables(loaded),
    ...(duty === null ? {} : { duty: buildDuty(duty.value) }),
  };
  // What runs is what is kept: a replay reads this text, and the order of keys is part of a rule's hash.
  const canonical = stable(built);
  const config = JSON.parse(canonical) as EffectiveConfig;
  const dialects = Object.fromEntries(mines.map(({ value }) => [value.code, dialectsOf(value)]));
  const folders = watchedFolders(loaded);
  const settings = { ...gateway.value, messages: messages.value };
  const uppers = upperFolders(loaded);
  return { ok: true, config, gateway: settings, dialects, folders, uppers, canonical };
}

const dialectsOf = ({ files }: MineFile): Readonly<Record<System, Dialect>> =>
  Object.fromEntries(Object.entries(files).map(([system, { dialect }]) => [system, dialect]));

function kept<T>(
  source: YamlSource,
  parsed: Parsed<T>,
  faults: Fault[],
): { source: YamlSource; value: T } | null {
  if (parsed.ok) return { source, value: parsed.value };
  faults.push(...parsed.faults);
  return null;
}

/** A misnamed file would be a rule pack that silently judges nothing. */
function strangers(sources: ReadonlyMap<string, YamlSource>): Fault[] {
  const known = /^(gateway|units|switches|duty|messages)\.ya?ml$|^(mines|rules)\/[^/]+\.ya?ml$/;
  return [...sources.keys()]
    .filter((path) => !known.test(path))
    .map((file) => ({
      file,
      line: 1,
      column: 1,
      what: "no file of a configuration has this name",
      allowed:
        "gateway.yaml, units.yaml, switches.yaml, duty.yaml, messages.yaml, mines/*.yaml, rules/*.yaml",
    }));
}

/** JSON with the keys of every object in order, so that equal configurations are equal texts. */
function stable(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
