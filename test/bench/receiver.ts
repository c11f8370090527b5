import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { startGateway } from "../support/gateway-process.ts";
import { createMosquitto } from "../support/mosquitto.ts";
import { runLoadApart } from "./load.ts";

export interface ReceiverResult {
  /** Messages a second that the gateway acknowledged while they were published. */
  readonly live: number;
  /** What the generator got acknowledged by the broker meanwhile. */
  readonly published: number;
  /** Messages a second of a backlog that waited at the broker, and how long it was. */
  readonly backlog: number;
  readonly waited: number;
}

const SECONDS = 5;

/**
 * A real Mosquitto between generator and gateway, all on this machine. Every message is acknowledged by the
 * gateway after both its logs, with at most 1,000 of them under way (the receive maximum of MQTT 5).
 */
export async function benchReceiver(dir: string, config: string): Promise<ReceiverResult> {
  await mkdir(join(dir, "broker"), { recursive: true });
  const broker = await createMosquitto(join(dir, "broker"), ["autosave_interval 1800"]);
  await broker.start();
  const own = join(dir, "receiver-config");
  await cp(config, own, { recursive: true });
  const path = join(own, "gateway.yaml");
  const receiver = `receivers: [{ name: county, url: "${broker.url}", mines: "*" }]`;
  await writeFile(path, `${await readFile(path, "utf8")}\n${receiver}\n`);
  const start = () => startGateway({ data: join(dir, "receiver"), config: own });
  const load = (ms: number) =>
    runLoadApart({ port: broker.port, readings: 1, connections: 10, warmMs: 2_000, measureMs: ms });
  try {
    let gateway = await start();
    await settled(gateway.http, 0);
    const loading = load(SECONDS * 1_000);
    await wait(2_500);
    const live = await rateOf(gateway.http, SECONDS * 1_000 - 1_000);
    const { messagesPerSecond } = await loading;
    await settled(gateway.http, 1);
    await gateway.kill("SIGTERM");
    const { sent } = await load(SECONDS * 1_000);
    gateway = await start();
    const from = performance.now();
    await settled(gateway.http, sent);
    const seconds = (performance.now() - from) / 1_000;
    await gateway.kill("SIGTERM");
    return { live, published: messagesPerSecond, backlog: sent / seconds, waited: sent };
  } finally {
    await broker.stop("SIGKILL");
  }
}

async function figure(http: string, name: string): Promise<number> {
  const metrics = await (await fetch(`${http}/metrics`)).text();
  return Number(new RegExp(`^davylamp_receiver_${name}\\{.*\\} (\\d+)`, "m").exec(metrics)?.[1] ?? 0);
}

/** Taken less what waits for its acknowledgement, over this time. */
async function rateOf(http: string, ms: number): Promise<number> {
  const done = async () => (await figure(http, "messages_total")) - (await figure(http, "waiting"));
  const from = performance.now();
  const before = await done();
  await wait(ms);
  const after = await done();
  return ((after - before) * 1_000) / (performance.now() - from);
}

/** Connected, at least so many taken, and all of them acknowledged. */
async function settled(http: string, messages: number): Promise<void> {
  let before = -1;
  for (;;) {
    const [up, taken, waiting] = await Promise.all(
      ["up", "messages_total", "waiting"].map((name) => figure(http, name)),
    );
    if (up === 1 && waiting === 0 && taken === before && taken >= messages) return;
    before = taken ?? 0;
    await wait(taken !== undefined && taken >= messages ? 50 : 20);
  }
}
