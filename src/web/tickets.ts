import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import { type Instant, SECOND } from "../model/time.ts";
import type { Identity } from "./identity.ts";

const LIFE = 30 * SECOND;
/** Tickets out at once; past it the oldest is void and its holder asks again. */
const MOST = 10_000;

/** Single-use tickets by which a browser opens a WebSocket (contract §5). Kept in memory, as hashes. */
export function createTickets(clock: Clock) {
  const out = new Map<string, { identity: Identity; until: number }>();
  return {
    issue(identity: Identity): { ticket: string; expiresAt: Instant } {
      if (out.size >= MOST) voidOldest(out);
      const ticket = randomBytes(32).toString("base64url");
      out.set(hash(ticket), { identity, until: clock.mono() + LIFE });
      return { ticket, expiresAt: clock.wall() + LIFE };
    },
    /** Who it was issued to; it is void from now on. */
    redeem(ticket: string): Identity | null {
      const key = hash(ticket);
      const issued = out.get(key);
      out.delete(key);
      return issued !== undefined && clock.mono() < issued.until ? issued.identity : null;
    },
  };
}

export type Tickets = ReturnType<typeof createTickets>;

function voidOldest(out: Map<string, unknown>): void {
  const first = out.keys().next();
  if (!first.done) out.delete(first.value);
}

const hash = (ticket: string): string => createHash("sha256").update(ticket).digest("hex");
