import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { generate as selfsigned } from "selfsigned";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createWebSocketStream, WebSocket, WebSocketServer } from "ws";
import { clientsOfOneRoom } from "../support/mqtt-clients.ts";
import {
  connectPacket,
  MINE,
  OTHER,
  publishPacket,
  reading,
  readingsTopic,
} from "../support/mqtt-packets.ts";
import { openRoom, type Room } from "../support/mqtt-room.ts";

const here = clientsOfOneRoom();
afterEach(() => here.close());

type Keys = Awaited<ReturnType<typeof selfsigned>>;
const dir = mkdtempSync(join(tmpdir(), "davylamp-mqtt-"));
const file = (name: string) => join(dir, name);
let ca: Keys;
let stranger: Keys;
let mineKeys: Keys;
let strangerKeys: Keys;

const named = (name: string) => [{ name: "commonName", value: name }];
const signed = (name: string, by: Keys) =>
  selfsigned(named(name), { keyType: "ec", algorithm: "sha256", ca: { key: by.private, cert: by.cert } });
const authority = () =>
  selfsigned(named("test CA"), {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [{ name: "basicConstraints", cA: true }],
  });

beforeAll(async () => {
  [ca, stranger] = await Promise.all([authority(), authority()]);
  const server = await signed("localhost", ca);
  [mineKeys, strangerKeys] = await Promise.all([signed(MINE, ca), signed(MINE, stranger)]);
  writeFileSync(file("server.crt"), server.cert);
  writeFileSync(file("server.key"), server.private);
  writeFileSync(file("ca.crt"), ca.cert);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const tlsRoom = (clientCertificate: "required" | "optional" | "none", settings = {}): Promise<Room> =>
  here.room({
    settings,
    listeners: [
      {
        kind: "tls",
        host: "127.0.0.1",
        port: 0,
        certFile: file("server.crt"),
        keyFile: file("server.key"),
        caFile: file("ca.crt"),
        clientCertificate,
      },
    ],
    ports: {
      authenticate: async ({ user, password, certificateName }) =>
        certificateName === MINE || password === `demo-${user}`
          ? { ok: true, mine: user, system: null }
          : { ok: false, reason: "wrong password" },
    },
  });

const url = (room: Room) => `mqtts://127.0.0.1:${room.port}`;
const tls = (keys?: Keys) => ({
  ca: ca.cert,
  servername: "localhost",
  checkServerIdentity: () => undefined,
  ...(keys === undefined ? {} : { cert: keys.cert, key: keys.private }),
});

describe("TLS", () => {
  it("takes a mine by its certificate alone", async () => {
    const room = await tlsRoom("required");
    const mine = await here.client(room, MINE, { ...tls(mineKeys), password: "not asked for" }, url(room));
    await mine.publishAsync(readingsTopic(), reading(), { qos: 1 });
    expect(room.packets.length).toBe(1);
  });

  it("takes a mine by user and password where a certificate is optional", async () => {
    const room = await tlsRoom("optional");
    const mine = await here.client(room, MINE, tls(), url(room));
    await mine.publishAsync(readingsTopic(), reading(), { qos: 1 });
    expect(room.packets.length).toBe(1);
  });

  it("refuses who shows no certificate where one is required", async () => {
    const room = await tlsRoom("required");
    await expect(here.client(room, MINE, tls(), url(room))).rejects.toThrow();
    await room.until(() => room.refusals.length === 1);
    expect(room.refusals[0]?.reason).toBe("TLS handshake failed");
  });

  it("refuses a certificate that our CA did not sign, even where none is required", async () => {
    const room = await tlsRoom("optional");
    await expect(here.client(room, MINE, tls(strangerKeys), url(room))).rejects.toThrow();
    expect(room.refusals).toMatchObject([
      {
        clientId: `${MINE}-js`,
        claimed: MINE,
        reason: expect.stringMatching(/^client certificate not accepted: [A-Z_]+$/),
      },
    ]);
  });

  it("refuses a mine that shows another mine's certificate", async () => {
    const room = await tlsRoom("optional");
    await expect(here.client(room, OTHER, tls(mineKeys), url(room))).rejects.toThrow();
    expect(room.refusals[0]).toMatchObject({ claimed: OTHER, reason: "certificate of another mine" });
  });

  it("speaks nothing older than 1.2", async () => {
    const room = await tlsRoom("none");
    const old = connectTls({
      port: room.port,
      host: "127.0.0.1",
      ...tls(),
      maxVersion: "TLSv1.1",
      minVersion: "TLSv1",
    });
    await new Promise((resolve) => old.once("error", resolve));
    expect(room.links).toEqual([]);
  });

  it("says in one line which certificate file it cannot use", async () => {
    const start = openRoom({
      listeners: [
        {
          kind: "tls",
          host: "127.0.0.1",
          port: 0,
          certFile: file("ca.crt"),
          keyFile: file("none.key"),
          caFile: null,
          clientCertificate: "none",
        },
      ],
    });
    await expect(start).rejects.toThrow(
      /^MQTT listener tls:..127.0.0.1:0 cannot be opened: ENOENT.*none.key/,
    );
  });

  it("closes who does not come to the end of the handshake", async () => {
    const room = await tlsRoom("none", { connectWithinMs: 50 });
    const silent = await here.stranger(room);
    await silent.closed;
    await expect.poll(() => room.mqtt.stats()).toMatchObject({ sockets: 0, strangers: 0 });
  });

  it("takes new certificates without a restart, and keeps the old when the new are unusable", async () => {
    const room = await tlsRoom("none");
    const before = await here.client(room, MINE, tls(), url(room));
    const renewed = await signed("renewed", ca);
    writeFileSync(file("server.crt"), renewed.cert);
    writeFileSync(file("server.key"), renewed.private);
    await room.mqtt.reloadCertificates();
    const peer = connectTls({ port: room.port, host: "127.0.0.1", ...tls() });
    await new Promise<void>((resolve) => peer.once("secureConnect", resolve));
    expect(peer.getPeerCertificate().subject.CN).toBe("renewed");
    peer.destroy();
    writeFileSync(file("server.crt"), "no certificate");
    await expect(room.mqtt.reloadCertificates()).rejects.toThrow();
    await before.publishAsync(readingsTopic(), reading(), { qos: 1 });
    await here.client(room, OTHER, tls(), url(room));
  });
});

describe("WebSocket", () => {
  let http: Server | null = null;
  afterEach(() => {
    http?.closeAllConnections();
    http?.close();
  });

  /** The web room's part: it owns the HTTP server and hands the stream over. */
  async function webRoom(): Promise<{ room: Room; url: string }> {
    const room = await here.room();
    const sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: 1024 * 1024 + 256,
      handleProtocols: (offered) => (offered.has("mqtt") ? "mqtt" : false),
    });
    http = createServer();
    http.on("upgrade", (request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, (ws) =>
        room.mqtt.handleWebSocket(createWebSocketStream(ws), request),
      ),
    );
    await new Promise<void>((resolve) => http?.listen(0, "127.0.0.1", resolve));
    return { room, url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/mqtt` };
  }

  it("takes mqtt.js's messages and brings it what is written for its mine", async () => {
    const web = await webRoom();
    const mine = await here.client(web.room, MINE, {}, web.url);
    await mine.subscribeAsync(`mine/v1/${MINE}/out/#`, { qos: 1 });
    const heard = new Promise((resolve) =>
      mine.on("message", (_topic, payload) => resolve(payload.toString())),
    );
    await mine.publishAsync(readingsTopic(), reading(), { qos: 1 });
    await mine.publishAsync(readingsTopic(), Buffer.alloc(900_000, 32), { qos: 1 });
    web.room.mqtt.publish(MINE, `mine/v1/${MINE}/out/alarms`, "rise");
    expect(await heard).toBe("rise");
    expect(web.room.packets.map(({ payload }) => payload.length)).toEqual([reading().length, 900_000]);
  });

  it("refuses as any other listener does, and frees what it held", async () => {
    const web = await webRoom();
    await expect(here.client(web.room, MINE, { password: "wrong" }, web.url)).rejects.toThrow();
    expect(web.room.refusals[0]).toMatchObject({ address: "127.0.0.1", reason: "wrong password" });
    await expect.poll(() => web.room.mqtt.stats()).toMatchObject({ sockets: 0, strangers: 0 });
  });

  it("takes packets that lie across frames, and several in one", async () => {
    const web = await webRoom();
    const ws = new WebSocket(web.url, "mqtt");
    await new Promise((resolve) => ws.once("open", resolve));
    const bytes = Buffer.concat([
      connectPacket(),
      publishPacket(readingsTopic(), reading(1), { id: 1 }),
      publishPacket(readingsTopic(), reading(2), { id: 2 }),
    ]);
    for (let at = 0; at < bytes.length; at += 37) ws.send(bytes.subarray(at, at + 37));
    await web.room.until(() => web.room.packets.length === 2);
    ws.terminate();
    await web.room.until(() => web.room.links.length === 2);
  });

  it("does not let a stranger fill its frame parser", async () => {
    const web = await webRoom();
    const ws = new WebSocket(web.url, "mqtt");
    ws.on("error", () => {});
    await new Promise((resolve) => ws.once("open", resolve));
    const closed = new Promise((resolve) => ws.once("close", resolve));
    ws.send(Buffer.alloc(512 * 1024, 0x10));
    await closed;
    await expect.poll(() => web.room.mqtt.stats().sockets).toBe(0);
  });
});
