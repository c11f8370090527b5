import type { Clock } from "../lib/clock.ts";
import type { Connection } from "./connection.ts";
import type { Counts } from "./counts.ts";
import type { Refusal } from "./ports.ts";
import { createTokenBucket } from "./token-bucket.ts";

/** Tells the house of every refused connection; a flood of them is told in part and counted whole. */
export function createRefusals({
  tell,
  clock,
  counts,
}: {
  tell: (refusal: Refusal) => void;
  clock: Clock;
  counts: Counts;
}) {
  const bucket = createTokenBucket({ perSecond: 10, burst: 200 });

  function list(who: Omit<Refusal, "at" | "reason">, reason: string): void {
    counts.add(`refused: ${reason}`);
    if (!bucket.take(clock.mono())) {
      counts.add("refusals-not-listed");
      return;
    }
    tell({
      at: clock.wall(),
      address: shown(who.address, 64),
      clientId: shown(who.clientId, 64),
      claimed: shown(who.claimed, 32),
      reason,
    });
  }

  return {
    /** A peer that never became a connection. */
    address: (address: string, reason: string): void => list({ address, clientId: "", claimed: "" }, reason),
    /** A message of a broker that we are the client of. */
    message: (who: Omit<Refusal, "at" | "reason">, reason: string): void => list(who, reason),
    connection({ origin, connect }: Connection, reason: string, clientId = connect?.clientId ?? ""): void {
      list({ address: origin.address, clientId, claimed: connect?.user ?? "" }, reason);
    },
  };
}

export type Refusals = ReturnType<typeof createRefusals>;

/** Capped, and with nothing in it that could move a terminal's cursor or turn its writing round. */
export function shown(text: string, most: number): string {
  return text.replace(UNPRINTABLE, "?").slice(0, most);
}

const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;
