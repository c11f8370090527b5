import type { FastifyReply, FastifyRequest } from "fastify";
import { alarmJson } from "../wire/alarm.ts";
import { iso } from "../wire/time.ts";
import { identityOf } from "./access.ts";
import { type Acted, type AlarmDeed, type OtherDeed, STATUS } from "./acts.ts";
import { actKey, deviceOf, KEY_WRONG } from "./idempotency.ts";
import { refuse } from "./problem.ts";
import type { RestHouse } from "./rest.ts";

type House = Pick<RestHouse, "acts" | "board">;

/** Carries out what a request asks of an alarm, and answers with the alarm as it is then. */
export async function actOnAlarm(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  { status, deed }: { status: number; deed: AlarmDeed },
): Promise<FastifyReply> {
  const id = actKey(request);
  if (id === null) return refuse(reply, 400, "not-valid", KEY_WRONG);
  const result = await house.acts.onAlarm(identityOf(request), deed, { id, device: deviceOf(request) });
  if (!result.ok) return refuseAct(reply, result);
  const alarm = house.board.get(deed.alarm);
  return reply.code(status).send({ ...acted(result), alarm: alarm && alarmJson(alarm) });
}

/** The same of what is no alarm's. */
export async function actOnOther(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  { status, deed, mine }: { status: number; deed: OtherDeed; mine: string | null },
): Promise<FastifyReply> {
  const id = actKey(request);
  if (id === null) return refuse(reply, 400, "not-valid", KEY_WRONG);
  const sent = { id, device: deviceOf(request) };
  const result = await house.acts.other(identityOf(request), deed, mine, sent);
  return result.ok ? reply.code(status).send(acted(result)) : refuseAct(reply, result);
}

function refuseAct(reply: FastifyReply, { why, detail, field }: Extract<Acted, { ok: false }>): FastifyReply {
  const errors = field === undefined ? undefined : [{ path: `body/${field}`, message: detail }];
  return refuse(reply, STATUS[why], why, detail, errors);
}

/** The same as `done` of the WebSocket says it, which leaves out what is not so. */
export function doneJson(result: Acted) {
  if (!result.ok) {
    const { ok, why, detail, field } = result;
    return { ok, why, detail, ...(field === undefined ? {} : { field }) };
  }
  const { seq, already, made: _, ...rest } = acted(result);
  return { ...rest, ...(seq === null ? {} : { seq }), ...(already ? { already } : {}) };
}

/** What became of it, in the words of REST and WebSocket: of two officers each is told the truth. */
export const acted = ({ ok, seq, already, by, at, closed, request, made }: Extract<Acted, { ok: true }>) => ({
  ok,
  seq,
  already,
  ...(by === undefined ? {} : { by }),
  ...(at === undefined ? {} : { at: iso(at) }),
  ...(closed === undefined ? {} : { closed }),
  ...(request === undefined ? {} : { request }),
  ...(made === undefined ? {} : { made }),
});
