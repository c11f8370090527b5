import { isAlias, isMap, isNode, isScalar, LineCounter, type Pair, parseDocument, visit } from "yaml";
import type { z } from "zod";
import { schemaFaults } from "./schema-faults.ts";

/** One thing wrong in a configuration file, and what would be right. Lines and columns count from 1. */
export interface Fault {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly what: string;
  readonly allowed: string | null;
  /** The rule it stands in. */
  readonly rule?: string;
  /** What a misspelt name was likely meant to be. */
  readonly near?: string;
}

export type Path = readonly PropertyKey[];

/** A YAML file that knows where each of its values stands. */
export interface YamlSource {
  readonly file: string;
  readonly value: unknown;
  readonly faults: readonly Fault[];
  at(path: Path, what: string, allowed?: string | null): Fault;
  /** The same at the key of the value. */
  atKey(path: Path, what: string, allowed?: string | null): Fault;
}

const MOST_ALIASES = 0;

export function readYaml(file: string, text: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    prettyErrors: false,
    version: "1.2",
  });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const broken = [...document.errors, ...document.warnings].map(
    ({ message, pos }): Fault => ({ file, ...place(pos[0]), what: message, allowed: null }),
  );
  visit(document, {
    Pair(_, { key }) {
      if (isScalar(key) || isAlias(key)) return;
      const offset = isNode(key) ? key.range?.[0] : undefined;
      broken.push({ file, ...place(offset ?? 0), what: "a key is a plain word", allowed: null });
    },
    Alias(_, node) {
      broken.push({
        file,
        ...place(node.range?.[0] ?? 0),
        what: "aliases (*name) are not read here",
        allowed: "the value itself",
      });
    },
  });
  const fault =
    (of: "key" | "value") =>
    (path: Path, what: string, allowed: string | null = null): Fault => ({
      file,
      ...place(offsetOf(document, path, of)),
      what: worded(path, what),
      allowed,
      ...ruleAt(document, path),
    });
  return {
    file,
    value: broken.length === 0 ? document.toJS({ maxAliasCount: MOST_ALIASES }) : null,
    faults: broken,
    at: fault("value"),
    atKey: fault("key"),
  };
}

/** The id of the rule a path leads into. */
function ruleAt(document: ReturnType<typeof parseDocument>, [list, i]: Path): { rule?: string } {
  const id: unknown = list === "rules" && typeof i === "number" ? document.getIn(["rules", i, "id"]) : null;
  return typeof id === "string" ? { rule: id } : {};
}

const worded = (path: Path, what: string): string =>
  path.length === 0 ? what : `${path.map(String).join(".")}: ${what}`;

/** Where the value of a path, or its key, begins; of a path that is not there, where its nearest parent does. */
function offsetOf(document: ReturnType<typeof parseDocument>, path: Path, of: "key" | "value"): number {
  for (let length = path.length; length > 0; length--) {
    const parent: unknown =
      length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find(
        (item: Pair) => String(isNode(item.key) ? item.key.toJSON() : item.key) === String(key),
      );
      const node = isNode(pair?.value) && length === path.length && of === "value" ? pair.value : pair?.key;
      if (isNode(node) && node.range) return node.range[0];
    }
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Holds a file against its schema; every issue becomes a fault with its place and what is allowed there. */
export function parseYaml<S extends z.ZodType>(source: YamlSource, schema: S): Parsed<z.output<S>> {
  if (source.faults.length > 0) return { ok: false, faults: source.faults };
  const result = schema.safeParse(source.value);
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, faults: schemaFaults(source, schema, result.error.issues) };
}
