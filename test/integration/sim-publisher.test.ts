import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectTcp, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Link, openLink } from "../../src/cli/simulate/link.ts";
import { offline, will } from "../../src/cli/simulate/payload.ts";
import { simulate } from "../../src/cli/simulate.ts";
import { decode } from "../../src/wire/decode.ts";
import { parseTopic } from "../../src/wire/topic.ts";
import { freePort } from "../support/free-port.ts";

const MINE = "520523017311";
const BROKER = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"].find(
  (path) => spawnSync(path, ["-h"]).error === undefined,
);
if (BROKER === undefined) console.log("skipped: the simulator against mosquitto (it is not installed)");

interface Heard {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: number;
  readonly retain: boolean;
  readonly dup: boolean;
}

describe.skipIf(BROKER === undefined)("the simulator's publisher on mosquitto", () => {
  let folder: string;
  let port: number;
  let broker: ChildProcess;
  const ends: (() => unknown)[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "davylamp-sim-"));
    port = await freePort();
    broker = await start();
  });

  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
    await stop(broker);
    rmSync(folder, { recursive: true });
  });

  /** A listener on `port`, with the passwords of `users` when there are any. */
  async function start(users: Record<string, string> = {}): Promise<ChildProcess> {
    const passwords = join(folder, "passwords");
    const names = Object.entries(users);
    writeFileSync(passwords, names.map(([user, password]) => passwordLine(user, password)).join(""));
    const access =
      names.length === 0 ? "allow_anonymous true" : `allow_anonymous false\npassword_file ${passwords}`;
    // With root's rights dropped it could not read its own temporary folder.
    const lines = [`listener ${port} 127.0.0.1`, access, "persistence false", "user root", "log_dest stderr"];
    writeFileSync(join(folder, "mosquitto.conf"), `${lines.join("\n")}\n`);
    const child = spawn(BROKER!, ["-c", join(folder, "mosquitto.conf")], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let told = "";
    // Kept open: a broker whose log is closed dies of its next line.
    child.stderr!.on("data", (chunk) => {
      told += chunk;
    });
    const gone = once(child, "exit").then(() =>
      Promise.reject(new Error(`mosquitto did not start: ${told}`)),
    );
    gone.catch(() => {});
    await Promise.race([answers(port), gone]);
    return child;
  }

  async function listen(): Promise<{
    heard: Heard[];
    until: (holds: (heard: Heard[]) => boolean) => Promise<void>;
  }> {
    const heard: Heard[] = [];
    let look = () => {};
    const client: MqttClient = connect(`mqtt://127.0.0.1:${port}`, {
      clientId: "listener",
      username: "listener",
      password: "x",
    });
    ends.push(() => client.endAsync(true));
    client.on("message", (topic, payload, { qos, retain, dup }) => {
      heard.push({ topic, payload, qos, retain, dup });
      look();
    });
    await new Promise<void>((resolve) => client.once("connect", () => resolve()));
    await client.subscribeAsync("mine/#", { qos: 1 });
    const until = (holds: (heard: Heard[]) => boolean) =>
      new Promise<void>((resolve) => {
        look = () => holds(heard) && resolve();
        look();
      });
    return { heard, until };
  }

  function run(options: Partial<Parameters<typeof simulate>[0]>) {
    const printed: string[] = [];
    let look = () => {};
    const stop = new AbortController();
    const outside = {
      print: (line: string) => {
        printed.push(line);
        look();
      },
      signal: stop.signal,
    };
    const ended = simulate({ url: `mqtt://127.0.0.1:${port}`, mines: 2, rate: 600, ...options }, outside);
    ends.push(() => {
      stop.abort();
      return ended;
    });
    const says = (words: RegExp) =>
      new Promise<void>((resolve) => {
        look = () => printed.some((line) => words.test(line)) && resolve();
        look();
      });
    return { printed, stop, ended, says };
  }

  it("publishes at QoS 1 what the contract reads without a complaint, and takes its leave", async () => {
    const { heard, until } = await listen();
    const { stop, ended } = run({});
    const kinds = ["points", "readings", "people", "status"];
    await until((all) => kinds.every((kind) => all.some(({ topic }) => topic.endsWith(`/${kind}`))));
    stop.abort();
    expect(await ended).toBe(0);
    await until((all) => all.at(-1)?.payload.toString().includes('"online":false') ?? false);
    expect(heard.filter(({ qos }) => qos !== 1)).toEqual([]);
    const complaints = heard.flatMap(({ topic, payload }) => {
      const parsed = parseTopic(topic);
      if (!parsed.ok) return [`${topic}: ${parsed.why}`];
      const body = decode(parsed.kind, parsed.system, payload);
      if (body.kind === "unusable") return [`${topic}: ${body.reason}`];
      const bad =
        "columns" in body ? body.columns.bad !== null : "rejected" in body && body.rejected.length > 0;
      return bad ? [`${topic}: ${payload}`] : [];
    });
    expect(complaints).toEqual([]);
  });

  it("leaves point tables and the farewell retained, and tells the Last Will when its line is torn", async () => {
    const { stop, ended, says } = run({});
    await says(/connected ·/);
    stop.abort();
    await ended;
    const { heard, until } = await listen();
    const isStatus = ({ topic }: Heard) => topic === `mine/v1/${MINE}/status`;
    await until((all) => all.length >= 10 && all.some(isStatus));
    expect(heard.every(({ retain }) => retain)).toBe(true);
    const status = heard.find(isStatus);
    expect(JSON.parse(status!.payload.toString())).toMatchObject({ online: false });
    const torn = link({ port });
    ends.push(() => torn.line.close(offline(MINE, 0), 100));
    await torn.up;
    torn.line.cut();
    await until((all) => all.at(-1)?.payload.toString() === '{"online":false}');
  });

  it("sends again, in order, what a broker that died had not acknowledged", async () => {
    const proxy = await holdingProxy(port);
    ends.push(proxy.close);
    const { heard, until } = await listen();
    const { line, up } = link({ port: proxy.port });
    ends.push(() => line.close(offline(MINE, 0), 100));
    await up;
    proxy.hold();
    const topic = `mine/v1/${MINE}/safety/events`;
    for (let i = 0; i < 100; i++) line.send({ topic, payload: `${i}`, retain: false, readings: 0 });
    await until((all) => all.filter((one) => one.topic === topic).length >= 20);
    expect(line.waiting).toBeGreaterThanOrEqual(100);
    proxy.cut();
    await until((all) => all.some(({ payload }) => payload.toString() === "99"));
    // What the broker has acknowledged is still on its way to who listens, but before this.
    await proxy.quiet(() => line.waiting === 0);
    line.send({ topic, payload: "last", retain: false, readings: 0 });
    await until((all) => all.some(({ payload }) => payload.toString() === "last"));
    await proxy.quiet(() => line.waiting === 0);
    const numbers = heard
      .filter((one) => one.topic === topic && one.payload.toString() !== "last")
      .map(({ payload }) => Number(payload));
    expect(new Set(numbers).size).toBe(100);
    const again = numbers.lastIndexOf(0);
    expect(numbers.slice(again)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect([line.waiting, line.dropped]).toEqual([0, 0]);
  });

  it("waits for a broker that is not there and says so once, then fills the gap", async () => {
    const { until } = await listen();
    const absent = await freePort();
    const { printed, says } = run({ url: `mqtt://127.0.0.1:${absent}`, mines: 6 });
    await says(/no broker there: connection refused/);
    await says(/[1-9]\d* readings kept for later/);
    const proxy = await holdingProxy(port, absent);
    ends.push(proxy.close);
    await until((all) => all.some(({ topic }) => topic.endsWith("/backfill")));
    expect(printed.filter((line) => line.includes("connection refused"))).toEqual([
      `${MINE}, 520523017312, 520523017313 and 3 more: no broker there: connection refused; trying again`,
    ]);
  });

  it("says that a broker refused, and whom", async () => {
    await stop(broker);
    broker = await start({ [MINE]: `demo-${MINE}`, 520523017312: "other" });
    const { says } = run({});
    await says(/^520523017312: the broker refused: not authorised/);
    await says(/^1\/2 mines connected/);
  });

  /** One bare line of a mine. */
  function link({ port: to }: { port: number }): { line: Link; up: Promise<void> } {
    let ready = () => {};
    const up = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const line = openLink({
      url: `mqtt://127.0.0.1:${to}`,
      clientId: `${MINE}-torn`,
      user: MINE,
      password: "",
      ca: null,
      will: will(MINE),
      rejects: `mine/v1/${MINE}/out/rejects`,
      first: () => [],
      onUp: () => ready(),
      onTrouble: () => {},
      onReject: () => {},
    });
    return { line, up };
  }
});

describe("the simulate command", () => {
  const wrong = async (options: object) => {
    const printed: string[] = [];
    const code = await simulate(
      { url: "mqtt://127.0.0.1:1", ...options },
      { print: (line) => printed.push(line) },
    );
    return [code, printed.join("\n")];
  };

  it("names what is wrong with its options and ends with 2", async () => {
    expect(await wrong({ url: "http://127.0.0.1" })).toEqual([2, expect.stringContaining("--url")]);
    expect(await wrong({ mines: 0 })).toEqual([2, expect.stringContaining("--mines 0")]);
    expect(await wrong({ points: 1.5 })).toEqual([2, expect.stringContaining("--points 1.5")]);
    expect(await wrong({ rate: 0 })).toEqual([2, expect.stringContaining("--rate 0")]);
    expect(await wrong({ scenario: "sunshine" })).toEqual([2, expect.stringMatching(/sunshine.*fan-stop/)]);
    expect(await wrong({ ca: "/nowhere" })).toEqual([2, expect.stringContaining("/nowhere")]);
  });

  it("lists the scenarios and ends with 0", async () => {
    expect(await wrong({ scenario: "list" })).toEqual([
      0,
      expect.stringMatching(/^normal .*\n(.*\n)*flood /),
    ]);
  });
});

/** A line of mosquitto's password file: SHA-512 of the password and a salt. */
function passwordLine(user: string, password: string): string {
  const salt = randomBytes(12);
  const hash = createHash("sha512").update(password).update(salt).digest("base64");
  return `${user}:$6$${salt.toString("base64")}$${hash}\n`;
}

/** Resolves when somebody listens there. */
async function answers(port: number): Promise<void> {
  for (;;) {
    const socket = connectTcp(port, "127.0.0.1");
    const open = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill();
  await gone;
}

/** Passes bytes both ways; `hold` keeps back what the broker answers, `cut` tears every connection. */
async function holdingProxy(to: number, at = 0) {
  const sockets = new Set<Socket>();
  let held = false;
  const server = createServer((near) => {
    const far = connectTcp(to, "127.0.0.1");
    const mine = !held;
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.on("data", (bytes) => far.write(bytes));
    far.on("data", (bytes) => {
      if (!(held && mine)) near.write(bytes);
    });
  }).listen(at, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const tear = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    hold: () => {
      held = true;
    },
    cut: tear,
    quiet: (holds: () => boolean) =>
      new Promise<void>((resolve) => {
        const look = () => (holds() ? resolve() : setImmediate(look));
        look();
      }),
    close: async () => {
      tear();
      server.close();
      await once(server, "close");
    },
  };
}
