import type { PreNoticeDraft } from "./duty.ts";
import type { MineCode, MineStatus } from "./mine.ts";
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

/**
 * Something a person does to an alarm or a mine. Idempotent by `id` (made by the client);
 * `expect` is the alarm's `seq` the person last saw, null where the client cannot know it.
 */
export type Act = {
  readonly id: string;
  readonly actor: Actor;
} & (
  | {
      readonly do: "acknowledge";
      readonly alarm: string;
      readonly expect: number | null;
      readonly note: string | null;
    }
  | { readonly do: "comment"; readonly alarm: string; readonly expect: number | null; readonly note: string }
  | { readonly do: "confirm-location"; readonly point: string; readonly loc: string }
  | {
      readonly do: "confirm-table";
      readonly mine: MineCode;
      readonly system: string;
      readonly accept: boolean;
    }
  | DutyAct
);

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

/** What became of an act. `seq`: the journal record it made, null when it changed nothing new. */
export type ActResult =
  /** `made`: the id of what the act made, a pre-notice. */
  | { readonly ok: true; readonly seq: number | null; readonly already: boolean; readonly made?: string }
  | {
      readonly ok: false;
      readonly why: "unknown-alarm" | "stale" | "forbidden" | "not-possible" | "unknown-point";
      readonly detail: string;
    };
