import { z } from "zod";
import { MINE_CODE, SYSTEM_NAME } from "../topic.ts";
import { DialectFile } from "./dialect-file.ts";

const Numbers = {
  alarm: z.number().optional(),
  cut: z.number().optional(),
  release: z.number().optional(),
  alarmLow: z.number().optional(),
  releaseLow: z.number().optional(),
  blue: z.number().optional().meta({ description: "Limits by level, where a point is graded by four" }),
  yellow: z.number().optional(),
  orange: z.number().optional(),
  red: z.number().optional(),
};
const Limits = z.strictObject(Numbers);
const TypeLimits = z.strictObject({
  ...Numbers,
  unit: z.string().optional().meta({ description: "Of the numbers: held against that of the type" }),
});
const Cycle = z.number().min(0).max(86_400).meta({ description: "Seconds between samples; 0 = on change" });

const Area = z.strictObject({
  quota: z.int().min(0).optional().meta({ description: "Instead of the quota the mine sends" }),
  kind: z.enum(["normal", "key", "restricted", "rockburst"]).optional(),
  permitted: z
    .boolean()
    .optional()
    .meta({ description: "People may be there although the mine stands still" }),
});

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
    permittedUnderground: z
      .int()
      .min(0)
      .nullable()
      .default(null)
      .meta({ description: "How many may be underground while the mine stands still; none given = nobody" }),
    contacts: z.array(z.strictObject({ name: z.string(), role: z.string(), phone: z.string() })).default([]),
    systems: z.array(z.string().regex(SYSTEM_NAME)).min(1),
    cycles: z.record(z.string(), Cycle).default({}),
    points: z
      .record(
        z.string().regex(/^[a-z][a-z0-9-]*:.{1,64}$/, { error: "system:point code" }),
        z.strictObject({
          loc: z.string().optional(),
          cycle: Cycle.optional(),
          limits: Limits.optional(),
          area: z
            .string()
            .optional()
            .meta({ description: "Code of the personnel system's area the point is in" }),
        }),
      )
      .default({}),
    limits: z.record(z.string(), TypeLimits).default({}),
    areas: z
      .record(z.string().min(1).max(64), Area)
      .default({})
      .meta({ description: "Areas of the personnel system by their code" }),
    files: z
      .record(
        z.string().regex(SYSTEM_NAME),
        z.strictObject({
          folder: z
            .string()
            .min(1)
            .optional()
            .meta({ description: "Absent = {files.root of gateway.yaml}/{code}/{system}" }),
          dialect: DialectFile.default(DialectFile.parse({})),
        }),
      )
      .default({})
      .meta({
        description: "Systems that come as national text files: where they lie, how they are written",
      }),
  })
  .meta({ id: "mine", title: "davylamp mines/*.yaml" });

export type MineFile = z.output<typeof MineFile>;
