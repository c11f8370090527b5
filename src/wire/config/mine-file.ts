import { z } from "zod";
import { MINE_CODE, SYSTEM_NAME } from "../topic.ts";

const Limits = z.strictObject({
  alarm: z.number().optional(),
  cut: z.number().optional(),
  release: z.number().optional(),
});
const Cycle = z.number().min(0).max(86_400).meta({ description: "Seconds between samples; 0 = on change" });

/** One file of `config/mines`: 一矿一策. */
export const MineFile = z
  .strictObject({
    code: z
      .string({ error: "a mine code in quotes, so that it stays a string" })
      .regex(MINE_CODE, { error: "4 to 24 letters or digits" }),
    name: z.string().min(1),
    aliases: z.array(z.string().regex(MINE_CODE)).default([]),
    kind: z.enum(["coal", "metal", "open-pit"]),
    status: z.enum(["producing", "rectifying", "building", "stopped", "closed"]),
    gasGrade: z.enum(["low", "high", "outburst"]).nullable().default(null),
    rockBurst: z.boolean().default(false),
    approvedUnderground: z.int().min(0).nullable().default(null),
    contacts: z.array(z.strictObject({ name: z.string(), role: z.string(), phone: z.string() })).default([]),
    systems: z.array(z.string().regex(SYSTEM_NAME)).min(1),
    cycles: z.record(z.string(), Cycle).default({}),
    points: z
      .record(
        z.string().regex(/^[a-z][a-z0-9-]*:.{1,64}$/, { error: "system:point code" }),
        z.strictObject({ loc: z.string().optional(), cycle: Cycle.optional(), limits: Limits.optional() }),
      )
      .default({}),
    limits: z.record(z.string(), Limits).default({}),
  })
  .meta({ id: "mine", title: "davylamp mines/*.yaml" });

export type MineFile = z.output<typeof MineFile>;
