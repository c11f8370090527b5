import { z } from "zod";
import { Word } from "./words.ts";

/** `config/units.yaml`: units as they are sent, and what each sensor type measures. */
export const UnitsFile = z
  .strictObject({
    quantities: z
      .record(
        z.string(),
        z.record(
          z.string(),
          z.union([z.number(), z.strictObject({ factor: z.number(), offset: z.number() })]),
        ),
      )
      .meta({
        description:
          "By quantity: each unit as sent, and how it becomes the first one (value × factor + offset)",
      }),
    ranges: z
      .record(z.string(), z.strictObject({ least: z.number().optional(), most: z.number().optional() }))
      .default({})
      .meta({
        description: "By quantity: what it can be at all, in its first unit; a limit outside is a mistake",
      }),
    types: z.record(
      z.string(),
      z.strictObject({
        name: z.string().min(1),
        nameEn: z.string().min(1),
        kind: z.enum(["analog", "switch", "total", "state"]),
        unit: z.string().nullable().default(null),
        resolution: z.number().positive().nullable().default(null),
        groups: z
          .array(z.string())
          .default([])
          .meta({ description: "Names a rule may use for several types" }),
      }),
    ),
  })
  .meta({ id: "units", title: "davylamp units.yaml" });

/** `config/switches.yaml`: what texts and values of switches mean. */
export const SwitchesFile = z
  .strictObject({
    texts: z.record(z.string(), Word),
    types: z.record(z.string(), z.record(z.string().regex(/^\d{1,3}$/), Word)),
  })
  .meta({ id: "switches", title: "davylamp switches.yaml" });

export type UnitsFile = z.output<typeof UnitsFile>;
export type SwitchesFile = z.output<typeof SwitchesFile>;
