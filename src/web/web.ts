import type { AddressInfo } from "node:net";
import type { Logger } from "../lib/logger.ts";
import type { Alarm, JournalRecord } from "../model/alarm.ts";
import type { Assets } from "./assets.ts";
import type { WebPorts } from "./ports.ts";

export interface WebOptions {
  readonly host: string;
  readonly port: number;
  /** Null = plain HTTP, for loopback and `--dev` only. */
  readonly tls: { readonly cert: string | Buffer; readonly key: string | Buffer } | null;
  /** Origins allowed beside our own host, as `https://screen.example`. */
  readonly origins: readonly string[];
  readonly log: Logger;
  readonly ports: WebPorts;
  readonly assets: Assets;
}

export interface WebStats {
  readonly consumers: number;
  readonly screens: number;
  readonly live: number;
  readonly ringBytes: number;
  readonly bufferedBytes: number;
  readonly events: number;
  readonly cutSlow: number;
  readonly replaced: number;
  readonly refusedUpgrades: number;
}

export interface Web {
  /** Listens; resolves with the address. Call when the logs are recovered: the alarm board is filled here. */
  start(): Promise<AddressInfo>;
  /** Tells every screen to come back (1012) and closes. */
  stop(): Promise<void>;
  address(): AddressInfo | null;
  /** ⑦ The journal has these, in order. Never throws, never waits. */
  journalled(records: readonly JournalRecord[]): void;
  /** Not yet recorded, told all the same. */
  provisional(alarm: Alarm): void;
  stats(): WebStats;
}
