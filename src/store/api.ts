import type { Role } from "../model/act.ts";
import type { Alarm, Evidence, Transition } from "../model/alarm.ts";
import type { MineCode } from "../model/mine.ts";
import type { AlarmClass, Level } from "../model/rule.ts";
import type { SeriesAnswer, SeriesQuery, SeriesRows } from "../model/series.ts";
import type { Instant } from "../model/time.ts";

/** What the spool records `spoolFrom`–`spoolTo` (inclusive, synced) brought; `rows` null = nothing to store. */
export interface SeriesBatch {
  readonly spoolFrom: number;
  readonly spoolTo: number;
  readonly rows: SeriesRows | null;
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

export interface UserRow {
  readonly name: string;
  readonly role: Role;
  /** `["*"]` = every mine. */
  readonly mines: readonly MineCode[];
  /** A PHC string of scrypt. */
  readonly password: string;
  readonly disabled: boolean;
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
  readonly users: {
    get(name: string): Promise<UserRow | null>;
    /** Disabling a user also ends the sessions. */
    put(row: UserRow): Promise<void>;
    list(): Promise<readonly UserRow[]>;
  };
  /** Last spool record the worker has taken, as it last said; 0 while it has not. Asks nobody. */
  position(): number;
  progress(): Promise<Progress>;
  /** Writes open chunks and the cursor now; resolves when they are on disk. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface StoreOptions {
  /** Where index.db, state.db and series.db live. */
  readonly dir: string;
  readonly spool: { readonly dir: string };
  readonly journal: { readonly dir: string };
  /** The epoch of the logs: in another one the index is built anew. */
  readonly epoch: string;
  readonly clock: { wall(): number };
  readonly onTrouble: (code: StoreTrouble, detail: string) => void;
}
