import { createHash } from "node:crypto";
import cookies from "@fastify/cookie";
import helmet from "@fastify/helmet";
import rateLimit, { type FastifyRateLimitStore, type FastifyRateLimitStoreCtor } from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  validatorCompiler,
  type ZodTypeProvider,
} from "fastify-type-provider-zod";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/logger.ts";
import { guard } from "./access.ts";
import type { Assets } from "./assets.ts";
import type { ClientAddresses } from "./client-address.ts";
import { serveAssets } from "./console-files.ts";
import { documentRoutes, OPENAPI } from "./documents.ts";
import { answerError, problem } from "./problem.ts";
import { type RestHouse, restRoutes } from "./rest.ts";
import { watchRoutes } from "./routes-watch.ts";

export interface HttpOptions extends RestHouse {
  readonly tls: { readonly cert: string | Buffer; readonly key: string | Buffer } | null;
  readonly origins: readonly string[];
  readonly addresses: ClientAddresses;
  readonly assets: Assets;
  readonly log: Logger;
}

/** What one peer may cost before it is known (reliability.md rows 73–77, contract P4). */
const LIMITS = {
  /** Signing in needs no more; an act of a known person is given room of its own. */
  bodyBytes: 4 * 1024,
  headerBytes: 8 * 1024,
  headers: 64,
  /** P4: a stranger costs at most 10 s; looked at every second. */
  requestMs: 9_000,
  headersMs: 8_000,
  checkMs: 1_000,
  idleMs: 20_000,
  requestsASocket: 1_000,
  connections: 4_000,
  aSecondASession: 50,
  askers: 10_000,
  paramLength: 400,
} as const;

const POLICY = {
  "default-src": ["'self'"],
  "script-src": ["'self'"],
  // Element Plus places its floating parts by style attributes.
  "style-src": ["'self'", "'unsafe-inline'"],
  "img-src": ["'self'", "data:"],
  "font-src": ["'self'", "data:"],
  "connect-src": ["'self'"],
  "worker-src": ["'self'"],
  "manifest-src": ["'self'"],
  "object-src": ["'none'"],
  "base-uri": ["'none'"],
  "form-action": ["'self'"],
  "frame-ancestors": ["'none'"],
};

/** The HTTP side: REST behind its door, documents, health, metrics, and the console from memory. */
export async function createHttp(options: HttpOptions): Promise<FastifyInstance> {
  const { log, tls } = options;
  const server = {
    maxHeaderSize: LIMITS.headerBytes,
    headersTimeout: LIMITS.headersMs,
    requestTimeout: LIMITS.requestMs,
    connectionsCheckingInterval: LIMITS.checkMs,
    noDelay: true,
  };
  const app = fastify({
    ...(tls === null ? { http: server } : { https: { ...server, ...tls, minVersion: "TLSv1.2" as const } }),
    logger: false,
    trustProxy: options.addresses.isProxy,
    bodyLimit: LIMITS.bodyBytes,
    requestTimeout: LIMITS.requestMs,
    connectionTimeout: LIMITS.idleMs,
    maxRequestsPerSocket: LIMITS.requestsASocket,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: LIMITS.paramLength },
    frameworkErrors: (error, _request, reply) => {
      answerError(error, reply as unknown as FastifyReply, log);
    },
    clientErrorHandler: (error, socket) => {
      if (socket.writable) socket.end(rawProblem(error.code));
      else socket.destroy();
    },
  }) as unknown as FastifyInstance;
  app.server.maxConnections = LIMITS.connections;
  app.server.maxHeadersCount = LIMITS.headers;

  app.removeContentTypeParser("text/plain");
  app.setValidatorCompiler(validatorCompiler);
  // Answers are made by typed code: the schema describes them, it need not check them again at run time.
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler((error: FastifyError, _request, reply) => answerError(error, reply, log));
  app.setNotFoundHandler(serveAssets(options.assets));

  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: POLICY },
    hsts: tls === null ? false : { maxAge: 31_536_000 },
    referrerPolicy: { policy: "same-origin" },
  });
  await app.register(cookies);
  await app.register(swagger, {
    openapi: OPENAPI(options.cookie),
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  await app.register((api, _, done) => void serveApi(api, options).then(() => done(), done), {
    prefix: "/api/v1",
  });
  watchRoutes(app.withTypeProvider<ZodTypeProvider>(), options);
  documentRoutes(app);
  await app.ready();
  return app;
}

/** Everything under `/api/v1`: who asks, how often, and never from a cache. */
async function serveApi(api: FastifyInstance, options: HttpOptions): Promise<void> {
  guard(api, { ...options, clock: options.ports.clock });
  await api.register(rateLimit, {
    max: LIMITS.aSecondASession,
    timeWindow: 1_000,
    hook: "preParsing",
    store: secondsBy(options.ports.clock),
    keyGenerator: asker,
    errorResponseBuilder: () =>
      Object.assign(new Error("more than 50 requests in a second"), { statusCode: 429 }),
  });
  api.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });
  restRoutes(api.withTypeProvider<ZodTypeProvider>(), options);
}

/** Counts by the house's clock, which no step of the wall clock moves. */
function secondsBy(clock: Clock): FastifyRateLimitStoreCtor {
  return class implements FastifyRateLimitStore {
    private readonly windows = new Map<string, { since: number; current: number }>();

    incr(
      key: string,
      callback: (error: Error | null, result?: { current: number; ttl: number }) => void,
      windowMs: number,
    ): void {
      const now = clock.mono();
      const known = this.windows.get(key);
      if (known === undefined && this.windows.size >= LIMITS.askers) this.windows.clear();
      const window = known !== undefined && now - known.since < windowMs ? known : { since: now, current: 0 };
      window.current += 1;
      this.windows.set(key, window);
      callback(null, { current: window.current, ttl: window.since + windowMs - now });
    }

    child(): FastifyRateLimitStore {
      return this;
    }
  };
}

/** One session or token is one asker; people not yet known share their address. */
function asker({ identity, ip }: FastifyRequest): string {
  return identity === null ? ip : createHash("sha256").update(identity.secret).digest("base64url");
}

/** The answer to what is not even HTTP. */
function rawProblem(code: string | undefined): string {
  const status = code === "HPE_HEADER_OVERFLOW" ? 431 : code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400;
  const body = problem(status, "bad-request", "the request could not be read");
  const text = JSON.stringify(body);
  return [
    `HTTP/1.1 ${status} ${body.title}`,
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(text)}`,
    "Connection: close",
    "",
    text,
  ].join("\r\n");
}
