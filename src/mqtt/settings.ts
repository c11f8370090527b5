import { BOUNDS } from "../model/bounds.ts";
import type { MineCode } from "../model/mine.ts";
import type { Millis } from "../model/time.ts";

/** Every limit of the room. What happens at it stands beside it; each is counted in `stats()`. */
export interface MqttSettings {
  /** Connections in all and of one mine; more are refused. */
  readonly connections: number;
  readonly connectionsPerMine: number;
  /** Connections of one address that have no CONNACK yet; more are closed unread. */
  readonly pendingPerAddress: number;
  /** A CONNECT packet; a larger one closes the connection. */
  readonly connectBytes: number;
  /** Everything buffered for a peer without CONNACK (contract P4); more closes the connection. */
  readonly unauthenticatedBytes: number;
  /** The CONNECT must be whole, and the CONNACK sent, within these; else the connection is closed. */
  readonly connectWithinMs: Millis;
  readonly authenticateWithinMs: Millis;
  /** A begun packet must be whole within this while the socket is read; else the connection is closed. */
  readonly packetWithinMs: Millis;
  /** Payload of one packet; more closes the connection. */
  readonly packetBytes: number;
  /** Longest keep-alive in seconds; a longer one, or 0, is refused. */
  readonly keepaliveSeconds: number;
  /** Over these the mine's sockets are not read for a while; nothing is dropped. */
  readonly messagesPerSecond: number;
  readonly burst: number;
  readonly bytesPerSecond: number;
  /** Accepted log-ins of one mine; more are refused. */
  readonly connectsPerMinute: number;
  /** Bytes of `out/…` waiting for one subscriber; past them its connection is closed. */
  readonly outBytes: number;
}

export const DEFAULT_SETTINGS: MqttSettings = {
  connections: 2_000,
  connectionsPerMine: 32,
  pendingPerAddress: 20,
  connectBytes: 4 * 1024,
  unauthenticatedBytes: 8 * 1024,
  connectWithinMs: 5_000,
  authenticateWithinMs: 10_000,
  packetWithinMs: 30_000,
  packetBytes: BOUNDS.packetBytes,
  keepaliveSeconds: 60,
  messagesPerSecond: 200,
  burst: 2_000,
  bytesPerSecond: 1_000_000,
  connectsPerMinute: 12,
  outBytes: 1024 * 1024,
};

/** Where mines come in. Plain TCP beyond loopback needs the listed exception (contract §3). */
export type MqttListener =
  | {
      readonly kind: "tcp";
      readonly host: string;
      readonly port: number;
      readonly insecure?: InsecureException;
    }
  | {
      readonly kind: "tls";
      readonly host: string;
      readonly port: number;
      /** PEM files, read at start and again by `reloadCertificates`. */
      readonly certFile: string;
      readonly keyFile: string;
      /** Who signs client certificates; null = none are asked for. */
      readonly caFile: string | null;
      readonly clientCertificate: "required" | "optional" | "none";
    };

export interface InsecureException {
  readonly reason: string;
  readonly approvedBy: string;
  /** Only an address of the network may use the mine's code, on any listener. */
  readonly allow: Readonly<Record<string, MineCode>>;
}
