import type { Alarm, AlarmRequest, Service, SubjectKind } from "./alarm.ts";
import type { MineCode, MineConfig, System } from "./mine.ts";
import type { Area, Person } from "./people.ts";
import type { PointDef } from "./point.ts";
import type { Quality } from "./reading.ts";
import type { EffectiveLimits, Level, LimitOrigin, Rule } from "./rule.ts";
import type { Instant, Millis } from "./time.ts";

/** Counters of one mine by reason: `accepted`, `duplicate`, `late`, `suspect`, `rejected:value-overflow`, … */
export type Counters = Readonly<Record<string, number>>;

export interface StreamView {
  readonly mine: MineCode;
  readonly system: System;
  readonly link: "up" | "down" | "unknown";
  /** Newest accepted sample time and gateway time of the newest message; null = never. */
  readonly newestSample: Instant | null;
  readonly newestMessage: Instant | null;
  /** Median of (arrival − ts) of the last live messages; null = not enough yet. */
  readonly offset: Millis | null;
  readonly points: number;
  readonly tableVersion: number;
  readonly tableHeld: string | null;
  readonly cycle: number;
  readonly seqGaps: number;
}

export interface RejectSample {
  readonly at: Instant;
  readonly topic: string;
  readonly reason: string;
  readonly what: string;
  /** Of a text file: what it is counted under, where the reason is a sentence. */
  readonly code?: string;
}

export interface MineView {
  readonly config: MineConfig;
  readonly link: "up" | "down" | "unknown";
  readonly worst: Level;
  readonly open: number;
  readonly unacknowledged: number;
  readonly newestSample: Instant | null;
  readonly newestMessage: Instant | null;
  readonly underground: number | null;
  readonly streams: readonly StreamView[];
  readonly counters: Counters;
  readonly rejects: readonly RejectSample[];
}

export interface PointView {
  readonly id: string;
  readonly slot: number;
  readonly mine: MineCode;
  readonly system: System;
  readonly def: PointDef;
  /** Confirmed location class, or null while only proposed. */
  readonly loc: string | null;
  readonly confirmed: boolean;
  readonly unit: string | null;
  readonly limits: EffectiveLimits | null;
  readonly value: number | null;
  readonly word: string | null;
  readonly state: number;
  readonly quality: Quality;
  readonly at: Instant | null;
  /** False when the latest point table dropped it: it stays armed until that is confirmed. */
  readonly listed: boolean;
}

/** One change between two point tables; `confirm`: it waits for a person. */
export interface TableChange {
  readonly at: Instant;
  readonly version: number;
  readonly what: "added" | "dropped" | "returned" | "retyped" | "loosened" | "changed";
  readonly code: string;
  readonly detail: string;
  readonly confirm: boolean;
}

export interface TableView {
  readonly version: number;
  readonly at: Instant | null;
  /** Why a newer table is held back; null = none is. */
  readonly held: string | null;
  readonly points: readonly PointDef[];
  readonly changes: readonly TableChange[];
}

/** One limit as it holds for a point, with its origin. */
export interface LimitView extends LimitOrigin {
  readonly value: number;
}

/** What holds for a point and where it came from: law row, county's file, the mine's own table. */
export interface LimitsView {
  readonly point: string;
  readonly type: string;
  readonly unit: string | null;
  /** Confirmed location class; null while the mine's proposal waits. */
  readonly loc: string | null;
  readonly proposed: string | null;
  /** Who confirmed the place: the county's file (and where), a person's act, nobody. */
  readonly locFrom: { readonly by: "file" | "act"; readonly at: string | null } | null;
  readonly alarm: LimitView | null;
  readonly cut: LimitView | null;
  readonly release: LimitView | null;
  /** Lower limits, and whose they are. */
  readonly lower: EffectiveLimits | null;
  /** Limits by level, where the county wrote some. */
  readonly grades: Readonly<Record<"blue" | "yellow" | "orange" | "red", number | null>> | null;
}

/** One alarm a shadow rule would have raised. */
export interface ShadowCase {
  readonly id: string;
  readonly mine: MineCode;
  readonly mineName: string;
  readonly subject: Alarm["subject"];
  readonly point: string | null;
  readonly place: string;
  readonly level: Level;
  readonly from: Instant;
  /** Null while it lasts. */
  readonly to: Instant | null;
  /** With which it would have risen, and the worst once it was over. */
  readonly value: number | null;
  readonly unit: string | null;
  readonly limit: number | null;
}

/** A rule on trial: judged live, never told to anybody (contract §8, `shadow`). */
export interface ShadowView {
  readonly rule: Rule;
  /** Since it stands as it does. */
  readonly raised: number;
  readonly open: number;
  /** Newest first. */
  readonly last: readonly ShadowCase[];
}

/** What a live screen redraws of a point. */
export interface LiveValue {
  readonly id: string;
  readonly value: number | null;
  readonly word: string | null;
  readonly state: number;
  readonly quality: Quality;
  readonly at: Instant | null;
}

export interface PeopleView {
  readonly ts: Instant;
  readonly underground: number;
  readonly quality: "good" | "last-credible";
  readonly people: readonly Person[];
  readonly areas: readonly Area[];
}

/** A case that is shelved: nobody is told of it up to this level. */
export interface ShelfView {
  readonly case: string;
  readonly mine: MineCode;
  readonly level: Level;
  readonly by: string;
  readonly approvedBy: string | null;
  readonly at: Instant;
  readonly until: Instant;
  readonly reason: string;
}

/** What waits for a second person; `service` of what is to go out of service. */
export interface RequestView extends AlarmRequest {
  readonly mine: MineCode;
  readonly case: string | null;
  readonly service: Service | null;
}

/** How fast alarms are announced; `mine` null = the county as a whole. */
export interface FloodView {
  readonly mine: MineCode | null;
  /** New ones within the last ten minutes. */
  readonly lately: number;
  /** Since when it is a flood, null = it is none; and how many came in it. */
  readonly since: Instant | null;
  readonly alarms: number;
}

/** How often one subject's alarms of one ladder, or rule, rose, and how many of those were of no use. */
export interface UnrestView {
  readonly mine: MineCode;
  readonly kind: SubjectKind;
  readonly id: string;
  readonly key: string;
  readonly raised: number;
  readonly chattering: number;
  readonly fleeting: number;
  readonly last: Instant;
}
