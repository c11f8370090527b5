import { suggestPoints } from "../wire/suggest/points.ts";
import { identityOf } from "./access.ts";
import { actOnOther } from "./answer-act.ts";
import { inScope } from "./may.ts";
import { pageOf } from "./paging.ts";
import { refuse } from "./problem.ts";
import type { RestApp, RestHouse } from "./rest.ts";
import { listOf, MineParams, PageQuery } from "./schemas.ts";
import { DoneJson } from "./schemas-acts.ts";
import { ConfirmPointsBody, SuggestionJson } from "./schemas-points.ts";

/** Two thousand points with their codes. */
const MANY_BYTES = 1024 * 1024;

/** A mine's points all at once: what their texts suggest, and what a person says of them. */
export function pointRoutes(app: RestApp, house: RestHouse): void {
  const { ports, board } = house;

  app.get(
    "/mines/:mine/suggestions",
    {
      config: { access: "read" },
      schema: {
        summary: "What place texts and codes suggest of each point: place, set, machine, cuts and feeds",
        description: "Proposals for a person, each with its confidence and why; nothing follows from them.",
        tags: ["points"],
        params: MineParams,
        querystring: PageQuery,
        response: { 200: listOf(SuggestionJson) },
      },
    },
    async (request, reply) => {
      const { mine: code } = request.params;
      const mine = inScope(identityOf(request), code) ? ports.mine(code) : null;
      if (mine === null) return refuse(reply, 404, "unknown-mine", "no such mine");
      const points = [...ports.points(code)].filter(({ listed }) => listed);
      const all = [...new Set(points.map(({ system }) => system))].flatMap((system) => {
        const own = points.filter((point) => point.system === system);
        const found = suggestPoints(
          mine.config,
          system,
          own.map(({ def }) => def),
        );
        return own.map(({ id, def }) => ({
          point: id,
          place: def.place,
          suggestions: found.get(def.code) ?? {},
        }));
      });
      const { items, next } = pageOf(all, ({ point }) => point, request.query);
      return reply.send({ items, next, asOf: board.head() });
    },
  );

  app.post(
    "/mines/:mine/points/confirm",
    {
      bodyLimit: MANY_BYTES,
      config: { access: "confirm-points" },
      schema: {
        summary: "Confirm location class, set, machine, cuts and feeds of many points: all of them or none",
        description:
          "The mine's own table holds where it says something; an empty text or list takes back what was added here.",
        tags: ["points"],
        params: MineParams,
        body: ConfirmPointsBody,
        response: { 200: DoneJson },
      },
    },
    async (request, reply) =>
      actOnOther(house, request, reply, {
        status: 200,
        deed: { do: "confirm-points", mine: request.params.mine, points: request.body.points },
        mine: request.params.mine,
      }),
  );
}
