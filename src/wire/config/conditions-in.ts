import type { LimitCondition } from "../../model/condition.ts";
import type { Condition } from "../../model/rule.ts";

/** A limit somewhere in a condition, and the sensor types it is about where the condition says so. */
export interface LimitPart {
  readonly limit: LimitCondition;
  /** Null: the types of the rule. */
  readonly types: readonly string[] | null;
}

/** Every value held against a limit in a condition, however deep; a form that is added later is walked too. */
export function limitsIn(when: Condition): LimitPart[] {
  return partsOf(when, null);
}

function partsOf(node: unknown, types: readonly string[] | null): LimitPart[] {
  if (Array.isArray(node)) return node.flatMap((inner) => partsOf(inner, types));
  if (typeof node !== "object" || node === null) return [];
  if (isLimit(node)) return [{ limit: node, types }];
  const named = selected(node) ?? types;
  return Object.values(node).flatMap((inner) => partsOf(inner, named));
}

const isLimit = (node: object): node is LimitCondition =>
  "kind" in node && (node.kind === "high" || node.kind === "low") && "limit" in node && "clear" in node;

/** A part about other points names their types itself. */
function selected(node: object): readonly string[] | null {
  const of: unknown = "of" in node ? node.of : null;
  if (typeof of !== "object" || of === null || !("types" in of) || !Array.isArray(of.types)) return null;
  return of.types.length === 0 ? null : (of.types as string[]);
}

/** Every switch word a condition waits for. */
export function wordsIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(wordsIn);
  if (typeof node !== "object" || node === null) return [];
  const kind = "kind" in node ? node.kind : null;
  if (kind === "state" && "is" in node && Array.isArray(node.is)) return node.is as string[];
  if (kind === "set" && "all" in node && Array.isArray(node.all)) return node.all as string[];
  return Object.values(node).flatMap(wordsIn);
}

/** Every rule or ladder of whose alarms a condition speaks by name. */
export function alarmsIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(alarmsIn);
  if (typeof node !== "object" || node === null) return [];
  const { kind, by, is } = node as { kind?: unknown; by?: unknown; is?: unknown };
  if ((kind === "open" || (kind === "alarms" && by !== "class")) && typeof is === "string") return [is];
  return Object.values(node).flatMap(alarmsIn);
}
