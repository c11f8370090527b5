import type { Role } from "../model/act.ts";
import { GATEWAY_MINE, type MineCode } from "../model/mine.ts";

export const DEEDS = [
  "read",
  "read-people",
  "read-refused",
  "read-system",
  "acknowledge",
  "comment",
  "confirm-location",
  "confirm-table",
] as const;
/** What a person or program may want to do here. */
export type Deed = (typeof DEEDS)[number];

/** A role and the mines it holds for; `["*"]` = every mine. */
export interface Standing {
  readonly role: Role;
  readonly mines: readonly MineCode[];
}

/**
 * Who may do what (contract §7). What is not in the table is denied: the administrator cannot acknowledge,
 * a mine cannot acknowledge for the county, an auditor only reads, names of people are for those on duty.
 */
const TABLE: Readonly<Record<Role, readonly Deed[]>> = {
  viewer: ["read", "read-system"],
  duty: ["read", "read-people", "read-system", "acknowledge", "comment"],
  lead: [
    "read",
    "read-people",
    "read-refused",
    "read-system",
    "acknowledge",
    "comment",
    "confirm-location",
    "confirm-table",
  ],
  admin: ["read", "read-refused", "read-system", "confirm-location", "confirm-table"],
  auditor: ["read", "read-refused", "read-system"],
  mine: ["read", "read-people", "confirm-table"],
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
