import type { MineCode } from "./mine.ts";

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
);

/** What became of an act. `seq`: the journal record it made, null when it changed nothing new. */
export type ActResult =
  | { readonly ok: true; readonly seq: number | null; readonly already: boolean }
  | {
      readonly ok: false;
      readonly why: "unknown-alarm" | "stale" | "forbidden" | "not-possible" | "unknown-point";
      readonly detail: string;
    };
