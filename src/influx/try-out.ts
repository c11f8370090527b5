import { type Answer, createServer, type ServerSettings } from "./server.ts";

export interface TryOut {
  readonly what: "write" | "read";
  readonly ok: boolean;
  readonly detail: string;
}

/** One line is written and asked for by InfluxQL: what is wrong is named by who refuses, and what. */
export async function tryOut(settings: ServerSettings, token: string | null, now: number): Promise<TryOut[]> {
  const server = createServer(settings);
  server.token(token);
  try {
    const answer = await server.write(Buffer.from(`davylamp probe=true ${now}000000`));
    const wrote: TryOut = { what: "write", ok: answer.kind === "written", detail: words(answer, settings) };
    return wrote.ok ? [wrote, await read(server, settings, now)] : [wrote];
  } finally {
    server.close();
  }
}

async function read(
  server: ReturnType<typeof createServer>,
  { database, retentionPolicy }: ServerSettings,
  now: number,
): Promise<TryOut> {
  const about = retentionPolicy === null ? database : `${database}, retention policy ${retentionPolicy}`;
  try {
    const { values } = await server.query(`SELECT "probe" FROM "davylamp" WHERE time = ${now}ms`);
    return values.length > 0
      ? { what: "read", ok: true, detail: `by InfluxQL from database ${about}` }
      : {
          what: "read",
          ok: false,
          detail: `database ${about} has not what was just written: is it the bucket's?`,
        };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { what: "read", ok: false, detail: `database ${about}: ${detail}` };
  }
}

function words(answer: Answer, { url, bucket, org }: ServerSettings): string {
  switch (answer.kind) {
    case "written":
      return `to bucket ${bucket} at ${url}`;
    case "refused":
      return `${url} refuses any line: ${answer.reason}`;
    case "away":
      return `no answer at ${url}: ${answer.reason}`;
    case "held":
      return `${url}: ${wrong(answer.status, bucket, org)} (${answer.reason})`;
  }
}

function wrong(status: number, bucket: string, org: string): string {
  if (status === 401) return "the token is not known";
  if (status === 403) return `the token may not write to bucket ${bucket}`;
  if (status === 404) return `there is no bucket ${bucket} of organisation ${org}, or no InfluxDB`;
  return "this is no InfluxDB";
}
