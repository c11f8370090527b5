import type { FastifyReply, FastifyRequest } from "fastify";
import type { Alarm } from "../model/alarm.ts";
import { GATEWAY_MINE } from "../model/mine.ts";
import { AlarmJson, alarmJson, transitionJson } from "../wire/alarm.ts";
import { iso } from "../wire/time.ts";
import { identityOf } from "./access.ts";
import { type AlarmAct, STATUS } from "./acts.ts";
import { type AlarmFilter, listAlarms } from "./alarm-list.ts";
import { evidenceWindow } from "./evidence.ts";
import { actKey, deviceOf, KEY_WRONG } from "./idempotency.ts";
import { inScope, type Standing } from "./may.ts";
import type { AlarmHistory } from "./ports.ts";
import { refuse } from "./problem.ts";
import type { RestApp, RestHouse } from "./rest.ts";
import {
  AcknowledgeBody,
  ActedJson,
  AlarmParams,
  AlarmRecordJson,
  AlarmsQuery,
  CommentBody,
  listOf,
  OPEN_STATES,
} from "./schemas.ts";

/** A note of 1,000 characters, escaped as much as it can be. */
const NOTE_BYTES = 16 * 1024;

/** The alarms: lists, one with its history, and what people do to them. */
export function alarmRoutes(app: RestApp, { ports, board, acts }: RestHouse): void {
  app.get(
    "/alarms",
    {
      config: { access: "read" },
      schema: {
        summary: "Alarms: those open and of the last 24 h first, then older ones by onset",
        description: "`state=open` stands for unacknowledged, acknowledged and returned.",
        tags: ["alarms"],
        querystring: AlarmsQuery,
        response: { 200: listOf(AlarmJson) },
      },
    },
    async (request) => {
      const { cursor = null, limit, ...query } = request.query;
      const filter = filterOf(identityOf(request), query);
      const { items, next } = await listAlarms({ board, ports, filter, limit, cursor });
      return { items: items.map(alarmJson), next, asOf: board.head() };
    },
  );

  app.get(
    "/alarms/:id",
    {
      config: { access: "read" },
      schema: {
        summary: "One alarm with its transitions, evidence and what to do",
        tags: ["alarms"],
        params: AlarmParams,
        response: { 200: AlarmRecordJson },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const history = await ports.alarm(id);
      const alarm = board.get(id) ?? history?.alarm ?? null;
      if (alarm === null || !inScope(identityOf(request), alarm.mine)) {
        return refuse(reply, 404, "unknown-alarm", "no such alarm");
      }
      const rule = [...ports.rules()].find((one) => one.id === alarm.rule);
      const evidence = history?.evidence ?? null;
      return reply.send({
        alarm: alarmJson(alarm),
        transitions: (history?.transitions ?? []).map(({ seq, t, transition }) => ({
          seq,
          t: iso(t),
          transition: transitionJson(transition),
        })),
        evidence: evidenceJson(evidence),
        window: await evidenceWindow(ports, alarm, evidence),
        response: rule?.response ?? null,
        asOf: board.head(),
      });
    },
  );

  app.post(
    "/alarms/:id/acknowledge",
    {
      bodyLimit: NOTE_BYTES,
      config: { access: "acknowledge" },
      schema: {
        summary: "Acknowledge",
        description:
          "`Idempotency-Key` names the act: sent again it is done once. `expect` = the seq you saw.",
        tags: ["alarms"],
        params: AlarmParams,
        body: AcknowledgeBody.nullish(),
        response: { 200: ActedJson },
      },
    },
    async (request, reply) => {
      const { expect, note } = AcknowledgeBody.parse(request.body ?? {});
      return act(request, reply, 200, {
        do: "acknowledge",
        alarm: request.params.id,
        expect: expect ?? null,
        note: note ?? null,
      });
    },
  );

  app.post(
    "/alarms/:id/comments",
    {
      bodyLimit: NOTE_BYTES,
      config: { access: "comment" },
      schema: {
        summary: "Comment",
        tags: ["alarms"],
        params: AlarmParams,
        body: CommentBody,
        response: { 201: ActedJson },
      },
    },
    async (request, reply) => {
      const { expect, note } = CommentBody.parse(request.body);
      return act(request, reply, 201, {
        do: "comment",
        alarm: request.params.id,
        expect: expect ?? null,
        note,
      });
    },
  );

  async function act(
    request: FastifyRequest,
    reply: FastifyReply,
    status: number,
    what: Omit<AlarmAct, "id" | "device">,
  ): Promise<FastifyReply> {
    const key = actKey(request);
    if (key === null) return refuse(reply, 400, "not-valid", KEY_WRONG);
    const result = await acts(identityOf(request), { ...what, id: key, device: deviceOf(request) });
    if (!result.ok) return refuse(reply, STATUS[result.why], result.why, result.detail);
    const alarm = board.get(what.alarm);
    return reply
      .code(status)
      .send({ ok: true, seq: result.seq, already: result.already, alarm: alarm && alarmJson(alarm) });
  }
}

type Asked = Omit<ReturnType<typeof AlarmsQuery.parse>, "limit" | "cursor">;

/** The filter as asked, narrowed to what this person may see. */
function filterOf(who: Standing, { state, mine, level, class: classes, from, to, q }: Asked): AlarmFilter {
  const states = state?.flatMap((one) => (one === "open" ? [...OPEN_STATES] : [one]));
  const scope = who.mines.includes("*") ? undefined : [...who.mines, GATEWAY_MINE];
  const mines = (mine ?? scope)?.filter((code) => inScope(who, code));
  return {
    ...(states === undefined ? {} : { state: [...new Set(states)] }),
    ...(mines === undefined ? {} : { mine: mines }),
    ...(level === undefined ? {} : { level }),
    ...(classes === undefined ? {} : { class: classes }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(q === undefined ? {} : { q }),
    sees: (alarm: Alarm) => inScope(who, alarm.mine),
  };
}

function evidenceJson(evidence: AlarmHistory["evidence"]) {
  if (evidence === null) return null;
  const { samples, ...rest } = evidence;
  return { ...rest, samples: samples.map(({ t, ...sample }) => ({ t: iso(t), ...sample })) };
}
