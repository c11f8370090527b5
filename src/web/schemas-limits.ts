import { z } from "zod";
import { LEVELS } from "../model/rule.ts";
import { Moment } from "../wire/alarm.ts";
import { list, PageQuery, RuleJson, TableChangeJson } from "./schemas.ts";

/** What holds for a point and why, what tables changed and who confirmed it, and the rules on trial. */

const LimitJson = z
  .object({
    value: z.number(),
    from: z.enum(["law", "county", "mine"]),
    kind: z.enum(["law", "seed", "unconfirmed", "override", "table", "kept"]).meta({
      description:
        "law: a row of the law's table; unconfirmed: methane whose place nobody confirmed; override: the county's " +
        "file of the mine; table: the mine's own point table; kept: an earlier table of it, loosened unconfirmed",
    }),
    what: z.string().meta({ description: "Clause and place, key of the override, or field of the table" }),
    at: z.string().nullable().meta({ description: "file:line" }),
  })
  .meta({ id: "Limit" });

export const LimitsJson = z
  .object({
    point: z.string(),
    type: z.string(),
    unit: z.string().nullable(),
    loc: z.string().nullable().meta({ description: "Confirmed location class" }),
    proposed: z.string().nullable().meta({ description: "What the mine's table says" }),
    locFrom: z.object({ by: z.enum(["file", "act"]), at: z.string().nullable() }).nullable(),
    alarm: LimitJson.nullable(),
    cut: LimitJson.nullable(),
    release: LimitJson.nullable(),
    lower: z
      .object({
        alarm: z.number().nullable(),
        cut: z.number().nullable(),
        release: z.number().nullable(),
        from: z.enum(["law", "county", "mine"]),
      })
      .nullable(),
    grades: z
      .object({
        blue: z.number().nullable(),
        yellow: z.number().nullable(),
        orange: z.number().nullable(),
        red: z.number().nullable(),
      })
      .nullable()
      .meta({ description: "Limits by level, where the county wrote some" }),
  })
  .meta({ id: "EffectiveLimits" });

export const ChangesQuery = PageQuery.extend({
  system: list.optional(),
  confirm: z.enum(["true", "false"]).optional().meta({ description: "true: only what waits for a person" }),
});
export const MineChangeJson = TableChangeJson.extend({ system: z.string() }).meta({ id: "TableChange" });

export const LocationBody = z
  .object({ loc: z.string().regex(/^[A-Z0-9_]{2,32}$/) })
  .meta({ example: { loc: "CF_CORNER" } });
export const ConfirmTableBody = z.object({
  accept: z.boolean().meta({ description: "false: the held table is refused, the old one stays" }),
});
export const ShadowJson = z
  .object({
    rule: RuleJson,
    raised: z.int().meta({ description: "Alarms it would have raised since it stands as it does" }),
    open: z.int(),
    last: z.array(
      z.object({
        id: z.string(),
        mine: z.string(),
        mineName: z.string(),
        subject: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
        point: z.string().nullable(),
        place: z.string(),
        level: z.enum(LEVELS),
        from: Moment,
        to: Moment.nullable(),
        value: z.number().nullable(),
        unit: z.string().nullable(),
        limit: z.number().nullable(),
      }),
    ),
  })
  .meta({ id: "ShadowRule" });
