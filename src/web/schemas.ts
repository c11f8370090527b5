import { z } from "zod";
import { ROLES } from "../model/act.ts";
import { ALARM_STATES } from "../model/alarm.ts";
import { ALARM_CLASSES, LEVELS } from "../model/rule.ts";
import { AlarmJson, Moment, TransitionJson } from "../wire/alarm.ts";
import { parseTime } from "../wire/time.ts";

/** The bodies and answers of `/api/v1` (contract §6); OpenAPI is made from them. */

const Quality = z.enum(["good", "calibrating", "over-range", "unknown", "stale", "suspect", "none"]);
const LinkState = z.enum(["up", "down", "unknown"]);
const Limits = z
  .object({
    alarm: z.number().nullable(),
    cut: z.number().nullable(),
    release: z.number().nullable(),
    from: z.enum(["law", "county", "mine"]),
  })
  .nullable();
const Counters = z.record(z.string(), z.number());

export const ProblemJson = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    /** A word a program can decide by. */
    why: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({
    id: "Problem",
    description: "RFC 9457",
    example: {
      type: "urn:davylamp:problem:not-valid",
      title: "Bad Request",
      status: 400,
      detail: "the request does not fit the schema",
      why: "not-valid",
      errors: [{ path: "body/until", message: "a time: ISO 8601 or epoch milliseconds" }],
    },
  });

export const SignInBody = z
  .object({ name: z.string().min(1).max(64), password: z.string().min(1).max(256) })
  .meta({ example: { name: "duty", password: "demo-duty" } });
export const SessionJson = z
  .object({
    user: z.string(),
    role: z.enum(ROLES),
    mines: z.array(z.string()),
    csrf: z.string().optional().meta({ description: "Sent back in x-csrf-token with every change" }),
  })
  .meta({ id: "Session" });
export const TicketJson = z.object({ ticket: z.string(), expiresAt: Moment }).meta({ id: "Ticket" });

const StreamJson = z
  .object({
    system: z.string(),
    link: LinkState,
    newestSample: Moment.nullable(),
    newestMessage: Moment.nullable(),
    offset: z.number().nullable(),
    points: z.int(),
    tableVersion: z.int(),
    tableHeld: z.string().nullable(),
    cycle: z.number(),
    seqGaps: z.int(),
  })
  .meta({ id: "Stream" });

export const MineJson = z
  .object({
    config: z.object({
      code: z.string(),
      name: z.string(),
      kind: z.enum(["coal", "metal", "open-pit"]),
      status: z.enum(["producing", "rectifying", "building", "stopped", "closed"]),
      gasGrade: z.enum(["low", "high", "outburst"]).nullable(),
      rockBurst: z.boolean(),
      approvedUnderground: z.int().nullable(),
      contacts: z.array(z.object({ name: z.string(), role: z.string(), phone: z.string() })),
      systems: z.array(z.string()),
    }),
    link: LinkState,
    worst: z.enum(LEVELS),
    open: z.int(),
    unacknowledged: z.int(),
    newestSample: Moment.nullable(),
    newestMessage: Moment.nullable(),
    underground: z.int().nullable(),
    streams: z.array(StreamJson),
    counters: Counters,
    rejects: z.array(
      z.object({
        at: Moment,
        topic: z.string(),
        reason: z.string(),
        what: z.string(),
        code: z.string().optional(),
      }),
    ),
  })
  .meta({ id: "Mine" });

const PersonJson = z.object({
  card: z.string(),
  name: z.string().optional(),
  team: z.string().optional(),
  job: z.string().optional(),
  down: Moment,
  area: z.string().optional(),
  station: z.string().optional(),
  seen: Moment.optional(),
  state: z.string().optional(),
  leader: z.boolean().optional(),
  special: z.boolean().optional(),
  sos: z.boolean().optional(),
});
export const TableChangeJson = z.object({
  version: z.int(),
  at: Moment,
  code: z.string(),
  what: z.enum(["added", "dropped", "returned", "retyped", "loosened", "changed"]),
  detail: z.string(),
  confirm: z.boolean().meta({ description: "it waits for a person" }),
});
export const TableJson = z
  .object({
    mine: z.string(),
    system: z.string(),
    version: z.int(),
    at: Moment.nullable(),
    held: z.string().nullable(),
    points: z.array(z.record(z.string(), z.unknown())).meta({ description: "As the mine sent them" }),
    changes: z.array(TableChangeJson),
  })
  .meta({ id: "PointTable" });
export const MineDetailJson = MineJson.extend({
  people: z
    .object({
      asOf: Moment,
      underground: z.int(),
      quality: z.enum(["good", "last-credible"]),
      areas: z.array(
        z.object({ code: z.string(), name: z.string(), kind: z.string(), quota: z.number().optional() }),
      ),
      people: z
        .array(PersonJson)
        .optional()
        .meta({ description: "Only for those on duty and the mine itself" }),
    })
    .nullable(),
  tables: z.array(
    z.object({
      system: z.string(),
      version: z.int(),
      at: Moment.nullable(),
      held: z.string().nullable(),
      points: z.int(),
      changes: z.array(TableChangeJson).meta({ description: "The newest; all of them with the table" }),
    }),
  ),
}).meta({ id: "MineDetail" });

export const PointJson = z
  .object({
    id: z.string(),
    mine: z.string(),
    system: z.string(),
    def: z.record(z.string(), z.unknown()).meta({ description: "As the mine sent it" }),
    loc: z.string().nullable(),
    confirmed: z.boolean(),
    unit: z.string().nullable(),
    limits: Limits,
    value: z.number().nullable(),
    word: z.string().nullable(),
    state: z.int(),
    quality: Quality,
    at: Moment.nullable(),
    listed: z.boolean(),
  })
  .meta({ id: "Point" });

const Epoch = z.number().meta({ description: "epoch milliseconds" });
const RawRowJson = z.object({ t: Epoch, v: z.number().nullable(), s: z.int(), flags: z.int() });
const SeriesHead = { id: z.string(), unit: z.string().nullable(), next: z.string().nullable() };
export const SeriesJson = z
  .discriminatedUnion("step", [
    z.object({
      step: z.literal("raw"),
      ...SeriesHead,
      rows: z.array(RawRowJson),
    }),
    z.object({
      step: z.enum(["1m", "5m", "1h"]),
      ...SeriesHead,
      rows: z.array(
        z.object({
          t: Epoch,
          n: z.int(),
          min: z.number().nullable(),
          minAt: Epoch.nullable(),
          max: z.number().nullable(),
          maxAt: Epoch.nullable(),
          avg: z.number().nullable(),
          s: z.int(),
          source: z.enum(["stats", "both"]).optional().meta({
            description:
              "Absent: from readings. stats: there are none, the mine's own statistics (TJSJ) say it; n is 0. both: an hour of readings and of statistics where they lack.",
          }),
        }),
      ),
    }),
  ])
  .meta({ id: "Series" });

export const AlarmRecordJson = z
  .object({
    alarm: AlarmJson,
    transitions: z.array(z.object({ seq: z.int(), t: Moment, transition: TransitionJson })),
    evidence: z
      .object({
        samples: z.array(
          z.object({
            t: Moment,
            v: z.number().nullable(),
            s: z.int(),
            p: z.string().optional().meta({ description: "The point, where there are several" }),
          }),
        ),
        limit: z.number().nullable(),
        origin: z.string().meta({ description: "Where the limit came from" }),
        quality: z.enum(["good", "unknown", "suspect"]),
        spool: z
          .object({ from: z.int(), to: z.int() })
          .meta({ description: "Input records from the onset to the raising" }),
        ruleHash: z.string(),
        configHash: z.string(),
      })
      .nullable(),
    window: z
      .array(z.object({ point: z.string(), rows: z.array(RawRowJson) }))
      .meta({ description: "What the points sent around the onset, as the series hold it" }),
    response: z
      .object({
        cause: z.string(),
        consequence: z.string(),
        action: z.string(),
        within: z.number().nullable(),
      })
      .nullable(),
    runbook: z
      .string()
      .nullable()
      .meta({ description: "Where it stands what to do about a trouble of the gateway" }),
    receipts: z
      .object({
        raised: Moment,
        detected: Moment,
        pushes: z
          .array(z.object({ n: z.int(), stored: Moment.nullable(), pushed: Moment.nullable() }))
          .meta({ description: "When each ring of it was on disk, and written to the screens" }),
        people: z.array(
          z.object({
            person: z.string(),
            devices: z.array(z.string()),
            calls: z.array(
              z.object({
                at: Moment,
                n: z.int(),
                device: z.string(),
                channel: z.string(),
                why: z.string(),
              }),
            ),
            delivered: Moment.nullable().meta({ description: "On a device, by the device's own word" }),
            rendered: Moment.nullable(),
            seen: Moment.nullable(),
            acknowledged: Moment.nullable(),
          }),
        ),
      })
      .meta({ description: "The receipt ladder, by person: the first moment of each rung" }),
    asOf: z.int(),
  })
  .meta({ id: "AlarmRecord" });

export const RuleJson = z
  .object({
    id: z.string(),
    title: z.string(),
    titleEn: z.string(),
    basis: z.string().nullable(),
    unverified: z.boolean(),
    systems: z.array(z.string()),
    types: z.array(z.string()),
    locs: z.array(z.string()),
    ladder: z.string().nullable(),
    when: z.record(z.string(), z.unknown()),
    level: z.enum(LEVELS),
    ack: z.enum(["required", "none"]),
    onDelay: z.number(),
    offDelay: z.number(),
    class: z.enum(ALARM_CLASSES),
    onBad: z.enum(["hold", "clear"]),
    statuses: z.array(z.string()),
    response: AlarmRecordJson.shape.response,
    latch: z.boolean(),
    worsens: z.number().exactOptional(),
    because: z.string().exactOptional(),
    parent: z.union([z.string(), z.array(z.string()).readonly()]).nullable(),
    shadow: z.boolean(),
    source: z.string(),
  })
  .meta({ id: "Rule" });

export const RefusedJson = z
  .object({
    at: Moment,
    address: z.string(),
    clientId: z.string().nullable(),
    claimed: z.string().nullable(),
    reason: z.string(),
  })
  .meta({ id: "RefusedConnection" });

export const HealthJson = z
  .object({
    ok: z.boolean(),
    checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
  })
  .meta({ id: "Health" });

export const SystemJson = z
  .object({
    version: z.string(),
    node: z.string(),
    startedAt: Moment,
    now: Moment,
    epoch: z.string(),
    head: z.int(),
    configHash: z.string().nullable(),
    dev: z.boolean(),
    reload: z
      .object({ at: Moment, ok: z.boolean(), faults: z.array(z.string()), detail: z.string() })
      .nullable()
      .meta({
        description: "What became of the last changed configuration: faults, or what it would have told",
      }),
    health: HealthJson,
    receivers: z
      .array(
        z.object({
          name: z.string(),
          url: z.string(),
          connected: z.boolean(),
          since: Moment.meta({ description: "Since when it is connected, or is not" }),
          detail: z.string().nullable(),
          gaps: z.int().meta({ description: "How often the broker lost our session since the start" }),
          lastGap: z
            .object({ from: Moment, to: Moment })
            .nullable()
            .meta({ description: "Between these moments messages may be missing" }),
          messages: z.int(),
          refused: z.int().meta({ description: "Messages of mines this broker may not speak for" }),
          unknown: z.int().meta({ description: "Messages of topics that are none of ours" }),
          waiting: z.int(),
          mines: z.int().meta({ description: "Mines heard since it is connected" }),
          counts: z.record(z.string(), z.int()),
        }),
      )
      .meta({ description: "Brokers the gateway is the client of" }),
    figures: z.record(z.string(), z.union([z.number(), z.string()])),
  })
  .meta({ id: "System" });

export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next: z.string().nullable(), asOf: z.int() });

/** `a,b` or repeated: both are lists. */
export const words = <const T extends readonly [string, ...string[]]>(allowed: T) =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((value) => [value].flat().flatMap((part) => part.split(",")))
    .pipe(z.array(z.enum(allowed)).min(1));
export const list = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => [value].flat().flatMap((part) => part.split(",")))
  .pipe(z.array(z.string().min(1).max(64)).min(1).max(1_000));

export const Time = z.string().transform((text, context) => {
  const parsed = parseTime(/^\d{12,}$/.test(text) ? Number(text) : text);
  if (parsed.ok) return parsed.t;
  context.issues.push({ code: "custom", message: "a time: ISO 8601 or epoch milliseconds", input: text });
  return z.NEVER;
});
const limit = (most: number, usual: number) => z.coerce.number().int().min(1).max(most).default(usual);
const cursor = z.string().min(1).max(400).optional();

export const PageQuery = z.object({ limit: limit(5_000, 500), cursor });
export const PointsQuery = PageQuery.extend({ mine: list.optional(), system: list.optional() });
export const SeriesParams = z.object({ id: z.string().min(3).max(200) });
export const SeriesQuery = z.object({
  from: Time,
  to: Time,
  step: z.enum(["raw", "auto", "1m", "5m", "1h"]).default("raw"),
  limit: limit(20_000, 5_000),
  cursor,
});
export const OPEN_STATES = ["unacknowledged", "acknowledged", "returned"] as const;
export const AlarmsQuery = z.object({
  state: words([...ALARM_STATES, "open"]).optional(),
  mine: list.optional(),
  level: words(LEVELS).optional(),
  class: words(ALARM_CLASSES).optional(),
  from: Time.optional(),
  to: Time.optional(),
  q: z.string().min(1).max(100).optional(),
  limit: limit(1_000, 200),
  cursor,
});
export const AlarmParams = z.object({ id: z.string().regex(/^[0-9A-Za-z]{8,64}$/) });
export const MineParams = z.object({ mine: z.string().regex(/^[0-9A-Za-z]{4,24}$/) });
export const TableParams = MineParams.extend({ system: z.string().regex(/^[0-9A-Za-z_-]{1,32}$/) });
