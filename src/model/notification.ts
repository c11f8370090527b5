import type { EscalationReason, Transition } from "./alarm.ts";
import type { MineCode } from "./mine.ts";
import type { Level } from "./rule.ts";
import type { Instant } from "./time.ts";

/** What of the world a channel speaks to. A robot writes into a group; the others reach one person each. */
export const CHANNEL_KINDS = [
  "email",
  "webhook",
  "dingtalk",
  "wecom",
  "feishu",
  "sms",
  "voice",
  "webpush",
] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/**
 * `sending` is the in-flight mark, on disk before the first byte leaves. `sent`: the provider took it, which is
 * not yet `delivered`. `refused`: it will never be taken. `expired`: tried for a day. `dropped`: the outbox was full.
 */
export const NOTIFICATION_STATES = ["waiting", "sending", "sent", "refused", "expired", "dropped"] as const;
export type NotificationState = (typeof NOTIFICATION_STATES)[number];

/** One step told, or to be told, to one person's device or to a standing subscriber. */
export interface Notification {
  /** In the order they were made. */
  readonly n: number;
  /** `{alarm}#{transition}/{person}/{device}`; of a standing subscriber `{alarm}#{transition}//{channel}`. */
  readonly id: string;
  /** `{alarm}#{transition}`, in every message that tells of it. */
  readonly step: string;
  /** The journal's record. */
  readonly seq: number;
  readonly alarm: string;
  readonly mine: MineCode;
  readonly level: Level;
  readonly channel: string;
  readonly person: string | null;
  readonly device: string | null;
  readonly why: EscalationReason | Transition["what"];
  readonly state: NotificationState;
  readonly createdAt: Instant;
  readonly tries: number;
  readonly triedAt: Instant | null;
  /** When it was sent, or given up. */
  readonly endedAt: Instant | null;
  /** 重发: an earlier try may have arrived. */
  readonly repeated: boolean;
  /** The message that carried it; many share one in a digest. */
  readonly message: string | null;
  readonly providerId: string | null;
  /** Where it went, with its middle hidden. */
  readonly address: string | null;
  /** What the provider said, or why it waits. */
  readonly result: string | null;
  /** By the receiver's own word only. */
  readonly deliveredAt: Instant | null;
  readonly seenAt: Instant | null;
}

/** `{alarm}#{transition}`: what a receiver drops repeats by. */
export const stepId = (alarm: string, n: number): string => `${alarm}#${n}`;

/** Filters of the send log; null = not filtered by this. */
export interface NotificationQuery {
  readonly alarm: string | null;
  readonly mines: readonly MineCode[] | null;
  readonly channels: readonly string[] | null;
  readonly person: string | null;
  readonly states: readonly NotificationState[] | null;
  /** `from` ≤ createdAt < `to`. */
  readonly from: Instant | null;
  readonly to: Instant | null;
  readonly limit: number;
  /** Only those made before this one; the newest come first. */
  readonly before: number | null;
}
