import { readFileSync } from "node:fs";
import { type ClientRequest, request as plain, type RequestOptions } from "node:http";
import { request as secure } from "node:https";

export interface Request {
  readonly url: string;
  readonly method: "POST" | "GET";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string | null;
}

export const jsonRequest = (url: string, body: object): Request => ({
  url,
  method: "POST",
  headers: { "content-type": "application/json; charset=utf-8" },
  body: JSON.stringify(body),
});

/** `unsure`: the request may have been read although no answer came. */
export type Answer =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers: Readonly<Record<string, string | string[] | undefined>>;
      readonly text: string;
    }
  | { readonly kind: "none"; readonly why: string; readonly unsure: boolean };

export type Ask = (request: Request) => Promise<Answer>;

/** Of an answer only so much is read: the providers' are a few hundred bytes. */
const MOST_ANSWER = 64 * 1024;

/**
 * Asks over HTTP, a connection each time: one that stands idle may be half dead, and then nobody knows what
 * arrived. Follows no redirect: what is sent goes where the configuration says or nowhere.
 */
export function createAsk(options: {
  readonly timeoutMs: number;
  readonly caFile?: string | undefined;
}): Ask {
  const ca = options.caFile === undefined ? {} : { ca: readFileSync(options.caFile) };
  return ({ url, method, headers, body }) =>
    new Promise((resolve) => {
      const target = new URL(url);
      const bytes = body === null ? null : Buffer.from(body as string);
      const how: RequestOptions = {
        method,
        headers: { "user-agent": "davylamp", ...headers, ...length(bytes) },
        agent: false,
      };
      let written = false;
      const asked: ClientRequest =
        target.protocol === "https:" ? secure(target, { ...how, ...ca }) : plain(target, how);
      const timer = setTimeout(() => asked.destroy(new Error("no answer in time")), options.timeoutMs);
      const none = (error: Error & { code?: string }) => {
        clearTimeout(timer);
        resolve({ kind: "none", why: `${error.code ?? ""} ${error.message}`.trim(), unsure: written });
      };
      asked.on("error", none);
      asked.on("finish", () => {
        written = true;
      });
      asked.on("response", (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size <= MOST_ANSWER) chunks.push(chunk);
          else response.destroy(new Error("the answer is too long"));
        });
        response.on("error", none);
        response.on("end", () => {
          clearTimeout(timer);
          const text = Buffer.concat(chunks).toString("utf8");
          resolve({ kind: "answer", status: response.statusCode ?? 0, headers: response.headers, text });
        });
      });
      asked.end(bytes ?? undefined);
    });
}

const length = (bytes: Buffer | null): Record<string, string> =>
  bytes === null ? {} : { "content-length": String(bytes.length) };

/** `Retry-After` in ms, in either of its forms; null = none. */
export function retryAfter(
  headers: Extract<Answer, { kind: "answer" }>["headers"],
  now: number,
): number | null {
  const value = headers["retry-after"];
  if (typeof value !== "string") return null;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MOST_WAIT_MS) : null;
}

const MOST_WAIT_MS = 3_600_000;

/** The JSON object of an answer; null = it is none. */
export function jsonOf(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
