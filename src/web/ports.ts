import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "../lib/clock.ts";
import type { Act, ActResult, Role } from "../model/act.ts";
import type { Alarm, Evidence, JournalRecord, Transition } from "../model/alarm.ts";
import type { MineCode, System } from "../model/mine.ts";
import type { Area, Person } from "../model/people.ts";
import type { PointDef } from "../model/point.ts";
import type { Quality } from "../model/reading.ts";
import type { AlarmClass, Level, Rule } from "../model/rule.ts";
import type { Instant } from "../model/time.ts";
import type { MineView, PointView } from "../model/view.ts";

/** What has changed of a point, for live screens. */
export interface LivePoint {
  readonly id: string;
  readonly value: number | null;
  readonly word?: string | null;
  readonly state: number;
  readonly quality: Quality;
  readonly at: Instant | null;
}

/** Who is underground in one mine; personal data, shown by role only. */
export interface PeopleView {
  readonly asOf: Instant | null;
  readonly underground: number | null;
  readonly quality: "good" | "last-credible";
  readonly people: readonly Person[];
  readonly areas: readonly Area[];
}

/** The point table of one stream and what changed from version to version, newest first. */
export interface TableView {
  readonly version: number;
  readonly at: Instant | null;
  readonly held?: string | null;
  readonly points: readonly PointDef[];
  readonly changes: readonly {
    readonly version: number;
    readonly at: Instant;
    readonly code: string;
    readonly what: string;
    readonly confirmed?: boolean;
  }[];
}

export interface SeriesQuery {
  readonly id: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly step: "raw" | "1m";
  readonly limit: number;
  readonly cursor: string | null;
}

export interface RawRow {
  readonly t: Instant;
  readonly v: number | null;
  readonly s: number;
  /** VERDICT bits. */
  readonly flags: number;
}

export interface MinuteRow {
  readonly t: Instant;
  readonly n: number;
  readonly min: number | null;
  readonly minAt: Instant | null;
  readonly max: number | null;
  readonly maxAt: Instant | null;
  readonly avg: number | null;
  /** All state bits seen in the minute. */
  readonly s: number;
}

export type SeriesAnswer =
  | { readonly step: "raw"; readonly rows: readonly RawRow[]; readonly next: string | null }
  | { readonly step: "1m"; readonly rows: readonly MinuteRow[]; readonly next: string | null };

/** Filters of the alarm list. `mines` null = every mine; otherwise only these, the person's scope applied. */
export interface AlarmQuery {
  readonly state: readonly string[] | null;
  readonly mines: readonly MineCode[] | null;
  readonly levels: readonly Level[] | null;
  readonly classes: readonly AlarmClass[] | null;
  readonly from: Instant | null;
  readonly to: Instant | null;
  readonly q: string | null;
  readonly limit: number;
  /** The index continues after this (onset, id); newest first. */
  readonly after: { readonly raisedAt: Instant; readonly id: string } | null;
}

export interface AlarmRecord {
  readonly alarm: Alarm;
  readonly transitions: readonly {
    readonly seq: number;
    readonly t: Instant;
    readonly transition: Transition;
  }[];
  readonly evidence: Evidence | null;
}

export interface UserRow {
  readonly name: string;
  readonly role: Role;
  /** `["*"]` = every mine. */
  readonly mines: readonly MineCode[];
  /** PHC string made by `hashPassword`. */
  readonly password: string;
  readonly disabled: boolean;
}

/** A session as kept: `id` is the SHA-256 (hex) of the secret in the cookie, which is kept nowhere. */
export interface SessionRow {
  readonly id: string;
  readonly user: string;
  readonly createdAt: Instant;
  readonly seenAt: Instant;
  readonly expiresAt: Instant;
  readonly address: string;
  readonly device: string;
}

/** An API token `dl_<id>_<secret>`; `hash` is the SHA-256 (hex) of the secret. */
export interface TokenRow {
  readonly id: string;
  readonly hash: string;
  readonly user: string;
  readonly expiresAt: Instant | null;
}

export interface RefusedConnection {
  readonly at: Instant;
  readonly address: string;
  readonly clientId: string | null;
  readonly claimed: string | null;
  readonly reason: string;
}

export interface HealthCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface Health {
  readonly live: boolean;
  readonly ready: boolean;
  readonly checks: readonly HealthCheck[];
}

export interface SystemInfo {
  readonly version: string;
  readonly node: string;
  readonly startedAt: Instant;
  readonly configHash: string | null;
  readonly dev: boolean;
  /** Whatever else is worth a line: rates, queue depths, log heads, disk. */
  readonly figures: Readonly<Record<string, number | string>>;
}

/** An act that could not be taken at all: the gateway's own lane is full or it is stopping. Answered 503. */
export type ActOutcome = ActResult | { readonly ok: false; readonly why: "busy"; readonly detail: string };

/** Everything the web room asks of the house. Functions only; edges fit by shape. */
export interface WebPorts {
  readonly clock: Clock;

  /** The journal's epoch and its last synced record. */
  epoch(): string;
  head(): number;
  /** Records from `from` up to the synced head, one chunk at a time. */
  journal(from: number): AsyncIterable<readonly JournalRecord[]>;

  /** The engine's memory: open alarms and those ended within 24 h. Read once, at `start`. */
  openAlarms(): Iterable<Alarm>;
  mines(): Iterable<MineView>;
  mine(code: MineCode): MineView | null;
  points(mine: MineCode): Iterable<PointView>;
  point(id: string): PointView | null;
  people(mine: MineCode): PeopleView | null;
  table(mine: MineCode, system: System): TableView | null;
  rules(): Iterable<Rule>;
  liveGeneration(): number;
  changedSince(generation: number): Iterable<LivePoint>;

  series(query: SeriesQuery): Promise<SeriesAnswer>;
  /** Alarms of the index, by onset from new to old. */
  alarms(query: AlarmQuery): Promise<readonly Alarm[]>;
  alarm(id: string): Promise<AlarmRecord | null>;

  /** Resolves when the act and what it caused are synced in the journal. */
  act(act: Act): Promise<ActOutcome>;
  /** The first time an alarm reached a person's device. False = not taken now. */
  receipt(receipt: {
    readonly alarm: string;
    readonly rung: "delivered" | "rendered" | "seen";
    readonly by: string;
    readonly device: string;
  }): boolean;
  /** Number of alarm screens now connected. */
  screens(count: number): void;
  /** Every record up to `seq` has been written to the screens that can take it. */
  pushed(seq: number): void;

  readonly cursors: {
    get(consumer: string): Promise<{ readonly epoch: string; readonly seq: number } | null>;
    set(consumer: string, epoch: string, seq: number): Promise<void>;
  };
  readonly sessions: {
    get(id: string): Promise<SessionRow | null>;
    put(row: SessionRow): Promise<void>;
    touch(id: string, seenAt: Instant): Promise<void>;
    remove(id: string): Promise<void>;
  };
  readonly users: { get(name: string): Promise<UserRow | null> };
  readonly tokens: { get(id: string): Promise<TokenRow | null> };

  refused(): Iterable<RefusedConnection>;
  health(): Health;
  metrics(): Promise<string>;
  system(): SystemInfo;

  /** Takes over a WebSocket of subprotocol `mqtt` as a byte stream. */
  handleMqtt(stream: Duplex, request: IncomingMessage): void;
}
