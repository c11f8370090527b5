import { EXIT, Refusal } from "../lib/refusal.ts";
import type { Instant } from "../model/time.ts";
import { parseTime } from "../wire/time.ts";

/** A time as an option gives it; null = it is not given. */
export function moment(option: string, text: string | undefined): Instant | null {
  if (text === undefined) return null;
  const parsed = parseTime(/^\d{11,}$/.test(text) ? Number(text) : text);
  if (parsed.ok) return parsed.t;
  throw new Refusal(
    EXIT.usage,
    `${option} ${text} is no time (allowed: 2026-03-01T08:00+08:00, "2026-03-01 08:00")`,
  );
}
