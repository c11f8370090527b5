import { z } from "zod";
import {
  ALARM_STATES,
  type Alarm,
  ESCALATION_REASONS,
  type JournalRecord,
  TRANSITION_KINDS,
  type Transition,
} from "../model/alarm.ts";
import { CAUSE_CODES, CORRECTABLE, STAGES } from "../model/handling.ts";
import { ALARM_CLASSES, LEVELS } from "../model/rule.ts";
import { iso, parseTime } from "./time.ts";

/** A moment as it stands in everything the gateway says: ISO 8601 with `+08:00`. */
export const Moment = z.string().meta({ description: "ISO 8601 with +08:00" });

const Suppression = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("none") }),
  z.object({
    kind: z.literal("shelved"),
    by: z.string(),
    until: Moment,
    reason: z.string(),
    approvedBy: z.string().exactOptional(),
  }),
  z.object({ kind: z.literal("by-design"), because: z.string() }),
  z.object({
    kind: z.literal("out-of-service"),
    by: z.string(),
    reason: z.string(),
    until: Moment,
    approvedBy: z.string().exactOptional(),
  }),
]);

/** The alarm as REST, WebSocket, `out/alarms` and webhooks carry it (contract §4). Fields may only be added. */
export const AlarmJson = z
  .object({
    id: z.string(),
    case: z.string(),
    episode: z.int(),
    mine: z.string(),
    mineName: z.string(),
    system: z.string(),
    subject: z.object({
      kind: z.enum(["point", "area", "card", "set", "link", "mine", "gateway"]),
      id: z.string(),
      name: z.string(),
    }),
    point: z.string().nullable(),
    type: z.string().nullable(),
    place: z.string(),
    loc: z.string().nullable(),
    rule: z.string(),
    ladder: z.string().nullable(),
    ruleHash: z.string(),
    basis: z.string().nullable(),
    title: z.string(),
    level: z.enum(LEVELS),
    class: z.enum(ALARM_CLASSES),
    ack: z.enum(["required", "none"]),
    state: z.enum(ALARM_STATES),
    quality: z.enum(["good", "unknown", "suspect"]),
    suppression: Suppression,
    value: z.number().nullable(),
    unit: z.string().nullable(),
    limit: z.number().nullable(),
    limits: z
      .object({
        alarm: z.number().nullable(),
        cut: z.number().nullable(),
        release: z.number().nullable(),
        from: z.enum(["law", "county", "mine"]),
      })
      .nullable(),
    peak: z.object({ value: z.number(), at: Moment }).nullable(),
    raisedAt: Moment,
    detectedAt: Moment,
    returnedAt: Moment.nullable(),
    endedAt: Moment.nullable(),
    acknowledged: z
      .object({ by: z.string(), at: Moment, note: z.string().nullable(), device: z.string() })
      .nullable(),
    retrospective: z.boolean(),
    calibrating: z.boolean(),
    preNotice: z.string().nullable(),
    feed: z.string().nullable(),
    people: z
      .object({
        underground: z.int(),
        area: z.int().nullable(),
        asOf: Moment,
        quality: z.enum(["good", "last-credible"]),
        list: z.string().nullable(),
      })
      .nullable(),
    mineEvents: z.array(
      z.object({
        id: z.string(),
        kind: z.string(),
        start: Moment,
        end: Moment.nullable(),
        cause: z.string().nullable(),
        measure: z.string().nullable(),
      }),
    ),
    cause: z
      .object({
        code: z.enum(CAUSE_CODES),
        text: z.string(),
        measure: z.string().nullable(),
        by: z.string(),
        at: Moment,
      })
      .nullable(),
    handling: z.object({
      stage: z.enum(STAGES),
      by: z.string().nullable(),
      at: Moment,
      due: Moment.nullable(),
    }),
    calls: z.array(
      z.object({
        at: Moment,
        by: z.string(),
        called: z.string(),
        answered: z.string().nullable(),
        note: z.string().nullable(),
      }),
    ),
    escalation: z.object({ step: z.int(), at: Moment }).nullable(),
    parent: z.string().nullable(),
    seq: z.int(),
    titleEn: z.string(),
    unverified: z.boolean(),
    comments: z.array(z.object({ at: Moment, by: z.string(), note: z.string() })),
    n: z.int(),
    feedback: z.object({ at: Moment, by: z.string(), text: z.string() }).nullable(),
    corrections: z.array(
      z.object({
        at: Moment,
        by: z.string(),
        field: z.enum(CORRECTABLE),
        before: z.string().nullable(),
        value: z.string(),
        reason: z.string(),
      }),
    ),
    request: z
      .object({
        id: z.string(),
        what: z.enum(["shelve", "out-of-service"]),
        by: z.string(),
        at: Moment,
        until: Moment,
        reason: z.string(),
        expires: Moment,
      })
      .nullable(),
    latched: z.boolean(),
    chattering: z.boolean(),
    fleeting: z.boolean(),
    firstOut: z.object({ of: z.string(), n: z.int() }).nullable(),
  })
  .meta({ id: "Alarm" });
export type AlarmJson = z.infer<typeof AlarmJson>;

export const TransitionJson = z
  .object({
    from: z.enum(ALARM_STATES),
    to: z.enum(ALARM_STATES),
    n: z.int(),
    what: z.enum(TRANSITION_KINDS),
    by: z.string().exactOptional(),
    note: z.string().exactOptional(),
    levelFrom: z.enum(LEVELS).exactOptional(),
    levelTo: z.enum(LEVELS).exactOptional(),
    calls: z
      .array(z.object({ person: z.string(), device: z.string(), channel: z.string() }))
      .readonly()
      .exactOptional(),
    why: z.enum(ESCALATION_REASONS).exactOptional(),
    approvedBy: z.string().exactOptional(),
  })
  .meta({ id: "Transition" });
export type TransitionJson = z.infer<typeof TransitionJson>;

export function alarmJson(alarm: Alarm): AlarmJson {
  const { subject, limits, peak, acknowledged, people, escalation, handling, request } = alarm;
  return {
    id: alarm.id,
    case: alarm.case,
    episode: alarm.episode,
    mine: alarm.mine,
    mineName: alarm.mineName,
    system: alarm.system,
    subject: { kind: subject.kind, id: subject.id, name: subject.name },
    point: alarm.point,
    type: alarm.type,
    place: alarm.place,
    loc: alarm.loc,
    rule: alarm.rule,
    ladder: alarm.ladder,
    ruleHash: alarm.ruleHash,
    basis: alarm.basis,
    title: alarm.title,
    level: alarm.level,
    class: alarm.class,
    ack: alarm.ack,
    state: alarm.state,
    quality: alarm.quality,
    suppression: suppressionJson(alarm.suppression),
    value: alarm.value,
    unit: alarm.unit,
    limit: alarm.limit,
    limits,
    peak: peak && { value: peak.value, at: iso(peak.at) },
    raisedAt: iso(alarm.raisedAt),
    detectedAt: iso(alarm.detectedAt),
    returnedAt: isoOrNull(alarm.returnedAt),
    endedAt: isoOrNull(alarm.endedAt),
    acknowledged: acknowledged && { ...acknowledged, at: iso(acknowledged.at) },
    retrospective: alarm.retrospective,
    calibrating: alarm.calibrating,
    preNotice: alarm.preNotice,
    feed: alarm.feed,
    people: people && { ...people, asOf: iso(people.asOf) },
    mineEvents: alarm.mineEvents.map((one) => ({ ...one, start: iso(one.start), end: isoOrNull(one.end) })),
    cause: alarm.cause && timed(alarm.cause),
    handling: { ...handling, at: iso(handling.at), due: isoOrNull(handling.due) },
    calls: alarm.calls.map(timed),
    escalation: escalation && { step: escalation.step, at: iso(escalation.at) },
    parent: alarm.parent,
    seq: alarm.seq,
    titleEn: alarm.titleEn,
    unverified: alarm.unverified,
    comments: alarm.comments.map(timed),
    n: alarm.n,
    feedback: alarm.feedback && timed(alarm.feedback),
    corrections: alarm.corrections.map(timed),
    request: request && {
      ...request,
      at: iso(request.at),
      until: iso(request.until),
      expires: iso(request.expires),
    },
    latched: alarm.latched,
    chattering: alarm.chattering,
    fleeting: alarm.fleeting,
    firstOut: alarm.firstOut,
  };
}

const timed = <T extends { readonly at: number }>(said: T) => ({ ...said, at: iso(said.at) });

export const transitionJson = (transition: Transition): TransitionJson => ({ ...transition });

/** A transition as an event, for whoever keeps no cursor (`out/alarms`, webhooks): all of `event` but `prev`. */
export function eventJson(record: Extract<JournalRecord, { type: "transition" }>) {
  const { seq, t, transition, alarm } = record;
  return {
    type: "event" as const,
    seq,
    t: iso(t),
    transition: transitionJson(transition),
    alarm: alarmJson(alarm),
  };
}

function suppressionJson(suppression: Alarm["suppression"]): AlarmJson["suppression"] {
  switch (suppression.kind) {
    case "none":
    case "by-design":
      return suppression;
    case "shelved":
    case "out-of-service":
      return { ...suppression, until: iso(suppression.until) };
  }
}

export function instant(text: string): number {
  const time = parseTime(text);
  if (!time.ok) throw new RangeError(`not a moment: ${text}`);
  return time.t;
}

const isoOrNull = (t: number | null): string | null => (t === null ? null : iso(t));
