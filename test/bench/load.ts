import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { DEMO_MINES } from "../../src/cli/simulate/plan.ts";
import { startBareAedes } from "./bare-aedes.ts";
import { createLatencies, type LatencySummary } from "./latency.ts";
import { type LoadConnection, openConnection } from "./load-connection.ts";
import { createPackets, type Packets, type Shape, type TablePoint } from "./load-packets.ts";

export interface LoadOptions {
  readonly port: number;
  readonly host?: string;
  /** Sockets; connection i belongs to mine i modulo the number of mines. */
  readonly connections?: number;
  /** Mine codes; user = code, password = `demo-` and the code (default: the four demo mines). */
  readonly mines?: readonly string[];
  /** Readings in a message: 1, 64, … */
  readonly readings?: number;
  readonly shape?: Shape;
  /** Messages of a connection without an acknowledgement. */
  readonly window?: number;
  /** Messages a second over all connections; null = as many as are acknowledged. */
  readonly rate?: number | null;
  /** Points of one connection (default: 100, and at least 8 messages' worth). */
  readonly points?: number;
  readonly warmMs?: number;
  readonly measureMs?: number;
}

export interface LoadResult {
  readonly messages: number;
  readonly readings: number;
  readonly seconds: number;
  readonly messagesPerSecond: number;
  readonly readingsPerSecond: number;
  readonly bytesPerMessage: number;
  /** PUBLISH → PUBACK in ms; with a rate from the moment the message was due. */
  readonly latency: LatencySummary;
  /** Share of one core that the generator itself used. */
  readonly generatorCpu: number;
  /** All that was ever sent and acknowledged, with warm-up and drain; equal when none was lost. */
  readonly sent: number;
  readonly acknowledged: number;
}

type Whole = Required<LoadOptions>;

const whole = (options: LoadOptions): Whole => {
  const readings = options.readings ?? 1;
  return {
    host: "127.0.0.1",
    connections: 10,
    mines: DEMO_MINES,
    shape: "canonical",
    window: 64,
    rate: null,
    points: Math.max(100, readings * 8),
    warmMs: 1_000,
    measureMs: 3_000,
    ...options,
    readings,
  };
};

/** Loads a broker from this process. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const plan = whole(options);
  const latencies = createLatencies();
  const packets = Array.from({ length: plan.connections }, (_, i) => packetsOf(plan, i));
  const lines = await Promise.all(
    packets.map((own, i) =>
      openConnection(loginOf(plan, i), { packets: own, window: plan.window, latencies }),
    ),
  );
  const broken = Promise.race(lines.map((line) => line.broken));
  try {
    await publishTables(plan, lines, packets);
    const stop = plan.rate === null ? flood(lines) : pace(lines, plan.rate);
    await Promise.race([pause(plan.warmMs), broken]);
    latencies.clear();
    const before = mark(lines);
    await Promise.race([pause(plan.measureMs), broken]);
    const after = mark(lines);
    const latency = latencies.summary();
    stop();
    await Promise.all(lines.map((line) => line.drain()));
    return result(plan, { before, after, latency, lines, bytes: packets[0]!.longest });
  } finally {
    for (const line of lines) line.close();
  }
}

const mineOf = (plan: Whole, i: number): string => plan.mines[i % plan.mines.length]!;

const packetsOf = (plan: Whole, i: number): Packets =>
  createPackets({
    mine: mineOf(plan, i),
    prefix: `L${String(i).padStart(3, "0")}`,
    readings: plan.readings,
    shape: plan.shape,
    turns: Math.max(1, Math.floor(plan.points / plan.readings)),
    numbered: i < plan.mines.length,
  });

const loginOf = (plan: Whole, i: number) => {
  const mine = mineOf(plan, i);
  return {
    host: plan.host,
    port: plan.port,
    clientId: `${mine}-load-${i}`,
    user: mine,
    password: `demo-${mine}`,
  };
};

/** Points in one part of a table, so that a part stays well below a packet's limit. */
const PART = 2_000;

/** A mine's table holds the points of all its connections; the first of them publishes it. */
async function publishTables(plan: Whole, lines: LoadConnection[], packets: Packets[]): Promise<void> {
  const ts = Date.now();
  await Promise.all(
    plan.mines.slice(0, plan.connections).map(async (mine, first) => {
      const points = packets
        .filter((_, i) => mineOf(plan, i) === mine)
        .flatMap((own): readonly TablePoint[] => own.points);
      const parts = Math.ceil(points.length / PART);
      for (let part = 1; part <= parts; part++) {
        const body = { ts, part, parts, points: points.slice((part - 1) * PART, part * PART) };
        await lines[first]!.publish(`mine/v1/${mine}/safety/points`, JSON.stringify(body));
      }
    }),
  );
}

function flood(lines: readonly LoadConnection[]): () => void {
  for (const line of lines) line.flood();
  return () => {};
}

/** Gives each connection its share of what is due, every millisecond. */
function pace(lines: readonly LoadConnection[], rate: number): () => void {
  const from = performance.now();
  let given = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - from) / 1_000) * rate);
    for (; given < due; given++) lines[given % lines.length]!.allow(1);
  }, 1);
  return () => clearInterval(timer);
}

interface Mark {
  readonly at: number;
  readonly acknowledged: number;
  readonly cpu: NodeJS.CpuUsage;
}

const mark = (lines: readonly LoadConnection[]): Mark => ({
  at: performance.now(),
  acknowledged: lines.reduce((sum, line) => sum + line.acknowledged, 0),
  cpu: process.cpuUsage(),
});

function result(
  plan: Whole,
  run: { before: Mark; after: Mark; latency: LatencySummary; lines: LoadConnection[]; bytes: number },
): LoadResult {
  const { before, after, lines } = run;
  const seconds = (after.at - before.at) / 1_000;
  const messages = after.acknowledged - before.acknowledged;
  const cpu = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
  return {
    messages,
    readings: messages * plan.readings,
    seconds,
    messagesPerSecond: messages / seconds,
    readingsPerSecond: (messages * plan.readings) / seconds,
    bytesPerMessage: run.bytes,
    latency: run.latency,
    generatorCpu: cpu / 1e6 / seconds,
    sent: lines.reduce((sum, line) => sum + line.sent, 0),
    acknowledged: lines.reduce((sum, line) => sum + line.acknowledged, 0),
  };
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** The same from a process of its own, so that the measured loop is not ours. */
export async function runLoadApart(options: LoadOptions): Promise<LoadResult> {
  const child = fork(fileURLToPath(import.meta.url), ["--child"]);
  try {
    child.send(options);
    return await answer(child);
  } finally {
    child.kill();
  }
}

async function answer(child: ChildProcess): Promise<LoadResult> {
  const gone = once(child, "exit").then(([code]) => ({ error: `the generator ended with ${code}` }));
  const [told] = (await Promise.race([once(child, "message"), gone.then((it) => [it])])) as [
    { result: LoadResult } | { error: string },
  ];
  if ("error" in told) throw new Error(told.error);
  return told.result;
}

function serve(): void {
  process.once("message", async (options: LoadOptions) => {
    const told = await runLoad(options).then(
      (done) => ({ result: done }),
      (error: Error) => ({ error: error.message }),
    );
    process.send?.(told);
  });
}

export function worded(what: string, { latency, ...run }: LoadResult): string {
  const ms = (value: number) => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
  return [
    what.padEnd(34),
    `${Math.round(run.messagesPerSecond).toLocaleString("en")} messages/s`,
    `${Math.round(run.readingsPerSecond).toLocaleString("en")} readings/s`,
    `ack p50 ${ms(latency.p50)} p99 ${ms(latency.p99)} max ${ms(latency.max)}`,
    `generator ${run.generatorCpu.toFixed(2)} core`,
    run.sent === run.acknowledged ? "all acknowledged" : `${run.sent - run.acknowledged} NOT acknowledged`,
  ].join(" · ");
}

/** By hand: `node --import tsx test/bench/load.ts [--port N]`; without a port against a bare aedes. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string" },
      connections: { type: "string", default: "10" },
      readings: { type: "string", default: "1" },
      shape: { type: "string", default: "canonical" },
      window: { type: "string", default: "64" },
      rate: { type: "string" },
      mines: { type: "string" },
      seconds: { type: "string", default: "3" },
    },
  });
  const bare = values.port === undefined ? await startBareAedes() : null;
  const done = await runLoadApart({
    port: bare?.port ?? Number(values.port),
    connections: Number(values.connections),
    readings: Number(values.readings),
    shape: values.shape === "any" ? "any" : "canonical",
    window: Number(values.window),
    rate: values.rate === undefined ? null : Number(values.rate),
    ...(values.mines === undefined ? {} : { mines: values.mines.split(",") }),
    measureMs: Number(values.seconds) * 1_000,
  });
  const name = `${bare === null ? `port ${values.port}` : "bare aedes"}, ${values.readings} × ${values.shape}`;
  console.log(worded(name, done));
  await bare?.stop();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === "--child") serve();
  else await main();
}
