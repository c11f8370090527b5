import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type Server } from "node:tls";
import { generate as selfsigned } from "selfsigned";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { iso } from "../../src/wire/time.ts";
import { type GatewayProcess, startGateway } from "../support/gateway-process.ts";
import { type Session, signIn } from "../support/screen.ts";
import { CH4, cddy, cdss, MINE, nameOf } from "../support/text-files.ts";
import { createUplink } from "../support/uplink.ts";
import type { Json } from "../support/web-client.ts";

const named = (name: string) => [{ name: "commonName", value: name }];
const SIGNED = { keyType: "ec", algorithm: "sha256" } as const;
const HERE = [
  { type: 2, value: "localhost" },
  { type: 7, ip: "127.0.0.1" },
] as const;

describe("an uplink over TLS with a county's own CA", () => {
  let dir: string;
  let gateway: GatewayProcess;
  let front: Server;
  let duty: Session;
  let uplink: ReturnType<typeof createUplink>;
  const file = (name: string) => join(dir, name);

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "davylamp-uplink-tls-"));
    const authority = (name: string) =>
      selfsigned(named(name), { ...SIGNED, extensions: [{ name: "basicConstraints", cA: true }] });
    const [ca, other] = await Promise.all([authority("county"), authority("another county")]);
    const server = await selfsigned(named("gateway"), {
      ...SIGNED,
      ca: { key: ca.private, cert: ca.cert },
      extensions: [{ name: "subjectAltName", altNames: [...HERE] }],
    });
    const pems = {
      "ca.pem": ca.cert,
      "other.pem": other.cert,
      "own.pem": server.cert,
      "own.key": server.private,
    };
    for (const [name, pem] of Object.entries(pems)) await writeFile(file(name), pem);
    await cp("config", file("config"), { recursive: true });
    const path = file("config/gateway.yaml");
    const listener = { kind: "tls", host: "127.0.0.1", certFile: file("own.pem"), keyFile: file("own.key") };
    const listeners = [{ ...listener, clientCertificate: "none" }];
    await writeFile(path, stringify({ ...(parse(await readFile(path, "utf8")) as object), listeners }));
    gateway = await startGateway({ data: file("gateway"), config: file("config") });
    duty = await signIn(gateway.http, "duty");
    // As where a web server of the county's stands before the gateway.
    front = createServer({ cert: server.cert, key: server.private }, (socket) => {
      const to = connect(Number(new URL(gateway.http).port), "127.0.0.1");
      for (const one of [socket, to]) one.on("error", () => {});
      socket.pipe(to).pipe(socket);
    });
    front.on("tlsClientError", () => {});
    front.listen(0, "127.0.0.1");
    await once(front, "listening");
  });
  afterEach(() => uplink.end("SIGTERM"));
  afterAll(async () => {
    front.close();
    await gateway.kill("SIGTERM");
    await rm(dir, { recursive: true, force: true });
  });

  const urls = {
    mqtts: () => `mqtts://localhost:${gateway.mqttPort}`,
    wss: () => `wss://127.0.0.1:${(front.address() as AddressInfo).port}/mqtt`,
  };
  let runs = 0;
  /** With a file that lies there already. */
  async function start(url: string, ca: string | null, password = `demo-${MINE}`) {
    const own = file(`uplink-${++runs}`);
    await mkdir(join(own, "in"), { recursive: true });
    // No two of them in one second: what the one before brought must not be taken for its own.
    const at = (Math.floor(Date.now() / 1_000) - 60 + 5 * runs) * 1_000;
    await writeFile(join(own, "in", nameOf("CDDY", at)), cddy(at));
    await writeFile(join(own, "in", nameOf("CDSS", at)), cdss(at, 0.31));
    const args = ["--folder", join(own, "in"), "--mine", MINE, "--data", join(own, "data"), "--url", url];
    uplink = createUplink([...args, ...(ca === null ? [] : ["--ca", file(ca)])], {
      DAVYLAMP_PASSWORD: password,
    });
    uplink.start();
    return { at, log: () => readFile(join(own, "data", "uplink.log"), "utf8").catch(() => "") };
  }
  const newest = async (): Promise<string | undefined> => {
    const headers = { cookie: duty.cookie };
    const response = await fetch(`${gateway.http}/api/v1/points/${MINE}:safety:${CH4}`, { headers });
    return ((await response.json()) as Json).at;
  };
  const arrived = (at: number) => expect.poll(newest, { timeout: 60_000 }).toBe(iso(at));
  const told = (log: () => Promise<string>, words: RegExp) =>
    expect.poll(log, { timeout: 60_000 }).toMatch(words);

  it.each(["mqtts", "wss"] as const)("brings its files over %s://", async (way) => {
    const { at, log } = await start(urls[way](), "ca.pem");
    await arrived(at);
    await told(log, /已连接/);
  });

  it.each(["mqtts", "wss"] as const)(
    "sends nothing over %s:// to who shows another CA's certificate, and says what to do",
    async (way) => {
      const before = await newest();
      const { log } = await start(urls[way](), "other.pem");
      await told(
        log,
        /不是 caFile 中的 CA 签发的, 未发送任何数据: .*向县级管理人员索取正确的 CA 证书文件, 替换 caFile/,
      );
      expect(await log()).not.toContain("已连接");
      expect(await newest()).toBe(before);
    },
  );

  it("asks for the CA where none is given, and for the right password", async () => {
    const without = await start(urls.mqtts(), null);
    await told(without.log, /请向县级管理人员索取 CA 证书文件, 写入 caFile/);
    await uplink.end("SIGTERM");
    const stranger = await start(urls.wss(), "ca.pem", "wrong");
    await told(stranger.log, /网关拒绝登录, 用户或口令不对: .*davylamp mine token/);
  });
});
