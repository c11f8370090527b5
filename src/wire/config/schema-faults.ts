import type { z } from "zod";
import { keysAt, keysOf, schemasAt, wordsOf } from "./allowed.ts";
import { nearest } from "./near.ts";
import type { Fault, Path, YamlSource } from "./yaml-source.ts";

type Issue = z.core.$ZodIssue;

/** One thing a schema has against a file, before what only echoes another is left out. */
interface Draft {
  readonly fault: Fault;
  readonly path: Path;
  readonly missing: boolean;
}

/** What a schema has against a file, each with its place, what is allowed there and what was likely meant. */
export function schemaFaults(source: YamlSource, schema: z.ZodType, issues: readonly Issue[]): Fault[] {
  const drafts = issues.flatMap((issue) => draftsOf({ source, schema }, issue, []));
  return drafts.filter((draft) => !isEcho(draft, drafts)).map(({ fault }) => fault);
}

/** A key that is missing because it is misspelt is told of once, by its misspelling. */
function isEcho({ missing, path }: Draft, all: readonly Draft[]): boolean {
  const parent = JSON.stringify(path.slice(0, -1));
  const key = String(path.at(-1));
  return (
    missing &&
    all.some(({ fault, path: other }) => fault.near === key && JSON.stringify(other.slice(0, -1)) === parent)
  );
}

interface File {
  readonly source: YamlSource;
  readonly schema: z.ZodType;
}

function draftsOf(file: File, issue: Issue, at: Path): Draft[] {
  const { source, schema } = file;
  const path = [...at, ...issue.path];
  const draft = (fault: Fault): Draft => ({ fault, path, missing: false });
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(schema, path);
    return issue.keys.map((key) => unknownKey(source, [...path, key], known));
  }
  if (valueAt(source.value, path) === undefined)
    return [{ fault: source.at(path, "is missing", expected(issue)), path, missing: true }];
  switch (issue.code) {
    case "invalid_value": {
      const words = issue.values.map(String);
      return [draft(misspelt(source, path, words))];
    }
    case "invalid_union":
      return unionDrafts(file, issue, path);
    default:
      return [draft(source.at(path, issue.message, null))];
  }
}

const unknownKey = (source: YamlSource, path: Path, known: readonly string[]): Draft => ({
  fault: meant(source.atKey(path, "unknown key", `one of ${known.join(", ")}`), String(path.at(-1)), known),
  path,
  missing: false,
});

const misspelt = (source: YamlSource, path: Path, words: readonly string[]): Fault =>
  meant(
    source.at(path, "not an allowed value", words.join(", ")),
    String(valueAt(source.value, path)),
    words,
  );

/** The fault with what was likely meant. */
export function meant(fault: Fault, word: string, known: Iterable<string>): Fault {
  const near = nearest(word, known);
  return near === null ? fault : { ...fault, near };
}

/** Of the forms of a union the one that was likely meant is held against what is there. */
function unionDrafts(file: File, issue: z.core.$ZodIssueInvalidUnion, path: Path): Draft[] {
  const { source, schema } = file;
  const value = valueAt(source.value, path);
  if (issue.errors.length === 0) {
    const words = wordsOf(schemasAt(schema, path.slice(0, -1)), String(path.at(-1)));
    return [{ fault: misspelt(source, path, words), path, missing: false }];
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return scalarDrafts(file, issue, path);
  const keys = Object.keys(value);
  const known = keysAt(schema, path);
  const strange = keys.filter((key) => !known.includes(key));
  if (strange.length > 0) return strange.map((key) => unknownKey(source, [...path, key], known));
  const fitting = issue.errors.filter((errors) => !errors.some((one) => isOfAnotherForm(one)));
  const [best] = [...fitting].sort((a, b) => weight(a) - weight(b));
  if (best !== undefined) return best.flatMap((one) => draftsOf(file, one, path));
  const forms = schemasAt(schema, path)
    .map(keysOf)
    .filter((form) => keys.some((key) => form.includes(key)));
  const allowed = forms.map((form) => form.join(" + ")).join("; ");
  return [
    { fault: source.at(path, `${keys.join(" and ")} do not go together`, allowed), path, missing: false },
  ];
}

/** The form does not have the keys that are there, or is no object at all, a single word for one. */
const isOfAnotherForm = ({ code, path }: Issue): boolean =>
  path.length === 0 && (code === "unrecognized_keys" || code === "invalid_type" || code === "invalid_value");

/** Wrong values lie deeper than missing keys: a form with all its keys is the likelier one. */
const weight = (errors: readonly Issue[]): number =>
  errors.reduce((sum, { path, code }) => sum + (path.length <= 1 && code !== "invalid_value" ? 2 : 1), 0);

function scalarDrafts(file: File, issue: z.core.$ZodIssueInvalidUnion, path: Path): Draft[] {
  const { source } = file;
  const own = issue.errors.map((errors) => errors.filter((one) => one.path.length === 0));
  const inner = issue.errors.filter((errors) => errors.every((one) => one.path.length > 0));
  const [list] = inner;
  // A list whose elements are wrong is told of element by element.
  if (list !== undefined) return list.flatMap((one) => draftsOf(file, one, path));
  const words = own.flat().flatMap((one) => (one.code === "invalid_value" ? one.values.map(String) : []));
  const others = own.flat().flatMap((one) => (one.code === "invalid_value" ? [] : [asked(one)]));
  const allowed = [...new Set([...others, ...words])].join(", ");
  const fault = source.at(path, "not an allowed value", allowed);
  return [{ fault: meant(fault, String(valueAt(source.value, path)), words), path, missing: false }];
}

const asked = (issue: Issue): string =>
  issue.code === "invalid_type" ? `a ${issue.expected}` : issue.message;

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (inner, key) => (inner === null || inner === undefined ? undefined : Reflect.get(Object(inner), key)),
    value,
  );

function expected(issue: Issue): string | null {
  if (issue.code === "invalid_value") return issue.values.map(String).join(", ");
  return issue.code === "invalid_type" ? issue.expected : null;
}
