import { z } from "zod";
import { CAUSE_CODES, CAUSE_WORDS, CORRECTABLE, STAGES } from "../model/handling.ts";
import { AlarmJson, Moment } from "../wire/alarm.ts";
import { Time } from "./schemas.ts";

/** The bodies of what people do to alarms, and how it is answered. */

export const words = z.string().trim().max(1_000);
export const said = words.min(1);
const note = words.nullish();
/** Of all of them: the alarm's seq last seen, so that nobody decides about what has changed meanwhile. */
const expect = z.int().nonnegative().nullish().meta({ description: "the alarm's seq last seen" });

export const NoteBody = z.object({ expect, note }).meta({ example: { expect: 1234, note: "已通知矿调度" } });
export const CommentBody = z
  .object({ expect, note: said })
  .meta({ example: { expect: 1234, note: "值班员已到现场" } });
export const ShelveBody = z
  .object({
    expect,
    until: Time.meta({ description: "Its end; how far ahead depends on the class" }),
    reason: said,
  })
  .meta({ example: { expect: 1234, until: "2026-02-07T12:00:00+08:00", reason: "传感器更换中" } });
export const StageBody = z
  .object({ expect, stage: z.enum(STAGES), note })
  .meta({ example: { stage: "verified", note: "矿方核实为真报警" } });
export const CallBody = z
  .object({
    expect,
    at: Time.nullish().meta({ description: "When it was made; now where it is not said" }),
    called: said.meta({ description: "Who was called" }),
    answered: note.meta({ description: "Who answered; null = nobody did" }),
    note,
  })
  .meta({ example: { called: "调度室", answered: "调度员", note: "已撤人断电" } });
export const AnswerBody = z
  .object({ expect, by: said.meta({ description: "The name of who answers for the mine" }), note })
  .meta({ example: { by: "调度员", note: "收到, 正在核实" } });
const CauseCode = z.enum(CAUSE_CODES).meta({
  description: CAUSE_CODES.map((code) => `${code}: ${CAUSE_WORDS[code].zh}, ${CAUSE_WORDS[code].en}`).join(
    "; ",
  ),
});
export const CauseBody = z
  .object({ expect, code: CauseCode, text: words.default(""), measure: note })
  .meta({ example: { code: "blasting", text: "1101 工作面放炮", measure: "加强通风" } });
export const FeedbackBody = z
  .object({ expect, text: said })
  .meta({ example: { text: "09:20 浓度降至 0.4 %, 已恢复作业" } });
export const CorrectionBody = z
  .object({ expect, field: z.enum(CORRECTABLE), value: said, reason: said })
  .meta({ example: { field: "cause-text", value: "1102 工作面放炮", reason: "地点写错" } });
export const ServiceBody = z
  .object({ until: Time.meta({ description: "Its end, at most 30 days ahead" }), reason: said })
  .meta({ example: { until: "2026-02-09T08:00:00+08:00", reason: "传感器返厂" } });
export const RefusalBody = z.object({ reason: said }).meta({ example: { reason: "尚未核实" } });
export const BackBody = z.object({ note }).meta({ example: { note: "已更换并标校" } });

const outcome = {
  ok: z.literal(true),
  seq: z.int().nullable().meta({ description: "The journal record it made; null = nothing new" }),
  already: z.boolean().meta({ description: "It was done before" }),
  by: z.string().optional().meta({ description: "Who did it before" }),
  at: Moment.optional(),
  closed: z
    .literal(true)
    .optional()
    .meta({ description: "The occurrence had ended; it is recorded beside it" }),
  request: z.string().optional().meta({ description: "It waits for a second person under this id" }),
  made: z.string().optional().meta({ description: "The id of what it made" }),
};
export const DoneJson = z
  .object(outcome)
  .meta({ id: "Done", example: { ok: true, seq: 1235, already: false } });
export const ActedJson = z.object({ ...outcome, alarm: AlarmJson.nullable() }).meta({ id: "Acted" });

export const RequestParams = z.object({ id: z.string().regex(/^[0-9A-Za-z]{8,64}$/) });
