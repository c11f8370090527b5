import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import mqtt from "mqtt";
import { type Packet, parser } from "mqtt-packet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayProcess, startGateway } from "../support/gateway-process.ts";
import { createMosquitto, type Mosquitto, noMosquitto } from "../support/mosquitto.ts";
import { readingsTopic } from "../support/mqtt-packets.ts";
import { type Session, signIn } from "../support/screen.ts";
import type { Json } from "../support/web-client.ts";

/** Stands between gateway and broker and writes down what the gateway acknowledged. */
async function createWitness(to: () => number) {
  const acknowledged = new Set<string>();
  const server: Server = createServer((gateway) => {
    const broker = connect(to(), "127.0.0.1");
    const payloads = new Map<number, string>();
    follow(broker, gateway, (packet) => {
      if (packet.cmd === "publish") payloads.set(packet.messageId ?? 0, String(packet.payload));
    });
    follow(gateway, broker, (packet) => {
      if (packet.cmd === "puback") acknowledged.add(payloads.get(packet.messageId ?? 0) ?? "");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    acknowledged,
    port: typeof address === "object" && address !== null ? address.port : 0,
    close: () => server.close(),
  };
}

/** Seen before it is handed on: what the other side has, we have too. */
function follow(from: Socket, to: Socket, see: (packet: Packet) => void): void {
  const packets = parser({ protocolVersion: 5 });
  packets.on("packet", see);
  packets.on("error", () => to.destroy());
  from.on("data", (chunk) => {
    packets.parse(chunk);
    to.write(chunk);
  });
  from.on("error", () => to.destroy());
  from.on("close", () => to.destroy());
}

describe.skipIf(noMosquitto !== null)("a gateway behind somebody else's Mosquitto", () => {
  let dir: string;
  let broker: Mosquitto;
  let witness: Awaited<ReturnType<typeof createWitness>>;
  let gateway: GatewayProcess;

  const start = () => startGateway({ data: join(dir, "data"), config: join(dir, "config") });

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "davylamp-receiver-"));
    broker = await createMosquitto(dir);
    await broker.start();
    witness = await createWitness(() => broker.port);
    await cp("config", join(dir, "config"), { recursive: true });
    const path = join(dir, "config", "gateway.yaml");
    const receiver = `receivers: [{ name: county, url: "mqtt://127.0.0.1:${witness.port}", mines: "*" }]`;
    await writeFile(path, `${await readFile(path, "utf8")}\n${receiver}\n`);
    gateway = await start();
  });
  afterAll(async () => {
    await gateway?.kill("SIGTERM");
    await broker?.stop("SIGKILL");
    witness?.close();
    await rm(dir, { recursive: true, force: true });
  });

  /** Sessions of a gateway that was killed are none any more. */
  const sessions = new Map<string, Promise<Session>>();
  async function get(path: string): Promise<Json> {
    const name = path === "system" ? "admin" : "duty";
    const key = `${gateway.http} ${gateway.child.pid} ${name}`;
    const session = sessions.get(key) ?? signIn(gateway.http, name);
    sessions.set(key, session);
    const { cookie } = await session;
    return (await (await fetch(`${gateway.http}/api/v1/${path}`, { headers: { cookie } })).json()) as Json;
  }
  const receiver = async () => (await get("system")).receivers[0] as Json;
  async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await holds())) await wait(100);
  }

  it("has on disk all it acknowledged, though both are killed under load", async () => {
    await until(async () => (await receiver()).connected === true);
    const client = await mqtt.connectAsync(broker.url, { clientId: "publisher", reconnectPeriod: 50 });
    client.on("error", () => {});
    let n = 0;
    let goes = true;
    const publishing = (async () => {
      while (goes) {
        const ts = Date.now();
        const body = JSON.stringify({ ts, readings: [{ p: "HAND-CH4", v: 0.3 }], n: `message ${n++};` });
        await client.publishAsync(readingsTopic(), body, { qos: 1 });
      }
    })();
    const more = () => {
      const goal = witness.acknowledged.size + 60;
      return until(() => witness.acknowledged.size > goal);
    };
    await more();
    await broker.stop("SIGKILL");
    await broker.start();
    await more();
    await gateway.kill("SIGKILL");
    await wait(200);
    gateway = await start();
    await more();
    goes = false;
    await publishing;
    await client.endAsync(true);
    await gateway.kill("SIGKILL");
    const spool = join(dir, "data", "spool");
    const files = (await readdir(spool)).filter((name) => name.endsWith(".spl"));
    const kept = Buffer.concat(await Promise.all(files.map((name) => readFile(join(spool, name)))));
    const missing = [...witness.acknowledged].filter((payload) => !kept.includes(payload));
    expect(missing).toEqual([]);
    expect(witness.acknowledged.size).toBeGreaterThan(180);
    gateway = await start();
  });

  it("shows the broker's state, and raises that it is away and that its session is lost", async () => {
    await until(async () => (await receiver()).connected === true);
    await broker.stop("SIGKILL");
    await until(async () => (await receiver()).connected === false);
    await until(async () => (await rulesOpen()).includes("GW-26"));
    await broker.forget();
    await broker.start();
    await until(async () => (await receiver()).connected === true);
    await until(async () => !(await rulesOpen()).includes("GW-26") && (await rules()).includes("GW-27"));
    const { gaps, lastGap, detail } = await receiver();
    expect([gaps, detail]).toEqual([1, null]);
    const alarms = (await get("alarms?class=gateway&limit=1000")).items as Json[];
    const gap = alarms.find(({ rule }) => rule === "GW-27");
    expect(gap.place).toContain(`${lastGap.from} 至 ${lastGap.to} 之间可能缺数`);
    expect(gap.subject.id).toContain("receiver-gap#county");
    const metrics = await (await fetch(`${gateway.http}/metrics`)).text();
    expect(metrics).toContain('davylamp_receiver_up{receiver="county"} 1');
    expect(metrics).toContain('davylamp_receiver_gaps_total{receiver="county"} 1');
  });

  const listed = async (): Promise<Json[]> => (await get("alarms?class=gateway&limit=1000")).items;
  const rules = async () => (await listed()).map(({ rule }) => rule);
  const rulesOpen = async () =>
    (await listed()).filter(({ returnedAt }) => returnedAt === null).map(({ rule }) => rule);
});
