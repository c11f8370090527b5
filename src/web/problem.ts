import type { FastifyError, FastifyReply } from "fastify";
import { ZodError } from "zod";
import type { Logger } from "../lib/logger.ts";

/** RFC 9457. `why` is a word a program can decide by; `detail` is for a person. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly why: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

export const problem = (
  status: number,
  why: string,
  detail: string,
  errors?: Problem["errors"],
): Problem => ({
  type: `urn:davylamp:problem:${why}`,
  title: TITLES[status] ?? "Error",
  status,
  detail,
  why,
  ...(errors === undefined ? {} : { errors }),
});

/** Answers with a problem; every error of the REST side leaves by here. */
export function refuse(
  reply: FastifyReply,
  status: number,
  why: string,
  detail: string,
  errors?: Problem["errors"],
): FastifyReply {
  return reply
    .code(status)
    .header("cache-control", "no-store")
    .type("application/problem+json")
    .send(JSON.stringify(problem(status, why, detail, errors)));
}

/** What fastify or a handler threw: a client's fault said plainly, ours logged and not explained. */
export function answerError(error: FastifyError, reply: FastifyReply, log: Logger): FastifyReply {
  if (error.validation !== undefined) {
    const errors = error.validation.map(({ instancePath, message }) => ({
      path: `${error.validationContext ?? ""}${instancePath}`,
      message: message ?? "not valid",
    }));
    return refuse(reply, 400, "not-valid", "the request does not fit the schema", errors);
  }
  if (error instanceof ZodError) {
    const errors = error.issues.map(({ path, message }) => ({ path: path.join("/"), message }));
    return refuse(reply, 400, "not-valid", "the request does not fit the schema", errors);
  }
  const status = error.statusCode ?? 500;
  if (status < 500) return refuse(reply, status, whyOf(error), error.message);
  log.error({ error: { message: error.message, stack: error.stack } }, "a request failed");
  return refuse(reply, 500, "internal", "the gateway could not answer; the log says more");
}

function whyOf({ code, statusCode }: FastifyError): string {
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") return "media-type";
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return "too-large";
  if (statusCode === 429) return "too-many";
  return "bad-request";
}
