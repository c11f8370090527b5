import { readFile, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import mqtt, { type MqttClient } from "mqtt";
import { WebSocket } from "ws";
import { DEMO_MINES } from "../../src/cli/simulate/plan.ts";
import type { GatewayProcess } from "../support/gateway-process.ts";
import { processorTimeOf } from "../support/process-figures.ts";
import { type Session, signIn } from "../support/screen.ts";
import { runLoadApart } from "./load.ts";

/** What one flood of alarms did to the people who look on; milliseconds. */
export interface FloodResult {
  readonly alarms: number;
  readonly within: number;
  /** From the first PUBLISH to the first red event on the slowest healthy screen. */
  readonly firstRed: number;
  /** From the last PUBLISH to the last event on the slowest healthy screen. */
  readonly last: number;
  /** How long each acknowledgement meanwhile took to be answered. */
  readonly acts: readonly number[];
  /** Seconds of one core that the gateway's main thread took, from the first PUBLISH to the last event. */
  readonly cpu: number;
  readonly readingsPerSecond: number;
}

const READINGS_A_MESSAGE = 100;
const READINGS_A_SECOND = 5_000;
const LOAD_READINGS = 50;
/** Alarms that stand before the flood, so that the officer has something to acknowledge. */
const STANDING = 200;
const ACT_EVERY_MS = 25;
const SETTLE_MS = 1_500;
/** As a screen does that draws at 60 Hz and acknowledges what it has drawn. */
const ACK_MS = 16;

/** A rule that is red at once on a type nothing else judges at once: the shipped ones need a mine around them. */
export async function addRedRule(config: string): Promise<void> {
  const path = join(config, "rules", "stopped.yaml");
  const rule = [
    "  - id: BENCH-RED",
    "    title: 基准测试红色报警",
    "    titleEn: Red at once, for the benchmark",
    "    unverified: true",
    "    system: safety",
    "    type: '0014'",
    "    when: { high: 50, clear: 40 }",
    "    level: red",
    "    class: over-limit",
  ];
  await writeFile(path, `${(await readFile(path, "utf8")).trimEnd()}\n\n${rule.join("\n")}\n`);
}

/**
 * `alarms` alarms raised within a second, every tenth red, over 5,000 readings/s of other mines: from PUBLISH to
 * the frame on each of `screens` healthy screens, beside `frozen` ones that never read, while an officer acts.
 */
export async function benchFlood(
  gateway: GatewayProcess,
  options: { alarms: number; screens: number; frozen: number },
): Promise<FloodResult> {
  const { alarms, screens, frozen } = options;
  const duty = await signIn(gateway.http, "duty");
  const publishers = await Promise.all(
    DEMO_MINES.slice(0, 2).map((mine) => publisher(gateway, mine, alarms / 2)),
  );
  const load = runLoadApart({
    port: gateway.mqttPort,
    readings: LOAD_READINGS,
    rate: READINGS_A_SECOND / LOAD_READINGS,
    mines: DEMO_MINES.slice(2),
    warmMs: 1_000,
    measureMs: 10_000,
  });
  const stuck: Socket[] = [];
  // One after another: strangers without a hello are few at a time.
  for (let i = 0; i < frozen; i++) stuck.push(await frozenScreen(gateway, duty, `frozen-${i}`));
  const healthy = await Promise.all(
    Array.from({ length: screens }, (_, i) => watcher(gateway, duty, `healthy-${i}`)),
  );
  await Promise.all(publishers.map((one) => one.stand(STANDING / 2)));
  await Promise.all(healthy.map((one) => one.raised(STANDING)));
  const officer = actor(healthy[0] as Watcher);
  await wait(SETTLE_MS);

  // On a machine shared with others the one figure that is only ours.
  const cpuBefore = await processorTimeOf(gateway.child.pid, "main");
  officer.start();
  const from = performance.now();
  for (const one of healthy) one.mark();
  await Promise.all(publishers.map((one) => one.flood(1_000)));
  const until = performance.now();
  await Promise.all(healthy.map((one) => one.raised(alarms)));
  const cpu = (await processorTimeOf(gateway.child.pid, "main")) - cpuBefore;
  const acts = await officer.stop();
  const firstRed = Math.max(...healthy.map((one) => one.firstRed())) - from;
  const last = Math.max(...healthy.map((one) => one.last())) - until;
  for (const socket of stuck) socket.destroy();
  for (const one of healthy) one.close();
  await Promise.all(publishers.map((one) => one.close()));
  const { readingsPerSecond } = await load;
  return {
    alarms,
    within: until - from,
    firstRed,
    last,
    acts,
    cpu,
    readingsPerSecond,
  };
}

/** A mine whose points all go over their limits. */
async function publisher({ mqttPort }: GatewayProcess, mine: string, points: number) {
  const client: MqttClient = await mqtt.connectAsync(`mqtt://127.0.0.1:${mqttPort}`, {
    username: mine,
    password: `demo-${mine}`,
    clientId: `${mine}-flood`,
    clean: true,
  });
  const isRed = (i: number) => i % 10 === 0;
  const table = (count: number, prefix: string, red: boolean) =>
    Array.from({ length: count }, (_, i) => ({
      code: `${prefix}${i}`,
      type: red || isRed(i) ? "0014" : "0001",
      kind: "analog",
      unit: red || isRed(i) ? "mg/m3" : "%CH4",
      place: `${prefix}${i} 采煤工作面`,
      cycle: 0,
    }));
  const all = [...table(STANDING, "S", true), ...table(points, "F", false)];
  const parts = Math.ceil(all.length / 1_000);
  const ts = Date.now();
  for (let part = 1; part <= parts; part++) {
    const own = all.slice((part - 1) * 1_000, part * 1_000);
    const body = JSON.stringify({ ts, part, parts, points: own });
    await client.publishAsync(`mine/v1/${mine}/safety/points`, body, { qos: 1 });
  }
  const send = (codes: readonly string[]) =>
    client.publish(
      `mine/v1/${mine}/safety/readings`,
      JSON.stringify({
        ts: Date.now(),
        readings: codes.map((p) => ({ p, v: p.startsWith("S") || isRed(Number(p.slice(1))) ? 99 : 1.62 })),
      }),
      { qos: 1 },
    );
  return {
    async stand(count: number) {
      send(Array.from({ length: count }, (_, i) => `S${i}`));
    },
    /** Every point once, evenly within `ms`. */
    async flood(ms: number) {
      const messages = Math.ceil(points / READINGS_A_MESSAGE);
      const from = performance.now();
      for (let m = 0; m < messages; m++) {
        const due = from + (m * ms) / messages;
        if (due > performance.now()) await wait(due - performance.now());
        const first = m * READINGS_A_MESSAGE;
        const count = Math.min(READINGS_A_MESSAGE, points - first);
        send(Array.from({ length: count }, (_, i) => `F${first + i}`));
      }
    },
    close: () => client.endAsync(true),
  };
}

type Watcher = Awaited<ReturnType<typeof watcher>>;

async function openScreen(
  { http }: GatewayProcess,
  session: Session,
): Promise<{ ws: WebSocket; ticket: string }> {
  const ticket = await ticketOf(http, session);
  const ws = new WebSocket(`${http.replace("http", "ws")}/ws/v1/alarms`, "davylamp.alarms.v1");
  await new Promise((resolve) => ws.once("open", resolve));
  return { ws, ticket };
}

/** A session may ask 50 times a second: sixty screens at once wait their turn. */
async function ticketOf(http: string, session: Session): Promise<string> {
  for (;;) {
    const headers = { cookie: session.cookie, "x-csrf-token": session.csrf };
    const response = await fetch(`${http}/api/v1/tickets`, { method: "POST", headers });
    const { ticket } = (await response.json()) as { ticket?: string };
    if (ticket !== undefined) return ticket;
    await wait(200);
  }
}

const EVENT = Buffer.from('{"type":"event","seq":');
const PROVISIONAL = Buffer.from('{"type":"provisional"');
const RAISED = Buffer.from('"what":"raise"');
const RED = Buffer.from('"level":"red"');
/** The transition stands before the alarm: words of it are within so many bytes. */
const HEAD = 220;

/** A screen that looks at the bytes of an event instead of reading it, so that ten of them cost little here. */
async function watcher(gateway: GatewayProcess, session: Session, consumer: string) {
  const { ws, ticket } = await openScreen(gateway, session);
  let raises = 0;
  let target = Number.POSITIVE_INFINITY;
  let reached: () => void = () => {};
  let firstRed = Number.NaN;
  let last = 0;
  let acked = 0;
  let seq = 0;
  let soon = false;
  const done = new Map<string, (ok: boolean) => void>();
  const standing: string[] = [];

  const ack = () => {
    soon = false;
    if (seq <= acked || ws.readyState !== WebSocket.OPEN) return;
    acked = seq;
    ws.send(JSON.stringify({ type: "ack", seq }));
  };
  ws.on("message", (data: Buffer) => {
    if (data.subarray(0, PROVISIONAL.length).equals(PROVISIONAL)) {
      // On the screen, though not yet on disk.
      if (Number.isNaN(firstRed) && data.indexOf(RED) !== -1) firstRed = performance.now();
      return;
    }
    if (!data.subarray(0, EVENT.length).equals(EVENT)) return other(JSON.parse(String(data)));
    seq = Number.parseInt(data.toString("latin1", EVENT.length, EVENT.length + 15), 10);
    if (!soon) setTimeout(ack, ACK_MS);
    soon = true;
    if (data.subarray(0, HEAD).indexOf(RAISED) === -1) return;
    raises += 1;
    last = performance.now();
    if (standing.length < STANDING)
      standing.push((JSON.parse(String(data)) as { alarm: { id: string } }).alarm.id);
    if (Number.isNaN(firstRed) && data.indexOf(RED) !== -1) firstRed = last;
    if (raises >= target) reached();
  });
  function other(message: { type: string; at?: number; id?: string; ok?: boolean }): void {
    if (message.type === "snapshot") {
      seq = message.at ?? 0;
      ack();
    }
    if (message.type === "done") done.get(message.id ?? "")?.(message.ok ?? false);
  }
  ws.send(JSON.stringify({ type: "hello", v: 1, ticket, consumer, mines: DEMO_MINES }));
  await new Promise((resolve) => ws.once("message", resolve));
  return {
    standing,
    mark() {
      raises = 0;
      firstRed = Number.NaN;
    },
    raised: (count: number) =>
      new Promise<void>((resolve) => {
        target = count;
        reached = resolve;
        if (raises >= count) resolve();
      }),
    count: () => [raises, target, seq, acked],
    firstRed: () => firstRed,
    last: () => last,
    /** Milliseconds from the command to its answer; null when it was refused. */
    acknowledge(alarm: string): Promise<number | null> {
      const id = `ack-${alarm}`;
      const from = performance.now();
      ws.send(JSON.stringify({ type: "cmd", id, do: "acknowledge", alarm }));
      return new Promise((resolve) => done.set(id, (ok) => resolve(ok ? performance.now() - from : null)));
    },
    close: () => ws.terminate(),
  };
}

/** An officer who acknowledges what stood before the flood, one after another. */
function actor(screen: Watcher) {
  const took: Promise<number | null>[] = [];
  const ids = [...screen.standing];
  let timer: NodeJS.Timeout | null = null;
  return {
    start() {
      timer = setInterval(() => {
        const id = ids.shift();
        if (id !== undefined) took.push(screen.acknowledge(id));
      }, ACT_EVERY_MS);
    },
    async stop(): Promise<number[]> {
      if (timer !== null) clearInterval(timer);
      return (await Promise.all(took)).filter((ms): ms is number => ms !== null);
    },
  };
}

/** Says hello, is welcomed, and never reads again. */
async function frozenScreen(gateway: GatewayProcess, session: Session, consumer: string): Promise<Socket> {
  const { hostname, port } = new URL(gateway.http);
  const ticket = await ticketOf(gateway.http, session);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  socket.write(
    [
      "GET /ws/v1/alarms HTTP/1.1",
      `Host: ${hostname}:${port}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Protocol: davylamp.alarms.v1",
      "\r\n",
    ].join("\r\n"),
  );
  await answered(socket, "101 ");
  const text = Buffer.from(JSON.stringify({ type: "hello", v: 1, ticket, consumer }));
  const length = text.length < 126 ? [0x80 | text.length] : [0x80 | 126, text.length >> 8, text.length & 255];
  socket.write(Buffer.concat([Buffer.from([0x81, ...length, 0, 0, 0, 0]), text]));
  await answered(socket, '"welcome"');
  socket.pause();
  return socket;
}

/** Resolves when these words have come. */
function answered(socket: Socket, words: string): Promise<void> {
  return new Promise((resolve) => {
    const look = (chunk: Buffer) => {
      if (!chunk.includes(words)) return;
      socket.off("data", look);
      resolve();
    };
    socket.on("data", look);
  });
}
