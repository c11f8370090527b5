import { z } from "zod";
import { dayNumber } from "../../model/calendar.ts";
import { Duration } from "./units-of-time.ts";

const CLOCK = /^([01]\d|2[0-3]):([0-5]\d)$/;

/** A time of day in the gateway's zone, in minutes after midnight. */
const Clock = z
  .string({ error: 'a time of day in quotes: "08:00"' })
  .regex(CLOCK, { error: 'a time of day: "08:00"' })
  .transform((text) => 60 * Number(text.slice(0, 2)) + Number(text.slice(3)));

const Day = z
  .string({ error: "a day: 2026-01-01" })
  .refine((text) => dayNumber(text) !== null, { error: "a day that exists: 2026-01-01" })
  .transform((text) => dayNumber(text) ?? 0);

const Id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, { error: "letters, digits and . _ -" });
const oneOrMany = <T extends z.ZodType>(one: T) =>
  z
    .union([z.array(one).min(1), one])
    .transform((value) => (Array.isArray(value) ? value : [value]) as z.output<T>[]);

const DeviceFile = z.strictObject({
  id: Id,
  channel: z.string().meta({ description: "screen, or the id of a channel of gateway.yaml" }),
  to: z
    .string()
    .default("")
    .meta({ description: "The address in the words of the channel: a number, a mailbox" }),
});

const PersonFile = z.strictObject({
  user: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta({ description: "The account; none = never signs in" }),
  name: z.string().min(1),
  role: z.string().min(1).meta({ description: "For steps that call a role whoever is on duty" }),
  mines: z.array(z.string()).min(1).default(["*"]),
  devices: z
    .array(DeviceFile)
    .min(1, { error: "nobody can be called without a device" })
    .max(8)
    .meta({ description: "In the order in which they are tried" }),
});

/** In one list with the list of them, so that a fault is told of the form that was meant. */
const TARGETS = [
  z.literal("desk"),
  z.literal("next-device"),
  z.strictObject({ "on-duty": z.enum(["officer", "lead"]) }),
  z.strictObject({ person: z.string() }),
  z.strictObject({ role: z.string() }),
  z.strictObject({ contact: z.string().meta({ description: "A role among the mine's contacts, or any" }) }),
] as const;
const Target = z.union(TARGETS);

const StepFile = z.strictObject({
  when: z.enum(["raise", "not-delivered", "not-acknowledged", "no-call", "no-feedback"]),
  after: Duration.optional().meta({
    description:
      "raise, not-acknowledged: since it asked for attention; not-delivered: since the call; else since the acknowledgement",
  }),
  to: z
    .union([z.array(Target).min(1), ...TARGETS])
    .transform((value): TargetFile[] => (Array.isArray(value) ? value : [value])),
  via: oneOrMany(z.string()).optional().meta({ description: "Channels; none = the first device of each" }),
});

const ChainFile = z.strictObject({
  levels: z.array(z.enum(["blue", "yellow", "orange", "red"])).min(1),
  mines: z
    .array(z.string())
    .min(1)
    .default(["*"])
    .meta({ description: "A chain that names the mine goes before one that does not; gateway = its own" }),
  steps: z.array(StepFile).min(1).max(32),
  repeat: Duration.default(600_000).meta({ description: "How often the last step is made again" }),
  remind: Duration.default(1_800_000).meta({
    description: "The same for a call or feedback that is missing after the acknowledgement",
  }),
  returnedTimes: z
    .number()
    .min(1)
    .max(100)
    .default(3)
    .meta({ description: "So many times longer are the waits once the condition is over" }),
  preNoticeHold: Duration.default(600_000).meta({
    description: "Under a pre-notice nobody beyond the first step is called before this",
  }),
});

/** `config/duty.yaml`: who is called, when, and who next. */
export const DutyFile = z
  .strictObject({
    people: z.record(Id, PersonFile),
    shifts: z.record(Id, z.strictObject({ name: z.string().min(1), from: Clock, to: Clock })),
    crews: z.record(
      Id,
      z.strictObject({
        name: z.string().min(1),
        officer: z.array(z.string()).min(1, { error: "a crew has an officer" }),
        lead: z.array(z.string()).default([]),
      }),
    ),
    rotation: z
      .array(
        z.strictObject({
          from: Day.meta({ description: "The first day of the cycle, until a later rotation begins" }),
          cycle: z
            .array(z.record(z.string(), z.string()))
            .min(1)
            .max(366)
            .meta({ description: "One entry a day: the crew of each shift that begins on it" }),
        }),
      )
      .min(1),
    chains: z.array(ChainFile).min(1),
    quiet: z
      .array(
        z.strictObject({
          from: Clock,
          to: Clock,
          levels: z.array(z.enum(["blue", "yellow", "orange"])).min(1),
        }),
      )
      .default([])
      .meta({ description: "Hours in which steps of these levels wait; never red" }),
    handoverWithin: Duration.default(1_800_000),
    coverDays: z.int().min(1).max(31).default(7),
  })
  .meta({ id: "duty", title: "davylamp duty.yaml" });

export type DutyFile = z.output<typeof DutyFile>;
export type TargetFile = z.output<typeof Target>;
