import type { MineConfig } from "../model/mine.ts";
import type { PointDef } from "../model/point.ts";
import type { Quality } from "../model/reading.ts";
import type { EffectiveLimits } from "../model/rule.ts";
import type { AlarmJson, TransitionJson } from "../wire/alarm.ts";
import type { AlarmsServer, LivePointJson } from "../wire/stream.ts";

export type { AlarmJson, TransitionJson };

/** What the gateway says to a screen (contract.md §4–§6); moments are ISO strings, extra fields are ignored. */

/** `done` answers a command; the console acts by REST and has none. */
export type ServerMessage = Exclude<AlarmsServer, { type: "done" }>;
export type LiveJson = LivePointJson;

export interface SessionJson {
  readonly user: string;
  readonly role: string;
  readonly mines: readonly string[];
  readonly csrf?: string;
}

interface StreamJson {
  readonly system: string;
  readonly link: "up" | "down" | "unknown";
  readonly newestSample: string | null;
  readonly newestMessage: string | null;
  readonly offset: number | null;
  readonly points: number;
  readonly tableVersion: number;
  readonly tableHeld: string | null;
  readonly cycle: number;
  readonly seqGaps: number;
}

export interface MineJson {
  readonly config: Pick<
    MineConfig,
    "code" | "name" | "kind" | "status" | "gasGrade" | "rockBurst" | "approvedUnderground" | "contacts"
  >;
  readonly link: "up" | "down" | "unknown";
  readonly newestSample: string | null;
  readonly newestMessage: string | null;
  readonly underground: number | null;
  readonly streams: readonly StreamJson[];
  readonly counters: Readonly<Record<string, number>>;
  readonly rejects: readonly {
    readonly at: string;
    readonly topic: string;
    readonly reason: string;
    readonly what: string;
  }[];
}

export interface PointJson {
  readonly id: string;
  readonly mine: string;
  readonly system: string;
  readonly def: PointDef;
  readonly loc: string | null;
  readonly confirmed: boolean;
  readonly unit: string | null;
  readonly limits: EffectiveLimits | null;
  readonly value: number | null;
  readonly word: string | null;
  readonly state: number;
  readonly quality: Quality;
  readonly at: string | null;
  readonly listed: boolean;
}

export interface ResponseJson {
  readonly cause: string;
  readonly consequence: string;
  readonly action: string;
  readonly within: number | null;
}

export interface AlarmRecordJson {
  readonly alarm: AlarmJson;
  readonly transitions: readonly {
    readonly seq: number;
    readonly t: string;
    readonly transition: TransitionJson;
  }[];
  readonly response: ResponseJson | null;
  /** A page of ours, for troubles of the gateway. */
  readonly runbook?: string | null;
}

export interface RawRow {
  readonly t: number;
  readonly v: number | null;
  readonly s: number;
}

export interface MinuteRow {
  readonly t: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly avg: number | null;
  readonly s: number;
}

export type SeriesJson =
  | { readonly step: "raw"; readonly rows: readonly RawRow[]; readonly next: string | null }
  | { readonly step: "1m"; readonly rows: readonly MinuteRow[]; readonly next: string | null };
