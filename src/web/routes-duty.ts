import type { DutyEvent, DutyRecord, PreNotice, ShiftOf, StatusChange } from "../model/duty.ts";
import { iso } from "../wire/time.ts";
import { identityOf } from "./access.ts";
import { actOnOther } from "./answer-act.ts";
import { inScope } from "./may.ts";
import { pageOf } from "./paging.ts";
import { refuse } from "./problem.ts";
import type { RestApp, RestHouse } from "./rest.ts";
import { listOf, MineParams } from "./schemas.ts";
import { DoneJson } from "./schemas-acts.ts";
import {
  DutyJson,
  DutyLineJson,
  DutyNoteBody,
  HandoverBody,
  LogQuery,
  NoteOnlyBody,
  PreNoticeBody,
  PreNoticeJson,
  PreNoticeParams,
  PreNoticesQuery,
  StatusBody,
  StatusJson,
  SwapBody,
} from "./schemas-duty.ts";

const BODY_BYTES = 16 * 1024;
/** Ten thousand alarms by name. */
const HANDOVER_BYTES = 512 * 1024;

/** Who is on duty and takes over, the duty log, pre-notices, and what a mine is. */
export function dutyRoutes(app: RestApp, house: RestHouse): void {
  const { ports, board } = house;

  app.get(
    "/duty",
    {
      config: { access: "read-duty" },
      schema: {
        summary: "Who is on duty now and in the days ahead, who took over, and where nobody is on the roster",
        tags: ["duty"],
        response: { 200: DutyJson },
      },
    },
    async (_request, reply) => {
      const duty = ports.duty();
      if (duty === null) return refuse(reply, 404, "no-roster", "there is no duty.yaml");
      const { now, ahead, gaps, handovers } = duty;
      return reply.send({
        now: { shifts: now.shifts.map(shiftJson), parts: mutable(now.parts) },
        ahead: ahead.map(({ parts, ...shift }) => ({ ...shiftJson(shift), parts: mutable(parts) })),
        gaps: gaps.map(({ from, to, words }) => ({ from: iso(from), to: iso(to), words })),
        handovers: handovers.map((one) => ({ ...one, at: iso(one.at) })),
        statuses: ports.statuses().map(statusJson),
        people: ports.roster().map(({ id, name, role, user }) => ({ id, name, role, user })),
        asOf: board.head(),
      });
    },
  );

  app.get(
    "/duty/log",
    {
      config: { access: "read-duty" },
      schema: {
        summary: "The duty log, the newest first; lines are only ever added",
        tags: ["duty"],
        querystring: LogQuery,
        response: { 200: listOf(DutyLineJson) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const lines = await ports.dutyLog({ before: cursor ?? null, limit });
      const last = lines.at(-1);
      const next = last === undefined || lines.length < limit ? null : String(last.seq);
      return { items: lines.map(lineJson), next, asOf: board.head() };
    },
  );

  app.post(
    "/duty/handover",
    {
      bodyLimit: HANDOVER_BYTES,
      config: { access: "handover" },
      schema: {
        summary: "Take over the shift with its open alarms, by name (交接班)",
        tags: ["duty"],
        body: HandoverBody,
        response: { 201: DoneJson },
      },
    },
    async (request, reply) => {
      const { alarms, asOf, note } = request.body;
      const deed = { do: "handover", alarms, asOf: asOf ?? null, note: note ?? null } as const;
      return actOnOther(house, request, reply, { status: 201, deed, mine: null });
    },
  );

  app.post(
    "/duty/swaps",
    {
      bodyLimit: BODY_BYTES,
      config: { access: "swap" },
      schema: {
        summary: "Another person, or nobody, instead of one in one shift of one day",
        tags: ["duty"],
        body: SwapBody,
        response: { 201: DoneJson },
      },
    },
    async (request, reply) =>
      actOnOther(house, request, reply, { status: 201, deed: { do: "swap", ...request.body }, mine: null }),
  );

  app.post(
    "/duty/notes",
    {
      bodyLimit: BODY_BYTES,
      config: { access: "duty-note" },
      schema: {
        summary: "A line of the duty log, or the correction of one",
        tags: ["duty"],
        body: DutyNoteBody,
        response: { 201: DoneJson },
      },
    },
    async (request, reply) => {
      const { text, about, corrects } = request.body;
      if (corrects && (await isNoLine(ports, corrects))) {
        const message = `record ${corrects} is none of the duty log`;
        return refuse(reply, 422, "not-valid", message, [{ path: "body/corrects", message }]);
      }
      const deed = { do: "duty-note", text, about: about ?? null, corrects: corrects ?? null } as const;
      return actOnOther(house, request, reply, { status: 201, deed, mine: null });
    },
  );

  app.get(
    "/pre-notices",
    {
      config: { access: "read" },
      schema: {
        summary: "Pre-notices (报备): those that wait or are in force, and those ended within a day",
        tags: ["pre-notices"],
        querystring: PreNoticesQuery,
        response: { 200: listOf(PreNoticeJson) },
      },
    },
    async (request) => {
      const who = identityOf(request);
      const { mine, state, ...page } = request.query;
      const notices = ports
        .preNotices()
        .filter((one) => inScope(who, one.mine) && (mine?.includes(one.mine) ?? true))
        .filter((one) => state === undefined || one.state === state);
      const { items, next } = pageOf(
        notices,
        ({ from, id }) => `${String(from).padStart(16, "0")} ${id}`,
        page,
      );
      return { items: items.map(preNoticeJson), next, asOf: board.head() };
    },
  );

  app.post(
    "/pre-notices",
    {
      bodyLimit: BODY_BYTES,
      config: { access: "pre-notice" },
      schema: {
        summary: "Apply for a pre-notice: work, calibration, planned switch-over; it hides no alarm",
        tags: ["pre-notices"],
        body: PreNoticeBody,
        response: { 201: DoneJson },
      },
    },
    async (request, reply) =>
      actOnOther(house, request, reply, {
        status: 201,
        deed: { do: "pre-notice", step: "apply", draft: request.body },
        mine: request.body.mine,
      }),
  );

  for (const { step, summary } of ANSWERS) {
    app.post(
      `/pre-notices/:id/${step}`,
      {
        bodyLimit: BODY_BYTES,
        config: { access: "pre-notice" },
        schema: {
          summary,
          tags: ["pre-notices"],
          params: PreNoticeParams,
          body: NoteOnlyBody.nullish(),
          response: { 200: DoneJson },
        },
      },
      async (request, reply) => {
        const { id: notice } = request.params;
        const found = ports.preNotices().find(({ id }) => id === notice);
        if (found === undefined || !inScope(identityOf(request), found.mine))
          return refuse(reply, 404, "unknown-request", "no such pre-notice");
        const { note } = NoteOnlyBody.parse(request.body ?? {});
        const deed = { do: "pre-notice", step, notice, note: note ?? null } as const;
        return actOnOther(house, request, reply, { status: 200, deed, mine: found.mine });
      },
    );
  }

  app.get(
    "/mines/:mine/status",
    {
      config: { access: "read" },
      schema: {
        summary: "What a mine is, and what was said of it: producing, rectifying, building, stopped, closed",
        tags: ["mines"],
        params: MineParams,
        response: { 200: listOf(StatusJson) },
      },
    },
    async (request, reply) => {
      const { mine } = request.params;
      if (!inScope(identityOf(request), mine) || ports.mine(mine) === null)
        return refuse(reply, 404, "unknown-mine", "no such mine");
      const items = ports.statuses().filter((one) => one.mine === mine);
      return reply.send({ items: items.map(statusJson), next: null, asOf: board.head() });
    },
  );

  app.post(
    "/mines/:mine/status",
    {
      bodyLimit: BODY_BYTES,
      config: { access: "mine-status" },
      schema: {
        summary: "Say what a mine is, from then to then, and why",
        tags: ["mines"],
        params: MineParams,
        body: StatusBody,
        response: { 201: DoneJson },
      },
    },
    async (request, reply) => {
      const { mine } = request.params;
      const { status, from, to, reason, document } = request.body;
      const when = { from: from ?? null, to: to ?? null };
      const deed = { do: "mine-status", mine, status, ...when, reason, document: document ?? null } as const;
      return actOnOther(house, request, reply, { status: 201, deed, mine });
    },
  );
}

/**
 * The core remembers a thousand lines and takes what is older at its word, so it is looked up before. What is newer than
 * the index the core knows by itself.
 */
async function isNoLine({ dutyLog }: Pick<RestHouse["ports"], "dutyLog">, seq: number): Promise<boolean> {
  const [line] = await dutyLog({ before: seq + 1, limit: 1 });
  if (line?.seq === seq) return false;
  const [newest] = await dutyLog({ before: null, limit: 1 });
  return newest !== undefined && newest.seq > seq;
}

const ANSWERS = [
  { step: "approve", summary: "Approve a pre-notice that another person applied for" },
  { step: "refuse", summary: "Refuse a pre-notice" },
  { step: "end", summary: "End a pre-notice before its time" },
] as const;

const at = (t: number | null): string | null => (t === null ? null : iso(t));

const mutable = (parts: Readonly<Record<string, readonly string[]>>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(parts).map(([part, people]) => [part, [...people]]));

const shiftJson = ({ shift, day, from, to }: ShiftOf) => ({ shift, day, from: iso(from), to: iso(to) });

const statusJson = (one: StatusChange) => ({ ...one, from: iso(one.from), to: at(one.to) });

const preNoticeJson = ({ applied, answered, ended, ...one }: PreNotice) => ({
  ...one,
  subjects: one.subjects.map((subject) => ({ ...subject })),
  from: iso(one.from),
  to: iso(one.to),
  applied: { ...applied, at: iso(applied.at) },
  answered: answered && { ...answered, at: iso(answered.at) },
  ended: ended && { ...ended, at: iso(ended.at) },
});

const lineJson = ({ seq, t, by, duty }: DutyRecord) => ({
  seq,
  t: iso(t),
  by: by && { ...by },
  duty: eventJson(duty),
});

function eventJson(duty: DutyEvent): Record<string, unknown> {
  switch (duty.what) {
    case "swap":
    case "handover":
    case "note":
      return { ...duty };
    case "pre-notice":
      return { what: duty.what, notice: preNoticeJson(duty.notice) };
    case "mine-status":
      return { ...duty, from: iso(duty.from), to: at(duty.to) };
  }
}
