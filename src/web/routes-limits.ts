import type { ShadowView } from "../model/view.ts";
import { iso } from "../wire/time.ts";
import { identityOf } from "./access.ts";
import { actOnOther } from "./answer-act.ts";
import { inScope, type Standing } from "./may.ts";
import { pageOf } from "./paging.ts";
import { refuse } from "./problem.ts";
import type { RestApp, RestHouse } from "./rest.ts";
import { ruleJson } from "./routes-system.ts";
import { listOf, MineParams, PageQuery, SeriesParams, TableParams } from "./schemas.ts";
import { DoneJson } from "./schemas-acts.ts";
import {
  ChangesQuery,
  ConfirmTableBody,
  LimitsJson,
  LocationBody,
  MineChangeJson,
  ShadowJson,
} from "./schemas-limits.ts";

/** 一矿一策: which limits hold and why, what changed in the tables, who confirms it; and rules on trial. */
export function limitRoutes(app: RestApp, house: RestHouse): void {
  const { ports, board } = house;

  app.get(
    "/points/:id/limits",
    {
      config: { access: "read" },
      schema: {
        summary: "The limits in force for a point, each with where it came from",
        tags: ["points"],
        params: SeriesParams,
        response: { 200: LimitsJson },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const limits = inScope(identityOf(request), mineOf(id)) ? ports.limits(id) : null;
      if (limits === null) return refuse(reply, 404, "unknown-point", "no such point");
      return reply.send(limits);
    },
  );

  app.get(
    "/mines/:mine/changes",
    {
      config: { access: "read" },
      schema: {
        summary: "What changed in a mine's point tables, the newest first",
        tags: ["mines"],
        params: MineParams,
        querystring: ChangesQuery,
        response: { 200: listOf(MineChangeJson) },
      },
    },
    async (request, reply) => {
      const { mine: code } = request.params;
      const mine = inScope(identityOf(request), code) ? ports.mine(code) : null;
      if (mine === null) return refuse(reply, 404, "unknown-mine", "no such mine");
      const { system, confirm, ...page } = request.query;
      const changes = mine.streams
        .filter((stream) => system?.includes(stream.system) ?? true)
        .flatMap((stream) =>
          (ports.table(code, stream.system)?.changes ?? []).map((change, i) => ({
            ...change,
            system: stream.system,
            i,
          })),
        )
        .filter((change) => confirm === undefined || change.confirm === (confirm === "true"));
      const { items, next } = pageOf(changes, newestFirst, page);
      return reply.send({
        items: items.map(({ i: _, ...change }) => ({ ...change, at: iso(change.at) })),
        next,
        asOf: board.head(),
      });
    },
  );

  app.post(
    "/points/:id/location",
    {
      bodyLimit: SMALL,
      config: { access: "confirm-location" },
      schema: {
        summary: "Confirm a point's location class: from now on the limits of that place hold",
        tags: ["points"],
        params: SeriesParams,
        body: LocationBody,
        response: { 200: DoneJson },
      },
    },
    async (request, reply) =>
      actOnOther(house, request, reply, {
        status: 200,
        deed: { do: "confirm-location", point: request.params.id, loc: request.body.loc },
        mine: mineOf(request.params.id),
      }),
  );

  app.post(
    "/mines/:mine/tables/:system/confirm",
    {
      bodyLimit: SMALL,
      config: { access: "confirm-table" },
      schema: {
        summary:
          "Confirm or refuse what waits of a point table: dropped points, loosened limits, a held table",
        tags: ["mines"],
        params: TableParams,
        body: ConfirmTableBody,
        response: { 200: DoneJson },
      },
    },
    async (request, reply) =>
      actOnOther(house, request, reply, {
        status: 200,
        deed: { do: "confirm-table", ...request.params, accept: request.body.accept },
        mine: request.params.mine,
      }),
  );

  app.get(
    "/rules/shadow",
    {
      config: { access: "read" },
      schema: {
        summary: "Rules on trial: judged live, told to nobody; what each would have done",
        tags: ["rules"],
        querystring: PageQuery,
        response: { 200: listOf(ShadowJson) },
      },
    },
    async (request) => {
      const who = identityOf(request);
      const { items, next } = pageOf(ports.shadows(), ({ rule }) => rule.id, request.query);
      return { items: items.map((view) => shadowJson(view, who)), next, asOf: board.head() };
    },
  );
}

const SMALL = 1_024;
const mineOf = (id: string): string => id.slice(0, Math.max(0, id.indexOf(":")));

/** A key that sorts the newest first; the place in the log settles what one table changed at once. */
const newestFirst = ({ at, system, i }: { at: number; system: string; i: number }): string =>
  `${String(1e15 - at).padStart(16, "0")} ${system} ${String(1e6 - i).padStart(7, "0")}`;

/** What happened at mines that are not the asker's is counted and not shown. */
function shadowJson({ rule, raised, open, last }: ShadowView, who: Standing) {
  return {
    rule: ruleJson(rule),
    raised,
    open,
    last: last
      .filter(({ mine }) => inScope(who, mine))
      .map(({ from, to, ...rest }) => ({ ...rest, from: iso(from), to: to === null ? null : iso(to) })),
  };
}
