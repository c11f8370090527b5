import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createWebSocketStream, type WebSocket, WebSocketServer } from "ws";
import type { Logger } from "../lib/logger.ts";
import { BOUNDS } from "../model/bounds.ts";
import { ALARMS_PROTOCOL, LIVE_PROTOCOL } from "../wire/stream.ts";
import type { ClientAddresses } from "./client-address.ts";
import type { Identities, Identity } from "./identity.ts";
import { createLobby } from "./lobby.ts";

export interface UpgradeOptions {
  readonly origins: readonly string[];
  readonly identities: Identities;
  readonly addresses: Pick<ClientAddresses, "of">;
  readonly log: Logger;
  readonly alarms: (arrival: Arrival) => void;
  readonly live: (arrival: Arrival) => void;
  readonly mqtt: (stream: Duplex, request: IncomingMessage) => void;
}

/** A WebSocket that has been opened and may not have said yet who it is. */
export interface Arrival {
  readonly ws: WebSocket;
  readonly socket: Socket;
  /** By its token; null = a ticket must come with hello. */
  readonly identity: Identity | null;
  /** To be called when hello was accepted. */
  readonly known: () => void;
}

interface Path {
  readonly protocol: string;
  readonly server: WebSocketServer;
  open(ws: WebSocket, socket: Socket, request: IncomingMessage, identity: Identity | null): void;
}

/** A client of ours sends small JSON; a screen that sends more is none (reliability.md: tiny fragments, bombs). */
const SCREEN = { maxPayload: 16 * 1024, maxFragments: 16 };
const BUSY = 1013;
/** A packet of the largest size with its headers; the frame guard behind it has the real limits. */
const MQTT = { maxPayload: BOUNDS.packetBytes + 1024, maxFragments: 64 };

/** Decides what an HTTP upgrade becomes: by path, origin and subprotocol, each with limits of its own. */
export function routeUpgrades(server: Server, options: UpgradeOptions): { refused(): number } {
  const { identities, addresses, log } = options;
  const lobby = createLobby();
  let refused = 0;

  const screen = (protocol: string, accept: (arrival: Arrival) => void): Path => ({
    protocol,
    server: listener(protocol, SCREEN),
    open(ws, socket, request, identity) {
      const known = identity === null ? lobby.enter(socket, addresses.of(request)) : () => {};
      if (known !== null) accept({ ws, socket, identity, known });
      else {
        refused += 1;
        ws.close(BUSY, "too many without hello");
      }
    },
  });
  const paths = new Map<string, Path>([
    ["/ws/v1/alarms", screen(ALARMS_PROTOCOL, options.alarms)],
    ["/ws/v1/live", screen(LIVE_PROTOCOL, options.live)],
    [
      "/mqtt",
      {
        protocol: "mqtt",
        server: listener("mqtt", MQTT),
        open: (ws, _socket, request) => options.mqtt(createWebSocketStream(ws), request),
      },
    ],
  ]);

  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on("error", (error) => log.debug({ error: error.message }, "an upgrade failed"));
    const refuse = (status: string): void => {
      refused += 1;
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    };
    const path = paths.get((request.url ?? "").split("?", 1)[0] ?? "");
    if (path === undefined) return refuse("404 Not Found");
    if (!isKnownOrigin(request, options.origins)) return refuse("403 Forbidden");
    if (!offers(request, path.protocol)) return refuse("400 Bad Request");
    bearerOf(request, identities).then(
      (bearer) => {
        if (bearer === "unknown") return refuse("401 Unauthorized");
        if (socket.destroyed) return;
        path.server.handleUpgrade(request, socket, head, (ws) => path.open(ws, socket, request, bearer));
      },
      (error: unknown) => {
        log.warn({ error }, "a token could not be looked up");
        refuse("503 Service Unavailable");
      },
    );
  });

  return { refused: () => refused };
}

function listener(protocol: string, limits: { maxPayload: number; maxFragments: number }): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(protocol) ? protocol : false),
    ...limits,
  });
}

/** A browser always names its origin; it must be ours or a configured one. A program names none. */
export function isKnownOrigin(
  { headers }: Pick<IncomingMessage, "headers">,
  origins: readonly string[],
): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return true;
  if (origins.includes(origin)) return true;
  try {
    return new URL(origin).host === host;
  } catch {
    return false;
  }
}

/** A client that offers subprotocols must offer ours; one that offers none is taken at the path's word. */
function offers({ headers }: IncomingMessage, protocol: string): boolean {
  const offered = headers["sec-websocket-protocol"];
  return offered === undefined || offered.split(",").some((name) => name.trim() === protocol);
}

async function bearerOf(
  { headers }: IncomingMessage,
  identities: Identities,
): Promise<Identity | null | "unknown"> {
  const [, token] = /^Bearer (\S+)$/i.exec(headers.authorization ?? "") ?? [];
  if (token === undefined) return headers.authorization === undefined ? null : "unknown";
  return (await identities.byToken(token)) ?? "unknown";
}
