import { z } from "zod";

/** The keys an object schema knows at a path, for the fault that names an unknown one. */
export function allowedAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: z.ZodType | null = bare(schema);
  for (const step of path) at = at === null ? null : child(at, step);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function child(schema: z.ZodType, step: PropertyKey): z.ZodType | null {
  if (schema instanceof z.ZodObject) return next(schema.shape[String(step)]);
  if (schema instanceof z.ZodArray) return next(schema.element as z.ZodType);
  if (schema instanceof z.ZodRecord) return next(schema.valueType as z.ZodType);
  return null;
}

const next = (schema: unknown): z.ZodType | null => (schema instanceof z.ZodType ? bare(schema) : null);

/** Without the wrappers that change neither keys nor elements. */
function bare(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable) {
    return bare(schema.unwrap() as z.ZodType);
  }
  return schema instanceof z.ZodPipe ? bare(schema.in as z.ZodType) : schema;
}
