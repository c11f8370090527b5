/** A JSON Schema as the document carries it; only what an example needs. */
interface Schema {
  readonly $ref?: string;
  readonly example?: unknown;
  readonly examples?: readonly unknown[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly description?: string;
  readonly default?: unknown;
}
type Schemas = Readonly<Record<string, Schema>>;

interface Body {
  readonly content?: Record<string, { schema?: Schema; example?: unknown }>;
}
interface Operation {
  readonly requestBody?: Body;
  readonly responses?: Readonly<Record<string, Body>>;
}

/** An example to every body and answer of the document: written ones where there are, else made of the schema. */
export function withExamples<T>(document: T): T {
  const { paths = {}, components } = document as {
    paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
    components?: { schemas?: Schemas };
  };
  const schemas = components?.schemas ?? {};
  for (const methods of Object.values(paths)) {
    for (const { requestBody, responses = {} } of Object.values(methods)) {
      for (const body of [requestBody, ...Object.values(responses)]) {
        for (const media of Object.values(body?.content ?? {})) {
          if (media.schema !== undefined) media.example ??= exampleOf(media.schema, schemas, "", 0);
        }
      }
    }
  }
  return document;
}

const DEEPEST = 12;

function exampleOf(schema: Schema, schemas: Schemas, name: string, depth: number): unknown {
  if (depth > DEEPEST) return null;
  const written = schema.example ?? schema.examples?.[0] ?? schema.const ?? schema.enum?.[0];
  if (written !== undefined) return written;
  if (schema.$ref !== undefined) {
    const named = schemas[schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1)];
    return named === undefined ? null : exampleOf(named, schemas, name, depth + 1);
  }
  const choice = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (choice !== undefined) {
    const one = choice.find(({ type }) => type !== "null") ?? {};
    return exampleOf(one, schemas, name, depth + 1);
  }
  const type = typeof schema.type === "string" ? schema.type : schema.type?.find((each) => each !== "null");
  switch (type) {
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, of]) => [
          key,
          exampleOf(of, schemas, key, depth + 1),
        ]),
      );
    case "array":
      return schema.items === undefined ? [] : [exampleOf(schema.items, schemas, name, depth + 1)];
    case "string":
      return textFor(name, schema.description ?? "");
    case "integer":
    case "number":
      return Math.max(NUMBERS[name] ?? 1, schema.minimum ?? 0, (schema.exclusiveMinimum ?? -1) + 1);
    case "boolean":
      return true;
    default:
      return {};
  }
}

const NUMBERS: Readonly<Record<string, number>> = {
  seq: 1234,
  asOf: 1234,
  value: 1.62,
  limit: 1.5,
  share: 0.5,
  status: 400,
};

const TEXTS: Readonly<Record<string, string>> = {
  mine: "520523017311",
  mines: "520523017311",
  mineName: "示例一矿",
  code: "HAND-CH4",
  id: "ABCDEFGHIJKLMNOPQRSTUVWXY2",
  alarm: "ABCDEFGHIJKLMNOPQRSTUVWXY2",
  case: "ABCDEFGHIJKLMNOPQRSTUVWXY2",
  step: "ABCDEFGHIJKLMNOPQRSTUVWXY2#2",
  system: "safety",
  point: "520523017311:safety:HAND-CH4",
  type: "0001",
  rule: "CH4-04",
  ladder: "CH4",
  unit: "%CH4",
  day: "2026-02-07",
  shift: "night",
  place: "1101采煤工作面T1",
  user: "duty",
  by: "duty",
  person: "duty",
  title: "甲烷达到断电值",
  titleEn: "Methane at the cut limit",
  basis: "《煤矿安全规程》(2025) 第536条",
};

function textFor(name: string, description: string): string {
  if (description.includes("ISO 8601")) return "2026-02-07T12:00:00.000+08:00";
  return TEXTS[name] ?? name;
}
