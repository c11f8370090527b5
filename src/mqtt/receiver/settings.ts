import { BOUNDS } from "../../model/bounds.ts";
import type { MineCode } from "../../model/mine.ts";
import type { Instant, Millis } from "../../model/time.ts";
import type { SparkplugNode } from "../../wire/sparkplug-host.ts";
import type { Protocol } from "./packets.ts";

/** A broker that mines publish to and somebody else runs, and how we are its client. */
export interface ReceiverSettings {
  readonly name: string;
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`. */
  readonly url: string;
  readonly protocol: Protocol;
  readonly clientId: string;
  readonly username: string | null;
  /** Asked for at each connection: it may change while the gateway runs. */
  readonly password: () => string | null;
  /** PEM files, read at each connection. */
  readonly caFile: string | null;
  readonly certFile: string | null;
  readonly keyFile: string | null;
  readonly filters: readonly string[];
  /** Stands before `mine/v1/…` in every topic of this broker. */
  readonly topicPrefix: string;
  /** The mines it may speak for, by their codes; `*` = every mine that is configured. */
  readonly mines: readonly MineCode[] | "*";
  readonly keepAlive: Millis;
  readonly sessionExpiry: Millis;
  /** We are a host of Sparkplug B there; null = we are not. */
  readonly sparkplug: SparkplugSettings | null;
}

export interface SparkplugSettings {
  /** Our id as a host: nodes look whether `spBv1.0/STATE/{host}` says that we are online. */
  readonly host: string;
  /** A node is asked for its birth at most so often. */
  readonly rebirthEvery: Millis;
  /** By `group/edge` or `group/edge/device`. */
  readonly nodes: Readonly<Record<string, SparkplugNode>>;
}

/** Limits of one receiver. What happens at each stands beside it. */
export const RECEIVER_BOUNDS = {
  /** Messages the house has and we have not acknowledged; at it the socket is not read. MQTT 5 is told so. */
  underWay: 1_000,
  /** The same in bytes. */
  underWayBytes: 8 * 1024 * 1024,
  /** A longer message is kept in its beginning, quarantined and acknowledged. */
  packetBytes: BOUNDS.packetBytes + 1_024,
  /** The socket, TLS, CONNACK and SUBACK; after it the try counts as failed. */
  letInWithin: 10_000,
  /** A connection that lasted so long was well: the next try after it comes soon. */
  wellAfter: 30_000,
  firstRetry: 500,
  longestRetry: 10_000,
  /** How long `stop` waits for the answers of messages already taken. */
  drain: 2_000,
} as const;

/** What is known of a broker's session for us, over restarts of the gateway. */
export interface Remembered {
  readonly url: string;
  readonly clientId: string;
  readonly filters: readonly string[];
  readonly since: Instant;
  /** When we last knew that the session stood: what came after it may be lost with the session. */
  readonly heardAt: Instant;
}

/** A session that was there is gone: what mines published between may never come. */
export interface Gap {
  readonly receiver: string;
  readonly url: string;
  readonly from: Instant;
  readonly to: Instant;
}

/** How a receiver is. */
export interface ReceiverStatus {
  readonly name: string;
  readonly url: string;
  readonly protocol: Protocol;
  readonly connected: boolean;
  /** Since when it is connected, or is not. */
  readonly since: Instant;
  /** Why it is not connected, or what is weak about the connection; null = nothing to say. */
  readonly detail: string | null;
  readonly lastGap: { readonly from: Instant; readonly to: Instant } | null;
  readonly gaps: number;
  readonly messages: number;
  readonly bytes: number;
  readonly qos0: number;
  /** Of mines it may not speak for; of topics that are none of ours. Neither was taken. */
  readonly refused: number;
  readonly unknown: number;
  /** Taken and not acknowledged yet. */
  readonly waiting: number;
  /** Mines heard since it is connected. */
  readonly mines: number;
  readonly counts: Readonly<Record<string, number>>;
}
