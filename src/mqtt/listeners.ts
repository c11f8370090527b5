import { readFile } from "node:fs/promises";
import { type AddressInfo, BlockList, createServer, isIP, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import type { Logger } from "../lib/logger.ts";
import type { MineCode } from "../model/mine.ts";
import type { Millis } from "../model/time.ts";
import { isLoopback } from "../wire/loopback.ts";
import { contains, type Pins } from "./admission.ts";
import type { Arrival } from "./connections.ts";
import type { Lobby } from "./lobby.ts";
import type { Refusals } from "./refusals.ts";
import type { InsecureException, MqttListener, MqttSettings } from "./settings.ts";

interface Parts {
  readonly settings: MqttSettings;
  readonly lobby: Lobby;
  readonly refusals: Refusals;
  readonly log: Logger;
  now(): Millis;
  take(arrival: Arrival): void;
}

export interface OpenListener {
  readonly address: MqttAddress;
  /** Reads the certificate files again; new connections use them. Rejects, and changes nothing, when they are unusable. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

export interface MqttAddress {
  readonly kind: "tcp" | "tls";
  readonly host: string;
  readonly port: number;
}

export function openListener(listener: MqttListener, parts: Parts): Promise<OpenListener> {
  const opened = listener.kind === "tcp" ? openTcp(listener, parts) : openTls(listener, parts);
  return opened.catch((error: NodeJS.ErrnoException) => {
    throw Object.assign(new Error(worded(error, listener)), { code: error.code });
  });
}

/** Plain TCP beyond this machine carries passwords in clear: refused without the listed exception (contract §3). */
export function refusalOf(listener: MqttListener): string | null {
  if (listener.kind === "tls" || isLoopback(listener.host)) return null;
  const name = nameOf(listener);
  const { insecure } = listener;
  if (insecure === undefined) {
    return `${name} is not on loopback and has no TLS: use a tls listener, or an insecure exception that names its reason`;
  }
  if (insecure.reason.trim() === "" || insecure.approvedBy.trim() === "") {
    return `${name}: an insecure exception needs a reason and who approved it`;
  }
  const networks = Object.keys(insecure.allow);
  if (networks.length === 0) return `${name}: an insecure exception needs at least one address in allow`;
  const wrong = networks.find((network) => addNetwork(new BlockList(), network) === null);
  return wrong === undefined ? null : `${name}: ${wrong} is no address or network (CIDR)`;
}

/** From which networks a mine's code may be used, gathered from all exceptions. */
export function pinsOf(listeners: readonly MqttListener[]): Pins {
  const pins = new Map<MineCode, BlockList>();
  for (const listener of listeners) {
    if (listener.kind !== "tcp") continue;
    for (const [network, mine] of Object.entries(listener.insecure?.allow ?? {})) {
      pins.set(mine, addNetwork(pins.get(mine) ?? new BlockList(), network) ?? new BlockList());
    }
  }
  return pins;
}

async function openTcp(
  listener: MqttListener & { kind: "tcp" },
  { lobby, refusals, log, now, take }: Parts,
): Promise<OpenListener> {
  const allowed = networksOf(listener.insecure);
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    const address = addressOf(socket);
    const local = isLoopback(address);
    if (!local && !contains(allowed, address)) {
      return turnAway(socket, address, "plain TCP from an address without an exception", refusals);
    }
    const leaveLobby = lobby.enter(address, socket);
    if (typeof leaveLobby === "string") return turnAway(socket, address, leaveLobby, refusals);
    take({
      socket,
      origin: { address, ...UNCERTIFIED, transport: "tcp", plain: !local },
      born: now(),
      leaveLobby,
    });
  });
  return { address: await listen(server, listener, log), reload: async () => {}, close: () => close(server) };
}

async function openTls(
  listener: MqttListener & { kind: "tls" },
  { settings, lobby, refusals, log, now, take }: Parts,
): Promise<OpenListener> {
  const ask = listener.caFile !== null && listener.clientCertificate !== "none";
  const server: TlsServer = createTlsServer({
    ...(await readKeys(listener)),
    minVersion: "TLSv1.2",
    requestCert: ask,
    rejectUnauthorized: ask && listener.clientCertificate === "required",
    handshakeTimeout: settings.connectWithinMs,
    noDelay: true,
    allowHalfOpen: true,
  });
  /** A stranger counts from its first byte; the handshake is part of its time. */
  const shaking = new Map<string, { born: Millis; leaveLobby: () => void; raw: Socket }>();
  server.on("connection", (socket: Socket) => {
    const address = addressOf(socket);
    const leaveLobby = lobby.enter(address, socket);
    if (typeof leaveLobby === "string") return turnAway(socket, address, leaveLobby, refusals);
    const key = peerOf(socket);
    shaking.set(key, { born: now(), leaveLobby, raw: socket });
    socket.once("close", () => shaking.delete(key));
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    const address = addressOf(socket);
    const entered = shaking.get(peerOf(socket));
    shaking.delete(peerOf(socket));
    if (entered === undefined) return void socket.destroy();
    const certificate = ask ? certificateOf(socket) : { name: null, fault: null };
    const origin = {
      address,
      certificateName: certificate.name,
      certificateFault: certificate.fault,
      transport: "tls",
      plain: false,
    } as const;
    take({ socket, origin, ...entered });
  });
  server.on("tlsClientError", (error, socket) => {
    refusals.address(addressOf(socket), "TLS handshake failed");
    log.debug({ err: error }, "mqtt: TLS handshake failed");
    socket.destroy();
  });
  return {
    address: await listen(server, listener, log),
    reload: async () => server.setSecureContext({ ...(await readKeys(listener)), minVersion: "TLSv1.2" }),
    close() {
      const closed = close(server);
      for (const { raw } of shaking.values()) raw.destroy();
      return closed;
    },
  };
}

async function readKeys({ certFile, keyFile, caFile }: MqttListener & { kind: "tls" }) {
  const [cert, key, ca] = await Promise.all([
    readFile(certFile),
    readFile(keyFile),
    caFile === null ? null : readFile(caFile),
  ]);
  return ca === null ? { cert, key } : { cert, key, ca };
}

/** The mine a client certificate names, or why it is not believed. Neither = the client showed none. */
function certificateOf(socket: TLSSocket): { name: string | null; fault: string | null } {
  const { subject } = socket.getPeerCertificate() as { subject?: { CN?: unknown } };
  if (subject === undefined) return { name: null, fault: null };
  if (!socket.authorized) return { name: null, fault: String(socket.authorizationError) };
  return typeof subject.CN === "string" ? { name: subject.CN, fault: null } : { name: null, fault: "no CN" };
}

/** The origin of a peer that cannot have shown a certificate. */
export const UNCERTIFIED = { certificateName: null, certificateFault: null };

function turnAway(socket: Socket, address: string, reason: string, refusals: Refusals): void {
  refusals.address(address, reason);
  socket.on("error", () => {});
  socket.destroy();
}

function listen(server: Server, { kind, host, port }: MqttListener, log: Logger): Promise<MqttAddress> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      // Out of file descriptors, say: who came then is not let in, the listener stays.
      server.on("error", (error) =>
        log.error({ err: error }, `${nameOf({ kind, host, port })}: a connection was lost`),
      );
      const bound = server.address() as AddressInfo;
      resolve({ kind, host: bound.address, port: bound.port });
    });
  });
}

function worded(error: NodeJS.ErrnoException, listener: MqttAddress): string {
  const what = error.code === "EADDRINUSE" ? "the port is in use" : error.message;
  return `${nameOf(listener)} cannot be opened: ${what}`;
}

const nameOf = ({ kind, host, port }: { kind: string; host: string; port: number }): string =>
  `MQTT listener ${kind}://${host}:${port}`;

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

/** An IPv4 address that came by an IPv6 socket is written as what it is. */
export const addressOf = ({ remoteAddress }: { remoteAddress?: string | undefined }): string =>
  (remoteAddress ?? "").replace(/^::ffff:(?=\d+\.)/, "");

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

function networksOf(insecure: InsecureException | undefined): BlockList {
  const networks = new BlockList();
  for (const network of Object.keys(insecure?.allow ?? {})) addNetwork(networks, network);
  return networks;
}

/** The list with one more network; null when the text names none. */
function addNetwork(networks: BlockList, network: string): BlockList | null {
  const [address = "", length, more] = network.split("/");
  const version = isIP(address);
  if (version === 0 || more !== undefined) return null;
  const most = version === 4 ? 32 : 128;
  const bits = length === undefined ? most : /^\d{1,3}$/.test(length) ? Number(length) : -1;
  if (bits < 0 || bits > most) return null;
  networks.addSubnet(address, bits, version === 4 ? "ipv4" : "ipv6");
  return networks;
}
