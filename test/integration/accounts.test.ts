import { spawn, spawnSync } from "node:child_process";
import { cpSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { connectAsync } from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keptAccounts } from "../../src/app/kept-accounts.ts";
import { accountAdd, accountDisable, accountPassword, accountToken } from "../../src/cli/account.ts";
import { backup, restore } from "../../src/cli/backup.ts";
import { mineToken } from "../../src/cli/mine/credentials.ts";
import { createLogger } from "../../src/lib/logger.ts";
import { shippedCommand } from "../support/gateway-process.ts";

const MINE = "520523017312";
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-accounts-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const made = async (data: string, name: string, role: "admin" | "duty") => {
  const said: string[] = [];
  await accountAdd(name, { data, role, mines: ["*"] }, (line) => said.push(line));
  return /口令 +(\S+?)（/.exec(said.join("\n"))?.[1] ?? "";
};
const opened = (data: string) => keptAccounts({ data, now: () => 1_000, log: createLogger("silent") });

describe("accounts", () => {
  it("are kept as hashes in a file for its owner alone, and no second one takes a name", async () => {
    const data = join(dir, "kept");
    const password = await made(data, "zhang", "admin");
    const path = join(data, "accounts.json");
    expect(password.length).toBeGreaterThanOrEqual(12);
    expect(readFileSync(path, "utf8")).not.toContain(password);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await expect(made(data, "zhang", "duty")).rejects.toThrow("there is an account zhang already");
    await expect(made(data, "../x", "duty")).rejects.toThrow("a name is");
    const { users } = await opened(data);
    expect(await users.verify("zhang", password)).toMatchObject({ role: "admin", mines: ["*"] });
    expect(await users.verify("zhang", `${password}x`)).toBeNull();
    expect(await users.verify("nobody", password)).toBeNull();
    expect(await users.verify("admin", "demo-admin")).toBeNull();
  });

  it("refuse a password that is short or the demo's", async () => {
    const passwordFile = join(dir, "password");
    for (const text of ["short", "demo-administrator"]) {
      writeFileSync(passwordFile, text);
      const options = { data: join(dir, "weak"), role: "admin", mines: ["*"], passwordFile } as const;
      await expect(accountAdd("li", options, () => {})).rejects.toThrow("at least 12 characters");
    }
  });

  it("keep a session over a restart, and end it with a new password, or when disabled, at once", async () => {
    const data = join(dir, "sessions");
    await made(data, "wang", "duty");
    const first = await opened(data);
    const open = async (secret: string) => first.sessions.create(secret, { user: "wang", expires: 2_000 });
    await open("a screen");
    const second = await opened(data);
    expect(await second.sessions.get("a screen")).toMatchObject({ user: { name: "wang", role: "duty" } });
    expect(readFileSync(join(data, "sessions.json"), "utf8")).not.toContain("a screen");
    await accountPassword("wang", { data }, () => {});
    expect(await second.sessions.get("a screen")).toBeNull();
    await open("another");
    await accountDisable("wang", { data, disabled: true }, () => {});
    expect(await first.sessions.get("another")).toBeNull();
  });

  it("hold as they were known when a hand has broken the file", async () => {
    const data = join(dir, "broken");
    const password = await made(data, "zhao", "admin");
    const { users } = await opened(data);
    expect(await users.verify("zhao", password)).not.toBeNull();
    writeFileSync(join(data, "accounts.json"), "{");
    expect(await users.verify("zhao", password)).not.toBeNull();
  });
});

describe("a gateway without --dev", () => {
  it("says how to make the first administrator; then mines get their passwords, and the demo's open nothing", async () => {
    const data = join(dir, "production");
    const config = join(dir, "etc");
    cpSync("config", config, { recursive: true });
    const start = ["start", "--config", config, "--data", data, "--http", "0", "--mqtt", "0", "--json"];
    const [, ...flags] = shippedCommand();
    const [node, command] = [process.execPath, [...flags, "dist/main.js"]];
    const refused = spawnSync(node, [...command, ...start], { encoding: "utf8" });
    expect(refused.status).toBe(78);
    expect(refused.stderr).toContain(`davylamp account add NAME --role admin --data ${resolve(data)}`);
    const password = await made(data, "zhang", "admin");
    const gateway = spawn(node, [...command, ...start], { env: { ...process.env, DAVYLAMP_LOG: "silent" } });
    try {
      const line = await new Promise<string>((said) => gateway.stdout.once("data", (d) => said(String(d))));
      const { http: url, mqtt } = JSON.parse(line) as { http: string; mqtt: string[] };
      const token: string[] = [];
      await accountToken("zhang", { data }, (text) => token.push(text));
      process.env["DAVYLAMP_TOKEN"] = /davylamp_\S+/.exec(token.join("\n"))?.[0] ?? "";
      const issued: string[] = [];
      const asked = { url, user: "zhang", note: "", list: false, json: true };
      await mineToken(MINE, asked, (text) => issued.push(text));
      const own = (JSON.parse(issued.join("")) as { password: string }).password;
      const join_ = (said: string) =>
        connectAsync(mqtt[0] ?? "", { clientId: `${MINE}-pc`, username: MINE, password: said });
      await (await join_(own)).endAsync();
      await expect(join_(`demo-${MINE}`)).rejects.toThrow(/Bad username or password/i);
      const demo = await fetch(`${url}/api/v1/sessions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name: "admin", password: "demo-admin" }),
      });
      expect(demo.status).toBe(401);
      const signed = await fetch(`${url}/api/v1/sessions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name: "zhang", password }),
      });
      expect(await signed.json()).toMatchObject({ user: "zhang", role: "admin" });
      await backup({ data, to: join(dir, "backup"), json: true, version: "test" }, () => {});
    } finally {
      delete process.env["DAVYLAMP_TOKEN"];
      gateway.kill("SIGTERM");
      await new Promise((ended) => gateway.once("exit", ended));
    }
    await restore({ from: join(dir, "backup"), data: join(dir, "restored"), json: true }, () => {});
    expect(await (await opened(join(dir, "restored"))).users.verify("zhang", password)).not.toBeNull();
  });

  it("takes no password over http from beyond this machine, unless somebody answers for it", () => {
    const config = join(dir, "open");
    cpSync("config", config, { recursive: true });
    const path = join(config, "gateway.yaml");
    writeFileSync(
      path,
      readFileSync(path, "utf8").replace("http: { host: 127.0.0.1", "http: { host: 0.0.0.0"),
    );
    const [, ...flags] = shippedCommand();
    const [node, command] = [process.execPath, [...flags, "dist/main.js"]];
    const args = ["start", "--config", config, "--data", join(dir, "open-data")];
    const { status, stderr } = spawnSync(node, [...command, ...args], { encoding: "utf8" });
    expect([status, stderr]).toEqual([78, expect.stringContaining("without TLS")]);
  });
});
