import { z } from "zod";
import { BOUNDS } from "../model/bounds.ts";
import type { Body } from "../model/input.ts";
import { REJECT_REASONS, type RejectReason, VALUELESS_BITS } from "../model/reading.ts";
import { createColumns, type WritableColumns } from "./columns.ts";
import { checkOf } from "./generated-check.ts";
import { parseJson } from "./json-text.ts";
import { POINT_CODE, POINT_CODE_WORDS } from "./point-code.ts";
import { scanReadings } from "./readings-scan.ts";
import { parseTime } from "./time.ts";

/** A value as text: a plain decimal number, or "" for none. Nothing else becomes a number. */
export const VALUE_TEXT = /^$|^-?\d{1,20}(?:\.\d{1,20})?$/;

export const TimeValue = z.union([z.string(), z.int()]).meta({ id: "Time" });
export const ReadingMessage = z.object({
  p: z.string().regex(POINT_CODE, POINT_CODE_WORDS),
  v: z.union([z.number(), z.boolean(), z.string().regex(VALUE_TEXT), z.null()]).optional(),
  s: z.int().min(0).max(0xffff_ffff).optional(),
  t: TimeValue.optional(),
});
export const ReadingsMessage = z.object({
  ts: TimeValue,
  seq: z.int().min(0).optional(),
  readings: z.array(ReadingMessage).max(BOUNDS.readingsPerPacket),
});
/** The message around its readings: what must hold for any of them to be used. */
const Envelope = z.object({
  ts: TimeValue,
  seq: z.unknown().optional(),
  readings: z.array(z.unknown()).max(BOUNDS.readingsPerPacket),
});

type Reading = z.infer<typeof ReadingMessage>;
type ReadingsBody = Extract<Body, { kind: "readings" | "backfill" }>;

/** Readings and backfill. The scanner reads the usual shape straight from the bytes; everything else is parsed. */
export function decodeReadings(kind: "readings" | "backfill", payload: Uint8Array): Body {
  return scanReadings(kind, payload) ?? parseReadings(kind, payload);
}

export function parseReadings(kind: "readings" | "backfill", payload: Uint8Array): Body {
  const json = parseJson(payload, BOUNDS.readingsPerPacket, KEYS);
  if (!json.ok) return { kind: "unusable", reason: json.why };
  const repeats = json.repeats?.get("readings") ?? null;
  if (repeats === null && isReadings(json.value)) return plainBody(kind, json.value);
  const envelope = Envelope.safeParse(json.value);
  if (!envelope.success) return { kind: "unusable", reason: worded(envelope.error) };
  return mixedBody(kind, envelope.data, repeats);
}

/** The keys that may not stand twice; of others nothing is read. */
const KEYS = { top: ["ts", "seq", "readings"], element: ["p", "v", "s", "t"] };
const isReadingsMessage = checkOf(ReadingsMessage);
const isReadings = (value: unknown): value is z.infer<typeof ReadingsMessage> => isReadingsMessage(value);
const isReadingMessage = checkOf(ReadingMessage);
const isReading = (value: unknown): value is Reading => isReadingMessage(value);

/** Every reading has the shape; a time or a missing value can still spoil one. */
function plainBody(kind: ReadingsBody["kind"], message: z.infer<typeof ReadingsMessage>): Body {
  const ts = parseTime(message.ts);
  if (!ts.ok) return unusableTime(ts.reason);
  const columns = createColumns(message.readings.length);
  message.readings.forEach((reading, i) => {
    writeReading(columns, i, reading, ts.t);
  });
  return { kind, ts: ts.t, seq: sequence(message.seq), columns };
}

/** At least one reading is wrong: each is looked at alone, and zod says what is wrong with it. */
function mixedBody(
  kind: ReadingsBody["kind"],
  message: z.infer<typeof Envelope>,
  repeats: ReadonlySet<number> | null,
): Body {
  const ts = parseTime(message.ts);
  if (!ts.ok) return unusableTime(ts.reason);
  const columns = createColumns(message.readings.length);
  message.readings.forEach((reading, i) => {
    if (repeats?.has(i)) reject(columns, i, "duplicate-key", ts.t, codeOf(reading));
    else if (isReading(reading)) writeReading(columns, i, reading, ts.t);
    else reject(columns, i, wrongWith(reading), ts.t, codeOf(reading));
  });
  return { kind, ts: ts.t, seq: sequence(message.seq), columns };
}

function writeReading(columns: WritableColumns, i: number, reading: Reading, ts: number): void {
  const state = reading.s ?? 0;
  const value = numberOf(reading.v);
  const time = reading.t === undefined ? null : parseTime(reading.t);
  if (Number.isNaN(value) && (state & VALUELESS_BITS) === 0) {
    reject(columns, i, "value-missing", ts, reading.p);
  } else if (time !== null && !time.ok) {
    reject(columns, i, time.reason, ts, reading.p);
  } else {
    columns.codes[i] = reading.p;
    columns.v[i] = value;
    columns.s[i] = state;
    columns.t[i] = time === null ? ts : time.t;
  }
}

/** NaN = no value. Adding 0 makes -0 a plain 0. */
function numberOf(v: Reading["v"]): number {
  if (typeof v === "number") return v + 0;
  if (typeof v === "boolean") return v ? 1 : 0;
  return v === undefined || v === null || v === "" ? Number.NaN : Number(v) + 0;
}

function reject(columns: WritableColumns, i: number, reason: RejectReason, ts: number, code: string): void {
  columns.bad ??= new Uint8Array(columns.codes.length);
  columns.bad[i] = REJECT_REASONS.indexOf(reason);
  columns.codes[i] = code;
  columns.v[i] = Number.NaN;
  columns.t[i] = ts;
}

function codeOf(reading: unknown): string {
  const p = typeof reading === "object" && reading !== null && "p" in reading ? reading.p : null;
  return typeof p === "string" ? p.slice(0, 64) : "";
}

/** zod's first complaint, as one of the reasons that are counted. */
function wrongWith(reading: unknown): RejectReason {
  const issue = ReadingMessage.safeParse(reading).error?.issues[0];
  switch (issue?.path[0]) {
    case undefined:
      return "not-an-object";
    case "p":
      return "point-code";
    case "s":
      return "state";
    case "t":
      return "time";
    default:
      return isInfinite(reading) ? "value-overflow" : "value-not-a-number";
  }
}

/** `1e999` is a number in JSON's grammar and infinite in ours. */
const isInfinite = (reading: unknown): boolean =>
  typeof reading === "object" &&
  reading !== null &&
  "v" in reading &&
  (reading.v === Number.POSITIVE_INFINITY || reading.v === Number.NEGATIVE_INFINITY);

/** A message with a spoilt `seq` keeps its readings: the number only helps to see gaps. */
const sequence = (value: unknown): number | null =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value + 0 : null;

export function unusableTime(reason: "time" | "time-in-seconds"): Body {
  return {
    kind: "unusable",
    reason:
      reason === "time"
        ? "ts is not a time (ISO 8601 with offset, yyyy-MM-dd HH:mm:ss, or whole epoch milliseconds)"
        : "time-in-seconds: ts looks like epoch seconds; whole epoch milliseconds are needed",
  };
}

/** zod's words on a whole message, one line. */
export function worded(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return "the message has no usable shape";
  const place = issue.path.map(String).join(".");
  return place === "" ? `the message: ${issue.message}` : `${place}: ${issue.message}`;
}
