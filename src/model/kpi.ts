import type { Suppression, Transition } from "./alarm.ts";
import type { MineCode } from "./mine.ts";
import type { AlarmClass, Level } from "./rule.ts";
import type { Instant, Millis } from "./time.ts";

/** One alarm and its steps, as far as the figures of ISA-18.2 and EEMUA 191 need it. */
export interface KpiFact {
  readonly id: string;
  readonly mine: MineCode;
  readonly mineName: string;
  readonly rule: string;
  readonly ladder: string | null;
  readonly title: string;
  readonly titleEn: string;
  readonly subject: { readonly id: string; readonly name: string };
  readonly place: string;
  readonly class: AlarmClass;
  readonly ack: "required" | "none";
  readonly retrospective: boolean;
  /** Folded under another: told with it and not by itself. */
  readonly folded: boolean;
  readonly steps: readonly KpiStep[];
}

/** One transition of it, in order. */
export interface KpiStep extends Pick<Transition, "what" | "from" | "to" | "by" | "levelTo"> {
  readonly t: Instant;
  readonly suppression: Suppression["kind"];
  /** The handling stage the alarm has with it. */
  readonly stage: string;
  /** How many calls are on its record with it. */
  readonly calls: number;
  /** Whom a step of the chain called. */
  readonly called: readonly string[];
}

export type KpiGrouping = "mine" | "officer" | "shift";

/** A shift by its name; minutes of the local day, `from` after `to` goes over midnight. */
export interface KpiShift {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Durations in ms below which 50, 90 and 99 of 100 lie (nearest rank); null = there are none. */
export interface Percentiles {
  readonly n: number;
  readonly p50: Millis | null;
  readonly p90: Millis | null;
  readonly p99: Millis | null;
}

export interface KpiShare {
  readonly n: number;
  readonly share: number;
}

/** The figures of one mine, officer or shift, or of all together. */
export interface Kpis {
  /** Mine code, account or name of the shift; `*` = all. */
  readonly key: string;
  readonly name: string;
  /** Time the rates are over. */
  readonly time: Millis;
  /** How often an alarm began to ring: raised, stepped up after an acknowledgement, come again. */
  readonly rings: number;
  /** Rings in 10 minutes. */
  readonly rate: { readonly average: number; readonly worst: number; readonly worstAt: Instant | null };
  /** More than 10 rings in 10 minutes, until fewer than 5. */
  readonly floods: { readonly n: number; readonly time: Millis; readonly share: number };
  /** Subjects of one rule or ladder that rang three times within a minute, and their rings in such minutes. */
  readonly chattering: { readonly subjects: number; readonly rings: number };
  /** Over within a minute, before anybody acknowledged. */
  readonly fleeting: number;
  /** Active at the end, and those active for more than a day at some time. */
  readonly standing: number;
  readonly stale: number;
  readonly levels: Readonly<Record<Level, KpiShare>>;
  readonly topRules: readonly (KpiShare & {
    readonly rule: string;
    readonly title: string;
    readonly titleEn: string;
  })[];
  readonly topSubjects: readonly (KpiShare & {
    readonly mine: MineCode;
    readonly mineName: string;
    readonly subject: string;
    readonly name: string;
    readonly place: string;
  })[];
  readonly toAcknowledge: Percentiles;
  readonly unacknowledged: number;
  readonly toCall: Percentiles;
  readonly toFeedback: Percentiles;
  /** Times an alarm was shelved, and alarms that are shelved at the end. */
  readonly shelved: { readonly n: number; readonly standing: number };
}

export interface KpiAnswer {
  readonly total: Kpis;
  readonly groups: readonly Kpis[];
}
