import type { Notification } from "../model/notification.ts";
import type { Level } from "../model/rule.ts";
import type { Instant } from "../model/time.ts";

/** What becomes of everything a message carried. */
export interface Ended {
  readonly message: string;
  readonly at: Instant;
  readonly state: "waiting" | "sent" | "refused" | "expired";
  readonly due: Instant;
  readonly unsure: boolean;
  readonly providerId: string | null;
  readonly result: string | null;
}

/** What this room asks of whoever keeps the outbox; the store's own fits by shape. */
export interface Outbox {
  due(query: {
    readonly channel: string;
    readonly now: Instant;
    readonly least: Level;
    readonly limit: number;
  }): Promise<{ readonly rows: readonly Notification[]; readonly next: Instant | null }>;
  bodies(seqs: readonly number[]): Promise<Readonly<Record<number, string>>>;
  /** Resolves when the in-flight mark is on disk. */
  begin(
    messages: readonly {
      readonly message: string;
      readonly channel: string;
      readonly at: Instant;
      readonly rows: readonly number[];
      readonly address: string | null;
    }[],
  ): Promise<void>;
  finish(ended: Ended): Promise<void>;
  attempts(channel: string, since: Instant): Promise<readonly Instant[]>;
  receipt(receipt: {
    readonly channel: string;
    readonly providerId?: string;
    readonly message?: string;
    readonly rung: "delivered" | "seen";
    readonly at: Instant;
  }): Promise<readonly Notification[]>;
  depth(): Promise<{
    readonly channels: readonly {
      readonly channel: string;
      readonly waiting: number;
      readonly sending: number;
      readonly oldest: Instant | null;
      readonly oldestRed: Instant | null;
    }[];
    readonly dropped: number;
  }>;
}
