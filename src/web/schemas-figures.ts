import { z } from "zod";
import { NOTIFICATION_STATES } from "../model/notification.ts";
import { LEVELS } from "../model/rule.ts";
import { Moment } from "../wire/alarm.ts";
import { list, PageQuery, Time, words } from "./schemas.ts";

/** The figures of ISA-18.2 and EEMUA 191, and the send log. */

const share = { n: z.int(), share: z.number().meta({ description: "0 to 1" }) };
const Percentiles = z.object({
  n: z.int(),
  p50: z.number().nullable(),
  p90: z.number().nullable(),
  p99: z.number().nullable(),
});
const KpisJson = z
  .object({
    key: z.string().meta({ description: "Mine code, account or shift; * = all" }),
    name: z.string(),
    time: z.number().meta({ description: "Milliseconds the rates are over" }),
    rings: z.int().meta({ description: "How often an alarm began to ring" }),
    rate: z.object({
      average: z.number().meta({ description: "Rings in 10 minutes" }),
      worst: z.int(),
      worstAt: Moment.nullable(),
    }),
    floods: z.object({ n: z.int(), time: z.number(), share: z.number() }).meta({
      description: "More than 10 rings in 10 minutes until fewer than 5; time in ms and as a share",
    }),
    chattering: z
      .object({ subjects: z.int(), rings: z.int() })
      .meta({ description: "Three rings of one subject within a minute" }),
    fleeting: z.int().meta({ description: "Over within a minute, before anybody acknowledged" }),
    standing: z.int().meta({ description: "Active at the end" }),
    stale: z.int().meta({ description: "Active for more than 24 h" }),
    levels: z.object(
      Object.fromEntries(LEVELS.map((level) => [level, z.object(share)])) as Record<
        (typeof LEVELS)[number],
        z.ZodObject<typeof share>
      >,
    ),
    topRules: z.array(z.object({ rule: z.string(), title: z.string(), titleEn: z.string(), ...share })),
    topSubjects: z.array(
      z.object({
        mine: z.string(),
        mineName: z.string(),
        subject: z.string(),
        name: z.string(),
        place: z.string(),
        ...share,
      }),
    ),
    toAcknowledge: Percentiles.meta({ description: "Milliseconds from a ring to its acknowledgement" }),
    unacknowledged: z.int(),
    toCall: Percentiles,
    toFeedback: Percentiles,
    shelved: z.object({ n: z.int(), standing: z.int() }),
  })
  .meta({ id: "Kpis" });

export const KpisQuery = z.object({
  from: Time.optional().meta({ description: "24 h before `to` where it is not said" }),
  to: Time.optional().meta({ description: "Now where it is not said; at most 366 days after `from`" }),
  by: z.enum(["mine", "officer", "shift"]).default("mine"),
  mine: list.optional(),
});
export const KpiAnswerJson = z
  .object({
    from: Moment,
    to: Moment,
    by: z.enum(["mine", "officer", "shift"]),
    total: KpisJson,
    items: z.array(KpisJson),
    asOf: z.int(),
  })
  .meta({ id: "KpiAnswer" });

export const NotificationsQuery = PageQuery.extend({
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
  alarm: z.string().max(64).optional(),
  mine: list.optional(),
  channel: list.optional(),
  person: z.string().max(64).optional(),
  state: words(NOTIFICATION_STATES).optional(),
  from: Time.optional(),
  to: Time.optional(),
});
export const NotificationJson = z
  .object({
    n: z.int(),
    id: z.string(),
    step: z
      .string()
      .meta({ description: "{alarm}#{transition}: in every message of it; drop repeats by it" }),
    seq: z.int(),
    alarm: z.string(),
    mine: z.string(),
    level: z.enum(LEVELS),
    channel: z.string(),
    person: z.string().nullable(),
    device: z.string().nullable(),
    why: z.string(),
    state: z.enum(NOTIFICATION_STATES),
    createdAt: Moment,
    tries: z.int(),
    triedAt: Moment.nullable(),
    endedAt: Moment.nullable(),
    repeated: z.boolean().meta({ description: "重发: an earlier try may have arrived" }),
    message: z.string().nullable(),
    providerId: z.string().nullable(),
    address: z.string().nullable().meta({ description: "With its middle hidden" }),
    result: z.string().nullable(),
    deliveredAt: Moment.nullable().meta({ description: "By the receiver's own word only" }),
    seenAt: Moment.nullable(),
  })
  .meta({ id: "Notification" });
