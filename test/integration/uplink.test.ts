import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayProcess, startGateway } from "../support/gateway-process.ts";
import { type Session, signIn } from "../support/screen.ts";
import { CH4, cddy, cdss, fileText, MINE, nameOf, said } from "../support/text-files.ts";
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

  it("killed again and again, and cut off between, brings every file once, and counts each refusal once", async () => {
    const first = await counters();
    const before = first["accepted"] ?? 0;
    const begin = Date.now() - 3_600_000;
    const FILES = 400;
    line.cut();
    for (let i = 0; i < FILES; i++) {
      if (i === 100 || i === 250) {
        await uplink.end("SIGKILL");
        uplink.start();
      }
      const at = begin + i * 1_000;
      const good = [CH4.replace("A01", "B01"), "甲烷", "x", `${(i % 9) / 10}`, "%CH4", "0", said(at)];
      const spoilt = [CH4.replace("A01", "B02"), "甲烷", "x", "断线", "%CH4", "0", said(at)];
      await put(nameOf("CDSS", at), fileText(at, i % 5 === 0 ? [good, spoilt] : [good]));
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
    const grown = async () => {
      const now = await counters();
      const names = ["files:taken", "files:partly", "files:duplicate", "rejected", "rejected:number"];
      return names.map((name) => (now[name] ?? 0) - (first[name] ?? 0));
    };
    await expect.poll(grown, { timeout: 60_000 }).toEqual([FILES - 80, 80, 0, 80, 80]);
    expect(await uplink.peak()).toBeLessThan(100);
  });

  it("has what it refused at the mine on the mine's page, in the figures and on the acceptance record", async () => {
    const get = async (path: string): Promise<Json> =>
      (
        await fetch(`${gateway.http}/api/v1/mines/${MINE}${path}`, { headers: { cookie: duty.cookie } })
      ).json();
    const { rejects } = await get("");
    expect(rejects.at(-1)).toMatchObject({
      topic: "safety/files",
      code: "number",
      reason: expect.stringMatching(/^第3行: 测点值“断线”不是数字/),
    });
    const { items } = await get("/check?hours=1");
    const { state, samples, remedy } = (items as Json[]).find(({ check }) => check === "rejects");
    const text = (samples as Json[]).map(({ zh }) => zh).join("\n");
    expect(state).toBe("bad");
    expect(text).toMatch(/部分采用 80 个/);
    expect(text).toMatch(/数值不是数字 × 80，占 1\d\.\d %：safety\/files 第3行/);
    expect(remedy.zh).toContain("状态位");
    const metrics = await (await fetch(`${gateway.http}/metrics`)).text();
    expect(metrics).toContain(`davylamp_mine_counters{mine_reason="${MINE}:rejected:number"} 80`);
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
