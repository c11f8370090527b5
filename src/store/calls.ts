import type { Said } from "../lib/lasting-worker.ts";
import type { Alarm } from "../model/alarm.ts";
import type { DutyRecord } from "../model/duty.ts";
import type { Notification, NotificationQuery } from "../model/notification.ts";
import type { SeriesQuery } from "../model/series.ts";
import type { SeriesParcel } from "../wire/series-parcel.ts";
import type {
  AlarmQuery,
  AlarmRecord,
  CredentialRow,
  Cursor,
  Due,
  DutyLogQuery,
  Ended,
  FactPage,
  FactQuery,
  Outbox,
  OutboxDepth,
  OutboxOptions,
  Progress,
  SeriesBatch,
  SeriesRetention,
  SessionRow,
  StoreTrouble,
  TokenRow,
  UserRow,
} from "./api.ts";
import type { PushRow } from "./pushes.ts";

/** What the main thread may ask of the worker, by name. Everything here can be structured-cloned. */
export interface Calls {
  series(query: SeriesQuery): SeriesParcel;
  alarms(query: AlarmQuery): Promise<Alarm[]>;
  alarm(id: string): Promise<AlarmRecord | null>;
  facts(query: FactQuery): Promise<FactPage>;
  dutyLog(query: DutyLogQuery): Promise<DutyRecord[]>;
  putPushes(rows: readonly PushRow[]): void;
  getPushes(alarm: string): PushRow[];
  getCursor(consumer: string): Cursor | null;
  setCursors(cursors: readonly Cursor[]): void;
  minCursor(epoch: string, now: number): number | null;
  getSession(id: string, now: number): SessionRow | null;
  putSession(row: SessionRow, now: number): void;
  touchSession(id: string, seenAt: number): void;
  removeSession(id: string): void;
  removeSessions(user: string): void;
  getToken(id: string, now: number): TokenRow | null;
  putToken(row: TokenRow): void;
  listTokens(): TokenRow[];
  removeToken(id: string): void;
  putCredential(row: CredentialRow): void;
  listCredentials(): CredentialRow[];
  removeCredential(id: string): void;
  getUser(name: string): UserRow | null;
  putUser(row: UserRow): void;
  listUsers(): UserRow[];
  openOutbox(head: number): number;
  dueOutbox(query: Parameters<Outbox["due"]>[0]): Due;
  bodiesOutbox(seqs: readonly number[]): Record<number, string>;
  beginOutbox(messages: Parameters<Outbox["begin"]>[0]): void;
  finishOutbox(ended: Ended): void;
  attemptsOutbox(channel: string, since: number): number[];
  receiptOutbox(receipt: Parameters<Outbox["receipt"]>[0]): Notification[];
  listOutbox(query: NotificationQuery): Notification[];
  depthOutbox(): { channels: OutboxDepth[]; dropped: number };
  putPush(person: string, device: string, subscription: string | null): void;
  getPush(person: string, device: string): string | null;
  progress(): Progress;
  flush(): void;
  close(): void;
}

export type CallName = keyof Calls;

export type ToWorker =
  | { readonly type: "call"; readonly id: number; readonly name: CallName; readonly args: readonly unknown[] }
  | { readonly type: "names"; readonly slots: readonly { readonly slot: number; readonly id: string }[] }
  | { readonly type: "rows"; readonly batch: SeriesBatch }
  | { readonly type: "spool"; readonly head: number }
  | { readonly type: "journal"; readonly head: number };

export type FromWorker = Said | Told;

export type Told =
  /** A live batch is done with. */
  | { readonly type: "done"; readonly position: number }
  /** Where the reading of the spool is. */
  | { readonly type: "at"; readonly position: number }
  /** Something waits in the outbox that did not. */
  | { readonly type: "outbox" }
  | { readonly type: "trouble"; readonly code: StoreTrouble; readonly detail: string };

/** What a worker is started with. */
export interface WorkerOptions {
  readonly dir: string;
  readonly spoolDir: string;
  readonly journalDir: string;
  readonly epoch: string;
  /** null = for ever. */
  readonly retention: SeriesRetention | null;
  readonly outbox: OutboxOptions | null;
  /** The outbox was opened by a worker before this one. */
  readonly outboxResumed: boolean;
}
