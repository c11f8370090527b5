import { Agent } from "node:http";
import { Agent as TlsAgent } from "node:https";
import { promisify } from "node:util";
import { gzip, type ZlibOptions } from "node:zlib";
import {
  type CommunicationObserver,
  HttpError,
  InfluxDB,
  type SendOptions,
  setLogger,
  type Transport,
} from "@influxdata/influxdb-client";

export interface ServerSettings {
  readonly url: string;
  readonly org: string;
  /** As `/api/v2/write` knows it; `db/rp` for 1.8. */
  readonly bucket: string;
  /** As `/query` knows it. */
  readonly database: string;
  readonly retentionPolicy: string | null;
  /** No answer within this is none. */
  readonly timeout: number;
}

/** What became of lines that were sent. */
export type Answer =
  | { readonly kind: "written" }
  /** One of them or more is at fault: some may be written, some not. */
  | { readonly kind: "refused"; readonly status: number; readonly reason: string }
  /** The door is shut: who we are, or where to. It takes a person, or a new secret. */
  | { readonly kind: "held"; readonly status: number; readonly reason: string }
  /** Nobody there, too much, too slow: later. `retryAfter` in ms, as asked for. */
  | { readonly kind: "away"; readonly reason: string; readonly retryAfter: number | null };

/** Rows of one InfluxQL statement, by column name; all its series one after another. */
export interface QueryTable {
  readonly columns: readonly string[];
  readonly values: readonly (readonly (string | number | boolean | null)[])[];
}

export interface InfluxServer {
  /** Lines of line protocol with nanoseconds. Never rejects. */
  write(lines: Uint8Array): Promise<Answer>;
  /** One InfluxQL statement. Rejects with an error a person can read. */
  query(statement: string): Promise<QueryTable>;
  token(token: string | null): void;
  close(): void;
}

// Everything it would say is in what it answers.
setLogger({ error() {}, warn() {} });

/** The official client as transport: no buffer and no try of its own. */
export function createServer(settings: ServerSettings, now: () => number = Date.now): InfluxServer {
  const { url, org, bucket, timeout } = settings;
  const agent = url.startsWith("https:")
    ? new TlsAgent({ keepAlive: true, maxSockets: MOST_SOCKETS })
    : new Agent({ keepAlive: true, maxSockets: MOST_SOCKETS });
  let influx = clientOf(null);

  function clientOf(token: string | null): InfluxDB {
    const about = { url, timeout, transportOptions: { agent } };
    return new InfluxDB(token === null ? about : { ...about, token });
  }

  async function write(lines: Uint8Array): Promise<Answer> {
    const transport = bounded(influx.transport, await gzipped(lines, { level: FAST }), timeout);
    const options = { maxRetries: 0, flushInterval: 0, batchSize: 2, maxBatchBytes: Number.MAX_SAFE_INTEGER };
    const api = new InfluxDB({ url, transport }).getWriteApi(org, bucket, "ns", options);
    api.writeRecord("the lines themselves");
    try {
      await api.flush();
      return { kind: "written" };
    } catch (error) {
      return answerOf(error, now());
    }
  }

  async function query(statement: string): Promise<QueryTable> {
    const { database, retentionPolicy } = settings;
    const about = { db: database, ...(retentionPolicy === null ? {} : { rp: retentionPolicy }) };
    const asked = new URLSearchParams({ ...about, q: statement, epoch: "ms" });
    const answer: unknown = await influx.transport.request(`/query?${asked}`, "", {
      method: "GET",
      headers: { accept: "application/json", "accept-encoding": "gzip" },
      signal: AbortSignal.timeout(timeout) as NonNullable<SendOptions["signal"]>,
    });
    return tableOf(answer);
  }

  return {
    write,
    query,
    token(token) {
      influx = clientOf(token);
    },
    close: () => agent.destroy(),
  };
}

const gzipped = promisify<Uint8Array, ZlibOptions, Buffer>(gzip);
/** A quarter of the work of the usual level, and lines that are alike become small all the same. */
const FAST = 1;

/** One writes, the others read. */
const MOST_SOCKETS = 8;

/**
 * The client takes 201 for success, where some versions say by it that lines were left out; and it leaves a request
 * that takes too long open. Here only 204 is success, and what takes too long is ended. Lines go past its buffer as the
 * bytes they are: it makes bytes of whatever it is given, and a text would be measured, joined, encoded and packed
 * tightly, which costs more than all the rest.
 */
function bounded(transport: Transport, body: Uint8Array, timeout: number): Transport {
  return {
    ...transport,
    chunkCombiner: transport.chunkCombiner,
    iterate: transport.iterate.bind(transport),
    request: transport.request.bind(transport),
    send(path, _, { method, headers }, callbacks) {
      const signal = AbortSignal.timeout(timeout) as NonNullable<SendOptions["signal"]>;
      const options = { method, signal, headers: { ...headers, "content-encoding": "gzip" } };
      transport.send(path, body as unknown as string, options, onlyWritten(callbacks));
    },
  };
}

type Callbacks = Partial<CommunicationObserver<Uint8Array>>;

function onlyWritten(callbacks: Callbacks | undefined): Callbacks {
  let status = 0;
  let said = "";
  return {
    responseStarted(headers, code) {
      status = code ?? 0;
      callbacks?.responseStarted?.(headers, code);
    },
    next(data) {
      if (said.length < MOST_REASON) said += Buffer.from(data).toString();
    },
    error: (error) => callbacks?.error?.(error),
    complete() {
      if (status === 204) callbacks?.complete?.();
      else callbacks?.error?.(new HttpError(status, "", said.slice(0, MOST_REASON)));
    },
  };
}

const MOST_REASON = 1_000;
const REFUSED = [400, 413, 422];
const LATER = [408, 425, 429];

function answerOf(error: unknown, now: number): Answer {
  if (!(error instanceof HttpError)) return { kind: "away", reason: wordsOf(error), retryAfter: null };
  const { statusCode: status } = error;
  const reason = `${status} ${bodyWords(error)}`.trim();
  // Created, some or all of it left out; without a word, all of it is there.
  if (status === 201) return error.body ? { kind: "refused", status, reason } : { kind: "written" };
  if (REFUSED.includes(status)) return { kind: "refused", status, reason };
  if (status >= 500 || LATER.includes(status))
    return { kind: "away", reason, retryAfter: retryAfter(error.headers?.["retry-after"], now) };
  return { kind: "held", status, reason };
}

/** What each version calls it, or the page of a proxy without its marks. */
function bodyWords({ body = "", statusMessage = "" }: HttpError): string {
  try {
    const said = JSON.parse(body) as {
      error?: unknown;
      message?: unknown;
      data?: { error_message?: string }[];
    };
    const [first] = [said.data ?? []].flat();
    return [said.message ?? said.error, first?.error_message]
      .filter(Boolean)
      .join(": ")
      .slice(0, MOST_REASON);
  } catch {
    const plain = body
      .replaceAll(/<[^>]*>/g, " ")
      .replaceAll(/\s+/g, " ")
      .trim();
    return (plain || statusMessage).slice(0, MOST_REASON);
  }
}

/** An hour at most: who asks for more is asked again. */
const MOST_RETRY_AFTER = 3_600_000;

/** Seconds, or a date. */
function retryAfter(header: string | string[] | undefined, now: number): number | null {
  const text = [header].flat()[0]?.trim() ?? "";
  if (text === "") return null;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), MOST_RETRY_AFTER) : null;
}

const wordsOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? `${String(error.code)} ` : "";
  const words = error instanceof Error ? error.message : String(error);
  return `${words.startsWith(code) ? "" : code}${words || "no answer"}`.trim().slice(0, MOST_REASON);
};

function tableOf(answer: unknown): QueryTable {
  const { results = [], error } = (answer ?? {}) as {
    results?: { error?: string; series?: { columns: string[]; values?: QueryTable["values"] }[] }[];
    error?: string;
  };
  const fault = error ?? results.find((result) => result.error !== undefined)?.error;
  if (fault !== undefined) throw new Error(`InfluxDB: ${fault}`);
  const series = results.flatMap((result) => result.series ?? []);
  return {
    columns: series[0]?.columns ?? [],
    values: series.length === 1 ? (series[0]?.values ?? []) : series.flatMap(({ values }) => values ?? []),
  };
}
