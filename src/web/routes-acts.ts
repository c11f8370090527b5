import type { z } from "zod";
import type { ServiceTarget } from "../model/act.ts";
import { identityOf } from "./access.ts";
import type { AlarmDeed } from "./acts.ts";
import { actOnAlarm, actOnOther } from "./answer-act.ts";
import { inScope } from "./may.ts";
import { refuse } from "./problem.ts";
import type { RestApp, RestHouse } from "./rest.ts";
import { AlarmParams } from "./schemas.ts";
import {
  ActedJson,
  AnswerBody,
  BackBody,
  CallBody,
  CauseBody,
  CommentBody,
  CorrectionBody,
  DoneJson,
  FeedbackBody,
  NoteBody,
  RefusalBody,
  RequestParams,
  ServiceBody,
  ShelveBody,
  StageBody,
} from "./schemas-acts.ts";

/** A note of 1,000 characters, escaped as much as it can be. */
const NOTE_BYTES = 16 * 1024;
const KEY =
  "`Idempotency-Key` names the act: sent again it is done once. `expect` = the seq you saw: 409 `stale` where " +
  "the alarm has come to ask for more since.";

type NoExpect<T> = T extends unknown ? Omit<T, "alarm" | "expect"> : never;

/** One route of an act: what its body becomes. */
interface OnAlarm<B extends z.ZodType> {
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly body: B;
  /** 201 where a record of its own is made. */
  readonly status: 200 | 201;
  readonly deed: (body: z.output<B>) => NoExpect<AlarmDeed>;
}

/** What people do to alarms (contract §6): each an act in the journal, answered once it is there. */
export function actRoutes(app: RestApp, house: RestHouse): void {
  const { ports, board } = house;

  onAlarm({
    path: "acknowledge",
    summary: "Acknowledge: a person has seen it; of two officers the second is told who was first",
    body: NoteBody,
    status: 200,
    deed: ({ note }) => ({ do: "acknowledge", note: note ?? null }),
  });
  onAlarm({
    path: "comments",
    summary: "Comment",
    body: CommentBody,
    status: 201,
    deed: ({ note }) => ({ do: "comment", note }),
  });
  onAlarm({
    path: "shelve",
    summary: "Shelve until a moment; never red, and orange only once a second person approves",
    description: "Answers `request` where a second person must approve it.",
    body: ShelveBody,
    status: 200,
    deed: ({ until, reason }) => ({ do: "shelve", until, reason }),
  });
  onAlarm({
    path: "unshelve",
    summary: "Take off the shelf: it is announced again as it is",
    body: NoteBody,
    status: 200,
    deed: ({ note }) => ({ do: "unshelve", note: note ?? null }),
  });
  onAlarm({
    path: "reset",
    summary: "Reset a latched alarm whose condition is over",
    body: NoteBody,
    status: 200,
    deed: ({ note }) => ({ do: "reset", note: note ?? null }),
  });
  onAlarm({
    path: "stages",
    summary: "The next stage of the closed loop: 接警 核实 处置 反馈 归档",
    body: StageBody,
    status: 201,
    deed: ({ stage, note }) => ({ do: "stage", stage, note: note ?? null }),
  });
  onAlarm({
    path: "calls",
    summary: "A telephone call that was made, and who answered it",
    body: CallBody,
    status: 201,
    deed: ({ at, called, answered, note }) => ({
      do: "call",
      at: at ?? ports.clock.wall(),
      called,
      answered: answered ?? null,
      note: note ?? null,
    }),
  });
  onAlarm({
    path: "answers",
    summary: "The mine answers a call by name (叫应)",
    body: AnswerBody,
    status: 201,
    deed: ({ by, note }) => ({ do: "answer", by, note: note ?? null }),
  });
  onAlarm({
    path: "cause",
    summary: "What made it, from a list, and the measures taken",
    body: CauseBody,
    status: 200,
    deed: ({ code, text, measure }) => ({ do: "cause", code, text, measure: measure ?? null }),
  });
  onAlarm({
    path: "feedback",
    summary: "What came of it (反馈)",
    body: FeedbackBody,
    status: 201,
    deed: ({ text }) => ({ do: "feedback", text }),
  });
  onAlarm({
    path: "corrections",
    summary: "Correct what was written: a new record, what was said before stays",
    body: CorrectionBody,
    status: 201,
    deed: ({ field, value, reason }) => ({ do: "correct", field, value, reason }),
  });

  app.post(
    "/alarms/:id/out-of-service",
    {
      bodyLimit: NOTE_BYTES,
      config: { access: "out-of-service" },
      schema: {
        summary: "Ask that alarms like this one of this subject go out of service; a second person approves",
        description: KEY,
        tags: ["alarms"],
        params: AlarmParams,
        body: ServiceBody,
        response: { 200: DoneJson },
      },
    },
    async (request, reply) => {
      const target = await targetOf(request.params.id);
      if (target === null || !inScope(identityOf(request), target.mine)) return unknown(reply);
      const { until, reason } = request.body;
      const deed = { do: "out-of-service", target: target.of, until, reason } as const;
      return actOnOther(house, request, reply, { status: 200, deed, mine: null });
    },
  );

  app.post(
    "/alarms/:id/return-to-service",
    {
      bodyLimit: NOTE_BYTES,
      config: { access: "return-to-service" },
      schema: {
        summary: "Take what this alarm is about back into service",
        description: KEY,
        tags: ["alarms"],
        params: AlarmParams,
        body: BackBody.nullish(),
        response: { 200: DoneJson },
      },
    },
    async (request, reply) => {
      const target = await targetOf(request.params.id);
      if (target === null || !inScope(identityOf(request), target.mine)) return unknown(reply);
      const { note } = BackBody.parse(request.body ?? {});
      const deed = { do: "return-to-service", target: target.of, note: note ?? null } as const;
      return actOnOther(house, request, reply, { status: 200, deed, mine: null });
    },
  );

  app.post(
    "/requests/:id/approve",
    {
      config: { access: "approve" },
      schema: {
        summary: "Say yes to what another person asked for",
        description: KEY,
        tags: ["requests"],
        params: RequestParams,
        response: { 200: DoneJson },
      },
    },
    async (request, reply) =>
      actOnOther(house, request, reply, {
        status: 200,
        deed: { do: "approve", request: request.params.id },
        mine: null,
      }),
  );

  app.post(
    "/requests/:id/refuse",
    {
      bodyLimit: NOTE_BYTES,
      config: { access: "refuse" },
      schema: {
        summary: "Say no to what another person asked for, or take back what one asked for oneself",
        description: KEY,
        tags: ["requests"],
        params: RequestParams,
        body: RefusalBody,
        response: { 200: DoneJson },
      },
    },
    async (request, reply) =>
      actOnOther(house, request, reply, {
        status: 200,
        deed: { do: "refuse", request: request.params.id, reason: request.body.reason },
        mine: null,
      }),
  );

  function onAlarm<B extends z.ZodObject>({
    path,
    summary,
    description,
    body,
    status,
    deed,
  }: OnAlarm<B>): void {
    // Where nothing need be said the body may be left out.
    const optional = body.safeParse({}).success;
    const what = deed as (said: unknown) => NoExpect<AlarmDeed>;
    const { do: access } = what({});
    app.post(
      `/alarms/:id/${path}`,
      {
        bodyLimit: NOTE_BYTES,
        config: { access },
        schema: {
          summary,
          description: description === undefined ? KEY : `${description} ${KEY}`,
          tags: ["alarms"],
          params: AlarmParams,
          body: optional ? body.nullish() : body,
          response: { [status]: ActedJson },
        },
      },
      async (request, reply) => {
        const told = (request.body ?? {}) as { expect?: number | null };
        const { id } = request.params as { id: string };
        const whole = { ...what(told), alarm: id, expect: told.expect ?? null } as AlarmDeed;
        return actOnAlarm(house, request, reply, { status, deed: whole });
      },
    );
  }

  /** What is taken out of service is not the occurrence but what it is of. */
  async function targetOf(id: string): Promise<{ mine: string; of: ServiceTarget } | null> {
    const alarm = board.get(id) ?? (await ports.alarm(id))?.alarm ?? null;
    if (alarm === null) return null;
    const { mine, subject, ladder, rule } = alarm;
    return { mine, of: { kind: subject.kind, id: subject.id, key: ladder ?? rule } };
  }

  const unknown = (reply: Parameters<typeof refuse>[0]) =>
    refuse(reply, 404, "unknown-alarm", "no such alarm");
}
