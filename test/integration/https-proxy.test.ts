import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { generate } from "selfsigned";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { freePort } from "../support/free-port.ts";
import type { Json } from "../support/web-client.ts";
import { createHouse, nextAlarm, passwordOf } from "../support/web-ports.ts";
import { type OpenWeb, openWeb } from "../support/web-room.ts";

const NGINX = "/usr/sbin/nginx";
const missing = existsSync(NGINX) ? null : "no nginx: Debian's nginx-light";
if (missing !== null) console.log(`skipped: ${missing}`);

/** Other machines than the proxy's, as far as one machine can be several. */
const [CLIENT, OTHER] = ["127.0.0.2", "127.0.0.3"];
const trusting = new Agent({ rejectUnauthorized: false });

describe.skipIf(missing !== null)("the proxy of docs/OPERATIONS.md, run by a real nginx", () => {
  const house = createHouse();
  let dir: string;
  let open: OpenWeb;
  let port: number;
  let end: () => Promise<void> = async () => {};
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "davylamp-proxy-"));
    open = await openWeb(house, { proxies: ["127.0.0.1"] });
    port = await freePort();
    const pems = await generate([{ name: "commonName", value: "localhost" }], { keyType: "ec" });
    await writeFile(join(dir, "davylamp.crt"), pems.cert);
    await writeFile(join(dir, "davylamp.key"), pems.private);
    await writeFile(join(dir, "nginx.conf"), await asWritten());
    const nginx = spawn(NGINX, ["-p", dir, "-c", join(dir, "nginx.conf")], { stdio: "ignore" });
    end = async () => {
      const gone = once(nginx, "exit");
      nginx.kill();
      await gone;
    };
    const status = () =>
      ask("GET", "/health/live")
        .then((answer) => answer.status)
        .catch(() => 0);
    while ((await status()) !== 200) await wait(30);
  });
  afterAll(async () => {
    await end();
    await open.web.stop();
    await rm(dir, { recursive: true, force: true });
  });

  /** The page's own lines, with our port, files and gateway in them. */
  async function asWritten(): Promise<string> {
    const page = await readFile("docs/OPERATIONS.md", "utf8");
    const [, lines = ""] = /```nginx\n([\s\S]*?)```/.exec(page) ?? [];
    const server = lines
      .replace("listen 443 ssl", `listen 127.0.0.1:${port} ssl`)
      .replace("/etc/ssl/davylamp.crt", join(dir, "davylamp.crt"))
      .replace("/etc/ssl/private/davylamp.key", join(dir, "davylamp.key"))
      .replace("127.0.0.1:8080", `127.0.0.1:${open.port}`);
    const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    const own = places.map((place) => `${place}_temp_path ${join(dir, place)};`).join(" ");
    return `daemon off; master_process off; pid ${join(dir, "pid")}; error_log stderr; events {}\nhttp { access_log off; ${own}\n${server} }`;
  }

  function ask(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
    localAddress = CLIENT,
  ) {
    return new Promise<{ status: number; headers: Json; body: string }>((resolve, reject) => {
      const asked = request(
        { host: "127.0.0.1", localAddress, port, path, method, headers, agent: trusting },
        (answer) => {
          let text = "";
          answer.on("data", (chunk) => {
            text += chunk;
          });
          answer.on("end", () =>
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }),
          );
        },
      );
      asked.on("error", reject);
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
  const login = (name: string, password: string, headers: Record<string, string> = {}, from = CLIENT) =>
    ask(
      "POST",
      "/api/v1/sessions",
      { name, password },
      { "content-type": "application/json", ...headers },
      from,
    );

  it("signs a browser in with a cookie that stays with HTTPS, and carries alarms to its screen", async () => {
    const origin = `https://127.0.0.1:${port}`;
    const signed = await login("duty", passwordOf("duty"), { origin, host: `127.0.0.1:${port}` });
    expect([signed.status, String(signed.headers["set-cookie"])]).toEqual([
      201,
      expect.stringContaining("Secure"),
    ]);
    const cookie = String(signed.headers["set-cookie"]).split(";")[0] as string;
    const { csrf } = JSON.parse(signed.body) as { csrf: string };
    const made = await ask("POST", "/api/v1/tickets", undefined, {
      origin,
      host: `127.0.0.1:${port}`,
      cookie,
      "x-csrf-token": csrf,
    });
    const { ticket } = JSON.parse(made.body) as { ticket: string };
    const screen = new WebSocket(`wss://127.0.0.1:${port}/ws/v1/alarms`, "davylamp.alarms.v1", {
      agent: trusting,
      origin,
    });
    const got: Json[] = [];
    screen.on("message", (data) => got.push(JSON.parse(String(data))));
    await once(screen, "open");
    screen.send(JSON.stringify({ type: "hello", v: 1, ticket, consumer: "wall" }));
    await expect.poll(() => got.map(({ type }) => type)).toContain("welcome");
    const alarm = nextAlarm();
    house.raise(alarm);
    await expect.poll(() => got.find(({ type }) => type === "event")?.alarm.id).toBe(alarm.id);
    screen.terminate();
  });

  it("counts wrong tries of each client by its own address, whatever it says of that", async () => {
    for (let i = 0; i < 20; i++)
      expect((await login(`guess${i}`, "no", { "x-forwarded-for": `203.0.113.${i}` })).status).toBe(401);
    expect((await login("other", "no", { "x-forwarded-for": "198.51.100.1" })).status).toBe(429);
    expect((await login("other", "no", {}, OTHER)).status).toBe(401);
  });
});
