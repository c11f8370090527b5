import { Environment } from "@marcbachmann/cel-js";

/** The expression with numbers for its names; null = it could not be told. */
export type Evaluate = (values: Readonly<Record<string, number>>) => boolean | null;

export type Compiled = { readonly ok: true; readonly evaluate: Evaluate } | Refused;

interface Refused {
  readonly ok: false;
  readonly why: string;
  /** What to write instead. */
  readonly allowed: string;
}

/** No rule needs more; a longer one is several rules. */
const LIMITS = {
  maxAstNodes: 100,
  maxDepth: 20,
  maxListElements: 8,
  maxMapEntries: 8,
  maxCallArguments: 8,
};

/** Numbers, comparisons and their joining. No call is among them: neither `matches`, which a pattern can stall, nor any other. */
const OPERATORS = new Set([
  ...["id", "value", "&&", "||", "!_", "-_", "?:"],
  ...["<", "<=", ">", ">=", "==", "!=", "+", "-", "*", "/"],
]);

/** A CEL expression over names that all stand for decimal numbers, checked for its types, and ready to be asked. */
export function compileExpression(source: string, names: readonly string[]): Compiled {
  const environment = new Environment({ limits: LIMITS });
  for (const name of names) environment.registerVariable(name, "double");
  try {
    const parsed = environment.parse(source);
    const stranger = strangerIn(parsed.ast);
    if (stranger !== null) return refused(`an expression has no ${stranger}`);
    const { valid, type, error } = parsed.check();
    if (!valid) return refused(firstLine(error?.message ?? "its types do not fit"));
    if (String(type) !== "bool") return refused(`it is a ${type}, not true or false`);
    return { ok: true, evaluate: asking(parsed) };
  } catch (error) {
    return refused(firstLine(error instanceof Error ? error.message : String(error)));
  }
}

/** What an engine is given: expressions of a loaded configuration have been checked. */
export function evaluator(source: string, names: readonly string[]): Evaluate {
  const compiled = compileExpression(source, names);
  if (!compiled.ok)
    throw new Error(`must hold: an expression was checked when it was loaded: ${compiled.why}`);
  return compiled.evaluate;
}

const asking =
  (parsed: (context: Record<string, unknown>) => unknown): Evaluate =>
  (values) => {
    try {
      const said = parsed({ ...values });
      return typeof said === "boolean" ? said : null;
    } catch {
      return null;
    }
  };

const refused = (why: string): Refused => ({
  ok: false,
  why,
  allowed: "names of `with`, decimals as 1.0, + - * / < <= > >= == != && || ! ?:",
});

const firstLine = (text: string): string => text.split("\n")[0] ?? text;

/** The first thing in a parsed expression that is more than arithmetic, comparison and logic. */
function strangerIn(node: unknown): string | null {
  if (Array.isArray(node)) return node.map(strangerIn).find((found) => found !== null) ?? null;
  if (typeof node !== "object" || node === null || !("op" in node)) return null;
  const { op, args } = node as { op: string; args: unknown };
  if (!OPERATORS.has(op)) return op === "call" || op === "rcall" ? `call (${String([args].flat()[0])})` : op;
  return op === "id" || op === "value" ? null : strangerIn(args);
}
