import { z } from "zod";
import { ROLES } from "../model/act.ts";
import { PRE_NOTICE_KINDS } from "../model/duty.ts";
import { Moment } from "../wire/alarm.ts";
import { list, PageQuery, Time } from "./schemas.ts";
import { said, words } from "./schemas-acts.ts";

/** Who is on duty, pre-notices, mine status and the duty log. */

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const id = z.string().min(1).max(64);
const note = words.nullish();
const STATUSES = ["producing", "rectifying", "building", "stopped", "closed"] as const;

const parts = z.record(z.string(), z.array(z.string())).meta({ description: "Who fills which part, by id" });
const shift = { shift: z.string(), day, from: Moment, to: Moment };
const subjects = z.array(
  z.discriminatedUnion("kind", [
    z.object({ kind: z.enum(["point", "set"]), id }),
    z.object({ kind: z.literal("system"), id }),
    z.object({ kind: z.literal("mine") }),
  ]),
);

export const PreNoticeJson = z
  .object({
    id: z.string(),
    kind: z.enum(PRE_NOTICE_KINDS),
    mine: z.string(),
    subjects,
    from: Moment,
    to: Moment,
    reason: z.string(),
    state: z.enum(["applied", "approved", "refused", "ended"]),
    applied: z.object({ by: z.string(), role: z.enum(ROLES), at: Moment }),
    answered: z.object({ by: z.string(), at: Moment, note: z.string().nullable() }).nullable(),
    ended: z
      .object({ by: z.string().nullable().meta({ description: "null: its time was over" }), at: Moment })
      .nullable(),
  })
  .meta({ id: "PreNotice" });

const statusChange = {
  mine: z.string(),
  status: z.enum(STATUSES),
  from: Moment,
  to: Moment.nullable(),
  reason: z.string(),
  document: z.string().nullable(),
};
export const StatusJson = z.object({ ...statusChange, by: z.string() }).meta({ id: "StatusChange" });

export const DutyLineJson = z
  .object({
    seq: z.int(),
    t: Moment,
    by: z
      .object({ user: z.string(), role: z.enum(ROLES), device: z.string() })
      .nullable()
      .meta({ description: "null: the gateway by itself" }),
    duty: z.record(z.string(), z.unknown()).meta({ description: "`what` and what belongs to it" }),
  })
  .meta({
    id: "DutyLine",
    example: {
      seq: 1240,
      t: "2026-02-07T08:02:11.000+08:00",
      by: { user: "duty", role: "duty", device: "desk" },
      duty: { what: "note", text: "夜班无异常", about: null, corrects: null },
    },
  });

export const DutyJson = z
  .object({
    now: z.object({ shifts: z.array(z.object(shift)), parts }),
    ahead: z.array(z.object({ ...shift, parts })).meta({ description: "The shifts of the days ahead" }),
    gaps: z
      .array(z.object({ from: Moment, to: Moment, words: z.string() }))
      .meta({ description: "Hours in which nobody is on the roster" }),
    handovers: z.array(z.object({ day, shift: z.string(), person: z.string(), at: Moment })),
    statuses: z.array(StatusJson),
    people: z
      .array(z.object({ id: z.string(), name: z.string(), role: z.string(), user: z.string().nullable() }))
      .meta({ description: "Who the ids stand for" }),
    asOf: z.int(),
  })
  .meta({ id: "Duty" });

export const LogQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.coerce.number().int().min(1).optional(),
});
export const HandoverBody = z
  .object({
    alarms: z
      .array(z.string().max(64))
      .max(10_000)
      .meta({ description: "The open alarms that are taken over, every one by its id" }),
    asOf: z
      .int()
      .nonnegative()
      .nullish()
      .meta({ description: "`asOf` of the list that was read: what came later need not be named" }),
    note,
  })
  .meta({ example: { alarms: ["ABCDEFGHIJKLMNOPQRSTUVWXY2"], asOf: 1234, note: "一处断线待修" } });
export const SwapBody = z
  .object({
    day,
    shift: id,
    out: id.meta({ description: "Who is not there" }),
    in: id.nullable().meta({ description: "Who is there instead; null = nobody" }),
    reason: said,
  })
  .meta({ example: { day: "2026-02-08", shift: "night", out: "duty", in: "lead", reason: "请假" } });
export const DutyNoteBody = z
  .object({
    text: said,
    about: z.string().max(64).nullish().meta({ description: "An alarm, a mine, anything it is about" }),
    corrects: z.int().positive().nullish().meta({ description: "seq of the line that it corrects" }),
  })
  .meta({ example: { text: "20:10 与矿调度核对时钟", about: "520523017311" } });
export const PreNoticesQuery = PageQuery.extend({
  mine: list.optional(),
  state: z.enum(["applied", "approved", "refused", "ended"]).optional(),
});
export const PreNoticeBody = z
  .object({
    kind: z.enum(PRE_NOTICE_KINDS),
    mine: z.string().regex(/^[0-9A-Za-z]{4,24}$/),
    subjects: subjects.min(1).max(200),
    from: Time,
    to: Time,
    reason: said,
  })
  .meta({
    example: {
      kind: "calibration",
      mine: "520523017311",
      subjects: [{ kind: "point", id: "520523017311:safety:HAND-CH4" }],
      from: "2026-02-08T09:00:00+08:00",
      to: "2026-02-08T11:00:00+08:00",
      reason: "标校",
    },
  });
export const PreNoticeParams = z.object({ id: z.string().regex(/^[\w:.-]{4,100}$/) });
export const NoteOnlyBody = z.object({ note }).meta({ example: { note: "同意" } });
export const StatusBody = z
  .object({
    status: z.enum(STATUSES),
    from: Time.nullish().meta({ description: "null: from now on" }),
    to: Time.nullish().meta({ description: "null: until something else is said" }),
    reason: said,
    document: z.string().trim().max(200).nullish(),
  })
  .meta({
    example: {
      status: "rectifying",
      to: "2026-03-01T00:00:00+08:00",
      reason: "通风系统整改",
      document: null,
    },
  });
