import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayProcess, startGateway } from "../support/gateway-process.ts";
import { type Session, signIn } from "../support/screen.ts";
import { CH4, cddy, cdss, MINE, nameOf } from "../support/text-files.ts";
import type { Json } from "../support/web-client.ts";

describe("an uplink on a mine's computer", () => {
  let dir: string;
  let gateway: GatewayProcess;
  let duty: Session;
  let proxy: Server;
  let child: ChildProcess;
  const through = new Set<Socket>();
  let asked = 0;
  let open = true;

  const counters = async (): Promise<Record<string, number>> => {
    const response = await fetch(`${gateway.http}/api/v1/mines/${MINE}`, {
      headers: { cookie: duty.cookie },
    });
    return ((await response.json()) as Json).counters;
  };
  const start = () => {
    const { port } = proxy.address() as AddressInfo;
    const args = ["--folder", join(dir, "in"), "--mine", MINE, "--data", join(dir, "data")];
    args.push("--url", `${gateway.http.replace("http", "ws")}/mqtt`, "--proxy", `http://127.0.0.1:${port}`);
    child = spawn(
      "node",
      ["--max-old-space-size=48", "--max-semi-space-size=2", "dist/main.js", "uplink", ...args],
      {
        env: { ...process.env, DAVYLAMP_PASSWORD: `demo-${MINE}` },
        stdio: "ignore",
      },
    );
  };
  const end = async (signal: NodeJS.Signals) => {
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  };
  const put = (name: string, text: string) => writeFile(join(dir, "in", name), text);
  const done = async () =>
    (await readdir(join(dir, "in", "done"), { recursive: true }).catch(() => [])).filter((one) =>
      one.endsWith(".txt"),
    ).length;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "davylamp-uplink-"));
    await mkdir(join(dir, "in"));
    gateway = await startGateway({ data: join(dir, "gateway"), config: "config" });
    duty = await signIn(gateway.http, "duty");
    proxy = createServer();
    proxy.on("connect", ({ url = "" }, socket: Socket) => {
      asked++;
      if (!open) return void socket.end("HTTP/1.1 503 closed\r\n\r\n");
      const [host, port] = url.split(":");
      const to = connect(Number(port), host, () => socket.write("HTTP/1.1 200 well\r\n\r\n"));
      for (const one of [socket, to]) one.on("error", () => {});
      to.pipe(socket).pipe(to);
      through.add(socket);
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    start();
  });
  afterAll(async () => {
    await end("SIGTERM");
    proxy.close();
    for (const socket of through) socket.destroy();
    await gateway.kill("SIGTERM");
    await rm(dir, { recursive: true, force: true });
  });

  it("sends what files say through a proxy, over WebSocket, and the alarm rings", async () => {
    const now = Date.now();
    await put(nameOf("CDDY", now), cddy(now));
    await put(nameOf("CDSS", now), cdss(now, 1.62));
    const alarms = () =>
      fetch(`${gateway.http}/api/v1/alarms?mine=${MINE}&class=over-limit&q=${CH4}`, {
        headers: { cookie: duty.cookie },
      })
        .then((response) => response.json() as Promise<Json>)
        .then(({ items }) => items);
    await expect.poll(alarms, { timeout: 20_000 }).toMatchObject([{ value: 1.62 }]);
    expect(asked).toBeGreaterThan(0);
  });

  it("killed again and again, and cut off between, brings every file once", async () => {
    const before = (await counters())["accepted"] ?? 0;
    const begin = Date.now() - 3_600_000;
    const FILES = 400;
    open = false;
    for (const socket of through) socket.destroy();
    for (let i = 0; i < FILES; i++) {
      if (i === 100 || i === 250) {
        await end("SIGKILL");
        start();
      }
      await put(
        nameOf("CDSS", begin + i * 1_000),
        cdss(begin + i * 1_000, (i % 9) / 10, CH4.replace("A01", "B01")),
      );
    }
    await expect.poll(done, { timeout: 20_000 }).toBeGreaterThanOrEqual(FILES);
    expect((await counters())["accepted"] ?? 0).toBe(before);
    open = true;
    await expect
      .poll(async () => (await counters())["accepted"] ?? 0, { timeout: 20_000 })
      .toBeGreaterThan(before + 50);
    await end("SIGKILL");
    start();
    await expect
      .poll(async () => ((await counters())["accepted"] ?? 0) - before, { timeout: 25_000 })
      .toBe(FILES);
    const status = await readFile(`/proc/${child.pid}/status`, "utf8");
    expect(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024).toBeLessThan(100);
  });

  it("keeps a log that the mine's own people can read", async () => {
    await put(nameOf("CDSS", Date.now(), "520523017399"), "x");
    const log = () => readFile(join(dir, "data", "uplink.log"), "utf8");
    await expect.poll(log, { timeout: 10_000 }).toMatch(/启动 davylamp uplink.*煤矿 520523017311/);
    expect(await log()).toContain("已连接");
    expect(await log()).toMatch(/连接中断: .*数据保存在本机/);
  });
});
