import type { Act, Role } from "../model/act.ts";
import { GATEWAY_MINE, type MineCode } from "../model/mine.ts";

export const DEEDS = [
  "read",
  "read-people",
  "read-refused",
  "read-system",
  "read-figures",
  "read-duty",
  "read-sent",
  "acknowledge",
  "comment",
  "reset",
  "stage",
  "call",
  "answer",
  "cause",
  "feedback",
  "correct",
  "shelve",
  "unshelve",
  "out-of-service",
  "return-to-service",
  "approve",
  "refuse",
  "pre-notice",
  "swap",
  "handover",
  "duty-note",
  "mine-status",
  "confirm-location",
  "confirm-points",
  "confirm-table",
  "credentials",
] as const satisfies readonly (Act["do"] | `read${string}` | "credentials")[];
/** What a person or program may want to do here; an act by its own name. */
export type Deed = (typeof DEEDS)[number];

/** A role and the mines it holds for; `["*"]` = every mine. */
export interface Standing {
  readonly role: Role;
  readonly mines: readonly MineCode[];
}

const READS = ["read", "read-system", "read-figures"] as const;
const OFFICER = [
  ...READS,
  "read-people",
  "read-duty",
  "read-sent",
  "acknowledge",
  "comment",
  "reset",
  "stage",
  "call",
  "cause",
  "feedback",
  "handover",
  "duty-note",
] as const satisfies readonly Deed[];

/**
 * Who may do what (contract §7). What is not in the table is denied: the administrator cannot acknowledge, a mine
 * cannot acknowledge for the county, an auditor only reads, names of people are for those on duty.
 */
const TABLE: Readonly<Record<Role, readonly Deed[]>> = {
  viewer: [...READS, "read-duty"],
  duty: OFFICER,
  lead: [
    ...OFFICER,
    "read-refused",
    "correct",
    "shelve",
    "unshelve",
    "out-of-service",
    "return-to-service",
    "approve",
    "refuse",
    "pre-notice",
    "swap",
    "mine-status",
    "confirm-location",
    "confirm-points",
    "confirm-table",
  ],
  admin: [
    ...READS,
    "read-refused",
    "read-duty",
    "read-sent",
    "confirm-location",
    "confirm-points",
    "confirm-table",
    "credentials",
  ],
  auditor: [...READS, "read-refused", "read-duty", "read-sent"],
  mine: ["read", "read-people", "read-figures", "answer", "cause", "feedback", "pre-notice", "confirm-table"],
};

/** The one place where rights are decided. `mine` null = the deed is about no mine in particular. */
export function can(standing: Standing, deed: Deed, mine: MineCode | null): boolean {
  return TABLE[standing.role].includes(deed) && (mine === null || inScope(standing, mine));
}

/** The gateway's own troubles are every county officer's business, and no mine's. */
export function inScope({ role, mines }: Standing, mine: MineCode): boolean {
  if (mine === GATEWAY_MINE) return role !== "mine";
  return mines.includes("*") || mines.includes(mine);
}

/** The mines whose records a person may be shown; null = all there are. */
export const minesOf = ({ role, mines }: Standing): readonly MineCode[] | null =>
  mines.includes("*") ? null : role === "mine" ? mines : [...mines, GATEWAY_MINE];
