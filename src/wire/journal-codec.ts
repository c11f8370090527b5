import type {
  Alarm,
  Evidence,
  EvidenceSample,
  JournalEntry,
  JournalRecord,
  Service,
} from "../model/alarm.ts";
import { BOUNDS } from "../model/bounds.ts";
import { type AlarmJson, alarmJson, instant, type TransitionJson } from "./alarm.ts";
import { alarmOf } from "./alarm-back.ts";
import { type DutyEventJson, dutyJson, dutyOf } from "./duty.ts";
import { iso } from "./time.ts";

/**
 * Journal bodies: JSON that a person can read, with the words of the `event` message. What went in comes out, to
 * the bit of every number. A transition that would pass 16 KiB loses its oldest evidence first, then the oldest
 * remarks, which earlier records hold, and says how many. A list of people is one record, however long.
 */
export const JOURNAL_TYPES = {
  transition: 1,
  notice: 2,
  people: 3,
  gap: 4,
  anchor: 5,
  duty: 6,
  service: 7,
} as const;

export interface EncodedEntry {
  readonly type: number;
  readonly body: Uint8Array;
}

export function encodeEntry(entry: JournalEntry): EncodedEntry {
  const type = JOURNAL_TYPES[entry.type];
  switch (entry.type) {
    case "transition":
      return { type, body: fitted(entry) };
    case "notice":
      return {
        type,
        body: bytesOf({ ...entry, t: iso(entry.t), detail: entry.detail.slice(0, MOST_DETAIL) }),
      };
    case "duty":
      return { type, body: bytesOf({ ...entry, t: iso(entry.t), duty: dutyJson(entry.duty) }) };
    case "service": {
      const { at, until } = entry.service;
      const service = { ...entry.service, at: iso(at), until: iso(until) };
      return { type, body: bytesOf({ ...entry, t: iso(entry.t), service }) };
    }
    case "people":
    case "gap":
    case "anchor":
      return { type, body: bytesOf({ ...entry, t: iso(entry.t) }) };
  }
}

/**
 * Between these two the body of a transition says, byte for byte, what `event` says after `seq` and `prev`. A quotation
 * mark within a text is escaped, so that neither stands anywhere else.
 */
export const EVENT_WITHIN = { after: '{"type":"transition",', before: ',"inputs":[' } as const;

/** The entry of a record. Throws on a body this program did not write: frames are checked before it comes here. */
export function decodeEntry(record: { seq: number; type: number; body: Uint8Array }): JournalRecord {
  const body = JSON.parse(utf8.decode(record.body)) as EntryJson;
  const { seq } = record;
  if (JOURNAL_TYPES[body.type] !== record.type) {
    throw new RangeError(`journal record ${seq}: type ${record.type} does not go with "${body.type}"`);
  }
  if (body.type === "duty") return { ...body, t: instant(body.t), duty: dutyOf(body.duty), seq };
  if (body.type === "service") {
    const { at, until } = body.service;
    const service = { ...body.service, at: instant(at), until: instant(until) };
    return { ...body, t: instant(body.t), service, seq };
  }
  if (body.type !== "transition") return { ...body, t: instant(body.t), seq };
  const { t, transition, alarm, inputs, evidence } = body;
  return {
    type: "transition",
    t: instant(t),
    transition,
    alarm: alarmOf(alarm),
    inputs,
    evidence: evidence && evidenceOf(evidence, inputs),
    seq,
  };
}

/** Records of the first weeks did not say these two. */
function evidenceOf(evidence: Partial<EvidenceJson>, inputs: readonly number[]): Evidence {
  const spool = { from: inputs[0] ?? 0, to: inputs.at(-1) ?? 0 };
  const { samples = [], ...rest } = evidence as EvidenceJson;
  return Object.assign({ quality: "good", spool }, rest, { samples: samples.map(sampleOf) }) as Evidence;
}

type TransitionEntry = Extract<JournalEntry, { type: "transition" }>;
type DutyEntry = Extract<JournalEntry, { type: "duty" }>;
type ServiceEntry = Extract<JournalEntry, { type: "service" }>;
type Worded<T> = T extends { t: number } ? Omit<T, "t"> & { readonly t: string } : never;
type EntryJson =
  | Worded<Exclude<JournalEntry, { type: "transition" | "duty" | "service" }>>
  | (Omit<DutyEntry, "t" | "duty"> & { readonly t: string; readonly duty: DutyEventJson })
  | (Omit<ServiceEntry, "t" | "service"> & {
      readonly t: string;
      readonly service: Omit<Service, "at" | "until"> & { readonly at: string; readonly until: string };
    })
  | {
      readonly type: "transition";
      readonly t: string;
      readonly transition: TransitionJson;
      readonly alarm: AlarmJson;
      readonly inputs: readonly number[];
      readonly evidence: EvidenceJson | null;
      /** How many of each were left out to keep the record small. */
      readonly leftOut?: LeftOut;
    };
/** Time, value, state, and the point where there are several: a row a person can read in a column of its kind. */
type SampleJson = readonly [t: string, v: number | null, s: number, p?: string];

type EvidenceJson = Omit<Evidence, "samples"> & { readonly samples: readonly SampleJson[] };

interface LeftOut {
  samples?: number;
  comments?: number;
  calls?: number;
  mineEvents?: number;
}

const MOST_DETAIL = 4_000;
const utf8 = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

/** Bodies are written into larger pieces: memory of its own for each of them is work for the collector. */
const PIECE_BYTES = 256 * 1024;
/** UTF-8 of a UTF-16 unit is at most so long. */
const MOST_BYTES_A_UNIT = 3;
let piece = new Uint8Array(0);
let used = 0;

function bytesOf(body: EntryJson): Uint8Array {
  const text = JSON.stringify(body);
  const most = text.length * MOST_BYTES_A_UNIT;
  if (most > PIECE_BYTES) return encoder.encode(text);
  if (used + most > piece.length) {
    piece = new Uint8Array(PIECE_BYTES);
    used = 0;
  }
  const from = used;
  used += encoder.encodeInto(text, piece.subarray(from)).written;
  return piece.subarray(from, used);
}

function fitted(entry: TransitionEntry): Uint8Array {
  const leftOut: LeftOut = {};
  let body = transitionBytes(entry, entry.alarm, entry.evidence, leftOut);
  let { alarm, evidence } = entry;
  while (body.length > BOUNDS.journalBodyBytes) {
    const excess = (body.length - BOUNDS.journalBodyBytes) / body.length;
    if (evidence !== null && evidence.samples.length > 0) {
      const samples = newest(evidence.samples, excess);
      evidence = { ...evidence, samples };
      leftOut.samples = (entry.evidence?.samples.length ?? 0) - samples.length;
    } else if (alarm.comments.length > 0) {
      alarm = { ...alarm, comments: newest(alarm.comments, excess) };
      leftOut.comments = entry.alarm.comments.length - alarm.comments.length;
    } else if (alarm.calls.length > 0) {
      alarm = { ...alarm, calls: newest(alarm.calls, excess) };
      leftOut.calls = entry.alarm.calls.length - alarm.calls.length;
    } else if (alarm.mineEvents.length > 0) {
      alarm = { ...alarm, mineEvents: newest(alarm.mineEvents, excess) };
      leftOut.mineEvents = entry.alarm.mineEvents.length - alarm.mineEvents.length;
    } else return body;
    body = transitionBytes(entry, alarm, evidence, leftOut);
  }
  return body;
}

/** Without the oldest ones: at least one, and roughly the share that is too much. */
const newest = <T>(list: readonly T[], excess: number): readonly T[] =>
  list.slice(Math.max(1, Math.floor(list.length * excess)));

function transitionBytes(
  entry: TransitionEntry,
  alarm: Alarm,
  evidence: Evidence | null,
  leftOut: LeftOut,
): Uint8Array {
  return bytesOf({
    type: "transition",
    t: iso(entry.t),
    transition: entry.transition,
    alarm: alarmJson(alarm),
    inputs: entry.inputs,
    evidence: evidence && { ...evidence, samples: evidence.samples.map(sampleJson) },
    ...(Object.keys(leftOut).length > 0 ? { leftOut } : {}),
  });
}

const sampleJson = ({ t, v, s, p }: EvidenceSample): SampleJson =>
  p === undefined ? [iso(t), v, s] : [iso(t), v, s, p];
const sampleOf = ([t, v, s, p]: SampleJson): EvidenceSample =>
  p === undefined ? { t: instant(t), v, s } : { t: instant(t), v, s, p };
