import type { Alarm } from "../model/alarm.ts";
import { GATEWAY_MINE } from "../model/mine.ts";
import { AlarmJson, alarmJson, transitionJson } from "../wire/alarm.ts";
import { iso } from "../wire/time.ts";
import { identityOf } from "./access.ts";
import { type AlarmFilter, listAlarms } from "./alarm-list.ts";
import { evidenceWindow } from "./evidence.ts";
import { type Ladder, ladderOf } from "./ladder.ts";
import { inScope, type Standing } from "./may.ts";
import type { AlarmHistory } from "./ports.ts";
import { refuse } from "./problem.ts";
import type { RestApp, RestHouse } from "./rest.ts";
import { runbookOf } from "./runbook.ts";
import { AlarmParams, AlarmRecordJson, AlarmsQuery, listOf, OPEN_STATES } from "./schemas.ts";

/** The alarms: lists, and one with its history. */
export function alarmRoutes(app: RestApp, { ports, board }: RestHouse): void {
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
        summary: "One alarm with its transitions, evidence, receipts and what to do",
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
      const ladder = ladderOf(alarm, history?.transitions ?? [], await ports.pushes(id), ports.accounts());
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
        runbook: runbookOf(alarm),
        receipts: ladderJson(ladder),
        asOf: board.head(),
      });
    },
  );
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

const at = (t: number | null): string | null => (t === null ? null : iso(t));

const ladderJson = ({ raised, detected, pushes, people }: Ladder) => ({
  raised: iso(raised),
  detected: iso(detected),
  pushes: pushes.map(({ n, stored, pushed }) => ({ n, stored: at(stored), pushed: at(pushed) })),
  people: people.map(({ calls, ...row }) => ({
    ...row,
    devices: [...row.devices],
    calls: calls.map((call) => ({ ...call, at: iso(call.at) })),
    delivered: at(row.delivered),
    rendered: at(row.rendered),
    seen: at(row.seen),
    acknowledged: at(row.acknowledged),
  })),
});

function evidenceJson(evidence: AlarmHistory["evidence"]) {
  if (evidence === null) return null;
  const { samples, ...rest } = evidence;
  return { ...rest, samples: samples.map(({ t, ...sample }) => ({ t: iso(t), ...sample })) };
}
