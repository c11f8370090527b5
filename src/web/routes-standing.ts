import type { Service } from "../model/alarm.ts";
import { iso } from "../wire/time.ts";
import { identityOf } from "./access.ts";
import { inScope } from "./may.ts";
import { pageOf } from "./paging.ts";
import type { RestApp, RestHouse } from "./rest.ts";
import { listOf, PageQuery } from "./schemas.ts";
import { FloodJson, RequestJson, ServiceJson, ShelfJson, UnrestJson } from "./schemas-standing.ts";

/** What stands over the alarms, so that nothing that is not announced is out of sight (ISA-18.2). */
export function standingRoutes(app: RestApp, { ports, board }: RestHouse): void {
  app.get(
    "/floods",
    {
      config: { access: "read" },
      schema: {
        summary:
          "How fast alarms come, in the county and at each mine: a flood is more than 10 in 10 minutes",
        tags: ["standing"],
        response: { 200: listOf(FloodJson) },
      },
    },
    async (request) => {
      const who = identityOf(request);
      const items = ports
        .floods()
        .filter(({ mine }) => (mine === null ? who.mines.includes("*") : inScope(who, mine)))
        .map(({ since, ...flood }) => ({ ...flood, since: since === null ? null : iso(since) }));
      return { items, next: null, asOf: board.head() };
    },
  );

  app.get(
    "/shelves",
    {
      config: { access: "read" },
      schema: {
        summary: "Cases that are shelved, by whom, why and until when",
        tags: ["standing"],
        querystring: PageQuery,
        response: { 200: listOf(ShelfJson) },
      },
    },
    async (request) => {
      const who = identityOf(request);
      const shelves = ports.shelves().filter(({ mine }) => inScope(who, mine));
      const { items, next } = pageOf(shelves, (one) => one.case, request.query);
      const told = items.map((one) => ({ ...one, at: iso(one.at), until: iso(one.until) }));
      return { items: told, next, asOf: board.head() };
    },
  );

  app.get(
    "/out-of-service",
    {
      config: { access: "read" },
      schema: {
        summary: "What is out of service: judged and listed as ever, announced to nobody until its end",
        tags: ["standing"],
        querystring: PageQuery,
        response: { 200: listOf(ServiceJson) },
      },
    },
    async (request) => {
      const who = identityOf(request);
      const services = ports.outOfService().filter(({ mine }) => inScope(who, mine));
      const { items, next } = pageOf(services, ({ subject, key }) => `${subject.id} ${key}`, request.query);
      return { items: items.map(serviceJson), next, asOf: board.head() };
    },
  );

  app.get(
    "/requests",
    {
      config: { access: "read" },
      schema: {
        summary: "What one person asked for and another has not answered yet",
        tags: ["requests"],
        querystring: PageQuery,
        response: { 200: listOf(RequestJson) },
      },
    },
    async (request) => {
      const who = identityOf(request);
      const waiting = ports.requests().filter(({ mine }) => inScope(who, mine));
      const { items, next } = pageOf(waiting, ({ id }) => id, request.query);
      const told = items.map(({ service, ...one }) => ({
        ...one,
        at: iso(one.at),
        until: iso(one.until),
        expires: iso(one.expires),
        service: service && serviceJson(service),
      }));
      return { items: told, next, asOf: board.head() };
    },
  );

  app.get(
    "/unrest",
    {
      config: { access: "read-figures" },
      schema: {
        summary:
          "Subjects whose alarms chatter or are fleeting: candidates for a better limit or a mended sensor",
        tags: ["standing"],
        querystring: PageQuery,
        response: { 200: listOf(UnrestJson) },
      },
    },
    async (request) => {
      const who = identityOf(request);
      const restless = ports.unrest().filter(({ mine }) => inScope(who, mine));
      const { items, next } = pageOf(restless, worstFirst, request.query);
      return { items: items.map((one) => ({ ...one, last: iso(one.last) })), next, asOf: board.head() };
    },
  );
}

const serviceJson = ({ subject, ...one }: Service) => ({
  ...one,
  subject: { ...subject },
  at: iso(one.at),
  until: iso(one.until),
});

/** A key that sorts the most restless first. */
const worstFirst = ({
  chattering,
  fleeting,
  id,
  key,
}: {
  chattering: number;
  fleeting: number;
  id: string;
  key: string;
}) => `${String(1e9 - chattering - fleeting).padStart(10, "0")} ${id} ${key}`;
