import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayProcess, startGateway } from "../support/gateway-process.ts";
import { type Session, signIn } from "../support/screen.ts";
import { CH4, cddy, cdss, MINE, nameOf } from "../support/text-files.ts";
import { createUplink, openCutLine, uplinkFlags } from "../support/uplink.ts";
import type { Json } from "../support/web-client.ts";

describe("an uplink on a mine's computer", () => {
  let dir: string;
  let gateway: GatewayProcess;
  let duty: Session;
  let line: Awaited<ReturnType<typeof openCutLine>>;
  let uplink: ReturnType<typeof createUplink>;

  const counters = async (): Promise<Record<string, number>> => {
    const response = await fetch(`${gateway.http}/api/v1/mines/${MINE}`, {
      headers: { cookie: duty.cookie },
    });
    return ((await response.json()) as Json).counters;
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
    line = await openCutLine();
    const args = ["--folder", join(dir, "in"), "--mine", MINE, "--data", join(dir, "data")];
    args.push("--url", `${gateway.http.replace("http", "ws")}/mqtt`, "--proxy", line.url);
    uplink = createUplink(args, { DAVYLAMP_PASSWORD: `demo-${MINE}` });
    uplink.start();
  });
  afterAll(async () => {
    await uplink.end("SIGTERM");
    line.close();
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
    await expect.poll(alarms, { timeout: 60_000 }).toMatchObject([{ value: 1.62 }]);
    expect(line.asked()).toBeGreaterThan(0);
  });

  it("killed again and again, and cut off between, brings every file once", async () => {
    const before = (await counters())["accepted"] ?? 0;
    const begin = Date.now() - 3_600_000;
    const FILES = 400;
    line.cut();
    for (let i = 0; i < FILES; i++) {
      if (i === 100 || i === 250) {
        await uplink.end("SIGKILL");
        uplink.start();
      }
      await put(
        nameOf("CDSS", begin + i * 1_000),
        cdss(begin + i * 1_000, (i % 9) / 10, CH4.replace("A01", "B01")),
      );
    }
    await expect.poll(done, { timeout: 60_000 }).toBeGreaterThanOrEqual(FILES);
    expect((await counters())["accepted"] ?? 0).toBe(before);
    line.mend();
    await expect
      .poll(async () => (await counters())["accepted"] ?? 0, { timeout: 60_000 })
      .toBeGreaterThan(before + 50);
    await uplink.end("SIGKILL");
    uplink.start();
    await expect
      .poll(async () => ((await counters())["accepted"] ?? 0) - before, { timeout: 60_000 })
      .toBe(FILES);
    expect(await uplink.peak()).toBeLessThan(100);
  });

  it("is kept small by the same flags under Windows as here", async () => {
    expect(await readFile("docs/UPLINK.md", "utf8")).toContain(
      `<arguments>${uplinkFlags().join(" ")} node_modules`,
    );
    expect(uplinkFlags()).toContain("--max-old-space-size=48");
  });

  it("keeps a log that the mine's own people can read", async () => {
    await put(nameOf("CDSS", Date.now(), "520523017399"), "x");
    const log = () => readFile(join(dir, "data", "uplink.log"), "utf8");
    await expect.poll(log, { timeout: 30_000 }).toMatch(/启动 davylamp uplink.*煤矿 520523017311/);
    expect(await log()).toContain("已连接");
    expect(await log()).toMatch(/连接中断: .*数据保存在本机/);
  });
});
