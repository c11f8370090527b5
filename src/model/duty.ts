import type { Role } from "./act.ts";
import type { CallOut, EscalationReason } from "./alarm.ts";
import type { DayNumber } from "./calendar.ts";
import type { EffectiveConfig } from "./config.ts";
import type { MineCode, MineStatus, System } from "./mine.ts";
import type { Level } from "./rule.ts";
import type { Instant, Millis } from "./time.ts";

/** The channel that needs no settings: the screens on which the person is signed in. */
export const SCREEN_CHANNEL = "screen";

/** Where a person is reached, the first first. `to` is an address in the words of the channel. */
export interface Device {
  readonly id: string;
  readonly channel: string;
  readonly to: string;
}

/** Somebody who may be called. */
export interface Person {
  readonly id: string;
  /** The account with which the person signs in; null = never does. */
  readonly user: string | null;
  readonly name: string;
  /** What the person is, for steps that call a role whoever is on duty. */
  readonly role: string;
  /** Whose alarms the person is called for; `["*"]` = every mine. */
  readonly mines: readonly MineCode[];
  readonly devices: readonly Device[];
}

/** Hours of every day, in minutes after midnight in the gateway's zone; `to` at or before `from` is the next day. */
export interface Shift {
  readonly id: string;
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** 值班员 answers, 带班领导 leads. */
export const DUTY_PARTS = ["officer", "lead"] as const;
export type DutyPart = (typeof DUTY_PARTS)[number];

/** Ids of people by what they are on duty as, in the order in which they are called. */
export type Parts = Readonly<Record<DutyPart, readonly string[]>>;

/** Those who are on duty together. */
export interface Crew {
  readonly id: string;
  readonly name: string;
  readonly parts: Parts;
}

/** From a day on: one entry a day of the cycle, the crew of each shift that begins on it. */
export interface Rotation {
  readonly from: DayNumber;
  readonly cycle: readonly Readonly<Record<string, string>>[];
}

/** Whom a step calls. `desk`: nobody's device, the screens only. */
export type CallTarget =
  | { readonly kind: "on-duty"; readonly part: DutyPart }
  | { readonly kind: "person"; readonly person: string }
  | { readonly kind: "role"; readonly role: string }
  | { readonly kind: "contact"; readonly role: string | null }
  | { readonly kind: "next-device" }
  | { readonly kind: "desk" };

/**
 * One step. `after` counts from the moment that asked for attention (`raise`, `not-acknowledged`), from the last call
 * (`not-delivered`), from the acknowledgement (`no-call`, `no-feedback`).
 */
export interface ChainStep {
  readonly when: Exclude<EscalationReason, "step-up">;
  readonly after: Millis;
  readonly to: readonly CallTarget[];
  /** Channels to use, all of them; null = the person's first device. */
  readonly via: readonly string[] | null;
}

export interface EscalationChain {
  readonly levels: readonly Level[];
  /** `["*"]` = every mine; a chain that names the mine goes before one that does not. */
  readonly mines: readonly MineCode[];
  /** Ascending by `after` within each `when`. */
  readonly steps: readonly ChainStep[];
  /** At the end of the chain its last step is repeated this often, until somebody acknowledges. */
  readonly repeat: Millis;
  /** The same for what is missing after the acknowledgement. */
  readonly remind: Millis;
  /** So many times longer are the waits once the condition is over and nobody has acknowledged. */
  readonly returnedTimes: number;
  /** Under a pre-notice nobody beyond the first step is called before this. */
  readonly preNoticeHold: Millis;
}

/** Hours in which steps of these levels wait for the morning; never of red. */
export interface QuietHours {
  readonly from: number;
  readonly to: number;
  readonly levels: readonly Exclude<Level, "red">[];
}

/** `duty.yaml`, parsed and checked. */
export interface DutyConfig {
  readonly people: readonly Person[];
  readonly shifts: readonly Shift[];
  readonly crews: readonly Crew[];
  /** Ascending by `from`. */
  readonly rotations: readonly Rotation[];
  readonly chains: readonly EscalationChain[];
  readonly quiet: readonly QuietHours[];
  /** After a change of shift the handover may take this long. */
  readonly handoverWithin: Millis;
  /** How far ahead somebody must be on the roster at every hour. */
  readonly coverDays: number;
}

/** Where a call goes: the words for the person, the address, the channel. Null = the configuration knows neither. */
export interface CallAddress {
  readonly name: string;
  readonly to: string;
  readonly channel: string;
  readonly user: string | null;
}

const CONTACT = /^contact:([^:]+):(\d+)$/;

/** How a mine's own contact is named in a call: `contact:520523017311:0`, by place in the mine's file. */
export const contactId = (mine: MineCode, at: number): string => `contact:${mine}:${at}`;

export function addressOf(
  config: Pick<EffectiveConfig, "duty" | "mines">,
  { person, device, channel }: CallOut,
): CallAddress | null {
  const [, mine, at] = CONTACT.exec(person) ?? [];
  if (mine !== undefined) {
    const contact = config.mines.find(({ code }) => code === mine)?.contacts[Number(at)];
    return contact === undefined ? null : { name: contact.name, to: contact.phone, channel, user: null };
  }
  const found = config.duty?.people.find(({ id }) => id === person);
  const own = found?.devices.find(({ id }) => id === device);
  return found === undefined || own === undefined
    ? null
    : { name: found.name, to: own.to, channel: own.channel, user: found.user };
}

/** One shift that begins on one day. */
export interface ShiftOf {
  readonly shift: string;
  /** `2026-02-07`, the day it begins on. */
  readonly day: string;
  readonly from: Instant;
  readonly to: Instant;
}

/** Who is on duty, each person once. */
export interface OnDuty {
  readonly shifts: readonly ShiftOf[];
  readonly parts: Parts;
}

/** A dated exception: instead of one person another, or nobody, in one shift of one day. */
export interface Swap {
  readonly day: string;
  readonly shift: string;
  readonly out: string;
  readonly in: string | null;
  readonly reason: string;
}

/** One shift taken over by a person (交接班). */
export interface Handover {
  readonly day: string;
  readonly shift: string;
  readonly person: string;
  readonly at: Instant;
}

export const PRE_NOTICE_KINDS = ["work", "calibration", "switch-over"] as const;
export type PreNoticeKind = (typeof PRE_NOTICE_KINDS)[number];

/** What a pre-notice is about: points and sets by id, systems by name, or all of the mine. */
export type PreNoticeSubject =
  | { readonly kind: "point" | "set"; readonly id: string }
  | { readonly kind: "system"; readonly id: System }
  | { readonly kind: "mine" };

export interface PreNoticeDraft {
  readonly kind: PreNoticeKind;
  readonly mine: MineCode;
  readonly subjects: readonly PreNoticeSubject[];
  readonly from: Instant;
  readonly to: Instant;
  readonly reason: string;
}

/** A pre-notice (报备): shown on alarms while it is in force, never hiding them. */
export interface PreNotice extends PreNoticeDraft {
  readonly id: string;
  /** `approved` is in force from `from` to `to`. */
  readonly state: "applied" | "approved" | "refused" | "ended";
  readonly applied: { readonly by: string; readonly role: Role; readonly at: Instant };
  /** Who approved or refused it: another person. */
  readonly answered: { readonly by: string; readonly at: Instant; readonly note: string | null } | null;
  /** Null `by`: its time was over. */
  readonly ended: { readonly by: string | null; readonly at: Instant } | null;
}

/** What a mine is, from then to then, instead of what its file says. */
export interface StatusChange {
  readonly mine: MineCode;
  readonly status: MineStatus;
  readonly from: Instant;
  /** Null = until something else is said. */
  readonly to: Instant | null;
  readonly reason: string;
  readonly document: string | null;
  readonly by: string;
}

/** What the journal keeps of the duty that is no alarm. */
export type DutyEvent =
  | ({ readonly what: "swap" } & Swap)
  | {
      readonly what: "handover";
      readonly day: string;
      readonly shift: string;
      readonly person: string;
      /** Those who were on duty before. */
      readonly of: readonly string[];
      /** Open alarms taken over; many of them are told in several records. */
      readonly alarms: readonly string[];
      readonly part: number;
      readonly parts: number;
      readonly note: string | null;
    }
  | {
      readonly what: "note";
      readonly text: string;
      /** An alarm, a mine, anything it is about. */
      readonly about: string | null;
      /** Journal seq of the record it corrects; that one stays as it is. */
      readonly corrects: number | null;
    }
  | { readonly what: "pre-notice"; readonly notice: PreNotice }
  | ({ readonly what: "mine-status" } & Omit<StatusChange, "by">);

/** A line of the duty log as the journal numbered it. */
export interface DutyRecord {
  readonly seq: number;
  readonly t: Instant;
  /** Null: the gateway by itself. */
  readonly by: { readonly user: string; readonly role: Role; readonly device: string } | null;
  readonly duty: DutyEvent;
}

/** Hours in which nobody is on the roster. */
export interface CoverGap {
  readonly from: Instant;
  readonly to: Instant;
  readonly words: string;
}

/** What screens show of the duty. */
export interface DutyView {
  readonly now: OnDuty;
  /** The shifts ahead with who is on duty in each. */
  readonly ahead: readonly (ShiftOf & { readonly parts: Parts })[];
  readonly gaps: readonly CoverGap[];
  /** Of the present shifts: who has taken each over. */
  readonly handovers: readonly Handover[];
  /** Those that wait or are in force, and those that ended within a day. */
  readonly preNotices: readonly PreNotice[];
  readonly statuses: readonly StatusChange[];
  /** The last lines of the duty log, newest first. */
  readonly log: readonly DutyRecord[];
}
