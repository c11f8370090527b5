import type { z } from "zod";

/**
 * A boolean check written from a zod schema: the schema stays the only source, and a message costs a tenth of
 * what `safeParse` costs (zod words the error when the check says no). null where a schema holds a node this file
 * does not know, or where the platform forbids code from text: the caller then asks zod itself.
 * `_zod.def` is zod's inside; a property test holds check ≡ safeParse.
 */
export function generateCheck(schema: z.ZodType): ((value: unknown) => boolean) | null {
  const constants: unknown[] = [];
  try {
    const test = expression(schema, "x", { constants, names: 0 });
    const make = new Function("k", "points", `"use strict"; return (x) => ${test};`);
    return make(constants, codePoints);
  } catch (error) {
    if (error instanceof UnknownNode || error instanceof EvalError) return null;
    throw error;
  }
}

/** The check, or zod itself where it cannot be generated. Made at the first use: a browser reads schemas, not packets. */
export function checkOf(schema: z.ZodType): (value: unknown) => boolean {
  let check: ((value: unknown) => boolean) | null = null;
  return (value) => {
    check ??= generateCheck(schema) ?? ((other) => schema.safeParse(other).success);
    return check(value);
  };
}

class UnknownNode extends Error {}

interface Writing {
  readonly constants: unknown[];
  names: number;
}

interface Definition {
  readonly type: string;
  readonly check?: string;
  readonly format?: string;
  readonly checks?: readonly { readonly _zod: { readonly def: CheckDefinition } }[];
  readonly coerce?: boolean;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly catchall?: unknown;
  readonly element?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly values?: readonly unknown[];
  readonly entries?: Readonly<Record<string, unknown>>;
}

interface CheckDefinition {
  readonly check: string;
  readonly format?: string;
  readonly pattern?: RegExp;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly value?: unknown;
  readonly inclusive?: boolean;
}

const definition = (schema: z.ZodType): Definition => schema._zod.def as unknown as Definition;

function expression(schema: z.ZodType, value: string, writing: Writing): string {
  const def = definition(schema);
  if (def.coerce === true) throw new UnknownNode("coerce");
  return all([
    kindTest(def, value, writing),
    ...(def.checks ?? []).map((c) => checkTest(c._zod.def, value, writing)),
  ]);
}

function kindTest(def: Definition, value: string, writing: Writing): string {
  switch (def.type) {
    case "unknown":
      return "true";
    case "null":
      return `${value} === null`;
    case "boolean":
      return `typeof ${value} === "boolean"`;
    case "string":
      if (def.check !== undefined) throw new UnknownNode(`string ${def.format}`);
      return `typeof ${value} === "string"`;
    case "number":
      return numberTest(def, value);
    case "literal":
      return any((def.values ?? []).map((one) => `${value} === ${constant(one, writing)}`));
    case "enum":
      return any(Object.values(def.entries ?? {}).map((one) => `${value} === ${constant(one, writing)}`));
    case "optional":
      return any([`${value} === undefined`, expression(part(def.innerType), value, writing)]);
    case "union":
      return any((def.options ?? []).map((option) => expression(option, value, writing)));
    case "array":
      return arrayTest(part(def.element), value, writing);
    case "object":
      return objectTest(def, value, writing);
    default:
      throw new UnknownNode(def.type);
  }
}

function numberTest(def: Definition, value: string): string {
  // zod refuses NaN and the infinities, and its `int` means a safe integer.
  if (def.check === undefined) return `Number.isFinite(${value})`;
  if (def.format === "safeint") return `Number.isSafeInteger(${value})`;
  throw new UnknownNode(`number ${def.format}`);
}

function arrayTest(element: z.ZodType, value: string, writing: Writing): string {
  const one = name(writing);
  return `Array.isArray(${value}) && ${value}.every((${one}) => ${expression(element, one, writing)})`;
}

function objectTest(def: Definition, value: string, writing: Writing): string {
  if (def.catchall !== undefined) throw new UnknownNode("catchall");
  const fields = Object.entries(def.shape ?? {}).flatMap(([key, schema]) => {
    const field = name(writing);
    const test = `((${field}) => ${expression(schema, field, writing)})(${value}[${JSON.stringify(key)}])`;
    // Anything but absence satisfies `unknown`.
    const present = definition(schema).type === "unknown" ? [`${JSON.stringify(key)} in ${value}`] : [];
    return [...present, test];
  });
  return all([`typeof ${value} === "object" && ${value} !== null && !Array.isArray(${value})`, ...fields]);
}

function checkTest(def: CheckDefinition, value: string, writing: Writing): string {
  switch (def.check) {
    case "string_format":
      return patternTest(def, value, writing);
    case "greater_than":
      return `${value} ${def.inclusive === true ? ">=" : ">"} ${bound(def.value)}`;
    case "less_than":
      return `${value} ${def.inclusive === true ? "<=" : "<"} ${bound(def.value)}`;
    // zod counts a string's length in code points.
    case "min_length":
      return `points(${value}) >= ${bound(def.minimum)}`;
    case "max_length":
      return `points(${value}) <= ${bound(def.maximum)}`;
    default:
      throw new UnknownNode(def.check);
  }
}

function patternTest(def: CheckDefinition, value: string, writing: Writing): string {
  const { format, pattern } = def;
  if (format !== "regex" || pattern === undefined || pattern.global || pattern.sticky) {
    throw new UnknownNode(`string ${format}`);
  }
  return `${constant(pattern, writing)}.test(${value})`;
}

function codePoints(value: string | readonly unknown[]): number {
  if (typeof value !== "string") return value.length;
  let points = 0;
  for (const _ of value) points++;
  return points;
}

function constant(value: unknown, writing: Writing): string {
  writing.constants.push(value);
  return `k[${writing.constants.length - 1}]`;
}

function bound(value: unknown): string {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new UnknownNode(`bound ${String(value)}`);
  return String(value);
}

function part(schema: z.ZodType | undefined): z.ZodType {
  if (schema === undefined) throw new UnknownNode("part");
  return schema;
}

const name = (writing: Writing): string => `v${writing.names++}`;
const all = (tests: readonly string[]): string => `(${tests.join(" && ")})`;
const any = (tests: readonly string[]): string => (tests.length === 0 ? "false" : `(${tests.join(" || ")})`);
