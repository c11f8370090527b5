import { z } from "zod";
import { LEVELS } from "../model/rule.ts";
import { Moment } from "../wire/alarm.ts";

/** What stands over the alarms: floods, shelves, what is out of service, what waits for a second person. */

export const FloodJson = z
  .object({
    mine: z.string().nullable().meta({ description: "null: the county as a whole" }),
    lately: z.int().meta({ description: "New alarms within the last ten minutes" }),
    since: Moment.nullable().meta({ description: "ISO 8601; since when it is a flood, null = it is none" }),
    alarms: z.int().meta({ description: "How many came in it" }),
  })
  .meta({ id: "Flood" });

export const ShelfJson = z
  .object({
    case: z.string(),
    mine: z.string(),
    level: z.enum(LEVELS).meta({ description: "Up to this level nobody is told of it" }),
    by: z.string(),
    approvedBy: z.string().nullable(),
    at: Moment,
    until: Moment,
    reason: z.string(),
  })
  .meta({ id: "Shelf" });

export const ServiceJson = z
  .object({
    mine: z.string(),
    subject: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
    key: z.string().meta({ description: "Ladder, or rule without one" }),
    by: z.string(),
    at: Moment,
    until: Moment,
    reason: z.string(),
    approvedBy: z.string().nullable(),
    request: z.string(),
  })
  .meta({ id: "Service" });

export const RequestJson = z
  .object({
    id: z.string(),
    what: z.enum(["shelve", "out-of-service"]),
    by: z.string(),
    at: Moment,
    until: Moment,
    reason: z.string(),
    expires: Moment.meta({ description: "ISO 8601; off by then, when nobody answers" }),
    mine: z.string(),
    case: z.string().nullable(),
    service: ServiceJson.nullable(),
  })
  .meta({ id: "Request" });

export const UnrestJson = z
  .object({
    mine: z.string(),
    kind: z.string(),
    id: z.string(),
    key: z.string(),
    raised: z.int(),
    chattering: z.int(),
    fleeting: z.int(),
    last: Moment,
  })
  .meta({ id: "Unrest" });
