import type { PacketInput } from "../model/input.ts";
import type { MineCode, System } from "../model/mine.ts";
import type { Instant, Millis } from "../model/time.ts";

/** What the room asks of the house. Every function is guarded: a throw or a rejection harms no other mine. */
export interface MqttPorts {
  authenticate(login: Login): Promise<LoginAnswer>;
  /**
   * Takes one message. `done(true)` only after both logs are synced: PUBACK follows it (contract P1).
   * `done(false)`: the connection is closed without PUBACK, so that the mine keeps the message.
   */
  accept(packet: AcceptedPacket, done: (ok: boolean) => void): void;
  link(event: LinkEvent): void;
  refused(refusal: Refusal): void;
  /** True while the inbox or the write queue is full: no socket of a mine is read. */
  pressed(): boolean;
  /** True while the core has as much as its next turn takes: what was read waits, connection by connection. */
  busy(): boolean;
  /** Registers once; called each time the pressure ends. */
  onRelief(callback: () => void): void;
}

export interface Login {
  /** The MQTT user; the certificate's name where a client with a certificate gives none. */
  readonly user: string;
  readonly password: string;
  readonly clientId: string;
  readonly address: string;
  /** CN of a client certificate that our CA signed; null without one. */
  readonly certificateName: string | null;
}

export type LoginAnswer =
  | {
      readonly ok: true;
      readonly mine: MineCode;
      /** Other codes of the same mine: its topics, client ids and certificates may bear them. */
      readonly aliases?: readonly MineCode[];
      readonly system: System | null;
    }
  | { readonly ok: false; readonly reason: string };

/**
 * An input without its place: `seq` and `now` are 0 until the house gives them. One object from here to the
 * logs. `topicKind` is `readings` where the topic names no kind; the body is `unusable` then.
 */
export interface AcceptedPacket extends PacketInput {
  readonly topic: string;
  /** Only for points and status; elsewhere the flag is cleared and counted. */
  readonly retain: boolean;
  readonly dup: boolean;
  readonly payload: Buffer;
  /** When its bytes were read, by the monotonic clock: how long it takes is counted from there; absent = now. */
  readonly heard?: Millis | undefined;
}

export interface LinkEvent {
  readonly mine: MineCode;
  readonly system: System | null;
  readonly event: "up" | "down";
  readonly connection: number;
  readonly why: string;
}

/** A connection that was refused or cut for what it did. Strings from outside are capped and printable. */
export interface Refusal {
  readonly at: Instant;
  readonly address: string;
  readonly clientId: string;
  /** The mine code it claimed by its user name. */
  readonly claimed: string;
  readonly reason: string;
}
