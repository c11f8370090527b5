import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Logger } from "../lib/logger.ts";
import type { Alarm, JournalRecord } from "../model/alarm.ts";
import { createActs } from "./acts.ts";
import { createAlarmHub } from "./alarm-hub.ts";
import type { Assets } from "./assets.ts";
import { createBoard } from "./board.ts";
import { createClientAddresses } from "./client-address.ts";
import { createHttp } from "./http.ts";
import { createIdentities } from "./identity.ts";
import { createLiveHub } from "./live-hub.ts";
import { PACE, type Pace } from "./pace.ts";
import type { WebPorts } from "./ports.ts";
import { createTickets } from "./tickets.ts";
import { routeUpgrades } from "./upgrade.ts";

export interface WebOptions {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** Null = plain HTTP, for loopback and `--dev` only. */
  readonly tls: { readonly cert: string | Buffer; readonly key: string | Buffer } | null;
  /** Origins allowed beside our own host, as `https://screen.example`. */
  readonly origins: readonly string[];
  /** Addresses and networks of proxies whose word on where a request came from is taken. */
  readonly proxies: readonly string[];
  readonly log: Logger;
  readonly ports: WebPorts;
  readonly assets: Assets;
  readonly pace?: Partial<Pace>;
}

interface WebStats {
  readonly consumers: number;
  readonly screens: number;
  readonly live: number;
  readonly ringBytes: number;
  readonly bufferedBytes: number;
  readonly events: number;
  readonly cutSlow: number;
  readonly replaced: number;
  /** Times the ring started anew because records came faster than they could be worded. */
  readonly overrun: number;
  readonly refusedUpgrades: number;
}

export interface Web {
  /**
   * Listens; resolves with the address. Call when the logs are recovered and nothing is in flight: the alarm
   * board is filled here. Rejects when the port is taken.
   */
  start(): Promise<AddressInfo>;
  /** Tells every screen to come back (1012) and closes. */
  stop(): Promise<void>;
  address(): AddressInfo | null;
  /** ⑦ The journal has these, in order, in these bytes. Never throws, never waits. */
  journalled(records: readonly JournalRecord[], bodies?: readonly Uint8Array[]): void;
  /** Not yet recorded, told all the same. */
  provisional(alarms: readonly Alarm[]): void;
  stats(): WebStats;
}

/** The room `web`: REST, the WebSocket hubs and the console, on one port. */
export function createWeb(options: WebOptions): Web {
  const { ports, log, tls } = options;
  const pace = { ...PACE, ...options.pace };
  const board = createBoard();
  const identities = createIdentities(ports);
  const addresses = createClientAddresses(options.proxies);
  const tickets = createTickets(ports.clock);
  const acts = createActs(ports, board);
  const hubs = { ports, board, acts, tickets, identities, pace, log };
  const alarms = createAlarmHub(hubs);
  const live = createLiveHub(hubs);
  let app: FastifyInstance | null = null;
  let refused = () => 0;
  let started = false;

  const address = (): AddressInfo | null => {
    const bound = app?.server.address() ?? null;
    return typeof bound === "string" ? null : bound;
  };

  async function start(): Promise<AddressInfo> {
    const secure = tls !== null;
    const cookie = secure ? "__Host-davylamp" : "davylamp";
    app = await createHttp({ ...hubs, ...options, addresses, cookie, secure });
    refused = routeUpgrades(app.server, {
      origins: options.origins,
      identities,
      addresses,
      log,
      alarms: alarms.accept,
      live: live.accept,
      mqtt: ports.handleMqtt,
    }).refused;
    const head = ports.head();
    board.fill(ports.openAlarms(), head);
    alarms.start(head);
    live.start();
    started = true;
    await app.listen({ host: options.host, port: options.port });
    return address() as AddressInfo;
  }

  return {
    start,
    address,
    async stop() {
      live.stop();
      await alarms.stop();
      await app?.close();
    },
    journalled(records, bodies) {
      if (!started) return;
      board.apply(records);
      alarms.journalled(records, bodies);
    },
    provisional(of) {
      if (started) alarms.provisional(of);
    },
    stats: () => ({ ...alarms.stats(), ...live.stats(), refusedUpgrades: refused() }),
  };
}
