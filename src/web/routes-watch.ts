import type { FastifyRequest } from "fastify";
import { isLoopback } from "../wire/loopback.ts";
import type { HttpOptions } from "./http.ts";
import { can } from "./may.ts";
import { refuse } from "./problem.ts";
import type { RestApp } from "./rest.ts";
import { healthJson } from "./routes-system.ts";
import { HealthJson } from "./schemas.ts";

/** For those who watch over the process: supervisor, load balancer, Prometheus. Outside `/api`, no session needed. */
export function watchRoutes(app: RestApp, { ports, identities }: HttpOptions): void {
  const schema = (summary: string) => ({
    summary,
    tags: ["watch"],
    response: { 200: HealthJson, 503: HealthJson },
  });

  app.get("/health/live", { schema: schema("The process works") }, async (_request, reply) => {
    const { live, checks } = ports.health();
    reply.header("cache-control", "no-store");
    return reply.code(live ? 200 : 503).send({ ...healthJson({ live, ready: live, checks }) });
  });

  app.get("/health/ready", { schema: schema("It can be relied on") }, async (_request, reply) => {
    const health = ports.health();
    reply.header("cache-control", "no-store");
    return reply.code(health.ready ? 200 : 503).send(healthJson(health));
  });

  app.get(
    "/metrics",
    { schema: { summary: "Prometheus metrics", tags: ["watch"] } },
    async (request, reply) => {
      if (!isLocal(request) && !(await mayRead(request))) {
        return refuse(reply, 401, "sign-in", "metrics are for this machine, or send a token");
      }
      reply.header("cache-control", "no-store");
      return reply.type("text/plain; version=0.0.4; charset=utf-8").send(await ports.metrics());
    },
  );

  async function mayRead({ headers }: FastifyRequest): Promise<boolean> {
    const [, token] = /^Bearer (\S+)$/i.exec(headers.authorization ?? "") ?? [];
    const identity = token === undefined ? null : await identities.byToken(token);
    return identity !== null && can(identity, "read-system", null);
  }
}

/** From this machine itself, and not handed on by a proxy on it. */
function isLocal({ ip, headers }: FastifyRequest): boolean {
  const forwarded = headers["x-forwarded-for"] ?? headers.forwarded ?? headers["x-real-ip"];
  return forwarded === undefined && isLoopback(ip);
}
