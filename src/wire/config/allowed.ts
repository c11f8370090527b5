import { z } from "zod";

/** The schemas that may hold at a path: one, or each form of a union. */
export function schemasAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType[] {
  return path.reduce<z.ZodType[]>((at, step) => at.flatMap((one) => child(one, step)), forms(schema));
}

/** The keys an object knows at a path, for the fault that names an unknown one. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  return [...new Set(schemasAt(schema, path).flatMap(keysOf))];
}

export const keysOf = (schema: z.ZodType): string[] =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];

/** The words a key that tells forms apart may have. */
export function wordsOf(schemas: readonly z.ZodType[], key: string): string[] {
  return schemas.flatMap((schema) => {
    const word = schema instanceof z.ZodObject ? schema.shape[key] : undefined;
    return word instanceof z.ZodLiteral ? [...word.values].map(String) : [];
  });
}

function child(schema: z.ZodType, step: PropertyKey): z.ZodType[] {
  if (schema instanceof z.ZodObject) return next(schema.shape[String(step)]);
  if (schema instanceof z.ZodArray) return next(schema.element);
  if (schema instanceof z.ZodRecord) return next(schema.valueType);
  return [];
}

const next = (schema: unknown): z.ZodType[] => (schema instanceof z.ZodType ? forms(schema) : []);

/** Without the wrappers that change neither keys nor elements; a union as its forms. */
function forms(schema: z.ZodType): z.ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable)
    return next(schema.unwrap());
  if (schema instanceof z.ZodLazy) return next(schema.unwrap());
  if (schema instanceof z.ZodPipe) return next(schema.in);
  return schema instanceof z.ZodUnion ? schema.options.flatMap(next) : [schema];
}
