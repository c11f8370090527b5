import type { Said } from "../../lib/lasting-worker.ts";
import type { MineCode, System } from "../../model/mine.ts";
import type { PointDef } from "../../model/point.ts";
import type { Instant } from "../../model/time.ts";
import type { UpperPlatform } from "../../wire/config/upper-file.ts";
import type { PeopleRules } from "./people-rules.ts";

/** A mine as the configuration has it. */
export interface UpperMine {
  readonly code: MineCode;
  readonly name: string;
  /** How many may be underground; null = nobody says. */
  readonly approved: number | null;
}

/** What a point is now, as the core has it. */
export interface UpperPoint {
  readonly mine: MineCode;
  readonly system: System;
  readonly def: PointDef;
  /** False when the newest point table dropped it. */
  readonly listed: boolean;
  /** When its mine sent the table that names it; null = in none. */
  readonly tableAt: Instant | null;
}

/** How far the files of one platform are, as its worker tells it once a second. */
export interface UpperState {
  /** Last record of the spool that is in the files, on disk. */
  readonly saved: number;
  /** Records of the spool that are not. */
  readonly waiting: number;
  /** The gateway's `now` up to which everything is in the files; 0 = nothing yet. */
  readonly until: Instant;
  /** Since the worker started: files put in place, and what no file has words for. */
  readonly written: number;
  readonly leftOut: number;
  /** Why files cannot be put in place, and since when (wall clock); null = they can. */
  readonly away: { readonly detail: string; readonly since: number } | null;
  /** The oldest own file that should have been fetched by now. */
  readonly unfetched: string | null;
}

export type UpperFault = "crashed" | "recovered" | "gap" | "io";

export type ToWorker =
  | { readonly type: "mines"; readonly mines: readonly UpperMine[]; readonly rules: PeopleRules }
  | { readonly type: "points"; readonly points: readonly UpperPoint[] }
  | { readonly type: "heads"; readonly spool: number; readonly journal: number }
  | { readonly type: "close" };

export type Told =
  | { readonly type: "state"; readonly state: UpperState }
  | { readonly type: "fault"; readonly code: UpperFault; readonly detail: string };

export type FromWorker = Said | Told;

/** What a worker is started with. */
export interface WorkerOptions {
  readonly platform: UpperPlatform;
  readonly epoch: string;
  readonly spoolDir: string;
  readonly journalDir: string;
  /** Its cursor is `<place>.cursor`; what it is writing, `<place>.plan`. */
  readonly place: string;
}
