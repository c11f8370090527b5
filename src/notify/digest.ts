import type { Notification } from "../model/notification.ts";
import type { Instant, Millis } from "../model/time.ts";
import type { Rate } from "./rate.ts";

/** How what waits in a channel becomes messages. */
export interface Pace {
  /** `one`: every row its own message. `mine`: a group reads all; `receiver`: each person their own. */
  readonly group: "one" | "mine" | "receiver";
  /** How long all but red waits for others. */
  readonly windowMs: Millis;
  /** Rows one message may carry. */
  readonly most: number;
}

export type Picked =
  | { readonly kind: "send"; readonly rows: readonly Notification[] }
  /** Nothing before this moment; null = nothing waits. */
  | { readonly kind: "wait"; readonly until: Instant | null };

/** More mines than this at once are told in one message; when messages are getting few, any two. */
const MINES_APART = 3;

/**
 * What is sent next of what is due (the most urgent first, then the oldest). Red goes at once, alone if need be,
 * and never stands behind anything less; all else waits for its window, so that a burst is one message.
 */
export function pick(
  rows: readonly Notification[],
  { now, pace, rate }: { readonly now: Instant; readonly pace: Pace; readonly rate: Rate },
): Picked {
  const first = rows[0];
  if (first === undefined) return { kind: "wait", until: null };
  const lead = first.level === "red" ? first : rows.find(({ createdAt }) => now - createdAt >= pace.windowMs);
  if (lead === undefined) return { kind: "wait", until: oldest(rows) + pace.windowMs };
  const { next, tight } = rate.room(now, lead.level === "red");
  if (next > now) return { kind: "wait", until: next };
  return { kind: "send", rows: together(lead, rows, pace, tight) };
}

const oldest = (rows: readonly Notification[]): Instant =>
  Math.min(...rows.map(({ createdAt }) => createdAt));

/** What goes with the one that leads: never a repeat with what is new, so that the mark says what it says. */
function together(
  lead: Notification,
  rows: readonly Notification[],
  { group, most }: Pace,
  tight: boolean,
): readonly Notification[] {
  if (group === "one") return [lead];
  const near = rows.filter(
    (row) =>
      row.repeated === lead.repeated &&
      (group === "mine" || (row.person === lead.person && row.device === lead.device)),
  );
  const mines = new Set(near.map(({ mine }) => mine)).size;
  const apart = mines <= (tight ? 1 : MINES_APART);
  return (apart ? near.filter(({ mine }) => mine === lead.mine) : near).slice(0, most);
}
