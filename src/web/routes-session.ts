import { z } from "zod";
import { iso } from "../wire/time.ts";
import { identityOf } from "./access.ts";
import { csrfOf, type Identity } from "./identity.ts";
import { refuse } from "./problem.ts";
import type { RestApp, RestHouse } from "./rest.ts";
import { SessionJson, SignInBody, TicketJson } from "./schemas.ts";

/** Signing in and out, and tickets for WebSockets. */
export function sessionRoutes(app: RestApp, { identities, tickets, cookie, secure }: RestHouse): void {
  const cookieOptions = { path: "/", httpOnly: true, sameSite: "strict" as const, secure };

  app.post(
    "/sessions",
    {
      config: { access: "anybody" },
      schema: {
        summary: "Sign in",
        description: "Sets the session cookie. At most 5 failed tries a minute an account, 20 an address.",
        tags: ["session"],
        body: SignInBody,
        response: { 201: SessionJson },
      },
    },
    async (request, reply) => {
      const { name, password } = SignInBody.parse(request.body);
      const result = await identities.signIn({ name, password, address: request.ip });
      if (result.ok) {
        const { identity, maxAge } = result;
        // Behind a proxy that ends TLS only the page's origin tells: the cookie must not go out by http then either.
        const byHttps = request.headers.origin?.startsWith("https://") === true;
        reply.setCookie(cookie, identity.secret, { ...cookieOptions, secure: secure || byHttps, maxAge });
        return reply.code(201).send(sessionJson(identity));
      }
      switch (result.why) {
        case "refused":
          return refuse(reply, 401, "refused", "the name or the password is wrong");
        case "busy":
          return refuse(reply, 503, "busy", "too many people are signing in; try again in a moment");
        case "throttled":
          reply.header("retry-after", Math.ceil(result.waitMs / 1_000));
          return refuse(reply, 429, "too-many", "too many tries; wait a minute");
      }
    },
  );

  app.get(
    "/sessions",
    {
      config: { access: "read" },
      schema: { summary: "Who am I", tags: ["session"], response: { 200: SessionJson } },
    },
    async (request) => sessionJson(identityOf(request)),
  );

  app.delete(
    "/sessions",
    {
      config: { access: "read" },
      schema: { summary: "Sign out", tags: ["session"], response: { 204: z.null() } },
    },
    async (request, reply) => {
      const identity = identityOf(request);
      if (identity.kind === "session") await identities.signOut(identity.secret);
      reply.clearCookie(cookie, cookieOptions);
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/tickets",
    {
      config: { access: "read" },
      schema: {
        summary: "A single-use ticket for one WebSocket, good for 30 s",
        tags: ["session"],
        response: { 201: TicketJson },
      },
    },
    async (request, reply) => {
      const { ticket, expiresAt } = tickets.issue(identityOf(request));
      return reply.code(201).send({ ticket, expiresAt: iso(expiresAt) });
    },
  );
}

const sessionJson = ({ kind, secret, user, role, mines }: Identity) => ({
  user,
  role,
  mines: [...mines],
  ...(kind === "session" ? { csrf: csrfOf(secret) } : {}),
});
