import { z } from "zod";
import { CHECK_STATES, CHECKS } from "../model/mine-check.ts";
import { Moment } from "../wire/alarm.ts";

/** The link acceptance record (联网验收单). */

const SaidJson = z.object({ zh: z.string(), en: z.string() });

export const CheckQuery = z.object({
  hours: z.coerce.number().min(1).max(72).default(24).meta({ description: "Over how many hours before now" }),
});

export const MineCheckJson = z
  .object({
    mine: z.string(),
    name: z.string(),
    at: Moment,
    hours: z.number(),
    version: z.string(),
    state: z.enum(CHECK_STATES).meta({ description: "The worst of the items" }),
    items: z.array(
      z.object({
        check: z.enum(CHECKS),
        title: SaidJson,
        state: z.enum(CHECK_STATES),
        figure: SaidJson,
        from: SaidJson.meta({ description: "What the figure is counted from" }),
        samples: z.array(SaidJson),
        remedy: SaidJson.nullable(),
      }),
    ),
  })
  .meta({ id: "MineCheck" });
