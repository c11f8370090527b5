import { request } from "node:http";
import { connect as connectTcp, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import WebSocket, { createWebSocketStream } from "ws";

export interface Way {
  /** mqtts, wss, mqtt or ws. */
  readonly url: URL;
  /** An HTTP proxy that is asked to CONNECT; null = none. */
  readonly proxy: URL | null;
  /** Who signed the gateway's certificate; null = whom the system trusts. */
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
}

const ANSWER_WITHIN = 15_000;
const PORTS: Readonly<Record<string, number>> = { "mqtt:": 1883, "mqtts:": 8883, "ws:": 80, "wss:": 443 };

/** A stream of MQTT to the gateway: straight or through the proxy, then TLS, then WebSocket where the address says so. */
export async function openStream({ url, proxy, ca, cert, key }: Way): Promise<Duplex> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? (PORTS[url.protocol] ?? 8883) : Number(url.port);
  const raw = proxy === null ? await straight(host, port) : await through(proxy, host, port);
  const tls = { ...(ca === null ? {} : { ca }), ...(cert === null || key === null ? {} : { cert, key }) };
  const secret = url.protocol === "mqtts:" || url.protocol === "wss:";
  const socket = secret ? await secured(raw, host, tls) : raw;
  if (url.protocol === "mqtt:" || url.protocol === "mqtts:") return socket;
  return webSocket(url, socket);
}

const straight = (host: string, port: number): Promise<Socket> => {
  const socket = connectTcp({ host, port, noDelay: true });
  return ready(socket, "connect");
};

function through(proxy: URL, host: string, port: number): Promise<Socket> {
  const name = host.includes(":") ? `[${host}]` : host;
  const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const asked = request({
    host: proxy.hostname,
    port: proxy.port === "" ? 80 : Number(proxy.port),
    method: "CONNECT",
    path: `${name}:${port}`,
    headers: {
      host: `${name}:${port}`,
      ...(proxy.username === ""
        ? {}
        : { "proxy-authorization": `Basic ${Buffer.from(login).toString("base64")}` }),
    },
    agent: false,
    timeout: ANSWER_WITHIN,
  });
  return new Promise((resolve, reject) => {
    asked.on("connect", ({ statusCode }, socket) => {
      if (statusCode === 200) return resolve(socket as Socket);
      socket.destroy();
      reject(new Error(`代理拒绝连接: HTTP ${statusCode}`));
    });
    asked.on("response", ({ statusCode }) => reject(new Error(`代理拒绝连接: HTTP ${statusCode}`)));
    asked.on("timeout", () => asked.destroy(new Error("代理没有应答")));
    asked.on("error", reject);
    asked.end();
  });
}

function secured(socket: Socket, host: string, tls: object): Promise<Socket> {
  // What goes wrong below shows above.
  socket.on("error", () => {});
  const servername = /^[\d.:]+$|:/.test(host) ? {} : { servername: host };
  return ready(connectTls({ socket, host, ...servername, ...tls, minVersion: "TLSv1.2" }), "secureConnect");
}

function ready<S extends Socket>(socket: S, event: "connect" | "secureConnect"): Promise<S> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => socket.destroy(new Error("对方没有应答")), ANSWER_WITHIN);
    const settle = (done: () => void) => {
      clearTimeout(late);
      socket.removeListener("error", failed);
      done();
    };
    const failed = (error: Error) => settle(() => reject(error));
    socket.once("error", failed);
    socket.once(event, () => settle(() => resolve(socket)));
  });
}

function webSocket(url: URL, socket: Socket): Promise<Duplex> {
  const plain = new URL(url.href.replace(/^wss:/, "ws:"));
  const ws = new WebSocket(plain, ["mqtt"], {
    createConnection: () => socket,
    handshakeTimeout: ANSWER_WITHIN,
    perMessageDeflate: false,
  });
  return new Promise((resolve, reject) => {
    ws.once("error", reject);
    ws.once("open", () => {
      ws.removeListener("error", reject);
      resolve(createWebSocketStream(ws));
    });
  });
}
