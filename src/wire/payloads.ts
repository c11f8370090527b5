import { z } from "zod";
import { BOUNDS } from "../model/bounds.ts";
import { POINT_CODE, POINT_CODE_WORDS } from "./point-code.ts";
import { parseTime } from "./time.ts";

/** The elements of the slower messages (contract §3). Read tolerantly: unknown fields are dropped, never refused. */

const Code = z.string().regex(POINT_CODE, POINT_CODE_WORDS);
const Text = z.string().max(200);
const Finite = z.number().transform((value) => value + 0);
const Moment = z.unknown().transform((value, ctx) => {
  const time = parseTime(value);
  if (time.ok) return time.t;
  ctx.issues.push({ code: "custom", message: time.reason, input: value });
  return z.NEVER;
});

/** A large table or list comes in parts that share `ts`. */
export const PartsEnvelope = z
  .object({ part: z.int().min(1).max(1000).default(1), parts: z.int().min(1).max(1000).default(1) })
  .refine(({ part, parts }) => part <= parts, { message: "part is larger than parts" });

export const Point = z.object({
  code: Code,
  type: z.string().regex(/^[0-9A-Za-z_-]{1,32}$/),
  kind: z.enum(["analog", "switch", "total", "state"]),
  unit: Text.exactOptional(),
  resolution: z.number().positive().exactOptional(),
  high: Finite.exactOptional(),
  low: Finite.exactOptional(),
  alarmHigh: Finite.exactOptional(),
  alarmHighClear: Finite.exactOptional(),
  alarmLow: Finite.exactOptional(),
  alarmLowClear: Finite.exactOptional(),
  cutHigh: Finite.exactOptional(),
  restoreHigh: Finite.exactOptional(),
  cutLow: Finite.exactOptional(),
  restoreLow: Finite.exactOptional(),
  onText: Text.exactOptional(),
  offText: Text.exactOptional(),
  states: z.record(z.string().regex(/^\d{1,3}$/), Text).exactOptional(),
  // A point without a place is still to be judged.
  place: Text.default(""),
  loc: z
    .string()
    .regex(/^[A-Z0-9_]{1,32}$/)
    .exactOptional(),
  substation: Text.exactOptional(),
  relation: Text.exactOptional(),
  cuts: z.array(Code).max(64).exactOptional(),
  feeds: Code.exactOptional(),
  set: Text.exactOptional(),
  machine: Text.exactOptional(),
  part: Text.exactOptional(),
  bearing: Text.exactOptional(),
  xyz: z.array(Finite).length(3).exactOptional(),
  cycle: z.number().min(0).max(86_400).exactOptional(),
});

/** Of a longer time no step of the series could show it. */
export const LONGEST_STAT = 3_600_000;

export const Stat = z
  .object({
    p: Code,
    from: Moment,
    to: Moment,
    max: Finite,
    maxAt: Moment,
    min: Finite,
    minAt: Moment,
    avg: Finite,
  })
  .refine(({ from, to }) => to > from, { message: "to is not after from" })
  .refine(({ from, to }) => to - from <= LONGEST_STAT, { message: "it is longer than an hour" })
  .refine(({ min, max }) => min <= max, { message: "min is greater than max" });

export const Event = z.object({
  id: z.string().max(128).exactOptional(),
  kind: z.string().regex(/^[0-9A-Za-z-]{1,32}$/),
  p: Code.exactOptional(),
  card: z.string().max(64).exactOptional(),
  area: z.string().max(64).exactOptional(),
  start: Moment,
  end: Moment.exactOptional(),
  max: Finite.exactOptional(),
  maxAt: Moment.exactOptional(),
  cause: z.string().max(1000).exactOptional(),
  measure: z.string().max(1000).exactOptional(),
  by: Text.exactOptional(),
});

/** Personal data. Numbers for cards are refused: a 17-digit card does not fit into a JSON number. */
export const PersonUnderground = z.object({
  card: z.string().min(1).max(64),
  name: Text.exactOptional(),
  team: Text.exactOptional(),
  job: Text.exactOptional(),
  down: Moment,
  up: Moment.exactOptional(),
  area: z.string().max(64).exactOptional(),
  areaSince: Moment.exactOptional(),
  station: z.string().max(64).exactOptional(),
  stationSince: Moment.exactOptional(),
  dist: Finite.exactOptional(),
  seen: Moment.exactOptional(),
  state: Text.exactOptional(),
  leader: z.boolean().exactOptional(),
  special: z.boolean().exactOptional(),
  sos: z.boolean().exactOptional(),
});

export const MineArea = z.object({
  code: z.string().min(1).max(64),
  name: Text,
  kind: z.enum(["normal", "key", "restricted", "rockburst"]),
  quota: z.int().min(0).exactOptional(),
});

export const Count = z.int().min(0);

/** A record takes a byte at least. */
const Records = z.int().min(0).max(BOUNDS.nationalFileBytes);

/** What the reading of a text file came to; `id`: the same for the same file as it lay there. */
export const FileRead = z.object({
  name: z.string().min(1).max(BOUNDS.fileTextChars),
  id: z.string().min(1).max(128),
  outcome: z.enum(["taken", "partly", "bad", "duplicate"]),
  records: Records.default(0),
  refused: z.record(z.string().max(64), Records).default({}),
  samples: z
    .array(z.object({ reason: z.string(), text: z.string(), raw: z.string().exactOptional() }))
    .default([]),
});
