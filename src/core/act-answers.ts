import type { Act, ActResult } from "../model/act.ts";
import { GATEWAY_MINE, type MineCode } from "../model/mine.ts";
import type { Instant } from "../model/time.ts";

/** How an act is answered. */
type Refused = Extract<ActResult, { ok: false }>;
type Done = Extract<ActResult, { ok: true }>;

export type Of<D extends Act["do"]> = Extract<Act, { do: D }>;

export const done = (seq: number | null, more: Omit<Partial<Done>, "ok" | "seq"> = {}): Done => ({
  ok: true,
  seq,
  already: false,
  ...more,
});

/** Somebody did it before: who and when, so that of two officers each knows the truth. */
export const already = (before: { readonly by: string; readonly at: Instant } | null): Done =>
  done(null, { already: true, ...(before === null ? {} : { by: before.by, at: before.at }) });

export const refused = (why: Refused["why"], detail: string): Refused => ({ ok: false, why, detail });

/** Something about the act itself is wrong, whatever the alarm is. */
export const notValid = (field: string, detail: string): Refused => ({
  ok: false,
  why: "not-valid",
  detail,
  field,
});

/** The gateway's own troubles are every county officer's business, and no mine's. */
export function isScoped({ actor }: Act, mine: MineCode): boolean {
  if (mine === GATEWAY_MINE) return actor.role !== "mine";
  return actor.mines.includes("*") || actor.mines.includes(mine);
}

export const outOfScope = ({ actor }: Act, mine: MineCode): Refused =>
  refused("forbidden", `${actor.user} has no part in mine ${mine}`);

const TEXT = 400;

/** Words of a person as they are kept: none too long, and nothing for nothing. */
export function wordsOf(text: string | null): string | null {
  const trimmed = text?.trim() ?? "";
  return trimmed === "" ? null : trimmed.slice(0, TEXT);
}
