import type { MineCode, System } from "../model/mine.ts";
import type { ClientView } from "../model/mine-check.ts";
import type { Instant, Millis } from "../model/time.ts";
import type { AckLine } from "./acks.ts";
import type { ConnectPacket } from "./connect-packet.ts";
import type { FrameGuard } from "./frame-guard.ts";
import type { Sender } from "./inlet.ts";
import type { MineTraffic } from "./mine-traffic.ts";
import type { Outbox } from "./outbox.ts";

/** One socket and what we know of who is behind it. */
export interface Connection {
  /** Counts up from 1 for the life of the process; also the broker's client id. */
  readonly number: number;
  readonly guard: FrameGuard;
  readonly origin: Origin;
  readonly acks: AckLine;
  connect: ConnectPacket | null;
  /** When its CONNACK was sent. */
  since: Instant;
  standing: Standing;
  /** Why it ended, once somebody knows better than "closed by peer". */
  why: string | null;
  /** When its socket was first seen closed while it still stood as up. */
  endedAt: Millis | null;
}

type Standing =
  | { readonly kind: "stranger" }
  /** Authenticated, CONNACK not sent. */
  | {
      readonly kind: "known";
      readonly traffic: MineTraffic;
      readonly aliases: readonly MineCode[];
      readonly system: System | null;
    }
  | {
      readonly kind: "up";
      readonly traffic: MineTraffic;
      readonly system: System | null;
      readonly sender: Sender;
      readonly outbox: Outbox;
    }
  /** Nothing it left behind is told any more, a Last Will included. */
  | { readonly kind: "gone" };

/** Where a socket came from, as far as the network says. */
export interface Origin {
  readonly address: string;
  readonly certificateName: string | null;
  /** Why its certificate is not believed; it is refused for that when it has said who it is. */
  readonly certificateFault: string | null;
  readonly transport: ClientView["transport"];
  /** Bytes go in clear beyond this machine: only by a listed exception. */
  readonly plain: boolean;
}
