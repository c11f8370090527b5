import type { Act } from "./act.ts";
import type { Alarm } from "./alarm.ts";
import type { EffectiveConfig } from "./config.ts";
import type { MineCode, System } from "./mine.ts";
import type { Area, Person } from "./people.ts";
import type { PointDef } from "./point.ts";
import type { Columns } from "./reading.ts";
import type { StatSpan } from "./series.ts";
import type { Instant } from "./time.ts";

export const TOPIC_KINDS = [
  "points",
  "readings",
  "backfill",
  "stats",
  "events",
  "people",
  "files",
  "status",
] as const;
export type TopicKind = (typeof TOPIC_KINDS)[number];

/** One thing of a message that was refused, the rest being kept. */
export interface Rejected {
  readonly what: string;
  readonly reason: string;
}

export interface MineEvent {
  readonly id?: string;
  readonly kind: string;
  readonly p?: string;
  readonly card?: string;
  readonly area?: string;
  readonly start: Instant;
  readonly end?: Instant;
  readonly max?: number;
  readonly maxAt?: Instant;
  readonly cause?: string;
  readonly measure?: string;
  readonly by?: string;
}

export interface StatRow extends StatSpan {
  readonly p: string;
}

/** A sample of what was refused of a text file; `code` is what it is counted under. */
export interface FileSample extends Rejected {
  readonly code?: string;
}

/** What the reading of one text file came to. What it brought comes as packets before. */
export interface FileTold {
  readonly name: string;
  /** `taken`: whole; `bad`: nothing of it; `duplicate`: its content had come before. */
  readonly outcome: "taken" | "partly" | "bad" | "duplicate";
  /** 53 bits over the file as it lay there: told of again before it was moved away, it is counted once. */
  readonly digest: number;
  readonly records: number;
  /** How many of them were refused, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Some of them in words. */
  readonly samples: readonly FileSample[];
}

/** What a message says, after `wire` read it. `unusable`: quarantined, acknowledged, counted. */
export type Body =
  | {
      readonly kind: "readings" | "backfill";
      readonly ts: Instant;
      readonly seq: number | null;
      readonly columns: Columns;
    }
  | {
      readonly kind: "points";
      readonly ts: Instant;
      readonly part: number;
      readonly parts: number;
      readonly points: readonly PointDef[];
      readonly rejected: readonly Rejected[];
    }
  | {
      readonly kind: "events";
      readonly ts: Instant;
      readonly events: readonly MineEvent[];
      readonly rejected: readonly Rejected[];
    }
  | {
      readonly kind: "stats";
      readonly ts: Instant;
      readonly stats: readonly StatRow[];
      readonly rejected: readonly Rejected[];
    }
  | {
      readonly kind: "people";
      readonly ts: Instant;
      readonly part: number;
      readonly parts: number;
      readonly count: number | null;
      readonly people: readonly Person[];
      readonly areas: readonly Area[] | null;
      readonly rejected: readonly Rejected[];
    }
  | {
      readonly kind: "files";
      readonly ts: Instant | null;
      readonly files: readonly FileTold[];
      readonly rejected: readonly Rejected[];
    }
  | {
      readonly kind: "status";
      readonly ts: Instant | null;
      readonly online: boolean;
      readonly software: string | null;
    }
  | { readonly kind: "unusable"; readonly reason: string };

interface Base {
  /** Position in the spool. */
  readonly seq: number;
  readonly now: Instant;
}

export interface PacketInput extends Base {
  readonly type: "packet";
  readonly mine: MineCode;
  /** null = the mine as a whole (`…/status`). */
  readonly system: System | null;
  readonly topicKind: TopicKind;
  readonly qos: 0 | 1;
  /** Number of the connection it came by: a stepped-back clock counts only within one. */
  readonly connection: number;
  /** 53 bits of a hash over topic and payload: the same packet again has the same. */
  readonly digest: number;
  readonly body: Body;
}

/** Why a connection went whose client id came again; with words after it, too often to be one program. */
export const TAKEN_OVER = "taken over";
/** Why a connection is up that goes in clear beyond this machine. */
export const IN_CLEAR = "connected in clear by a listed exception";
export const TWICE = `${TAKEN_OVER}: `;

export interface LinkInput extends Base {
  readonly type: "link";
  readonly mine: MineCode;
  readonly event: "up" | "down";
  readonly connection: number;
  /** A system-scoped credential serves one stream; null = all of the mine's. */
  readonly system: System | null;
  readonly why: string;
}

export interface TickInput extends Base {
  readonly type: "tick";
}

export interface ActInput extends Base {
  readonly type: "act";
  readonly act: Act;
  /** The alarm it is about as it was recorded last, where it is over: the engine may have forgotten it. */
  readonly past?: Alarm;
}

/** The first time an alarm was delivered to, or seen by, a person's device. */
export interface ReceiptInput extends Base {
  readonly type: "receipt";
  readonly alarm: string;
  readonly rung: "delivered" | "rendered" | "seen";
  readonly by: string;
  readonly device: string;
}

export interface ConfigInput extends Base {
  readonly type: "config";
  readonly hash: string;
  readonly config: EffectiveConfig;
  readonly reason: "start" | "reload" | "upgrade";
  /** What is to be known of a reload: how it would have judged the last hour. */
  readonly told?: string;
}

/** A reading the gateway takes of itself; `point` is a code of the `gateway` system, 0 = well. */
export interface SelfInput extends Base {
  readonly type: "self";
  readonly point: string;
  readonly value: number;
  readonly detail: string;
  /** Records of the spool that went before the series held them: written down as such. */
  readonly gap?: { readonly from: number; readonly to: number };
}

/** What became of a text file of a folder of the gateway's own, where there is more to say than that it was taken. */
export interface FileInput extends Base, FileTold {
  readonly type: "file";
  readonly mine: MineCode;
  readonly system: System;
}

/** The gateway's clock was re-based: every deadline moves by `by`. */
export interface ClockInput extends Base {
  readonly type: "clock";
  readonly by: number;
}

export interface StartInput extends Base {
  readonly type: "start";
  readonly version: string;
  readonly epoch: string;
  /** The first call for an alarm stands in the record that raises it; absent = in one of its own, as it once was. */
  readonly firstCall?: "with-raise";
}

export interface StopInput extends Base {
  readonly type: "stop";
}

export type Input =
  | PacketInput
  | LinkInput
  | TickInput
  | ActInput
  | ReceiptInput
  | ConfigInput
  | SelfInput
  | FileInput
  | ClockInput
  | StartInput
  | StopInput;

type WithoutBase<T> = T extends Base ? Omit<T, "seq" | "now"> : never;
/** An input before the gateway has given it its place and its moment. */
export type Arrival = WithoutBase<Input>;
