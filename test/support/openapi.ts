import type { Json } from "./web-client.ts";

/** Every operation of an OpenAPI document. */
export function operationsOf(document: Json): { method: string; path: string; operation: Json }[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods as object).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
}

/** What of a value does not fit a JSON Schema of the document, in words; the few keywords that ours have. */
export function faultsIn(value: Json, schema: Json, document: Json, at = ""): string[] {
  if (value === undefined) return [`${at}: no example`];
  if (schema.$ref !== undefined)
    return faultsIn(value, document.components.schemas[schema.$ref.split("/").at(-1)], document, at);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) {
    const tried = choices.map((one: Json) => faultsIn(value, one, document, at));
    return tried.some((faults: string[]) => faults.length === 0) ? [] : tried[0];
  }
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return [`${at}: ${value} is none of ${schema.enum}`];
  if (schema.const !== undefined && schema.const !== value) return [`${at}: ${value} is not ${schema.const}`];
  const types = [schema.type ?? []].flat() as string[];
  if (
    types.length > 0 &&
    !types.includes(typeOf(value)) &&
    !(types.includes("number") && typeof value === "number")
  )
    return [`${at}: ${JSON.stringify(value)} is no ${types.join()}`];
  if (
    schema.pattern !== undefined &&
    typeof value === "string" &&
    !new RegExp(schema.pattern, "u").test(value)
  )
    return [`${at}: ${value} is not like ${schema.pattern}`];
  if (Array.isArray(value))
    return value.flatMap((one, i) =>
      schema.items ? faultsIn(one, schema.items, document, `${at}/${i}`) : [],
    );
  if (typeOf(value) !== "object") return [];
  const missing = (schema.required ?? [])
    .filter((key: string) => !(key in value))
    .map((key: string) => `${at}/${key}: missing`);
  const known = Object.entries(schema.properties ?? {}).filter(([key]) => key in value);
  return [...missing, ...known.flatMap(([key, of]) => faultsIn(value[key], of, document, `${at}/${key}`))];
}

const typeOf = (value: Json): string =>
  value === null
    ? "null"
    : Array.isArray(value)
      ? "array"
      : Number.isInteger(value)
        ? "integer"
        : typeof value;
