import type { FastifyReply, FastifyRequest } from "fastify";
import type { MineCheck } from "../model/mine-check.ts";
import { iso } from "../wire/time.ts";
import { identityOf } from "./access.ts";
import { inScope } from "./may.ts";
import { refuse } from "./problem.ts";
import type { RestApp, RestHouse } from "./rest.ts";
import { MineParams } from "./schemas.ts";
import { CheckQuery, MineCheckJson } from "./schemas-check.ts";

/** 联网验收: how well a mine is connected, item by item, for programs and as a sheet to sign. */
export function checkRoutes(app: RestApp, { ports }: RestHouse): void {
  const checkOf = async (request: FastifyRequest, mine: string, hours: number): Promise<MineCheck | null> =>
    inScope(identityOf(request), mine) ? ports.check(mine, hours) : null;
  const unknown = (reply: FastifyReply) => refuse(reply, 404, "unknown-mine", "no such mine");

  app.get(
    "/mines/:mine/check",
    {
      config: { access: "read" },
      schema: {
        summary: "How well a mine is connected (联网验收): each item with state, figure, samples and remedy",
        description: "As a page to print and sign: `/api/v1/mines/{mine}/check.html?hours=24`.",
        tags: ["mines"],
        params: MineParams,
        querystring: CheckQuery,
        response: { 200: MineCheckJson },
      },
    },
    async (request, reply) => {
      const check = await checkOf(request, request.params.mine, request.query.hours);
      return check === null ? unknown(reply) : reply.send(checkJson(check));
    },
  );

  app.get(
    "/mines/:mine/check.html",
    { config: { access: "read" }, schema: { hide: true, params: MineParams, querystring: CheckQuery } },
    async (request, reply) => {
      const check = await checkOf(request, request.params.mine, request.query.hours);
      if (check === null) return unknown(reply);
      const page = ports.checkSheet(check, identityOf(request).user);
      return reply
        .type("text/html; charset=utf-8")
        .serializer((body: string) => body)
        .send(page as never);
    },
  );
}

const checkJson = ({ at, items, ...check }: MineCheck) => ({
  ...check,
  at: iso(at),
  items: items.map((item) => ({ ...item, samples: [...item.samples] })),
});
