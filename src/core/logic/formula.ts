import type { Leaf, Term } from "../../model/condition.ts";
import type { Rule } from "../../model/rule.ts";

export type Node =
  | { readonly kind: "leaf"; readonly at: number }
  | { readonly kind: "all" | "any"; readonly nodes: readonly Node[] }
  | { readonly kind: "not"; readonly node: Node };

/** The terms of a plan's steps: what is judged once, and how each step joins it. */
export interface Formula {
  readonly leaves: readonly FormulaLeaf[];
  /** By step; null = a step of another kind. */
  readonly raise: readonly (Node | null)[];
  /** By step: while this is true the step raises nothing. */
  readonly unless: readonly (Node | null)[];
}

export interface FormulaLeaf {
  readonly term: Leaf;
  readonly rule: Rule;
  /** Where it stands in its rule: `all.1`, `unless`. */
  readonly path: string;
}

/** Null when no step of the ladder has a term. */
export function formulaOf(rules: readonly Rule[]): Formula | null {
  const leaves: FormulaLeaf[] = [];
  const leaf = (term: Leaf, rule: Rule, path: string): Node => {
    leaves.push({ term, rule, path });
    return { kind: "leaf", at: leaves.length - 1 };
  };
  const node = (term: Term, rule: Rule, path: string): Node => {
    const inside = (step: string) => (path === "" ? step : `${path}.${step}`);
    switch (term.kind) {
      case "all":
      case "any":
        return {
          kind: term.kind,
          nodes: term.terms.map((each, i) => node(each, rule, inside(`${term.kind}.${i}`))),
        };
      case "not":
        return { kind: "not", node: node(term.term, rule, inside("not")) };
      default:
        return leaf(term, rule, path === "" ? "when" : path);
    }
  };
  const raise = rules.map((rule) => (rule.when.kind === "logic" ? node(rule.when.term, rule, "") : null));
  const unless = rules.map((rule) => (rule.unless === undefined ? null : node(rule.unless, rule, "unless")));
  return leaves.length === 0 ? null : { leaves, raise, unless };
}

/**
 * Three-valued logic, and a fourth value for what speaks of no point there is: it makes a conjunction say nothing,
 * and a disjunction do without it.
 */
export type Truth = "true" | "false" | "unknown" | "nothing";

export function truthOf(node: Node, leaves: readonly Truth[]): Truth {
  switch (node.kind) {
    case "leaf":
      return leaves[node.at] ?? "nothing";
    case "not": {
      const inner = truthOf(node.node, leaves);
      return inner === "true" ? "false" : inner === "false" ? "true" : inner;
    }
    case "all": {
      const all = node.nodes.map((each) => truthOf(each, leaves));
      return first(all, ["nothing", "false", "unknown"]) ?? "true";
    }
    case "any": {
      const all = node.nodes.map((each) => truthOf(each, leaves));
      return first(all, ["true", "unknown", "false"]) ?? "nothing";
    }
  }
}

const first = (all: readonly Truth[], order: readonly Truth[]): Truth | undefined =>
  order.find((truth) => all.includes(truth));

/** So many of these, or every one. */
export function countOf(all: readonly Truth[], atLeast: number | "every"): Truth {
  if (all.length === 0) return "nothing";
  const needed = atLeast === "every" ? all.length : atLeast;
  const sure = all.filter((truth) => truth === "true").length;
  const possible = sure + all.filter((truth) => truth === "unknown").length;
  return sure >= needed ? "true" : possible < needed ? "false" : "unknown";
}

/** Until it is known whether a step may rise, it may not. */
export const barredUnseen = ({ formula }: { readonly formula: Formula | null }): number =>
  formula?.unless.reduce((mask, node, i) => (node === null ? mask : mask | (1 << i)), 0) ?? 0;
