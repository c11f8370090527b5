import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "../lib/clock.ts";
import type { Act, Actor, ActResult, Role } from "../model/act.ts";
import type { Alarm, AlarmState, Evidence, JournalRecord, Service, Transition } from "../model/alarm.ts";
import type { DutyRecord, DutyView, Person, PreNotice, StatusChange } from "../model/duty.ts";
import type { KpiAnswer, KpiGrouping } from "../model/kpi.ts";
import type { MineCode, System } from "../model/mine.ts";
import type { MineCheck } from "../model/mine-check.ts";
import type { Notification, NotificationQuery } from "../model/notification.ts";
import type { AlarmClass, Level, Rule } from "../model/rule.ts";
import type { SeriesAnswer, SeriesQuery } from "../model/series.ts";
import type { Instant } from "../model/time.ts";
import type {
  FloodView,
  LimitsView,
  LiveValue,
  MineView,
  PeopleView,
  PointView,
  RequestView,
  ShadowView,
  ShelfView,
  TableView,
  UnrestView,
} from "../model/view.ts";
import type { Push } from "./ladder.ts";

export interface AlarmQuery {
  readonly state?: readonly AlarmState[];
  readonly mine?: readonly MineCode[];
  readonly level?: readonly Level[];
  readonly class?: readonly AlarmClass[];
  /** `from` ≤ raisedAt < `to`. */
  readonly from?: Instant;
  readonly to?: Instant;
  readonly q?: string;
  readonly limit?: number;
  readonly cursor?: string | null;
}

export interface AlarmPage {
  /** By onset, newest first. */
  readonly items: readonly { readonly id: string; readonly seq: number; readonly alarm: Alarm }[];
  readonly next: string | null;
}

export interface AlarmHistory {
  readonly alarm: Alarm;
  readonly transitions: readonly {
    readonly seq: number;
    readonly t: Instant;
    readonly transition: Transition;
  }[];
  readonly evidence: Evidence | null;
}

export interface UserView {
  readonly name: string;
  readonly role: Role;
  /** `["*"]` = every mine. */
  readonly mines: readonly MineCode[];
  readonly disabled: boolean;
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

interface ReceiverView {
  readonly name: string;
  readonly url: string;
  readonly connected: boolean;
  readonly since: Instant;
  readonly detail: string | null;
  readonly gaps: number;
  readonly lastGap: { readonly from: Instant; readonly to: Instant } | null;
  readonly messages: number;
  readonly refused: number;
  readonly unknown: number;
  readonly waiting: number;
  readonly mines: number;
  readonly counts: Readonly<Record<string, number>>;
}

interface SystemInfo {
  readonly version: string;
  readonly node: string;
  readonly startedAt: Instant;
  readonly configHash: string | null;
  readonly dev: boolean;
  /** What became of the last changed configuration; null = none came since the start. */
  readonly reload: {
    readonly at: Instant;
    readonly ok: boolean;
    readonly faults: readonly string[];
    readonly detail: string;
  } | null;
  /** Brokers the gateway is the client of. */
  readonly receivers: readonly ReceiverView[];
  /** Whatever else is worth a line: rates, queue depths, log heads, disk. */
  readonly figures: Readonly<Record<string, number | string>>;
}

/** An act that could not be taken at all: the gateway's own lane is full or it is stopping. Answered 503. */
export type ActOutcome = ActResult | { readonly ok: false; readonly why: "busy"; readonly detail: string };

export interface PushDevice {
  readonly device: string;
  readonly channel: string;
  readonly publicKey: string;
  readonly subscribed: boolean;
}

export type SubscriptionRefused =
  | { readonly why: "unknown-device" }
  | { readonly why: "not-allowed"; readonly detail: string };

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
  limits(id: string): LimitsView | null;
  shadows(): Iterable<ShadowView>;
  rules(): Iterable<Rule>;
  liveGeneration(): number;
  changedSince(generation: number): Iterable<LiveValue>;

  /** A point that was never stored has no rows. */
  series(query: SeriesQuery): Promise<SeriesAnswer>;
  /** The index of the journal: every alarm ever raised. */
  alarms(query: AlarmQuery): Promise<AlarmPage>;
  alarm(id: string): Promise<AlarmHistory | null>;

  /** The figures of a range; `mines` null = every mine. */
  kpis(query: {
    readonly from: Instant;
    readonly to: Instant;
    readonly by: KpiGrouping;
    readonly mines: readonly MineCode[] | null;
  }): Promise<KpiAnswer>;
  /** The send log, the newest first; null = not filtered by this. */
  notifications(query: NotificationQuery): Promise<readonly Notification[]>;
  /** A provider's report, by the channel's id and the secret of its address. */
  reports(
    channel: string,
    secret: string,
    body: string,
  ): Promise<
    | { readonly ok: true; readonly body: object }
    | { readonly ok: false; readonly why: "unknown" | "not-json" }
  >;
  /** A pushed message was shown or opened. False = no such message. */
  opened(token: string, rung: "delivered" | "seen"): Promise<boolean>;
  /** The devices of this account's person that a browser can be. */
  pushDevices(user: string): Promise<readonly PushDevice[]>;
  /** Null = kept. */
  subscribe(user: string, device: string, subscription: string | null): Promise<SubscriptionRefused | null>;

  /** Null = there is no roster. */
  duty(): DutyView | null;
  /** The people of the roster, and the account of each that has one. */
  roster(): readonly Person[];
  accounts(): ReadonlyMap<string, string>;
  preNotices(): readonly PreNotice[];
  statuses(): readonly StatusChange[];
  /** What stands over the alarms. */
  floods(): readonly FloodView[];
  shelves(): readonly ShelfView[];
  outOfService(): readonly Service[];
  requests(): readonly RequestView[];
  unrest(): readonly UnrestView[];
  /** The newest first. */
  dutyLog(query: { readonly before: number | null; readonly limit: number }): Promise<readonly DutyRecord[]>;
  /** When each ring of an alarm was on disk, and written to the screens. */
  pushes(alarm: string): Promise<readonly Push[]>;

  /** Resolves when the act and what it caused are synced in the journal. */
  /** `past`: the alarm as it was recorded last, where it is over. */
  act(act: Act, past?: Alarm): Promise<ActOutcome>;
  /** The first time an alarm reached a person's device. False = not taken now. */
  receipt(receipt: {
    readonly alarm: string;
    readonly rung: "delivered" | "rendered" | "seen";
    readonly by: string;
    readonly device: string;
    /** Red, or waiting for long: not put off for what mines send. */
    readonly urgent: boolean;
  }): boolean;
  /** The alarm screens that are connected now. */
  screens(seats: readonly { readonly user: string; readonly role: Role }[]): void;
  /** Every record up to `seq` has been written to those of so many screens that can take it. */
  pushed(seq: number, screens: number): void;
  /** What the screens made of a canary: how many there were, and those still there that did not acknowledge it. */
  canary(flight: { readonly screens: number; readonly deaf: readonly string[] }): void;

  readonly cursors: {
    get(consumer: string): Promise<{ readonly epoch: string; readonly seq: number } | null>;
    set(consumer: string, epoch: string, seq: number): Promise<void>;
  };
  /** Secrets of 256 bits are made here; the store keeps only their SHA-256. */
  readonly sessions: {
    create(secret: string, session: { user: string; expires: Instant }): Promise<void>;
    /** Null = unknown, revoked, expired, or its user is disabled. */
    get(secret: string): Promise<{ readonly user: UserView } | null>;
    revoke(secret: string): Promise<void>;
  };
  readonly tokens: {
    get(secret: string): Promise<{ readonly token: { readonly id: string }; readonly user: UserView } | null>;
  };
  readonly users: {
    /** Takes as long for a name that does not exist. Null = wrong name or password, or disabled. */
    verify(name: string, password: string): Promise<UserView | null>;
  };

  refused(): Iterable<RefusedConnection>;
  /** What mines sign in with over MQTT; a password is told once and kept as its hash. The journal says who did it. */
  readonly credentials: {
    list(mine: MineCode): readonly {
      readonly id: string;
      readonly system: System | null;
      readonly note: string;
      readonly by: string;
      readonly createdAt: Instant;
    }[];
    issue(
      mine: MineCode,
      about: { readonly system: System | null; readonly note: string; readonly by: Actor },
    ): Promise<{ readonly id: string; readonly password: string }>;
    /** False = there is none of this id. */
    revoke(mine: MineCode, id: string, by: Actor): Promise<boolean>;
  };
  /** How well a mine is connected, over the hours before now; null = no such mine. */
  check(mine: MineCode, hours: number): Promise<MineCheck | null>;
  /** The same as a page to print and sign, with who asked for it. */
  checkSheet(check: MineCheck, by: string): string;
  health(): Health;
  metrics(): Promise<string>;
  system(): SystemInfo;

  /** Takes over a WebSocket of subprotocol `mqtt` as a byte stream. */
  handleMqtt(stream: Duplex, request: IncomingMessage): void;
}
