import { z } from "zod";
import { ALARM_CLASSES, LEVELS, MACHINE_PARTS } from "../../model/rule.ts";
import { Duration } from "./units-of-time.ts";
import { LastingForm, limitForms } from "./when-limit.ts";
import { BITS, LOGIC_FORMS, withUnless } from "./when-logic.ts";
import { MINE_FORMS } from "./when-mine.ts";
import { PEOPLE_FORMS } from "./when-people.ts";
import { Word } from "./words.ts";

/** What must be true; exactly one form. */
export const When = z.union([
  ...withUnless(limitForms),
  ...withUnless([
    LastingForm,
    z.strictObject({ bits: z.array(z.enum(BITS)).min(1) }),
    z.strictObject({ silence: z.literal("point") }),
    z.strictObject({ silence: z.literal("stream"), after: Duration }),
    z.strictObject({ link: z.enum(["mine", "stream"]) }),
    z.strictObject({ state: z.array(Word).min(1) }),
    z.strictObject({ set: z.strictObject({ all: z.array(Word).min(1) }) }),
  ] as const),
  ...withUnless(LOGIC_FORMS),
  ...withUnless(PEOPLE_FORMS),
  ...withUnless(MINE_FORMS),
]);

const oneOrMany = <T extends z.ZodType>(item: T) =>
  z
    .union([item, z.array(item).min(1)])
    .transform((value) => (Array.isArray(value) ? value : [value]) as z.output<T>[]);

const RuleEntry = z.strictObject({
  id: z.string().regex(/^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*[a-z]?$/, { error: "an id like CH4-01" }),
  title: z.string().min(1).meta({ description: "Chinese, for screens" }),
  titleEn: z.string().min(1),
  basis: z.string().min(1).optional().meta({ description: "Document and clause" }),
  unverified: z
    .boolean()
    .default(false)
    .meta({ description: "True where no clause is known: a default of this product" }),
  system: oneOrMany(z.string()).meta({ description: "Systems of mines, or `any`" }),
  type: oneOrMany(z.string())
    .optional()
    .meta({ description: "Sensor types or groups of them; absent = any" }),
  except: oneOrMany(z.string())
    .optional()
    .meta({ description: "Sensor types it does not judge: rules of their own speak of them" }),
  part: oneOrMany(z.enum(MACHINE_PARTS))
    .optional()
    .meta({ description: "Parts of a machine; unnamed = the point's row names none; absent = any" }),
  loc: oneOrMany(z.string()).optional().meta({ description: "Location classes; absent = any" }),
  unit: z
    .string()
    .optional()
    .meta({ description: "Of the numbers in `when`: held against that of the types" }),
  ladder: z.string().optional(),
  when: When,
  over: z.enum(["point", "set", "mine"]).optional().meta({
    description: "Whose alarm it is: the point's (default), its set's, the mine's",
  }),
  level: z.enum(LEVELS),
  ack: z.enum(["required", "none"]).default("required"),
  onDelay: Duration.default(0),
  offDelay: Duration.default(0),
  class: z.enum(ALARM_CLASSES),
  onBad: z.enum(["hold", "clear"]).default("hold"),
  statuses: z
    .array(z.enum(["producing", "rectifying", "building", "stopped", "closed"]))
    .default(["producing", "rectifying", "building", "stopped"]),
  response: z
    .strictObject({
      cause: z.string(),
      consequence: z.string(),
      action: z.string(),
      within: Duration.nullable().default(null),
    })
    .optional(),
  latch: z
    .boolean()
    .default(false)
    .meta({ description: "When its condition is over the alarm stays until a person resets it" }),
  worsens: z.number().positive().exactOptional().meta({
    description: "An acknowledged alarm asks again when its value is so much worse, in the unit of the limit",
  }),
  because: z.string().min(1).exactOptional().meta({
    description: "Chinese: why `unless` keeps it back, shown where it suppresses an open alarm by design",
  }),
  parent: oneOrMany(z.string()).optional().meta({
    description: "Rules or ladders whose open alarm on the mine folds those of this rule under itself",
  }),
  shadow: z.boolean().default(false),
});

const LawRow = z
  .strictObject({
    system: oneOrMany(z.string()).default(["safety"]),
    type: oneOrMany(z.string()),
    unit: z.string().optional().meta({ description: "Of the numbers: held against that of the types" }),
    loc: oneOrMany(z.string()).meta({ description: "Location classes or groups of them" }),
    alarm: z.number().nullable().default(null).meta({ description: "Upper limit" }),
    cut: z.number().nullable().default(null),
    release: z.number().nullable().default(null).meta({ description: "Absent = the alarm limit" }),
    alarmLow: z.number().nullable().default(null).meta({ description: "Lower limit" }),
    releaseLow: z.number().nullable().default(null),
    basis: z.string().min(1).optional(),
    unverified: z
      .boolean()
      .default(false)
      .meta({ description: "A starting value of the county, not the law's: a mine's file may replace it" }),
  })
  .refine(({ alarm, alarmLow }) => alarm !== null || alarmLow !== null, {
    error: "neither an upper nor a lower limit: alarm or alarmLow",
  });

/** What a location class is: rules name classes, or groups of them. */
const Place = z.strictObject({
  name: z.string().min(1),
  nameEn: z.string().min(1),
  groups: z.array(z.string()).default([]).meta({ description: "Names a rule may use for several places" }),
});

/** One file of `config/rules`: location classes, rows of the law's table and the rules that use them. */
export const RuleFile = z
  .strictObject({
    places: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), Place).default({}),
    limits: z.array(LawRow).default([]),
    rules: z.array(RuleEntry).default([]),
  })
  .meta({ id: "rules", title: "davylamp rules/*.yaml" });

export type RuleFile = z.output<typeof RuleFile>;
export type RuleEntry = RuleFile["rules"][number];
