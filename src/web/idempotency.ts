import { randomUUID } from "node:crypto";
import type { FastifyRequest } from "fastify";

/** Who sends one act twice names it; an act without a name is its own. Null = not a name. */
export function actKey(request: FastifyRequest): string | null {
  const key = request.headers["idempotency-key"];
  if (key === undefined) return randomUUID();
  return typeof key === "string" && /^[\x21-\x7e]{1,100}$/.test(key) ? key : null;
}

export const KEY_WRONG = "Idempotency-Key: 1 to 100 printable characters";

/** What of the sender is kept with an act. */
export const deviceOf = (request: FastifyRequest): string =>
  (request.headers["user-agent"] ?? "").slice(0, 120);
