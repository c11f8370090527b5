import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Actor } from "../model/act.ts";
import { Moment } from "../wire/alarm.ts";
import { iso } from "../wire/time.ts";
import { identityOf } from "./access.ts";
import { deviceOf } from "./idempotency.ts";
import { inScope } from "./may.ts";
import { refuse } from "./problem.ts";
import type { RestApp, RestHouse } from "./rest.ts";
import { listOf, MineParams } from "./schemas.ts";

const CredentialJson = z
  .object({
    id: z.string(),
    system: z.string().nullable().meta({ description: "Its only system; null = all of the mine's" }),
    note: z.string(),
    by: z.string(),
    createdAt: Moment,
  })
  .meta({ id: "Credential" });
const IssueBody = z
  .object({
    system: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,31}$/)
      .nullish(),
    note: z.string().trim().max(200).default(""),
  })
  .meta({ example: { system: "safety", note: "安全监控厂家" } });
const IssuedJson = z
  .object({
    id: z.string(),
    user: z.string(),
    password: z.string().meta({ description: "Shown once: the gateway keeps its hash" }),
    clientId: z.string().meta({ description: "A client id begins with this" }),
  })
  .meta({ id: "IssuedCredential" });
const CredentialParams = MineParams.extend({ id: z.string().regex(/^[0-9A-Za-z]{8,64}$/) });

/** What a mine signs in with over MQTT, one for all its systems or one for each (contract §3). */
export function credentialRoutes(app: RestApp, { ports, board }: RestHouse): void {
  const about = { tags: ["mines"] };
  const config = { access: "credentials" } as const;

  app.get(
    "/mines/:mine/credentials",
    {
      config,
      schema: {
        ...about,
        summary: "A mine's MQTT credentials, without their passwords",
        params: MineParams,
        response: { 200: listOf(CredentialJson) },
      },
    },
    async (request, reply) => {
      const { mine } = request.params;
      if (!isHere(request.params.mine, identityOf(request)))
        return refuse(reply, 404, "unknown-mine", "no such mine");
      const items = ports.credentials.list(mine).map((row) => ({ ...row, createdAt: iso(row.createdAt) }));
      return reply.send({ items, next: null, asOf: board.head() });
    },
  );

  app.post(
    "/mines/:mine/credentials",
    {
      config,
      schema: {
        ...about,
        summary: "Make an MQTT credential for a mine, or for one system of it",
        params: MineParams,
        body: IssueBody,
        response: { 201: IssuedJson },
      },
    },
    async (request, reply) => {
      const { mine } = request.params;
      if (!isHere(mine, identityOf(request))) return refuse(reply, 404, "unknown-mine", "no such mine");
      const { system = null, note } = request.body;
      const issued = await ports.credentials.issue(mine, { system, note, by: actorOf(request) });
      return reply.code(201).send({ ...issued, user: mine, clientId: mine });
    },
  );

  app.delete(
    "/mines/:mine/credentials/:id",
    {
      config,
      schema: {
        ...about,
        summary:
          "Revoke an MQTT credential; the mine's connections are closed and come back by those that are left",
        params: CredentialParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { mine, id } = request.params;
      const here = isHere(mine, identityOf(request));
      const revoked = here && (await ports.credentials.revoke(mine, id, actorOf(request)));
      return revoked
        ? reply.code(204).send(null)
        : refuse(reply, 404, "unknown-credential", "no such credential");
    },
  );

  const actorOf = (request: FastifyRequest): Actor => {
    const { user, role, mines } = identityOf(request);
    return { user, role, mines, device: deviceOf(request) };
  };
  const isHere = (mine: string, who: Parameters<typeof inScope>[0]): boolean =>
    inScope(who, mine) && ports.mine(mine) !== null;
}
