import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

/** How a version answers a batch in which lines are at fault. */
export type Version = "1.x" | "2.0" | "2.x" | "3.x" | "3-201" | "1.x-retention";

/** One scripted answer to a write; `null` = as the version would. */
export type Turn =
  | null
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  /** Takes the lines, and ends the connection without an answer. */
  | "cut-after"
  | "cut-before"
  | "hang";

export interface FakeInflux {
  readonly url: string;
  /** What was written: each line of a test is a row of its own, however often it comes. */
  readonly rows: Set<string>;
  readonly requests: { readonly lines: number; readonly at: number; readonly token: string | undefined }[];
  /** What the next writes are answered; empty = as the version would. */
  readonly script: Turn[];
  /** Null = everybody may. */
  token: string | null;
  close(): Promise<void>;
}

/** The answers of InfluxDB's versions, word for word as far as anybody may rely on them. */
export async function startFake(
  version: Version,
  isBad: (line: string) => boolean = (line) => line.includes("BAD"),
): Promise<FakeInflux> {
  const rows = new Set<string>();
  const requests: FakeInflux["requests"] = [];
  const script: Turn[] = [];
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const fake = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rows,
    requests,
    script,
    token: null as string | null,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const text = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
    const lines = text.toString().trimEnd().split("\n");
    const token = request.headers.authorization?.replace(/^Token /, "");
    requests.push({ lines: lines.length, at: Date.now(), token });
    const turn = script.shift() ?? null;
    if (turn === "hang") return;
    if (turn === "cut-before") {
      request.socket.destroy();
      return;
    }
    if (turn !== null && typeof turn === "object") {
      response.writeHead(turn.status, { "content-type": "application/json", ...turn.headers });
      response.end(turn.body ?? "");
      return;
    }
    if (fake.token !== null && token !== fake.token) {
      answer(response, 401, { message: "unauthorized" });
      return;
    }
    const bad = lines.filter(isBad);
    if (bad.length === 0 || version !== "2.0") {
      for (const line of lines) rows.add(line);
      for (const line of bad) rows.delete(line);
    }
    if (turn === "cut-after") request.socket.destroy();
    else if (bad.length === 0) response.writeHead(204).end();
    else refuse(response, bad, lines);
  }

  function refuse(response: ServerResponse, bad: string[], lines: string[]): void {
    const [status, body] = refusal(version, bad, lines);
    answer(response, status, body);
  }

  return fake;
}

function refusal(version: Version, bad: string[], lines: string[]): [status: number, body: object] {
  const [first = ""] = bad;
  switch (version) {
    case "1.x":
      return [400, { error: `partial write: unable to parse '${first}': invalid number dropped=0` }];
    case "1.x-retention":
      return [400, { error: `partial write: points beyond retention policy dropped=${bad.length}` }];
    case "2.0":
      return [400, { code: "invalid", message: `unable to parse '${first}': invalid number` }];
    case "2.x": {
      const message = `failure writing points to database: partial write: field type conflict dropped=${bad.length}`;
      return [422, { code: "unprocessable entity", message }];
    }
    case "3.x": {
      const data = bad.map((line) => ({
        error_message: "invalid",
        line_number: lines.indexOf(line) + 1,
        original_line: line,
      }));
      return [400, { error: "partial write of line protocol occurred", data }];
    }
    case "3-201":
      return [201, { code: "invalid", message: `errors encountered on line(s): ${first}` }];
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
