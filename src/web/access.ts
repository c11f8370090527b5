import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { sameText } from "../lib/same-text.ts";
import { csrfOf, type Identities, type Identity } from "./identity.ts";
import { can, type Deed } from "./may.ts";
import type { WebPorts } from "./ports.ts";
import { refuse } from "./problem.ts";
import { ProblemJson } from "./schemas.ts";
import { createThrottle } from "./throttle.ts";
import { isKnownOrigin } from "./upgrade.ts";

/** Who may call a route: anybody, or whose role holds the deed. Every route must say. */
type Access = "anybody" | Deed;

declare module "fastify" {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    identity: Identity | null;
  }
}

export interface AccessOptions {
  readonly identities: Identities;
  readonly origins: readonly string[];
  readonly cookie: string;
  readonly clock: WebPorts["clock"];
}

const REFUSED = {
  description: "Why not",
  content: { "application/problem+json": { schema: ProblemJson } },
};
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
/** A county office is one address; a crowd of unknown ones is held off before anything is looked up. */
const A_SECOND_AN_ADDRESS = 500;

/**
 * The door of `/api/v1`: who is it, may the role do this, and did our own page send it. A route without an
 * `access` cannot be registered, so nothing is open by forgetting.
 */
export function guard(app: FastifyInstance, { identities, origins, cookie, clock }: AccessOptions): void {
  const byAddress = createThrottle({ most: A_SECOND_AN_ADDRESS, windowMs: 1_000 });

  app.decorateRequest("identity", null);
  app.addHook("onRoute", (route) => {
    const { url, config, schema } = route;
    if (config?.access === undefined) throw new Error(`must hold: the route ${url} says who may call it`);
    route.schema = {
      ...schema,
      response: { ...(schema?.response as object), "4xx": REFUSED, "5xx": REFUSED },
    };
  });
  app.addHook("onRequest", async (request, reply) => {
    if (byAddress.take(request.ip, clock.mono()) > 0) {
      return refuse(reply, 429, "too-many", "too many requests from this address");
    }
    const who = await identify(request);
    if (who === "unknown") return unauthorized(reply);
    request.identity = who;
    const access = request.routeOptions.config.access ?? "read";
    if (access !== "anybody") {
      if (who === null) return unauthorized(reply);
      if (!can(who, access, null)) {
        return refuse(reply, 403, "forbidden", `a ${who.role} may not do this`);
      }
    }
    if (!SAFE.has(request.method)) return sentByUs(request, reply, who);
  });

  async function identify(request: FastifyRequest): Promise<Identity | null | "unknown"> {
    const { authorization } = request.headers;
    if (authorization !== undefined) {
      const [, token] = /^Bearer (\S+)$/i.exec(authorization) ?? [];
      return token === undefined ? "unknown" : ((await identities.byToken(token)) ?? "unknown");
    }
    const secret = request.cookies[cookie];
    return secret === undefined ? null : identities.bySession(secret);
  }

  /** A browser sends the cookie for anybody's page; only ours can read the token that goes with it. */
  function sentByUs(request: FastifyRequest, reply: FastifyReply, who: Identity | null) {
    if (!isKnownOrigin(request, origins)) {
      return refuse(reply, 403, "origin", "this origin is not allowed");
    }
    if (who?.kind !== "session" || request.routeOptions.config.access === "anybody") return undefined;
    const given = request.headers["x-csrf-token"];
    if (typeof given === "string" && sameText(given, csrfOf(who.secret))) return undefined;
    return refuse(reply, 403, "csrf", "the x-csrf-token header is missing or wrong");
  }
}

function unauthorized(reply: FastifyReply): FastifyReply {
  reply.header("www-authenticate", "Bearer");
  return refuse(reply, 401, "sign-in", "sign in, or send a token");
}

/** The identity of a request that passed the door of a route that is not for anybody. */
export function identityOf(request: FastifyRequest): Identity {
  if (request.identity === null) throw new Error("must hold: the door let only known people through");
  return request.identity;
}
