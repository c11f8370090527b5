import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/logger.ts";
import type { MineCode } from "../model/mine.ts";
import type { ClientView, TwiceView } from "../model/mine-check.ts";
import type { Millis } from "../model/time.ts";
import { isLoopback } from "../wire/loopback.ts";
import { createAcks } from "./acks.ts";
import { type Broker, createBroker } from "./broker.ts";
import { type Arrival, createConnections } from "./connections.ts";
import { createCounts } from "./counts.ts";
import { guardedPorts } from "./guarded.ts";
import { createInlet } from "./inlet.ts";
import {
  addressOf,
  type MqttAddress,
  type OpenListener,
  openListener,
  pinsOf,
  refusalOf,
  UNCERTIFIED,
} from "./listeners.ts";
import { createLobby } from "./lobby.ts";
import type { MineStats } from "./mine-traffic.ts";
import type { MqttPorts } from "./ports.ts";
import { createPressure } from "./pressure.ts";
import { createRefusals } from "./refusals.ts";
import { DEFAULT_SETTINGS, type MqttListener, type MqttSettings } from "./settings.ts";
import { createTurns } from "./turns.ts";

export interface MqttOptions {
  readonly listeners: readonly MqttListener[];
  readonly log: Logger;
  readonly clock: Clock;
  readonly settings?: Partial<MqttSettings>;
  readonly ports: MqttPorts;
}

export interface Mqtt {
  /** Rejects, with nothing left open, when a listener is refused (`code: "REFUSED"`) or cannot be opened (`EADDRINUSE`, …). */
  start(): Promise<{ addresses: MqttAddress[] }>;
  /** Reads no more, gives what was accepted time for its PUBACK, and closes. Tells no link event and no Last Will. */
  stop(): Promise<void>;
  /** Writes to the subscribers of one mine; `topic` is one of its `out/…` (wire/topic.ts `outTopic`). */
  publish(mine: MineCode, topic: string, payload: string | Uint8Array | (() => string)): void;
  /** Takes over a WebSocket of subprotocol `mqtt` as a byte stream. */
  handleWebSocket(stream: Duplex, request: IncomingMessage): void;
  /** Closes every connection of a mine (its credential was revoked); gives how many. */
  disconnect(mine: MineCode, why: string): number;
  /** The programs of a mine that are connected now, and client ids that two of them share. */
  clients(mine: MineCode): readonly ClientView[];
  twice(mine: MineCode): readonly TwiceView[];
  /** Reads the certificate files again; open connections stay. Rejects when one is unusable: the old ones stay in use. */
  reloadCertificates(): Promise<void>;
  stats(): MqttStats;
}

export interface MqttStats {
  /** Connections with their CONNACK, sockets without it, and all sockets. */
  readonly connections: number;
  readonly strangers: number;
  readonly sockets: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly mines: Readonly<Record<MineCode, MineStats>>;
}

const SWEEP_MS: Millis = 500;
/** How long `stop` waits for the answers of messages already taken. */
const DRAIN_MS: Millis = 2_000;

/** The embedded broker: where mines come in. Everything a peer can cause is bounded, counted and harms nobody else. */
export function createMqtt({ listeners, log, clock, settings: chosen, ports }: MqttOptions): Mqtt {
  const settings: MqttSettings = { ...DEFAULT_SETTINGS, ...chosen };
  const counts = createCounts();
  const safe = guardedPorts(ports, log);
  const acks = createAcks((error) => log.error({ err: error }, "mqtt: an answer failed"));
  const refusals = createRefusals({ tell: safe.refused, clock, counts });
  const pressure = createPressure(safe.pressed);
  const lobby = createLobby(settings);
  const turns = createTurns({
    mono: clock.mono,
    soon: setImmediate,
    later: (turn) => void setTimeout(turn, 1),
    busy: safe.busy,
  });
  const inlet = createInlet({ accept: safe.accept, counts });
  const connections = createConnections({
    settings,
    link: safe.link,
    acks,
    inlet,
    pressure,
    turns,
    refusals,
    counts,
    clock,
    log,
  });
  let broker: Broker | null = null;
  let open: OpenListener[] = [];
  let sweep: NodeJS.Timeout | undefined;

  function take(arrival: Arrival): void {
    const speaks = broker;
    if (speaks === null) arrival.socket.destroy();
    else connections.take(arrival, (guard) => speaks.handle(guard));
  }

  async function openAll(): Promise<OpenListener[]> {
    const opened: OpenListener[] = [];
    const now = () => clock.mono();
    try {
      for (const listener of listeners) {
        opened.push(await openListener(listener, { settings, lobby, refusals, log, now, take }));
      }
    } catch (error) {
      await Promise.all(opened.map((listener) => listener.close()));
      throw error;
    }
    return opened;
  }

  return {
    async start() {
      const refused = listeners.map(refusalOf).find((why) => why !== null);
      if (refused !== undefined) throw Object.assign(new Error(refused), { code: "REFUSED" });
      broker = await createBroker({
        authenticate: safe.authenticate,
        connections,
        inlet,
        refusals,
        counts,
        pins: pinsOf(listeners),
        log,
      });
      try {
        open = await openAll();
      } catch (error) {
        await broker.close();
        broker = null;
        throw error;
      }
      safe.onRelief(() => void pressure.open());
      sweep = setInterval(() => connections.sweep(), SWEEP_MS).unref();
      return { addresses: open.map(({ address }) => address) };
    },

    async stop() {
      const closing = open.map((listener) => listener.close());
      open = [];
      clearInterval(sweep);
      pressure.stop();
      await Promise.race([acks.none(), after(DRAIN_MS)]);
      connections.silence();
      await broker?.close();
      broker = null;
      connections.cutAll();
      await Promise.all([...closing, lobby.empty()]);
    },

    publish(mine, topic, payload) {
      const worded = () => {
        const said = typeof payload === "function" ? payload() : payload;
        return typeof said === "string" ? Buffer.from(said) : Buffer.from(said);
      };
      connections.publish(mine, topic, worded);
    },

    handleWebSocket(stream, request) {
      const address = addressOf(request.socket);
      const leaveLobby = lobby.enter(address, stream);
      if (typeof leaveLobby === "string") {
        refusals.address(address, leaveLobby);
        stream.destroy();
        return;
      }
      const done = boundStranger(request.socket, settings.unauthenticatedBytes);
      const transport = "encrypted" in request.socket ? "wss" : "ws";
      const plain = transport === "ws" && !isLoopback(address);
      take({
        socket: stream,
        origin: { address, ...UNCERTIFIED, transport, plain },
        born: clock.mono(),
        leaveLobby() {
          done();
          leaveLobby();
        },
      });
    },

    disconnect: connections.disconnect,
    clients: connections.clients,
    twice: connections.twice,

    async reloadCertificates() {
      await Promise.all(open.map((listener) => listener.reload()));
    },

    stats: () => {
      const { up, mines } = connections.stats();
      return {
        connections: up,
        strangers: lobby.strangers,
        sockets: lobby.sockets,
        counts: counts.all(),
        mines,
      };
    },
  };
}

const after = (ms: Millis): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

/**
 * Before its CONNACK a WebSocket may not make its parser buffer more than any other stranger may:
 * a frame is kept there until it is whole. Counted on the socket beneath; returns what ends the counting.
 */
function boundStranger(socket: Duplex, most: number): () => void {
  let bytes = 0;
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > most) socket.destroy();
  };
  socket.on("data", count);
  return () => socket.off("data", count);
}
