import { z } from "zod";
import { LEVELS } from "../model/rule.ts";

export const CLOSE = { ticket: 4401, role: 4403, slow: 4408, replaced: 4409, restart: 1012 } as const;
const Seq = z.int().nonnegative();
const Consumer = z.string().regex(/^[\w.:@-]{1,64}$/);
export const AlarmsHello = z.object({
  type: z.literal("hello"),
  v: z.literal(1),
  ticket: z.string().max(200).optional(),
  consumer: Consumer,
  epoch: z.string().max(100).optional(),
  lastSeq: Seq.optional(),
  mines: z.array(z.string().max(24)).max(1000).optional(),
  levels: z.array(z.enum(LEVELS)).optional(),
});
export type AlarmsHello = z.infer<typeof AlarmsHello>;
export const AlarmsClient = z.discriminatedUnion("type", [
  AlarmsHello,
  z.object({ type: z.literal("ack"), seq: Seq }),
  z.object({ type: z.literal("seen"), seq: Seq, rung: z.enum(["rendered", "seen"]) }),
  z.object({
    type: z.literal("cmd"),
    id: z.string().min(1).max(100),
    do: z.enum(["acknowledge", "shelve", "unshelve", "comment", "stage", "call"]),
    alarm: z.string().max(64),
    expect: Seq.nullish(),
    note: z.string().max(1000).nullish(),
  }),
]);
export type AlarmsClient = z.infer<typeof AlarmsClient>;
export const LiveHello = z.object({
  type: z.literal("hello"),
  v: z.literal(1),
  ticket: z.string().max(200).optional(),
  mines: z.array(z.string().max(24)).max(1000).optional(),
  points: z.array(z.string().max(120)).max(2000).optional(),
});
