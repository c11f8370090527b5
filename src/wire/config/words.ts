import { z } from "zod";

const WORDS = [
  "on",
  "off",
  "fault",
  "running",
  "stopped",
  "wind",
  "no-wind",
  "open",
  "closed",
  "powered",
  "unpowered",
  "smoke",
  "clear",
  "forward",
  "reversed",
  "lost",
  "ok",
  "unknown",
  "battery",
  "mains",
  "broken",
] as const;

/** Canonical words of a switch, as rules and the table of switches write them. */
export const Word = z.enum(WORDS);
