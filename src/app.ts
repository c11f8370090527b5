import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { demoAccounts, demoMineLogin, noMineLogin } from "./app/accounts.ts";
import type { Supervisor } from "./app/alive.ts";
import { beginRun } from "./app/begin.ts";
import { type Configured, readConfiguration, refuse, refuseOpenDoors } from "./app/configuration.ts";
import { createCredentials } from "./app/credentials.ts";
import { joinInflux } from "./app/influx.ts";
import { createKeeper } from "./app/keeper.ts";
import { keptAccounts } from "./app/kept-accounts.ts";
import { createMetrics } from "./app/metrics.ts";
import { createMineCheck } from "./app/mine-check/check.ts";
import { createMqttPorts } from "./app/mqtt-ports.ts";
import { createNotifying, outboxOptions } from "./app/notifying.ts";
import { createOutlets } from "./app/outlets.ts";
import { joinReceivers } from "./app/receivers.ts";
import { refusePort, refuseSecond } from "./app/refusals.ts";
import { openRefusedConnections } from "./app/refused-connections.ts";
import { createReloader, type Reloaded } from "./app/reload.ts";
import { createSelfWatch, type SelfWatch } from "./app/self-watch.ts";
import { createTextFiles } from "./app/text-files.ts";
import { joinUpper } from "./app/upper.ts";
import { createWatching } from "./app/watching.ts";
import { createWebPorts } from "./app/web-ports.ts";
import { type LogName, openWorld, type World } from "./app/world.ts";
import { createGateway } from "./gateway.ts";
import { systemClock } from "./lib/clock.ts";
import { createHeapRoom } from "./lib/garbage.ts";
import type { Logger } from "./lib/logger.ts";
import { createNow } from "./lib/now.ts";
import { nodeDisk } from "./log/disk.ts";
import type { LogTrouble } from "./log/segment-log.ts";
import type { Arrival } from "./model/input.ts";
import { createMqtt } from "./mqtt/mqtt.ts";
import type { MqttListener, MqttSettings } from "./mqtt/settings.ts";
import { lockDataDirectory } from "./store/lock.ts";
import { openStore } from "./store/store.ts";
import { readAssets } from "./web/assets.ts";
import { readRunbook } from "./web/runbook.ts";
import { createWeb } from "./web/web.ts";
import { encodeInput } from "./wire/input-codec.ts";
import { encodeEntry } from "./wire/journal-codec.ts";

export interface AppOptions {
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly secrets: (name: string) => string | undefined;
  readonly data: string | null;
  readonly httpPort: number | null;
  readonly mqttPort: number | null;
  readonly dev: boolean;
  readonly version: string;
  readonly log: Logger;
  /** Who started the process and wants to hear that it lives; null = nobody. */
  readonly supervisor?: Supervisor | null;
}

export interface Addresses {
  readonly http: string;
  readonly mqtt: readonly string[];
}

export interface App {
  /** Resolves when everything listens; rejects with a Refusal in one clear line. */
  start(): Promise<Addresses>;
  stop(): Promise<void>;
  /** Takes a changed configuration: all or nothing. Null before the start. */
  reload(read: () => Promise<AppOptions["files"]>): Promise<Reloaded | null>;
  /** Resolves if the gateway can no longer keep its promises: the process must end. */
  readonly failed: Promise<Error>;
}

/** Built once by `main`, and as often as they like by tests: the whole gateway in one value. */
export function createApp(options: AppOptions): App {
  let running: Running | null = null;
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<Error>((resolve) => {
    fail = resolve;
  });
  return {
    failed,
    async start() {
      const configured = readConfiguration({ ...options, now: systemClock.wall() });
      if (!configured.ok) refuse(configured.faults);
      await refuseOpenDoors(configured, options.dev, dataOf(options, configured));
      running = await run(options, configured, fail);
      return running.addresses;
    },
    async stop() {
      await running?.stop();
      running = null;
    },
    reload: async (read) => (await running?.reload(read)) ?? null,
  };
}

/** Trials by hand connect anew for every message. */
const DEV_LIMITS: Partial<MqttSettings> = { connectsPerMinute: 600 };

interface Running {
  readonly addresses: Addresses;
  stop(): Promise<void>;
  reload(read: () => Promise<AppOptions["files"]>): Promise<Reloaded>;
}

const dataOf = (options: AppOptions, { settings }: Configured): string =>
  resolve(options.data ?? settings.data);

/** Logs before broker, broker last: nobody is let in before the world stands. Stopped in the reverse order. */
async function run(
  options: AppOptions,
  configured: Configured,
  fail: (error: Error) => void,
): Promise<Running> {
  const data = dataOf(options, configured);
  const lock = await lockDataDirectory(data).catch(refuseSecond);
  const undo: (() => Promise<void> | void)[] = [() => lock.release()];
  const stop = async () => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  try {
    return { ...(await build(options, configured, data, undo, fail)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function build(
  options: AppOptions,
  configured: Configured,
  data: string,
  undo: (() => Promise<void> | void)[],
  fail: (error: Error) => void,
): Promise<Omit<Running, "stop">> {
  const { log } = options;
  const clock = systemClock;
  const now = createNow(clock);
  let watch: SelfWatch | null = null;
  const early: [LogName, LogTrouble, string][] = [];
  // A log can be slow before there is a gateway: nothing waits to be told then.
  let tellProvisional = () => {};
  let wakeNotifier = () => {};
  // Metrics are built once there is a broker to count.
  let observe = (_rung: string, _seconds: number) => {};
  const onTrouble = (name: LogName, code: LogTrouble, detail: string) => {
    log.warn({ log: name, code, detail }, "log trouble");
    if (watch === null) early.push([name, code, detail]);
    else watch.logTrouble(name, code, detail);
    if (code === "slow") tellProvisional();
  };

  const world: World = await openWorld({ data, disk: nodeDisk, clock, onTrouble });
  const { engine, spool, journal, quarantine, snapshots, epoch, recovered } = world;
  undo.push(async () => {
    await Promise.all([spool.close(), journal.close(), quarantine.close()]);
  });
  const { retention: keep } = configured.settings;
  const store = await openStore({
    dir: data,
    spool: { dir: join(data, "spool") },
    journal: { dir: join(data, "journal") },
    epoch,
    clock,
    retention: { rows: keep.raw, buckets: keep.fiveMinutes, bytes: keep.seriesBytes },
    onTrouble: (code: string, detail: string) => log.warn({ code, detail }, "store trouble"),
    outbox: outboxOptions(configured.settings.channels),
    onOutbox: () => wakeNotifier(),
  });
  undo.push(() => store.close());
  const repeated = await store.outbox.open(journal.head);
  if (repeated > 0) log.warn({ repeated }, "what was in flight at an unclean end is told anew");
  store.spoolAt(spool.head);
  store.journalAt(journal.head);

  const { settings } = configured;
  const line = { settings, data, epoch, engine, spool, journal, mono: clock.mono, now: now.now, log };
  const influx = await joinInflux({ ...line, secrets: options.secrets, embedded: store.series });
  undo.push(() => influx.close());
  const upper = await joinUpper(line);
  undo.push(() => upper.close());

  engine.gatherRows();
  const outlets = createOutlets({ engine, store, spool, journal });
  const gateway = createGateway({
    engine,
    spool,
    journal,
    now: now.now,
    mono: clock.mono,
    encodeInput,
    encodeEntry,
    told: outlets.told,
    provisional: (alarms) => web.provisional(alarms),
    stored: (batch) => outlets.stored(batch),
    soon: setImmediate,
    later: setTimeout,
    failed: (error) => fail(error instanceof Error ? error : new Error(String(error))),
  });
  tellProvisional = gateway.slow;
  const take = (arrival: Arrival) => void gateway.take(arrival).catch(() => {});
  const notifier = createNotifying({ settings, store, engine, take, now: now.now, log });
  wakeNotifier = () => notifier?.wake();
  const watching = createWatching({
    clock,
    now,
    gateway,
    engine,
    spool,
    journal,
    store,
    take,
    self: () => self,
    duty: () => engine.duty(),
    works: (channel) => notifier?.stats().failing[channel] !== 1,
    observe: (rung, seconds) => observe(rung, seconds),
    canaryEvery: configured.settings.canary,
    heartbeat: configured.settings.heartbeat ?? null,
    supervisor: options.supervisor ?? null,
    log,
  });
  watch = createSelfWatch({
    take,
    now,
    disk: nodeDisk,
    data,
    behind: outlets.behind,
    pressed: gateway.pressed,
    heldTables: () => engine.heldTables(),
    notify: () => notifier?.troubles() ?? { failed: null, late: null },
    influx: influx.troubles,
    receivers: () => receivers.down(),
    files: () => files.trouble(),
    upper: upper.troubles,
    delay: watching.delay,
    unreachable: watching.unreachable,
    tick: watching.tick,
  });
  const self = watch;

  const accounts = options.dev ? demoAccounts(now.now) : await keptAccounts({ data, now: now.now, log });
  const credentials = await createCredentials({
    store,
    now: now.now,
    async record(act, actor) {
      const id = `${actor.user}/${act.credential}-${act.what}`;
      const result = await gateway.take({ type: "act", act: { ...act, id, actor } });
      if (result?.ok !== true) throw new Error(`a credential was not recorded: ${result?.detail}`);
    },
    revoked: (mine) => void mqtt.disconnect(mine, "credential revoked"),
  });
  const refused = await openRefusedConnections({ data, now: now.now(), log });
  undo.push(() => refused.close());
  const mqttPorts = createMqttPorts({
    gateway,
    quarantine,
    now,
    refused: refused.add,
    authenticate: async (login) => {
      const mines = engine.config()?.mines ?? [];
      return credentials.login(mines, login) ?? (options.dev ? demoMineLogin : noMineLogin)(mines, login);
    },
    publish: (mine, topic, payload) => mqtt.publish(mine, topic, payload),
  });
  const mqtt = createMqtt({
    listeners: configured.settings.listeners as MqttListener[],
    settings: {
      ...(configured.settings.limits as Partial<MqttSettings>),
      ...(options.dev ? DEV_LIMITS : {}),
    },
    log,
    clock,
    ports: mqttPorts,
  });
  const receivers = await joinReceivers({
    settings,
    mines: configured.config.mines,
    secrets: options.secrets,
    data,
    disk: nodeDisk,
    engine,
    ports: mqttPorts,
    // A second gap is told anew: its times are others.
    async gap(receiver, detail) {
      self.report(`receiver-gap#${receiver}`, "off", "another gap");
      self.report(`receiver-gap#${receiver}`, "moment", detail);
      await gateway.take({ type: "self", point: `receiver-gap#${receiver}`, value: 1, detail });
    },
    clock,
    log,
  });
  const files = createTextFiles({ data, gateway, accept: mqttPorts.accept, now, mono: clock.mono, log });
  const metrics = createMetrics({
    gateway,
    engine,
    spool,
    journal,
    mqtt: () => mqtt.stats().counts,
    web: () => ({ ...web.stats() }),
    notify: notifier,
    influx: influx.figures,
    receivers,
    files: files.stats,
    upper: upper.figures,
    loopMaxMs: self.loopMaxMs,
    heartbeatWell: watching.heartbeatWell,
  });
  observe = metrics.delay;
  const startedAt = now.now();
  let hash = engine.configHash();
  const reloader = createReloader({
    data,
    secrets: options.secrets,
    ports: { httpPort: options.httpPort, mqttPort: options.mqttPort },
    settings: configured.settings,
    hash: () => hash,
    wall: clock.wall,
    trouble: (what, detail) => self.report("config-bad", what, detail),
    accepted: (next) => void files.follow(next),
    swap: async ({ config, canonical }, told) => {
      hash = await world.configs.keep(canonical);
      await gateway.take({ type: "config", hash, config, reason: "reload", told });
    },
    log,
  });
  const web = createWeb({
    ...configured.settings.http,
    tls: null,
    log,
    assets: new Map([
      ...(await readAssets(fileURLToPath(new URL("../dist/console", import.meta.url)))),
      ...(await readRunbook(fileURLToPath(new URL("../docs/RUNBOOK.md", import.meta.url)))),
    ]),
    ports: createWebPorts({
      clock,
      epoch,
      engine,
      gateway,
      journal,
      store,
      series: influx.series,
      accounts,
      notifier,
      channels: settings.channels,
      refused: refused.all,
      credentials: credentials.ports,
      check: createMineCheck({
        engine,
        clients: mqtt.clients,
        folders: files.folders,
        brokers: () => receivers.status().map(({ name, url }) => `${name} ${url}`),
        twice: mqtt.twice,
        refused: refused.all,
        refusedFrom: refused.from,
        series: influx.series,
        now: now.now,
        version: options.version,
      }),
      screens: watching.screens,
      pushed: watching.pushed,
      canary: watching.canary,
      health: watching.health,
      metrics: metrics.text,
      system: () => ({
        version: options.version,
        node: process.version,
        startedAt,
        configHash: engine.configHash(),
        dev: options.dev,
        reload: reloader.last(),
        receivers: receivers.status(),
        figures: {
          epoch,
          ...gateway.stats(),
          spoolHead: spool.synced,
          journalHead: journal.synced,
          ...upper.shown(),
        },
      }),
      handleMqtt: (stream, request) => mqtt.handleWebSocket(stream, request),
    }),
  });
  outlets.attach({ web, mqtt, watchers: [watching, createHeapRoom(clock.mono)] });

  hash = await beginRun({ world, gateway, configured, version: options.version, now: now.now });
  for (const [name, code, detail] of early) self.logTrouble(name, code, detail);
  if (recovered.differences.length > 0) {
    log.error({ differences: recovered.differences.slice(0, 5) }, "replay differs from the journal");
    self.report("replay-differs", "on", `${recovered.differences.length} records; the journal holds`);
  }

  const keeper = createKeeper({
    engine,
    spool,
    journal,
    quarantine,
    snapshots,
    now,
    configHash: () => hash,
    retention: configured.settings.retention,
    seriesAt: async () => Math.min((await store.progress()).series, influx.saved(), upper.saved()),
    onGap: (from, to) => {
      log.error({ from, to }, "spool records are dropped before the series hold them");
      const detail = `records ${from} to ${to} went before the series held them`;
      self.report("spool-gap", "moment", detail);
      return gateway.take({ type: "self", point: "spool-gap", value: 1, detail, gap: { from, to } });
    },
    log,
  });
  undo.push(() => keeper.stop());
  undo.push(async () => {
    await gateway.take({ type: "stop" }).catch(() => {});
    await gateway.drain();
  });
  const httpAddress = await web
    .start()
    .catch((error: unknown) => refusePort("http", configured.settings.http.port, error));
  undo.push(() => web.stop());
  const { addresses } = await mqtt
    .start()
    .catch((error: unknown) => refusePort("mqtt", configured.settings.listeners[0]?.port ?? 0, error));
  undo.push(() => mqtt.stop());
  receivers.start();
  undo.push(() => receivers.stop());
  await files.follow(configured);
  undo.push(() => files.close());
  notifier?.start();
  undo.push(async () => notifier?.stop());
  self.start();
  undo.push(() => self.stop());
  watching.start();
  undo.push(() => watching.stop());
  undo.push(() => reloader.close());
  keeper.start();

  return {
    addresses: {
      http: `http://${httpAddress.address.includes(":") ? `[${httpAddress.address}]` : httpAddress.address}:${httpAddress.port}`,
      mqtt: addresses.map(({ kind, host, port }) => `${kind === "tls" ? "mqtts" : "mqtt"}://${host}:${port}`),
    },
    reload: reloader.reload,
  };
}
