import type { DutyEvent, DutyRecord } from "./duty.ts";
import type { CauseCode, Correctable, Stage } from "./handling.ts";
import type { MineCode, System } from "./mine.ts";
import type { PeopleCount } from "./people.ts";
import type { Sample } from "./reading.ts";
import type { AlarmClass, Level } from "./rule.ts";
import type { Instant } from "./time.ts";

/** ISA-18.2 A normal, B unacknowledged, C acknowledged, D returned (unacknowledged). */
export const ALARM_STATES = ["normal", "unacknowledged", "acknowledged", "returned"] as const;
export type AlarmState = (typeof ALARM_STATES)[number];

/** The other axis: whether the alarm is announced (E shelved, F by design, G out of service). */
export type Suppression =
  | { readonly kind: "none" }
  | {
      readonly kind: "shelved";
      readonly by: string;
      readonly until: Instant;
      readonly reason: string;
      /** The second person, where one was needed. */
      readonly approvedBy?: string;
    }
  | { readonly kind: "by-design"; readonly because: string }
  | {
      readonly kind: "out-of-service";
      readonly by: string;
      readonly reason: string;
      readonly until: Instant;
      readonly approvedBy?: string;
    };

/** What somebody asked for and a second person has not answered yet. */
export interface AlarmRequest {
  readonly id: string;
  readonly what: "shelve" | "out-of-service";
  readonly by: string;
  readonly at: Instant;
  readonly until: Instant;
  readonly reason: string;
  /** Off by then, when nobody answers. */
  readonly expires: Instant;
}

/** A corrected field of the handling record: what it said before stays. */
export interface Correction {
  readonly at: Instant;
  readonly by: string;
  readonly field: Correctable;
  readonly before: string | null;
  readonly value: string;
  readonly reason: string;
}

export type SubjectKind = "point" | "area" | "card" | "set" | "link" | "mine" | "gateway";

export interface AlarmLimits {
  readonly alarm: number | null;
  readonly cut: number | null;
  readonly release: number | null;
  readonly from: "law" | "county" | "mine";
}

/**
 * One occurrence, as contract §4 gives it to the outside, but with moments as numbers:
 * `wire/alarm.ts` words them. Immutable: a change makes a new object with the next `n`.
 */
export interface Alarm {
  readonly id: string;
  readonly case: string;
  readonly episode: number;
  readonly mine: MineCode;
  readonly mineName: string;
  readonly system: System;
  readonly subject: { readonly kind: SubjectKind; readonly id: string; readonly name: string };
  readonly point: string | null;
  readonly type: string | null;
  readonly place: string;
  readonly loc: string | null;
  /** The rule of the highest step reached. */
  readonly rule: string;
  readonly ladder: string | null;
  readonly ruleHash: string;
  readonly basis: string | null;
  readonly unverified: boolean;
  readonly title: string;
  readonly titleEn: string;
  readonly level: Level;
  readonly class: AlarmClass;
  readonly ack: "required" | "none";
  readonly state: AlarmState;
  readonly quality: "good" | "unknown" | "suspect";
  readonly suppression: Suppression;
  readonly value: number | null;
  readonly unit: string | null;
  readonly limit: number | null;
  readonly limits: AlarmLimits | null;
  readonly peak: { readonly value: number; readonly at: Instant } | null;
  /** Sample time of onset. */
  readonly raisedAt: Instant;
  /** Gateway time at which the rule became true. */
  readonly detectedAt: Instant;
  readonly returnedAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly acknowledged: {
    readonly by: string;
    readonly at: Instant;
    readonly note: string | null;
    readonly device: string;
  } | null;
  readonly retrospective: boolean;
  readonly calibrating: boolean;
  readonly preNotice: string | null;
  readonly feed: string | null;
  readonly people: PeopleCount | null;
  readonly mineEvents: readonly {
    readonly id: string;
    readonly kind: string;
    readonly start: Instant;
    readonly end: Instant | null;
    readonly cause: string | null;
    readonly measure: string | null;
  }[];
  readonly cause: {
    readonly code: CauseCode;
    readonly text: string;
    readonly measure: string | null;
    readonly by: string;
    readonly at: Instant;
  } | null;
  /** Since when and by whom it is at this stage (null = since it rose, or worsened); when the next is due. */
  readonly handling: {
    readonly stage: Stage;
    readonly by: string | null;
    readonly at: Instant;
    readonly due: Instant | null;
  };
  readonly calls: readonly {
    readonly at: Instant;
    readonly by: string;
    readonly called: string;
    readonly answered: string | null;
    readonly note: string | null;
  }[];
  readonly feedback: { readonly at: Instant; readonly by: string; readonly text: string } | null;
  readonly corrections: readonly Correction[];
  readonly request: AlarmRequest | null;
  /** Its condition is over, and it stays as it is until a person resets it. */
  readonly latched: boolean;
  /** One of three or more within a minute on its subject; returned within seconds, before anybody could act. */
  readonly chattering: boolean;
  readonly fleeting: boolean;
  /** The alarm of its mine that came first in this run of alarms, and the place of this one in it, from 1. */
  readonly firstOut: { readonly of: string; readonly n: number } | null;
  readonly escalation: { readonly step: number; readonly at: Instant } | null;
  /** The open alarm this one is folded under. */
  readonly parent: string | null;
  readonly comments: readonly { readonly at: Instant; readonly by: string; readonly note: string }[];
  /** Number of this alarm's latest transition, from 1. */
  readonly n: number;
  /** Journal position of the latest transition; 0 until it has one. */
  readonly seq: number;
}

/** One step of one alarm. `what` names the reason where states alone do not tell. */
export interface Transition {
  readonly from: AlarmState;
  readonly to: AlarmState;
  readonly n: number;
  readonly what: (typeof TRANSITION_KINDS)[number];
  readonly by?: string;
  readonly note?: string;
  readonly levelFrom?: Level;
  readonly levelTo?: Level;
  /** Of a step of the escalation chain: whom it calls, and why now. */
  readonly calls?: readonly CallOut[];
  readonly why?: EscalationReason;
  /** The second person, where two are needed. */
  readonly approvedBy?: string;
}

/**
 * What people, time and rules make of an alarm beside raising and acknowledging. `request-end`: refused, too late or
 * overtaken. `suppress`: by design. `latch`: over, and held. `worsen`: an acknowledged one asks again. `late`: an act
 * on an occurrence that had ended.
 */
const ALARM_LIFE = [
  "request",
  "request-end",
  "shelve",
  "unshelve",
  "out-of-service",
  "return-to-service",
  "suppress",
  "unsuppress",
  "latch",
  "reset",
  "worsen",
  "stage",
  "call",
  "answer",
  "cause",
  "feedback",
  "correct",
  "late",
] as const;

/** Why an alarm has another record, where its states alone do not tell. */
export const TRANSITION_KINDS = [
  "raise",
  "step-up",
  "return",
  "acknowledge",
  "end",
  "quality",
  "comment",
  "event",
  "fold",
  "rule-change",
  "receipt",
  "escalate",
  "pre-notice",
  ...ALARM_LIFE,
] as const;

/** One person to be reached on one device, through one channel of `duty.yaml`. */
export interface CallOut {
  readonly person: string;
  readonly device: string;
  readonly channel: string;
}

/** What has not happened in time, so that the next in the chain is called; `raise` = the first call. */
export const ESCALATION_REASONS = [
  "raise",
  "step-up",
  "not-delivered",
  "not-acknowledged",
  "no-call",
  "no-feedback",
] as const;
export type EscalationReason = (typeof ESCALATION_REASONS)[number];

/** What a raised alarm stores about why it rang. */
export interface Evidence {
  /** What was remembered of the points it was judged by, by time, the newest last. */
  readonly samples: readonly EvidenceSample[];
  readonly limit: number | null;
  /** Where the limit came from: the clause, the county's file, the mine's own table. */
  readonly origin: string;
  readonly quality: Alarm["quality"];
  /** Spool records from the onset's to the one that raised it. */
  readonly spool: { readonly from: number; readonly to: number };
  readonly ruleHash: string;
  readonly configHash: string;
}

/** `p` is the point's id where there are several. */
export interface EvidenceSample extends Sample {
  readonly p?: string;
}

/** Alarms of one subject by one ladder (or rule) that are out of service, or asked to be. */
export interface Service {
  readonly mine: MineCode;
  readonly subject: { readonly kind: SubjectKind; readonly id: string; readonly name: string };
  readonly key: string;
  readonly by: string;
  readonly at: Instant;
  readonly until: Instant;
  readonly reason: string;
  /** Null while it is asked for. */
  readonly approvedBy: string | null;
  readonly request: string;
}

/** What the core wants in the journal, in order. Times are numbers; the codec words them. */
export type JournalEntry =
  | {
      readonly type: "transition";
      readonly t: Instant;
      readonly transition: Transition;
      readonly alarm: Alarm;
      readonly inputs: readonly number[];
      readonly evidence: Evidence | null;
    }
  | {
      readonly type: "notice";
      readonly t: Instant;
      readonly mine: MineCode;
      readonly system: System | null;
      readonly code: string;
      readonly detail: string;
      readonly inputs: readonly number[];
    }
  | {
      readonly type: "people";
      readonly t: Instant;
      readonly mine: MineCode;
      readonly hash: string;
      readonly list: readonly string[];
      readonly inputs: readonly number[];
    }
  | {
      readonly type: "service";
      readonly t: Instant;
      readonly what: "request" | "begin" | "refuse" | "lapse" | "end";
      readonly service: Service;
      /** Who brought it about; null = time did. */
      readonly by: string | null;
      readonly note: string | null;
      readonly inputs: readonly number[];
    }
  | {
      readonly type: "gap";
      readonly t: Instant;
      readonly from: number;
      readonly to: number;
      readonly detail: string;
    }
  | {
      readonly type: "duty";
      readonly t: Instant;
      /** Null: the gateway by itself. */
      readonly by: DutyRecord["by"];
      readonly duty: DutyEvent;
      readonly inputs: readonly number[];
    }
  | { readonly type: "anchor"; readonly t: Instant; readonly detail: string };

/** An entry with the place the journal gave it. */
export type JournalRecord = JournalEntry & { readonly seq: number };
