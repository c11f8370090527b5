import type { FastifyInstance } from "fastify";
import { withExamples } from "./examples.ts";

/** The head of the OpenAPI document; the operations come from the routes' zod schemas. */
export const OPENAPI = (cookie: string) => ({
  openapi: "3.1.0",
  info: {
    title: "davylamp",
    version: "1",
    description:
      "Mines, points, series and alarms of the gateway. Moments are ISO 8601 with +08:00; errors are RFC 9457. " +
      "The gateway informs: it carries no interlock and commands no equipment.",
  },
  components: {
    securitySchemes: {
      session: { type: "apiKey" as const, in: "cookie" as const, name: cookie },
      token: { type: "http" as const, scheme: "bearer" },
    },
  },
  security: [{ session: [] }, { token: [] }],
});

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema?: object;
  }[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: object }>> };
  readonly responses?: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>
  >;
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/** `/api/v1/openapi.json` for programs and `/docs` for people, both made once from the same document. */
export function documentRoutes(app: FastifyInstance): void {
  const hide = { hide: true };
  let json: string | null = null;
  let html: string | null = null;

  app.get("/api/v1/openapi.json", { schema: hide }, async (_request, reply) => {
    json ??= JSON.stringify(withExamples(app.swagger()));
    return reply.type("application/json; charset=utf-8").send(json);
  });

  app.get("/docs", { schema: hide }, async (_request, reply) => {
    const document = app.swagger() as { paths?: unknown; components?: { schemas?: Record<string, object> } };
    html ??= page((document.paths ?? {}) as Paths, document.components?.schemas ?? {});
    return reply.type("text/html; charset=utf-8").send(html);
  });
}

function page(paths: Paths, schemas: Readonly<Record<string, object>>): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const tags = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? "other"))];
  const sections = tags.map((tag) => {
    const own = operations.filter(({ operation }) => (operation.tags?.[0] ?? "other") === tag);
    return `<h2 id="${quoted(tag)}">${quoted(tag)}</h2>${own.map(article).join("")}`;
  });
  const shapes = Object.entries(schemas)
    .filter(([name]) => !name.endsWith("Input"))
    .map(
      ([name, schema]) =>
        `<details id="schema-${quoted(name)}"><summary>${quoted(name)}</summary>${code(schema)}</details>`,
    );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>davylamp: REST</title><style>${STYLE}</style></head><body><main><h1>davylamp REST, version 1</h1>
<p>Sign in by <code>POST /api/v1/sessions</code> (browsers: send the answer's <code>csrf</code> back in
<code>x-csrf-token</code> with every change), or send an API token: <code>Authorization: Bearer …</code>.
Moments are ISO 8601 with +08:00. Errors are <code>application/problem+json</code>; <code>why</code> is a word to
decide by. For programs: <a href="/api/v1/openapi.json">openapi.json</a>. Alarms as they happen:
WebSocket <code>/ws/v1/alarms</code>, subprotocol <code>davylamp.alarms.v1</code>.</p>
<nav>${tags.map((tag) => `<a href="#${quoted(tag)}">${quoted(tag)}</a>`).join(" ")}</nav>
${sections.join("")}<h2>Shapes</h2>${shapes.join("")}</main></body></html>`;
}

function article({
  path,
  method,
  operation,
}: {
  path: string;
  method: string;
  operation: Operation;
}): string {
  const rows = (operation.parameters ?? []).map(
    ({ name, in: place, required, schema }) =>
      `<tr><td><code>${quoted(name)}</code></td><td>${quoted(place)}${required ? ", required" : ""}</td><td>${code(schema ?? {})}</td></tr>`,
  );
  const body = operation.requestBody?.content?.["application/json"]?.schema;
  const answers = Object.entries(operation.responses ?? {}).map(([status, { content }]) => {
    const schema = content?.["application/json"]?.schema;
    return `<p>${quoted(status)}</p>${schema === undefined ? "" : code(schema)}`;
  });
  return `<article><h3><b>${quoted(method.toUpperCase())}</b> <code>${quoted(path)}</code></h3>
<p>${quoted(operation.summary ?? "")}</p><p>${quoted(operation.description ?? "")}</p>
${rows.length === 0 ? "" : `<table>${rows.join("")}</table>`}
${body === undefined ? "" : `<details><summary>Body</summary>${code(body)}</details>`}
<details><summary>Answers</summary>${answers.join("")}</details></article>`;
}

const code = (schema: object): string => {
  const reference = (schema as { $ref?: string }).$ref;
  if (reference !== undefined) {
    const name = quoted(reference.slice(reference.lastIndexOf("/") + 1));
    return `<a href="#schema-${name}">${name}</a>`;
  }
  return `<pre>${quoted(JSON.stringify(schema, null, 1))}</pre>`;
};

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const quoted = (text: string): string => text.replace(/[&<>"]/g, (sign) => ESCAPES[sign] ?? sign);

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#fff;color:#1c2733}
main{max-width:60rem;margin:auto;padding:1rem}h3 b{color:#0b5c8a}article{border-top:1px solid #ccd3da;padding:.25rem 0}
nav a{margin-right:1rem}pre{background:#f2f4f6;padding:.5rem;overflow:auto;font-size:13px}td{vertical-align:top;padding:.1rem .6rem .1rem 0}
td pre{margin:0;padding:0 .3rem}summary{cursor:pointer}`;
