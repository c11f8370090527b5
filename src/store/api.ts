import type { Role } from "../model/act.ts";
import type { Alarm, AlarmState, Evidence, Transition } from "../model/alarm.ts";
import type { MineCode } from "../model/mine.ts";
import type { AlarmClass, Level } from "../model/rule.ts";
import type { Instant } from "../model/time.ts";

/** Rows as the engine hands them on: one per accepted reading, duplicates and rejected ones left out. */
export interface SeriesRows {
  readonly n: number;
  readonly slots: Uint32Array;
  readonly t: Float64Array;
  /** NaN = a reading without a value. */
  readonly v: Float64Array;
  readonly s: Uint32Array;
  /** Verdict bits (`VERDICT` of the model) of each row. */
  readonly flags: Uint8Array;
}

/** What the spool records `spoolFrom`–`spoolTo` (inclusive, synced) brought; `rows` null = nothing to store. */
export interface SeriesBatch {
  readonly spoolFrom: number;
  readonly spoolTo: number;
  readonly rows: SeriesRows | null;
}

export interface SeriesQuery {
  readonly id: string;
  /** `from` ≤ t < `to`. */
  readonly from: Instant;
  readonly to: Instant;
  readonly step: "raw" | "1m";
  readonly limit?: number;
  /** `next` of the answer before this one. */
  readonly cursor?: string | null;
}

export interface RawSeries {
  readonly step: "raw";
  readonly n: number;
  /** Ascending; rows of the same time in order of arrival; repeats of (t, v, s) are one row. */
  readonly t: Float64Array;
  readonly v: Float64Array;
  readonly s: Uint32Array;
  readonly flags: Uint8Array;
  readonly next: string | null;
}

/** One entry a minute that has rows; a minute without rows has no entry: gaps stay gaps. */
export interface MinuteSeries {
  readonly step: "1m";
  readonly n: number;
  /** Start of the minute. */
  readonly t: Float64Array;
  /**
   * Over the rows with a value whose state does not make it unknown (contract §3, 16/32/64/128), each row
   * counting once; NaN where a minute has only such rows. The moment is that of the first row at the extreme.
   */
  readonly min: Float64Array;
  readonly minAt: Float64Array;
  readonly max: Float64Array;
  readonly maxAt: Float64Array;
  readonly avg: Float64Array;
  /** All rows, with or without a value. */
  readonly count: Uint32Array;
  /** Every state bit any row had: the worst is read off by the precedence of contract §3. */
  readonly s: Uint32Array;
  readonly flags: Uint8Array;
  readonly next: string | null;
}

export type SeriesAnswer = RawSeries | MinuteSeries;

export interface AlarmQuery {
  readonly state?: readonly AlarmState[];
  readonly mine?: readonly MineCode[];
  readonly level?: readonly Level[];
  readonly class?: readonly AlarmClass[];
  /** `from` ≤ raisedAt < `to`. */
  readonly from?: Instant;
  readonly to?: Instant;
  /** Part of title, place, mine name or point, upper and lower case alike. */
  readonly q?: string;
  readonly limit?: number;
  readonly cursor?: string | null;
}

export interface AlarmPage {
  /** By onset, newest first. The canary (class `test`) is in no list. */
  readonly items: readonly { readonly id: string; readonly seq: number; readonly alarm: Alarm }[];
  readonly next: string | null;
  /** Journal position up to which the answer is complete. */
  readonly asOf: number;
}

export interface AlarmHistory {
  readonly alarm: Alarm;
  readonly transitions: readonly {
    readonly seq: number;
    readonly t: Instant;
    readonly transition: Transition;
    readonly inputs: readonly number[];
  }[];
  readonly evidence: Evidence | null;
}

export interface Cursor {
  readonly consumer: string;
  readonly epoch: string;
  readonly seq: number;
  readonly updated: Instant;
}

export interface Session {
  readonly user: string;
  readonly created: Instant;
  readonly seen: Instant;
  readonly expires: Instant;
}

export interface Token {
  readonly id: string;
  readonly user: string;
  readonly created: Instant;
  readonly seen: Instant | null;
  /** null = never. */
  readonly expires: Instant | null;
}

export interface User {
  readonly name: string;
  readonly role: Role;
  /** `["*"]` = every mine. */
  readonly mines: readonly MineCode[];
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
  /** null = no such point was ever stored. */
  series(query: SeriesQuery): Promise<SeriesAnswer | null>;
  alarms(query: AlarmQuery): Promise<AlarmPage>;
  alarm(id: string): Promise<AlarmHistory | null>;
  readonly cursors: {
    get(consumer: string): Promise<Cursor | null>;
    set(consumer: string, epoch: string, seq: number): Promise<void>;
    /** Least position of the consumers of this epoch seen within 30 days; null = none. */
    min(epoch: string): Promise<number | null>;
  };
  /** Ids are secrets of 256 bits made by the caller; only their SHA-256 is kept. */
  readonly sessions: {
    create(id: string, session: { user: string; expires: Instant }): Promise<void>;
    /** Also notes that it was seen now. null = unknown, revoked, expired, or its user is disabled. */
    get(id: string): Promise<{ session: Session; user: User } | null>;
    revoke(id: string): Promise<void>;
    revokeAll(user: string): Promise<void>;
  };
  readonly tokens: {
    create(secret: string, token: { id: string; user: string; expires: Instant | null }): Promise<void>;
    get(secret: string): Promise<{ token: Token; user: User } | null>;
    list(): Promise<readonly Token[]>;
    revoke(id: string): Promise<void>;
  };
  readonly users: {
    put(user: { name: string; role: Role; mines: readonly MineCode[]; password: string }): Promise<void>;
    /** Takes as long for a name that does not exist. null = wrong name or password, or disabled. */
    verify(name: string, password: string): Promise<User | null>;
    get(name: string): Promise<User | null>;
    list(): Promise<readonly User[]>;
    /** Also ends the user's sessions when disabled. */
    disable(name: string, disabled: boolean): Promise<void>;
  };
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
