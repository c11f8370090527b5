import type { Role } from "../model/act.ts";
import type { Alarm, Evidence, Transition } from "../model/alarm.ts";
import type { DutyRecord } from "../model/duty.ts";
import type { KpiFact } from "../model/kpi.ts";
import type { MineCode } from "../model/mine.ts";
import type { Notification, NotificationQuery } from "../model/notification.ts";
import type { AlarmClass, Level } from "../model/rule.ts";
import type { SeriesAnswer, SeriesQuery, SeriesRows, SeriesStat } from "../model/series.ts";
import type { Instant } from "../model/time.ts";
import type { PushRow } from "./pushes.ts";

/** What the spool records `spoolFrom`–`spoolTo` (inclusive, synced) brought; `rows` null = nothing to store. */
export interface SeriesBatch {
  readonly spoolFrom: number;
  readonly spoolTo: number;
  readonly rows: SeriesRows | null;
  /** What mines themselves said of lengths of time; absent = nothing. */
  readonly stats?: readonly SeriesStat[];
}

/** Filters of the alarm list; null = not filtered by this. */
export interface AlarmQuery {
  readonly state: readonly string[] | null;
  readonly mines: readonly MineCode[] | null;
  readonly levels: readonly Level[] | null;
  readonly classes: readonly AlarmClass[] | null;
  /** `from` ≤ raisedAt < `to`. */
  readonly from: Instant | null;
  readonly to: Instant | null;
  /** Part of title, place, mine name or point; upper and lower case are alike. */
  readonly q: string | null;
  readonly limit: number;
  /** Only what follows this alarm in the order of the list. */
  readonly after: { readonly raisedAt: Instant; readonly id: string } | null;
}

/** Alarms that were open at some time in `from` ≤ t < `to`, in the order of their ends. */
export interface FactQuery {
  readonly from: Instant;
  readonly to: Instant;
  /** Null = every mine. */
  readonly mines: readonly MineCode[] | null;
  readonly limit: number;
  readonly after: { readonly ended: number; readonly id: string } | null;
}

/** Lines of the duty log, the newest first; only those before a journal record. */
export interface DutyLogQuery {
  readonly before: number | null;
  readonly limit: number;
}

export interface FactPage {
  readonly facts: readonly KpiFact[];
  readonly next: FactQuery["after"];
}

export interface AlarmRecord {
  readonly alarm: Alarm;
  readonly transitions: readonly {
    readonly seq: number;
    readonly t: Instant;
    readonly transition: Transition;
    readonly inputs: readonly number[];
    readonly evidence: Evidence | null;
  }[];
  /** Of the newest transition that has one: it goes with the rule and limit the alarm now names. */
  readonly evidence: Evidence | null;
}

export interface Cursor {
  readonly consumer: string;
  readonly epoch: string;
  readonly seq: number;
  readonly updated: Instant;
}

/** A session as kept: `id` is the SHA-256 of the secret, which is kept nowhere. */
export interface SessionRow {
  readonly id: string;
  readonly user: string;
  readonly createdAt: Instant;
  readonly seenAt: Instant;
  readonly expiresAt: Instant;
  readonly address: string;
  readonly device: string;
}

/** An API token; `hash` is the SHA-256 of its secret. `expiresAt` null = never. */
export interface TokenRow {
  readonly id: string;
  readonly hash: string;
  readonly user: string;
  readonly expiresAt: Instant | null;
}

/** What a mine signs in with over MQTT; `hash` is the SHA-256 of its secret, `system` null = all of the mine's. */
export interface CredentialRow {
  readonly id: string;
  readonly mine: MineCode;
  readonly system: string | null;
  readonly hash: string;
  readonly note: string;
  readonly by: string;
  readonly createdAt: Instant;
}

export interface UserRow {
  readonly name: string;
  readonly role: Role;
  /** `["*"]` = every mine. */
  readonly mines: readonly MineCode[];
  /** A PHC string of scrypt. */
  readonly password: string;
  readonly disabled: boolean;
}

/** Who is told of every change that fits, without being called by a chain. */
export interface Subscription {
  readonly channel: string;
  readonly levels: readonly Level[] | null;
  readonly mines: readonly MineCode[] | null;
  /** null = every change. */
  readonly what: readonly Transition["what"][] | null;
  /** Only alarms that a screen would ring for. */
  readonly ringing: boolean;
}

export interface OutboxOptions {
  readonly subscriptions: readonly Subscription[];
  /** A call by any other channel is kept as refused. */
  readonly channels: readonly string[];
}

/** What waits in a channel, the most urgent first, then the oldest. */
export interface Due {
  readonly rows: readonly Notification[];
  /** The first moment at which a row that waits for its next try is due; null = none waits. */
  readonly next: Instant | null;
}

/** What becomes of everything a message carried. */
export interface Ended {
  readonly message: string;
  readonly at: Instant;
  readonly state: "waiting" | "sent" | "refused" | "expired";
  /** Of `waiting`: not before this. */
  readonly due: Instant;
  /** It may have arrived although it waits again. */
  readonly unsure: boolean;
  readonly providerId: string | null;
  readonly result: string | null;
}

export interface OutboxDepth {
  readonly channel: string;
  readonly waiting: number;
  readonly sending: number;
  /** When the oldest of those that wait was made, and the oldest red. */
  readonly oldest: Instant | null;
  readonly oldestRed: Instant | null;
}

/**
 * The outbox and the send log. Its rows are made from the journal by a cursor, row and cursor in one transaction:
 * none is missing and none is there twice, whatever the process dies of.
 */
export interface Outbox {
  /**
   * Once, before anything is taken from outside: where the reading begins if there was none, and what an unclean
   * end left in flight waits again, marked. Answers how many those are.
   */
  open(head: number): Promise<number>;
  /** Those of at least this level that are due now, at most `limit`. */
  due(query: {
    readonly channel: string;
    readonly now: Instant;
    readonly least: Level;
    readonly limit: number;
  }): Promise<Due>;
  /** The events of these journal records, as JSON (`event` of contract §5 without `prev`). */
  bodies(seqs: readonly number[]): Promise<Readonly<Record<number, string>>>;
  /** The in-flight mark; resolves when it is on disk. Nothing may be sent before. */
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
  /** When messages left by this channel since then, the oldest first. */
  attempts(channel: string, since: Instant): Promise<readonly Instant[]>;
  /** The receiver's own word. Answers the rows it is about, by the provider's id, the message or the row. */
  receipt(receipt: {
    readonly channel: string;
    readonly providerId?: string;
    readonly message?: string;
    readonly rung: "delivered" | "seen";
    readonly at: Instant;
  }): Promise<readonly Notification[]>;
  list(query: NotificationQuery): Promise<readonly Notification[]>;
  depth(): Promise<{ readonly channels: readonly OutboxDepth[]; readonly dropped: number }>;
  readonly subscriptions: {
    /** What a browser gave to be pushed to, as JSON; null forgets it. */
    put(person: string, device: string, subscription: string | null): Promise<void>;
    get(person: string, device: string): Promise<string | null>;
  };
}

export interface Progress {
  /** Last spool record whose rows are stored safely, and last journal record that is in the index. */
  readonly series: number;
  readonly index: number;
  /** Last spool record whose rows can be asked for. */
  readonly position: number;
  readonly openChunks: number;
  /** Bytes of the three files. */
  readonly bytes: number;
}

export type StoreTrouble = "crashed" | "recovered" | "gap" | "io";

/** Everything SQLite, behind a worker thread: no call waits on the calling thread. */
export interface Store {
  /** Which point each slot of later batches is: `{mine}:{system}:{code}`. Before the first batch with that slot. */
  names(slots: readonly { readonly slot: number; readonly id: string }[]): void;
  /**
   * Every synced batch in order. The arrays are moved, not copied: the caller must not touch them again when
   * the answer is true. False = the worker lags and will read these records from the spool itself.
   */
  rows(batch: SeriesBatch): boolean;
  /** The spool is synced up to here; also tells at start how far to catch up. */
  spoolAt(seq: number): void;
  /** The journal is synced up to here. Lists asked for later contain it. */
  journalAt(seq: number): void;
  /** A point that was never stored has no rows. */
  series(query: SeriesQuery): Promise<SeriesAnswer>;
  /**
   * By onset, newest first; the canary (class `test`) is in no list. Complete up to the last `journalAt`
   * before the call, unless the index is more than two seconds behind (`progress().index` tells).
   */
  alarms(query: AlarmQuery): Promise<readonly Alarm[]>;
  alarm(id: string): Promise<AlarmRecord | null>;
  /** What figures are made of; the canary is in none. Complete as lists are. */
  facts(query: FactQuery): Promise<FactPage>;
  dutyLog(query: DutyLogQuery): Promise<readonly DutyRecord[]>;
  /** Kept beside the journal, which cannot hold when it was itself on disk. */
  pushed(rows: readonly PushRow[]): Promise<void>;
  pushes(alarm: string): Promise<readonly PushRow[]>;
  readonly cursors: {
    get(consumer: string): Promise<Cursor | null>;
    /** Resolves when it is on disk; calls that come meanwhile share the next commit. */
    set(consumer: string, epoch: string, seq: number): Promise<void>;
    /** Least position of the consumers of this epoch seen within 30 days; null = none. */
    min(epoch: string): Promise<number | null>;
  };
  readonly sessions: {
    /** null = unknown, removed or expired. */
    get(id: string): Promise<SessionRow | null>;
    put(row: SessionRow): Promise<void>;
    touch(id: string, seenAt: Instant): Promise<void>;
    remove(id: string): Promise<void>;
    removeAll(user: string): Promise<void>;
  };
  readonly tokens: {
    /** null = unknown, removed or expired. */
    get(id: string): Promise<TokenRow | null>;
    put(row: TokenRow): Promise<void>;
    list(): Promise<readonly TokenRow[]>;
    remove(id: string): Promise<void>;
  };
  readonly credentials: {
    put(row: CredentialRow): Promise<void>;
    list(): Promise<readonly CredentialRow[]>;
    remove(id: string): Promise<void>;
  };
  readonly users: {
    get(name: string): Promise<UserRow | null>;
    /** Disabling a user also ends the sessions. */
    put(row: UserRow): Promise<void>;
    list(): Promise<readonly UserRow[]>;
  };
  readonly outbox: Outbox;
  /** Last spool record the worker has taken, as it last said; 0 while it has not. Asks nobody. */
  position(): number;
  progress(): Promise<Progress>;
  /** Writes open chunks and the cursor now; resolves when they are on disk. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** How long history stays, in milliseconds, and how many bytes of the disk it may take. */
export interface SeriesRetention {
  /** Every row as it came. */
  readonly rows: number;
  /** Five-minute buckets; never shorter than the rows. */
  readonly buckets: number;
  readonly bytes: number;
}

export interface StoreOptions {
  /** Where index.db, state.db and series.db live. */
  readonly dir: string;
  readonly spool: { readonly dir: string };
  readonly journal: { readonly dir: string };
  /** The epoch of the logs: in another one the index is built anew. */
  readonly epoch: string;
  readonly clock: { wall(): number };
  /** Absent = for ever. */
  readonly retention?: SeriesRetention;
  readonly onTrouble: (code: StoreTrouble, detail: string) => void;
  /** null or absent = nobody beyond the screens is told; the journal is not read for it. */
  readonly outbox?: OutboxOptions | null;
  /** Something is in the outbox that was not. */
  readonly onOutbox?: () => void;
}
