import { z } from "zod";
import { FOLDS } from "../../model/condition.ts";
import { STATE } from "../../model/reading.ts";
import { ALARM_CLASSES, LEVELS } from "../../model/rule.ts";
import { HOUR, MINUTE } from "../../model/time.ts";
import { Duration } from "./units-of-time.ts";
import { Limit } from "./when-limit.ts";
import { Word } from "./words.ts";

export const BITS = Object.keys(STATE) as [keyof typeof STATE, ...(keyof typeof STATE)[]];

const AMOUNT = "an amount in the type's unit, or a share: 30%";
const Amount = z
  .union([
    z.number().positive(),
    z
      .string({ error: AMOUNT })
      .regex(/^\d+(\.\d+)?%$/, { error: AMOUNT })
      .transform((text) => ({ share: Number(text.slice(0, -1)) / 100 })),
  ])
  .meta({ id: "amount", description: "An amount in the type's unit, or a share as 30%" });

const oneOrMany = z
  .union([z.string(), z.array(z.string()).min(1)])
  .transform((value) => (typeof value === "string" ? [value] : value));

const NEAR = ["self", "set", "machine", "place", "substation", "mine", "feeds", "cuts"] as const;
const Points = {
  type: oneOrMany.optional().meta({ description: "Sensor types or groups; absent = those of the rule" }),
  loc: oneOrMany.optional().meta({ description: "Location classes; absent = any" }),
  system: oneOrMany.optional().meta({ description: "Systems; absent = any" }),
  near: z.enum(NEAR).default("mine").meta({
    description:
      "How they belong to the judged point: itself, its set, its machine, its place, its substation, the whole mine, the feeds of the devices it cuts, those devices",
  }),
  others: z.boolean().default(false).meta({ description: "The judged point itself does not count" }),
};

const Of = z
  .strictObject({
    ...Points,
    atLeast: z.int().min(1).optional().meta({ description: "True when it is of so many of them; default 1" }),
    every: z.literal(true).optional().meta({ description: "True when it is of every one of them" }),
  })
  .meta({ id: "of" });

/** What stands beside a condition on points when it is a part of others. */
const part = { of: Of.optional(), remember: Duration.optional() };

const rise = { rise: Amount, within: Duration, clear: Amount.optional() };
const fall = { fall: Amount, within: Duration, clear: Amount.optional() };
const mean = {
  mean: z.union([
    z.strictObject({ below: Amount, of: Duration, clear: Amount.optional() }),
    z.strictObject({ above: Amount, of: Duration, clear: Amount.optional() }),
  ]),
};
const flat = {
  flat: Duration,
  step: z.number().positive(),
  from: z.number().optional(),
  lively: z.strictObject({ std: z.number().positive(), of: Duration }).optional(),
};
const repeats = {
  repeats: Duration.refine((ms) => ms >= 30 * MINUTE && ms <= 12 * HOUR, { error: "30m to 12h" }),
  after: Duration.refine((ms) => ms >= HOUR && ms <= 48 * HOUR, { error: "1h to 48h" }),
};
const jump = { jump: z.number().positive() };
const bits = { bits: z.array(z.enum(BITS)).min(1) };
const state = { state: z.array(Word).min(1) };

const windowForms = [
  z.strictObject(rise),
  z.strictObject(fall),
  z.strictObject(mean),
  z.strictObject(flat),
  z.strictObject(repeats),
  z.strictObject(jump),
] as const;

const AlarmsOf = z.union([
  z.strictObject({ ladder: z.string(), level: z.enum(LEVELS).optional() }),
  z.strictObject({ rule: z.string(), level: z.enum(LEVELS).optional() }),
  z.strictObject({ class: z.enum(ALARM_CLASSES), level: z.enum(LEVELS).optional() }),
]);
const alarms = {
  alarms: AlarmsOf,
  atLeast: z.int().min(1),
  clear: z.int().min(1).optional().meta({ description: "Released when there are fewer; default atLeast" }),
};
const open = {
  open: z.string().meta({ description: "A rule or ladder" }),
  for: Duration.default(0),
  near: z.enum(["self", "mine"]).optional(),
};
const Clear = z.number().optional();
const Group = z
  .union([
    z.strictObject({ ...Points, high: z.number(), clear: Clear }),
    z.strictObject({ ...Points, low: z.number(), clear: Clear }),
    z.strictObject({ ...Points, above: z.number(), clear: Clear }),
    z.strictObject({ ...Points, below: z.number(), clear: Clear }),
  ])
  .meta({ id: "group" });
const HOURS = /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/;
const hours = {
  hours: z
    .string()
    .regex(HOURS, { error: "from-to as 22:00-06:00" })
    .meta({ description: "Hours of the day in the gateway's zone, 22:00-06:00" }),
};

const NAME = "a name of small letters, digits and _";
/** CEL over numbers. `with` names what they are: the judged point's value, or those of points taken together. */
const cel = {
  cel: z.string().min(1).max(500).meta({ description: "An expression of CEL over the names of `with`" }),
  with: z
    .record(
      z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, { error: NAME }),
      z.strictObject({ ...Points, take: z.enum(FOLDS).default("max") }),
    )
    .meta({ description: "What each name stands for: a number in the unit of the rules" }),
};

const leafForms = [
  z.strictObject(cel),
  z.strictObject(alarms),
  z.strictObject(open),
  z.strictObject({ sum: Group }),
  z.strictObject({ min: Group }),
  z.strictObject({ max: Group }),
  z.strictObject({ spread: Group }),
] as const;

const partForms = [
  z.strictObject({ high: Limit, clear: Limit.optional(), ...part }),
  z.strictObject({ low: Limit, clear: Limit.optional(), ...part }),
  z.strictObject({ above: Limit, clear: Limit.optional(), ...part }),
  z.strictObject({ below: Limit, clear: Limit.optional(), ...part }),
  z.strictObject({ ...bits, ...part }),
  z.strictObject({ ...state, ...part }),
  z.strictObject({ ...rise, ...part }),
  z.strictObject({ ...fall, ...part }),
  z.strictObject({ ...mean, ...part }),
  z.strictObject({ ...flat, ...part }),
  z.strictObject({ ...repeats, ...part }),
  z.strictObject({ ...jump, ...part }),
] as const;

const PartForm = z.union([...partForms, ...leafForms, z.strictObject(hours)]);
export type PartForm = z.output<typeof PartForm>;
export type TermForm =
  | PartForm
  | { readonly all: TermForm[] }
  | { readonly any: TermForm[] }
  | { readonly not: TermForm };

/** A part of a condition: of points, of alarms, of the time, or joined of such. */
export const TermForm: z.ZodType<TermForm> = z
  .lazy(() =>
    z.union([
      ...partForms,
      ...leafForms,
      z.strictObject(hours),
      z.strictObject({ all: z.array(TermForm).min(1) }),
      z.strictObject({ any: z.array(TermForm).min(1) }),
      z.strictObject({ not: TermForm }),
    ]),
  )
  .meta({ id: "term" });

/** Forms of `when` that speak of several values, points or alarms. */
export const LOGIC_FORMS = [
  ...windowForms,
  z.strictObject({ all: z.array(TermForm).min(1) }),
  z.strictObject({ any: z.array(TermForm).min(1) }),
  z.strictObject({ not: TermForm }),
  ...leafForms,
] as const;
export type LogicForm = z.output<(typeof LOGIC_FORMS)[number]>;

const LOGIC_KEYS = "rise fall mean flat repeats jump all any not alarms open sum min max spread cel".split(
  " ",
);

export const isLogicForm = (form: object): form is LogicForm => LOGIC_KEYS.some((key) => key in form);

/** Beside any condition: while it is true nothing rises, by design. */
export const Unless = TermForm.optional().meta({
  description: "While this is true the rule raises nothing, by design; what is open stays open",
});

type Beside<T extends readonly z.ZodObject[]> = {
  [K in keyof T]: T[K] extends z.ZodObject<infer Shape extends z.core.$ZodShape, infer Config>
    ? z.ZodObject<Shape & { unless: typeof Unless }, Config>
    : never;
};

/** The same forms, each with an `unless`. */
export const withUnless = <T extends readonly z.ZodObject[]>(forms: T): Beside<T> =>
  forms.map((form) => form.extend({ unless: Unless })) as unknown as Beside<T>;
