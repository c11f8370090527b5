import type { SubjectKind } from "./alarm.ts";
import type { PreNoticeDraft } from "./duty.ts";
import type { CauseCode, Correctable, Stage } from "./handling.ts";
import type { MineCode, MineStatus } from "./mine.ts";
import type { PointLinks } from "./point.ts";
import type { Instant } from "./time.ts";

export const ROLES = ["viewer", "duty", "lead", "admin", "auditor", "mine"] as const;
export type Role = (typeof ROLES)[number];

/** Who acts, as judged when the act was accepted. */
export interface Actor {
  readonly user: string;
  readonly role: Role;
  /** `["*"]` = every mine. */
  readonly mines: readonly MineCode[];
  readonly device: string;
}

/** The occurrence an act names; `expect` = the alarm's `seq` the person last saw, null where it cannot be known. */
interface Of {
  readonly alarm: string;
  readonly expect: number | null;
}

/** What is taken out of service: all alarms of one subject by one ladder, or rule without one (`key`). */
export interface ServiceTarget {
  readonly kind: SubjectKind;
  readonly id: string;
  readonly key: string;
}

/**
 * What a person does to an alarm.
 * - `shelve`: orange, and `out-of-service` always, begin only when another person approves (`approve`, `refuse`).
 * - `stage`: the next one of the closed loop. `call`: a telephone call that was made, `answered` by whom.
 * - `answer`: the mine's side of it, by name; `cause`, `feedback`: of either side. `correct`: a new record.
 */
export type AlarmAct =
  | (Of & { readonly do: "acknowledge"; readonly note: string | null })
  | (Of & { readonly do: "comment"; readonly note: string })
  | (Of & { readonly do: "shelve"; readonly until: Instant; readonly reason: string })
  | (Of & { readonly do: "unshelve"; readonly note: string | null })
  | (Of & { readonly do: "reset"; readonly note: string | null })
  | (Of & { readonly do: "stage"; readonly stage: Stage; readonly note: string | null })
  | (Of & {
      readonly do: "call";
      readonly at: Instant;
      readonly called: string;
      readonly answered: string | null;
      readonly note: string | null;
    })
  | (Of & { readonly do: "answer"; readonly by: string; readonly note: string | null })
  | (Of & {
      readonly do: "cause";
      readonly code: CauseCode;
      readonly text: string;
      readonly measure: string | null;
    })
  | (Of & { readonly do: "feedback"; readonly text: string })
  | (Of & {
      readonly do: "correct";
      readonly field: Correctable;
      readonly value: string;
      readonly reason: string;
    })
  | {
      readonly do: "out-of-service";
      readonly target: ServiceTarget;
      readonly until: Instant;
      readonly reason: string;
    }
  | { readonly do: "return-to-service"; readonly target: ServiceTarget; readonly note: string | null }
  | { readonly do: "approve"; readonly request: string }
  | { readonly do: "refuse"; readonly request: string; readonly reason: string };

/** Who acts; idempotent by `id` (made by the client). */
interface Acting {
  readonly id: string;
  readonly actor: Actor;
}

/** An act on alarms with whoever does it. */
export type ActOnAlarm = Acting & AlarmAct;

/** Something a person does to an alarm or a mine. */
export type Act = Acting &
  (
    | AlarmAct
    | { readonly do: "confirm-location"; readonly point: string; readonly loc: string }
    | {
        readonly do: "confirm-points";
        readonly mine: MineCode;
        /** All of them or none; `point` is `{system}:{code}`. */
        readonly points: readonly (PointLinks & { readonly point: string; readonly loc?: string })[];
      }
    | {
        readonly do: "confirm-table";
        readonly mine: MineCode;
        readonly system: string;
        readonly accept: boolean;
      }
    | CredentialAct
    | DutyAct
  );

/** What a mine signs in with is made or ends; the password itself is nobody's to know. */
export interface CredentialAct {
  readonly do: "credentials";
  readonly mine: MineCode;
  readonly what: "issued" | "revoked";
  readonly credential: string;
  /** Its only system; null = all of the mine's. */
  readonly system: string | null;
}

/** What a person does about the duty: judged in `core/acts-duty.ts`, told by journal records of type `duty`. */
export type DutyAct =
  | {
      readonly do: "swap";
      /** `2026-02-07`, the day the shift begins on. */
      readonly day: string;
      readonly shift: string;
      readonly out: string;
      /** Null: nobody instead. */
      readonly in: string | null;
      readonly reason: string;
    }
  | {
      readonly do: "handover";
      /** Open alarms the person takes over: all of them. */
      readonly alarms: readonly string[];
      /** Journal seq of the list the person read: what asked for attention later need not be named. */
      readonly asOf: number | null;
      readonly note: string | null;
    }
  | {
      readonly do: "duty-note";
      readonly text: string;
      readonly about: string | null;
      /** Journal seq of the record of the duty log that it corrects. */
      readonly corrects: number | null;
    }
  | { readonly do: "pre-notice"; readonly step: "apply"; readonly draft: PreNoticeDraft }
  | {
      readonly do: "pre-notice";
      readonly step: "approve" | "refuse" | "end";
      readonly notice: string;
      readonly note: string | null;
    }
  | {
      readonly do: "mine-status";
      readonly mine: MineCode;
      readonly status: MineStatus;
      /** Null: from now on. */
      readonly from: Instant | null;
      readonly to: Instant | null;
      readonly reason: string;
      readonly document: string | null;
    };

/**
 * What became of an act. `seq`: the journal record it made, null when it changed nothing new. `already`: it was done
 * before, `by` whom and when (`at`) where somebody else did it. `closed`: the occurrence had ended; the act is in the
 * journal beside it. `request`: it waits for a second person under this id.
 */
export type ActResult =
  | {
      readonly ok: true;
      readonly seq: number | null;
      readonly already: boolean;
      readonly by?: string;
      readonly at?: Instant;
      readonly closed?: true;
      readonly request?: string;
      /** The id of what the act made, a pre-notice. */
      readonly made?: string;
    }
  | {
      readonly ok: false;
      readonly why:
        | "unknown-alarm"
        | "unknown-point"
        | "unknown-subject"
        | "unknown-request"
        | "stale"
        | "forbidden"
        | "not-possible"
        | "not-valid";
      readonly detail: string;
      /** With `not-valid`: which field of the act. */
      readonly field?: string;
    };
