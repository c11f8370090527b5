import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  readonly at: number;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly json?: unknown;
}

export interface Provider {
  readonly url: string;
  readonly received: Received[];
  /** Resolves when that many requests have come. */
  got(count: number): Promise<void>;
  close(): Promise<void>;
}

/** A server on loopback in the place of a provider: it judges each request and answers as the real one would. */
export async function startProvider(
  judge: (request: Received) => Reply | "hang" | "cut" | Promise<Reply>,
  clock: () => number = Date.now,
): Promise<Provider> {
  const received: Received[] = [];
  let waiting: { count: number; resolve: () => void }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      const body = Buffer.concat(chunks);
      const one: Received = {
        method: request.method ?? "",
        url: new URL(request.url ?? "/", `http://${request.headers.host}`),
        headers: request.headers,
        body,
        text: body.toString("utf8"),
        at: clock(),
      };
      const reply = await judge(one);
      received.push(one);
      waiting = waiting.filter(({ count, resolve }) => received.length < count || resolve());
      if (reply === "hang") return;
      if (reply === "cut") return void request.socket.destroy();
      response.writeHead(reply.status ?? 200, { "content-type": "application/json", ...reply.headers });
      response.end(reply.json === undefined ? "" : JSON.stringify(reply.json));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    got: (count) =>
      received.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ count, resolve })),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Steps a message names, each once. */
export const stepsIn = (text: string): string[] => [...new Set(text.match(/\b[A-Za-z0-9]+#\d+/g) ?? [])];
