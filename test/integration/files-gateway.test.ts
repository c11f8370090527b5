import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { encodeGb18030 } from "../../src/wire/gb18030.ts";
import { type GatewayProcess, startGateway } from "../support/gateway-process.ts";
import { type Session, signIn } from "../support/screen.ts";
import { CH4, cddy, cdss, fileText, MINE, nameOf, said } from "../support/text-files.ts";
import type { Json } from "../support/web-client.ts";

describe("a gateway that reads a mine's folder", () => {
  let dir: string;
  let gateway: GatewayProcess;
  let duty: Session;
  const folder = () => join(dir, "in", MINE, "safety");
  const start = async () => {
    gateway = await startGateway({ data: join(dir, "data"), config: join(dir, "config") });
    duty = await signIn(gateway.http, "duty");
  };
  const get = async (path: string): Promise<Json> => {
    const response = await fetch(`${gateway.http}/api/v1/${path}`, { headers: { cookie: duty.cookie } });
    return (await response.json()) as Json;
  };
  const put = async (name: string, content: string | Uint8Array) => writeFile(join(folder(), name), content);
  const files = async (to: "done" | "bad" | "."): Promise<string[]> =>
    (await readdir(join(folder(), to), { recursive: to !== ".", withFileTypes: true }).catch(() => []))
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .sort();
  const counters = async () => (await get(`mines/${MINE}`)).counters as Record<string, number>;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "davylamp-folder-"));
    await cp("config", join(dir, "config"), { recursive: true });
    const change = async (name: string, more: object) => {
      const path = join(dir, "config", name);
      await writeFile(path, stringify({ ...(parse(await readFile(path, "utf8")) as object), ...more }));
    };
    await change("gateway.yaml", { files: { root: join(dir, "in"), poll: "200ms" } });
    await change(`mines/${MINE}.yaml`, { files: { safety: {} } });
    await mkdir(folder(), { recursive: true });
    await start();
  });
  afterAll(async () => {
    await gateway?.kill("SIGTERM");
    await rm(dir, { recursive: true, force: true });
  });

  it("raises the alarm that a file in GBK speaks of, and moves the file when both logs have it", async () => {
    const now = Date.now();
    await put(nameOf("CDDY", now), encodeGb18030(cddy(now)));
    await put(nameOf("CDSS", now), encodeGb18030(cdss(now, 1.62)));
    await expect
      .poll(() => get(`alarms?mine=${MINE}&class=over-limit&q=${CH4}`).then(({ items }) => items), {
        timeout: 30_000,
      })
      .toMatchObject([{ value: 1.62, state: "unacknowledged", place: "1101采煤工作面T1" }]);
    await expect.poll(() => files("done"), { timeout: 30_000 }).toHaveLength(2);
    expect(await files(".")).toEqual([]);
  });

  it("counts what it refuses with what it refuses of MQTT, shows a sample, and says why beside the file", async () => {
    const now = Date.now();
    const records = [
      [CH4, "甲烷", "x", "0.5", "%CH4", "0", said(now)],
      [CH4, "甲烷", "x", "0.6", "%CH4", "0", `${Math.floor(now / 1000)}`],
    ];
    await put(nameOf("CDSS", now), fileText(now, records));
    await put(nameOf("CDSS", now, "520523017312"), fileText(now, records, "520523017312"));
    await expect.poll(() => files("bad"), { timeout: 30_000 }).toHaveLength(2);
    await expect.poll(counters).toMatchObject({
      "files:partly": 1,
      "files:bad": 1,
      "rejected:time-in-seconds": 1,
      "rejected:mine": 1,
    });
    const rejects = async () => JSON.stringify((await get(`mines/${MINE}`)).rejects);
    await expect.poll(rejects).toContain("应为毫秒");
    const metrics = () => fetch(`${gateway.http}/metrics`).then((response) => response.text());
    await expect.poll(metrics).toContain(`davylamp_files_bad_total{mine="${MINE}"} 1`);
  });

  it("killed again and again while it reads, takes every file once", async () => {
    const before = (await counters())["accepted"] ?? 0;
    const lay = (await files("done")).length;
    const begin = Date.now() - 3_600_000;
    const FILES = 600;
    for (let i = 0; i < FILES; i++) {
      const at = begin + i * 1_000;
      await put(nameOf("CDSS", at), cdss(at, (i % 9) / 10, CH4.replace("A01", "B01")));
    }
    for (const some of [40, 300]) {
      await expect
        .poll(async () => (await files("done")).length - lay, { timeout: 60_000, interval: 5 })
        .toBeGreaterThan(some);
      await gateway.kill("SIGKILL");
      await start();
    }
    await expect.poll(async () => (await files("done")).length - lay, { timeout: 60_000 }).toBe(FILES);
    const after = await counters();
    expect((after["accepted"] ?? 0) - before).toBe(FILES);
    expect(after["files:duplicate"] ?? 0).toBe(0);
  });

  it("takes up another folder without a restart, and says when one is gone", async () => {
    const path = join(dir, "config", `mines/${MINE}.yaml`);
    const mine = parse(await readFile(path, "utf8")) as object;
    await writeFile(path, stringify({ ...mine, files: { safety: {}, fan: { folder: join(dir, "fan") } } }));
    await expect
      .poll(() => get("alarms?class=gateway&q=files-stuck").then(({ items }) => JSON.stringify(items)), {
        timeout: 60_000,
      })
      .toContain("ENOENT");
    const { stdout } = await promisify(execFile)("node", [
      "dist/main.js",
      "check",
      "--json",
      "--config",
      join(dir, "config"),
    ]).catch((error: { stdout: string }) => error);
    expect(JSON.parse(stdout).faults).toMatchObject([
      { file: `mines/${MINE}.yaml`, what: expect.stringContaining("is not there") },
    ]);
    await symlink(folder(), join(dir, "fan"));
    const again = await promisify(execFile)("node", [
      "dist/main.js",
      "check",
      "--json",
      "--config",
      join(dir, "config"),
    ]).catch((error: { stdout: string }) => error);
    expect(JSON.parse(again.stdout).faults).toMatchObject([
      { what: expect.stringContaining("by another name") },
    ]);
  });
});
