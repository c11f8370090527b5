import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Provider, startProvider } from "../support/notify-provider.ts";
import { dingTalk } from "../support/notify-robots.ts";

let dir: string;
let providers: Provider[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "davylamp-doctor-"));
  cpSync("config", dir, { recursive: true });
});
afterEach(async () => {
  await Promise.all(providers.map((provider) => provider.close()));
  providers = [];
  rmSync(dir, { recursive: true });
});

async function provider(...args: Parameters<typeof startProvider>): Promise<Provider> {
  const own = await startProvider(...args);
  providers.push(own);
  return own;
}

/** As an administrator would run it. */
async function doctor(
  args: string[],
  env: Record<string, string>,
): Promise<{ code: number; lines: string[] }> {
  const child = spawn(process.execPath, ["dist/main.js", "doctor", "--notify", "--config", dir, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += String(chunk);
  });
  const [code] = (await once(child, "close")) as [number];
  return { code, lines: said.trim().split("\n") };
}

function configure(channels: string): void {
  const path = join(dir, "gateway.yaml");
  writeFileSync(path, readFileSync(path, "utf8").replace(/^channels: \[\]$/m, `channels:\n${channels}`));
}

const ref = (name: string) => `"\${env:${name}}"`;
const ROBOT = `  - { id: group, kind: dingtalk, url: ${ref("URL")}, secret: ${ref("SECRET")} }\n`;

describe("davylamp doctor --notify", () => {
  it("sends a trial that says so through every channel, and a line for each", async () => {
    const robot = await provider(dingTalk({ secret: "SEC" }).judge);
    const box = await provider(() => ({ json: { ok: true } }));
    configure(
      `${ROBOT}  - { id: sms, kind: sms, url: "${box.url}/", form: { to: "{to}", text: "{text}" }, testTo: "10086" }\n`,
    );
    const env = { URL: `${robot.url}/robot/send?access_token=t`, SECRET: "SEC" };
    const { code, lines } = await doctor(["--to", "sms=10000"], env);
    expect(lines).toEqual(["ok   group (dingtalk): taken, 0", "ok   sms (sms): taken, HTTP 200"]);
    expect(code).toBe(0);
    expect(robot.received.map(({ text }) => text.includes("测试"))).toEqual([true]);
    const form = new URLSearchParams(box.received[0]?.text);
    expect(form.get("to")).toBe("10000");
    expect(form.get("text")).toContain("不是报警");
  });

  it("ends with 1 when one does not take it, and says what the provider said", async () => {
    const robot = await provider(dingTalk({ secret: "another" }).judge);
    configure(
      `${ROBOT}  - { id: mail, kind: email, host: 127.0.0.1, port: 9, tls: none, from: a@b.example }\n`,
    );
    const env = { URL: `${robot.url}/robot/send?access_token=t`, SECRET: "SEC" };
    const { code, lines } = await doctor(["--json"], env);
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { id: "group", ok: false, detail: "not taken: HTTP 200 310000 sign not match" },
      { id: "mail", ok: false, detail: expect.stringContaining("--to mail=ADDRESS") },
    ]);
    expect(code).toBe(1);
  });
});
