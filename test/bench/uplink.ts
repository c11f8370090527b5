import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { startGateway } from "../support/gateway-process.ts";
import { signIn } from "../support/screen.ts";
import { cddy, fileText, MINE, nameOf, said } from "../support/text-files.ts";
import { createUplink } from "../support/uplink.ts";
import type { Json } from "../support/web-client.ts";

const POINTS = 200;
const CYCLE = 30_000;
/** Files that lie in the folder at most: days pass as fast as the uplink reads. */
const AHEAD = 256;

export interface UplinkFigures {
  readonly files: number;
  /** Resident at most, in MiB. */
  readonly offline: number;
  readonly draining: number;
  readonly queueBytes: number;
  readonly readPerSecond: number;
  readonly drainedPerSecond: number;
}

/** Days of a mine's files behind a line on which nobody answers, then all of them to a gateway on the same machine. */
export async function benchUplink(config: string, days: number): Promise<UplinkFigures> {
  const root = await mkdtemp(join(tmpdir(), "davylamp-bench-uplink-"));
  const folder = join(root, "in");
  await mkdir(folder);
  const gateway = await startGateway({ data: join(root, "gateway"), config });
  const line = await openHeldLine(gateway.mqttPort);
  const args = ["--folder", folder, "--mine", MINE, "--data", join(root, "data"), "--url", line.url];
  const uplink = createUplink(args, { DAVYLAMP_PASSWORD: `demo-${MINE}` });
  const files = (days * 86_400_000) / CYCLE;
  try {
    const { cookie } = await signIn(gateway.http, "duty");
    const accepted = async (): Promise<number> => {
      const response = await fetch(`${gateway.http}/api/v1/mines/${MINE}`, { headers: { cookie } });
      return ((await response.json()) as Json).counters.accepted ?? 0;
    };
    uplink.start();
    const offlineSince = performance.now();
    await writeDays(folder, files);
    const readPerSecond = (files * 1_000) / (performance.now() - offlineSince);
    const offline = await uplink.peak();
    const queueBytes = await bytesIn(join(root, "data", "queue"));
    await uplink.forgetPeak();
    line.mend();
    while ((await accepted()) === 0) await wait(20);
    const from = performance.now();
    while ((await accepted()) < files * POINTS) await wait(50);
    const drainedPerSecond = (files * 1_000) / (performance.now() - from);
    return { files, offline, draining: await uplink.peak(), queueBytes, readPerSecond, drainedPerSecond };
  } finally {
    await uplink.end("SIGTERM");
    line.close();
    await gateway.kill("SIGTERM");
    await rm(root, { recursive: true, force: true });
  }
}

/** Ends when all of them are read. */
async function writeDays(folder: string, files: number): Promise<void> {
  const begin = Math.floor(Date.now() / CYCLE) * CYCLE - files * CYCLE;
  const codes = Array.from({ length: POINTS }, (_, i) => `${MINE}01MN0001${String(i).padStart(3, "0")}A01`);
  await writeFile(join(folder, nameOf("CDDY", begin)), cddy(begin, ...codes));
  const lying = async () => (await readdir(folder)).filter((name) => name.endsWith(".txt")).length;
  for (let i = 0; i < files; i++) {
    const at = begin + i * CYCLE;
    const records = codes.map((code, n) => [
      code,
      "甲烷",
      "1101采煤工作面T1",
      `0.${10 + ((i + n) % 50)}`,
      "%CH4",
      "0",
      said(at),
    ]);
    await writeFile(join(folder, nameOf("CDSS", at)), fileText(at, records));
    if (i % (AHEAD / 2) === 0) while ((await lying()) > AHEAD / 2) await wait(10);
  }
  while ((await lying()) > 0) await wait(20);
}

async function bytesIn(dir: string): Promise<number> {
  const names = await readdir(dir);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(dir, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** A line that takes every connection and answers none, until it is mended. */
async function openHeldLine(port: number) {
  const sockets = new Set<Socket>();
  let open = false;
  const held = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    sockets.add(socket);
    if (open) through(socket);
  });
  const through = (socket: Socket) => {
    const to = connect(port, "127.0.0.1");
    to.on("error", () => socket.destroy());
    socket.pipe(to).pipe(socket);
  };
  held.listen(0, "127.0.0.1");
  await once(held, "listening");
  return {
    url: `mqtt://127.0.0.1:${(held.address() as AddressInfo).port}`,
    mend(): void {
      open = true;
      for (const socket of sockets) through(socket);
    },
    close(): void {
      for (const socket of sockets) socket.destroy();
      held.close();
    },
  };
}
