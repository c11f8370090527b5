import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { type GatewayProcess, startGateway } from "../support/gateway-process.ts";
import { noMosquitto } from "../support/mosquitto.ts";
import { memoryOf } from "../support/process-figures.ts";
import { startBareAedes } from "./bare-aedes.ts";
import { benchEngine } from "./engine.ts";
import { benchCycles, benchFiles, benchOldNames } from "./files.ts";
import { addRedRule, benchFlood, type FloodResult } from "./flood.ts";
import { benchInflux } from "./influx.ts";
import { alarmLatency } from "./latency-probe.ts";
import { type LoadOptions, type LoadResult, runLoadApart } from "./load.ts";
import { median, quantile } from "./median.ts";
import { benchReceiver } from "./receiver.ts";
import { benchReplay } from "./replay.ts";
import { benchStore } from "./store.ts";
import { benchUplink } from "./uplink.ts";

/*
 * `npm run bench`: figures of one run on one machine; the ratios are what may be compared. The generator is a
 * process of its own beside the gateway, on the same cores. Each ratio is of interleaved runs, medians of three.
 */
const ROUNDS = 3;
const FLOOD = { alarms: 10_000, screens: 10, frozen: 50 } as const;
/** `npm run bench -- engine replay` runs only these. */
const only = process.argv.slice(2);
const wanted = (section: string) => only.length === 0 || only.includes(section);
const dir = await mkdtemp(join(tmpdir(), "davylamp-bench-"));
const config = await openLimits(join(dir, "config"));
const line = (name: string, figure: string) => console.log(`${name.padEnd(58)} ${figure}`);
const thousand = (n: number) => `${(n / 1000).toFixed(1)} k`;

async function onGateway<T>(name: string, work: (gateway: GatewayProcess) => Promise<T>): Promise<T> {
  const gateway = await startGateway({ data: join(dir, name), config });
  try {
    return await work(gateway);
  } finally {
    await gateway.kill("SIGTERM");
    await rm(join(dir, name), { recursive: true, force: true });
  }
}

/** Both sides are compiled while they run; figures are of what they are then. */
const WARM_MS = 4_000;

async function compare(name: string, kind: Omit<LoadOptions, "port">): Promise<number> {
  const options = { ...kind, warmMs: WARM_MS };
  const ours: LoadResult[] = [];
  const bare: LoadResult[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await onGateway(`${round}`, ({ mqttPort }) => runLoadApart({ ...options, port: mqttPort })));
    const aedes = await startBareAedes();
    bare.push(await runLoadApart({ ...options, port: aedes.port }));
    await aedes.stop();
  }
  const rate = median(ours.map(({ messagesPerSecond }) => messagesPerSecond));
  const theirs = median(bare.map(({ messagesPerSecond }) => messagesPerSecond));
  const readings = median(ours.map(({ readingsPerSecond }) => readingsPerSecond));
  const p99 = median(ours.map(({ latency }) => latency.p99));
  line(
    name,
    `${thousand(rate)} messages/s, ${thousand(readings)} readings/s, PUBACK p99 ${p99.toFixed(1)} ms`,
  );
  line(
    "  ratio to bare aedes in the same run",
    `${(rate / theirs).toFixed(2)} (bare: ${thousand(theirs)} messages/s)`,
  );
  return rate;
}

try {
  if (wanted("mqtt")) await benchMqtt();
  if (wanted("engine")) engineLines();
  if (wanted("replay")) await replayLines();
  if (wanted("memory")) {
    const memory = await onGateway("memory", (gateway) => residentWith(gateway, 50_000));
    line("resident memory with 50,000 points", `${memory.toFixed(0)} MiB`);
  }
  if (wanted("store")) await benchStore();
  if (wanted("influx")) await benchInflux(config, Number(process.env["INFLUX_OUTAGE"] ?? 60));
  if (wanted("flood")) await floodLines();
  if (wanted("receiver")) await receiverLines();
  if (wanted("files")) await fileLines();
  if (wanted("uplink")) await uplinkLines();
} finally {
  await rm(dir, { recursive: true, force: true });
}

async function benchMqtt(): Promise<void> {
  await compare("single readings, QoS 1, 10 connections", { readings: 1 });
  const canonical = await compare("64 readings a message, canonical shape", { readings: 64 });
  await compare("64 readings a message, any valid JSON", { readings: 64, shape: "any" });
  const latency = await onGateway("latency", (gateway) => alarmLatency(gateway, canonical / 2));
  line(
    `PUBLISH → WebSocket at half of that (${thousand(latency.load)} messages/s)`,
    `p50 ${latency.p50.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms, ${latency.n} alarms`,
  );
}

/** 10,000 alarms within a second over 5,000 readings/s, seen by ten screens: alone and beside fifty frozen ones, in turn. */
async function floodLines(): Promise<void> {
  await addRedRule(config);
  const runs = { alone: [] as FloodResult[], beside: [] as FloodResult[] };
  const flood = async (frozen: number) =>
    runs[frozen === 0 ? "alone" : "beside"].push(
      await onGateway("flood", (gateway) =>
        benchFlood(gateway, { alarms: FLOOD.alarms, screens: FLOOD.screens, frozen }),
      ),
    );
  for (let round = 0; round < ROUNDS; round++)
    for (const frozen of round % 2 === 0 ? [0, FLOOD.frozen] : [FLOOD.frozen, 0]) await flood(frozen);
  const alone = floodFigures(runs.alone);
  const beside = floodFigures(runs.beside);
  floodLine("", alone);
  floodLine(`, ${FLOOD.frozen} frozen`, beside);
  const share = (of: (figures: typeof alone) => number) => (of(beside) / of(alone)).toFixed(2);
  line(
    "  ratio of those beside frozen screens to those alone",
    `first red ${share(({ firstRed }) => firstRed)}, last ${share(({ last }) => last)}, acts p50 ${share(({ p50 }) => p50)}, p99 ${share(({ p99 }) => p99)}`,
  );
}

/** Medians of the runs; the acts of all of them together. */
function floodFigures(runs: readonly FloodResult[]) {
  const of = (what: (run: FloodResult) => number) => median(runs.map(what));
  const acts = runs.flatMap((run) => run.acts);
  return {
    runs,
    within: of(({ within }) => within),
    firstRed: of(({ firstRed }) => firstRed),
    last: of(({ last }) => last),
    cpu: of(({ cpu }) => cpu),
    readings: of(({ readingsPerSecond }) => readingsPerSecond),
    acts: acts.length,
    p50: quantile(acts, 0.5),
    p99: quantile(acts, 0.99),
  };
}

function floodLine(beside: string, { runs, ...figures }: ReturnType<typeof floodFigures>): void {
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  const worst = (of: (run: FloodResult) => number) => ms(Math.max(...runs.map(of)));
  line(
    `${thousand(FLOOD.alarms)} alarms in ${ms(figures.within)}, ${FLOOD.screens} screens${beside}`,
    `first red ${ms(figures.firstRed)}, last ${ms(figures.last)} after its PUBLISH (worst of ${runs.length} runs ${worst(({ firstRed }) => firstRed)}, ${worst(({ last }) => last)})`,
  );
  line(
    `  ${figures.acts} acknowledgements meanwhile, ${thousand(figures.readings)} readings/s`,
    `p50 ${ms(figures.p50)}, p99 ${ms(figures.p99)}; main thread ${figures.cpu.toFixed(1)} s of CPU`,
  );
}

async function receiverLines(): Promise<void> {
  if (noMosquitto !== null) return;
  const { live, published, backlog, waited } = await benchReceiver(dir, config);
  line(
    "single readings from a real Mosquitto, acknowledged after both logs",
    `${thousand(live)} messages/s (${thousand(published)} published)`,
  );
  line(`  a backlog of ${thousand(waited)} messages`, `${thousand(backlog)} messages/s`);
}

async function fileLines(): Promise<void> {
  const backlog = Number(process.env["FILES_BACKLOG"] ?? 20_000);
  const { perSecond, readings, cores } = await benchFiles(
    await openLimits(join(dir, "config-files")),
    backlog,
  );
  line(
    `${backlog} text files of 20 mines, 100 readings each, from start`,
    `${perSecond.toFixed(0)} files/s, ${thousand(readings)} readings/s, ${cores.toFixed(2)} cores`,
  );
  const cycles = await benchCycles(await openLimits(join(dir, "config-cycles")), 200, 60);
  line(
    "200 mines at their cycles, 200 points and 200 people every 30 s",
    `${cycles.perSecond.toFixed(1)} files/s, ${cycles.cores.toFixed(2)} cores, taken after ${cycles.delay.toFixed(0)} ms, ` +
      `at most ${cycles.greatest.toFixed(0)} ms`,
  );
  const names = Number(process.env["FILES_OLD"] ?? 100_000);
  const old = await benchOldNames(await openLimits(join(dir, "config-old")), names);
  line(
    `a file among ${names} old ones`,
    `taken after ${old.usual.toFixed(0)} ms, at most ${old.greatest.toFixed(0)} ms; the first ${old.first.toFixed(0)} ms after ` +
      `a start of ${old.ready.toFixed(0)} ms`,
  );
}

async function uplinkLines(): Promise<void> {
  const { files, ...of } = await benchUplink(config, 3);
  const MiB = (bytes: number) => `${bytes.toFixed(0)} MiB`;
  line(
    `uplink, 3 days without a gateway: ${thousand(files)} files of 200 readings`,
    `${MiB(of.offline)} resident at most, queue ${MiB(of.queueBytes / 2 ** 20)}, ${of.readPerSecond.toFixed(0)} files/s`,
  );
  line(
    "  all of them sent, without a mine's limits",
    `${MiB(of.draining)} resident at most, ${of.drainedPerSecond.toFixed(0)} messages/s, ${thousand(of.drainedPerSecond * 200)} readings/s`,
  );
}

function engineLines(): void {
  const { perSecond, ns, rules, twice, second } = benchEngine(10_000);
  line(
    `engine, ${rules} rules, 10,000 points of 20 sorts in 40 mines`,
    `${(perSecond / 1e6).toFixed(1)} million readings/s, ${ns.toFixed(0)} ns a reading`,
  );
  line("  ratio with as many rules again that concern no point", twice.toFixed(2));
  line("  the deadlines of one second, all points", `${second.toFixed(1)} ms`);
}

async function replayLines(): Promise<void> {
  const { readings, seconds, once, diff } = await benchReplay(25, 200);
  line(
    `replay of ${seconds / 60} min of 25 mines with 200 points (${thousand(readings)} readings)`,
    `${once.toFixed(0)} × real time, --diff ${diff.toFixed(0)} ×`,
  );
}

/** 50,000 points known and heard once, none of them busy. */
async function residentWith(gateway: GatewayProcess, points: number): Promise<number> {
  await runLoadApart({
    port: gateway.mqttPort,
    readings: 64,
    points: points / 10,
    warmMs: 1_000,
    measureMs: 2_000,
    rate: 2_000,
  });
  return memoryOf(gateway.child.pid);
}

/** The shipped configuration with a mine's limits out of the way (contract: raised in the benchmark's own). */
async function openLimits(to: string): Promise<string> {
  await cp("config", to, { recursive: true });
  const path = join(to, "gateway.yaml");
  const gateway = parse(await readFile(path, "utf8")) as { limits: Record<string, number> };
  gateway.limits = {
    messagesPerSecond: 10_000_000,
    burst: 10_000_000,
    bytesPerSecond: 10_000_000_000,
    connectsPerMinute: 10_000,
  };
  await writeFile(path, stringify(gateway));
  return to;
}
