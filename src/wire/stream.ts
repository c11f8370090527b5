import { z } from "zod";
import { LEVELS } from "../model/rule.ts";
import { AlarmJson, Moment, TransitionJson } from "./alarm.ts";

/** The words of `/ws/v1/alarms` and `/ws/v1/live` (contract §5): one JSON object a frame. */

export const ALARMS_PROTOCOL = "davylamp.alarms.v1";
export const LIVE_PROTOCOL = "davylamp.live.v1";

/** Close codes, and the codes of `bye`. */
export const CLOSE = { ticket: 4401, role: 4403, slow: 4408, replaced: 4409, restart: 1012 } as const;

const Seq = z.int().nonnegative();
const Ticket = z.string().max(200);
const Words = z.string().max(1000);
const Time = z.union([z.string().max(40), z.number()]);
const Mines = z.array(z.string().max(24)).max(1000);

export const AlarmsHello = z.object({
  type: z.literal("hello"),
  v: z.literal(1),
  ticket: Ticket.optional(),
  /** Names the durable cursor. */
  consumer: z.string().regex(/^[\w.:@-]{1,64}$/),
  epoch: z.string().max(100).optional(),
  lastSeq: Seq.optional(),
  /** `["*"]` = every mine that may be seen. */
  mines: Mines.optional(),
  levels: z.array(z.enum(LEVELS)).optional(),
});
export type AlarmsHello = z.infer<typeof AlarmsHello>;

/** What a screen or a program says. */
export const AlarmsClient = z.discriminatedUnion("type", [
  AlarmsHello,
  /** Cumulative: stored and drawn. */
  z.object({ type: z.literal("ack"), seq: Seq }),
  z.object({ type: z.literal("seen"), seq: Seq, rung: z.enum(["rendered", "seen"]) }),
  z.object({
    type: z.literal("cmd"),
    id: z.string().min(1).max(100),
    do: z.enum(["acknowledge", "shelve", "unshelve", "comment", "stage", "call"]),
    alarm: z.string().max(64),
    /** The alarm's seq last seen. */
    expect: Seq.nullish(),
    note: Words.nullish(),
    /** Of `shelve`: until when (ISO 8601 or epoch ms), and why. */
    until: Time.nullish(),
    reason: Words.nullish(),
    /** Of `stage`. */
    stage: z.string().max(20).nullish(),
    /** Of `call`: when it was made (now where it is not said), who was called, who answered. */
    at: Time.nullish(),
    called: Words.nullish(),
    answered: Words.nullish(),
  }),
]);
export type AlarmsClient = z.infer<typeof AlarmsClient>;

const Bye = z.object({ type: z.literal("bye"), code: z.int() });

/** What the gateway says about alarms. */
export const AlarmsServer = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("welcome"),
    v: z.literal(1),
    epoch: z.string(),
    head: Seq,
    resume: z.enum(["from", "snapshot"]),
    from: Seq,
    heartbeatMs: z.int().positive(),
  }),
  z.object({
    type: z.literal("snapshot"),
    at: Seq,
    part: z.int().min(1),
    parts: z.int().min(1),
    alarms: z.array(AlarmJson),
  }),
  z.object({
    type: z.literal("event"),
    seq: Seq,
    /** The seq of the event sent to this consumer before. */
    prev: Seq,
    t: Moment,
    transition: TransitionJson,
    alarm: AlarmJson,
  }),
  /** Told before it could be written: no seq; "not yet recorded" until its event comes. */
  z.object({ type: z.literal("provisional"), alarm: AlarmJson }),
  z.object({ type: z.literal("beat"), epoch: z.string(), head: Seq, sent: Seq, at: Moment }),
  z.object({
    type: z.literal("done"),
    id: z.string(),
    ok: z.boolean(),
    why: z.string().optional(),
    /** Why not, for a person; and which field it is about. */
    detail: z.string().optional(),
    field: z.string().optional(),
    seq: Seq.optional(),
    /** Somebody did it before: who, and when. */
    already: z.boolean().optional(),
    by: z.string().optional(),
    at: Moment.optional(),
    /** The occurrence had ended; the act is recorded beside it. */
    closed: z.boolean().optional(),
    /** It waits for a second person under this id. */
    request: z.string().optional(),
  }),
  Bye,
]);
export type AlarmsServer = z.infer<typeof AlarmsServer>;

export const LiveHello = z.object({
  type: z.literal("hello"),
  v: z.literal(1),
  ticket: Ticket.optional(),
  mines: Mines.optional(),
  points: z.array(z.string().max(120)).max(2000).optional(),
});
export type LiveHello = z.infer<typeof LiveHello>;

/** The part of a point that changes. */
export const LivePointJson = z.object({
  id: z.string(),
  value: z.number().nullable(),
  word: z.string().nullable(),
  state: z.int(),
  quality: z.enum(["good", "calibrating", "over-range", "unknown", "stale", "suspect", "none"]),
  at: Moment.nullable(),
});
export type LivePointJson = z.infer<typeof LivePointJson>;

/** Full values after hello, then coalesced changes; what was passed over comes with the next change. */
export const LiveServer = z.discriminatedUnion("type", [
  z.object({ type: z.enum(["values", "changes"]), points: z.array(LivePointJson) }),
  z.object({ type: z.literal("beat"), at: Moment }),
  Bye,
]);
export type LiveServer = z.infer<typeof LiveServer>;
