import {
  type Amount,
  FOLDS,
  type PointCondition,
  type PointTerm,
  type Selector,
  type Term,
  type WindowCondition,
} from "../../model/condition.ts";
import { STATE } from "../../model/reading.ts";
import { limitCondition } from "./when-limit.ts";
import type { LogicForm, PartForm, TermForm } from "./when-logic.ts";

/** What the parts of a condition take from its rule. */
export interface TermContext {
  /** A type's code, or all types of a group. */
  types(name: string): readonly string[];
  /** A location class, or all classes of a group. */
  places(name: string): readonly string[];
  /** Sensor types of the rule. */
  readonly own: readonly string[];
  /** Where an alarm of a rule or ladder is looked for when nothing says so. */
  near(name: string): "self" | "mine";
}

export function termOf(form: TermForm | LogicForm, context: TermContext): Term {
  if ("all" in form) return { kind: "all", terms: form.all.map((each) => termOf(each, context)) };
  if ("any" in form) return { kind: "any", terms: form.any.map((each) => termOf(each, context)) };
  if ("not" in form) return { kind: "not", term: termOf(form.not, context) };
  if ("hours" in form) return hoursOf(form.hours);
  if ("alarms" in form) return alarmsOf(form);
  if ("open" in form) {
    return { kind: "open", is: form.open, for: form.for, near: form.near ?? context.near(form.open) };
  }
  if ("cel" in form) return expressionOf(form, context);
  return groupOf(form, context) ?? pointTerm(form as PointForm, context);
}

type PointForm = Extract<PartForm, { readonly of?: unknown }> | Exclude<LogicForm, { readonly all: unknown }>;

function hoursOf(text: string): Term {
  const [from = "", to = ""] = text.split("-");
  const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  return { kind: "hours", from: minutes(from), to: minutes(to) };
}

function alarmsOf(form: Extract<PartForm, { readonly alarms: unknown }>): Term {
  const { alarms, atLeast } = form;
  const [by, is]: ["ladder" | "rule" | "class", string] =
    "ladder" in alarms
      ? ["ladder", alarms.ladder]
      : "rule" in alarms
        ? ["rule", alarms.rule]
        : ["class", alarms.class];
  return { kind: "alarms", by, is, level: alarms.level ?? "none", atLeast, clear: form.clear ?? atLeast };
}

function expressionOf(form: Extract<PartForm, { readonly cel: unknown }>, context: TermContext): Term {
  const inputs = Object.entries(form.with).map(([name, { take, ...points }]) => ({
    name,
    fold: take,
    of: points.near === "self" ? null : selectorOf(points, context),
  }));
  return { kind: "expression", source: form.cel, inputs };
}

function groupOf(form: object, context: TermContext): Term | null {
  for (const fold of FOLDS) {
    if (!(fold in form)) continue;
    const group = (form as Record<typeof fold, Extract<PartForm, { readonly sum: unknown }>["sum"]>)[fold];
    return { kind: "group", fold, of: selectorOf(group, context), limit: limitCondition(group) };
  }
  return null;
}

interface PointsForm {
  readonly type?: readonly string[] | undefined;
  readonly loc?: readonly string[] | undefined;
  readonly system?: readonly string[] | undefined;
  readonly near: Selector["near"];
  readonly others: boolean;
}

function selectorOf({ type, loc, system, near, others }: PointsForm, context: TermContext): Selector {
  const types = type === undefined ? context.own : [...new Set(type.flatMap(context.types))];
  const locs = [...new Set((loc ?? []).flatMap(context.places))];
  return { types, locs, systems: system ?? [], near, others };
}

/** A condition on points as a part: of the judged one, unless it says of which. */
function pointTerm(form: PointForm, context: TermContext): PointTerm {
  const of = "of" in form ? form.of : undefined;
  return {
    kind: "point",
    is: pointCondition(form),
    of: of === undefined ? null : selectorOf(of, context),
    atLeast: of?.every === true ? "every" : (of?.atLeast ?? 1),
    remember: ("remember" in form ? form.remember : undefined) ?? 0,
  };
}

function pointCondition(form: PointForm): PointCondition {
  if ("high" in form || "low" in form || "above" in form || "below" in form) return limitCondition(form);
  if ("bits" in form) return { kind: "bits", mask: form.bits.reduce((mask, bit) => mask | STATE[bit], 0) };
  if ("state" in form) return { kind: "state", is: form.state };
  return windowCondition(form as WindowForm);
}

type WindowForm = Extract<
  LogicForm,
  | { readonly rise: unknown }
  | { readonly fall: unknown }
  | { readonly mean: unknown }
  | { readonly flat: unknown }
  | { readonly repeats: unknown }
  | { readonly jump: unknown }
>;

function windowCondition(form: WindowForm): WindowCondition {
  if ("rise" in form) return { kind: "rise", by: form.rise, within: form.within, clear: form.clear ?? null };
  if ("fall" in form) return { kind: "fall", by: form.fall, within: form.within, clear: form.clear ?? null };
  if ("repeats" in form) return { kind: "repeats", for: form.repeats, after: form.after };
  if ("jump" in form) return { kind: "jump", by: form.jump };
  if ("mean" in form) {
    const { mean } = form;
    const [side, limit]: ["high" | "low", Amount] =
      "above" in mean ? ["high", mean.above] : ["low", mean.below];
    return { kind: "mean", side, limit, clear: mean.clear ?? limit, of: mean.of };
  }
  return {
    kind: "flat",
    for: form.flat,
    step: form.step,
    from: form.from ?? null,
    lively: form.lively ?? null,
  };
}

/** A condition on one point that is judged of a set or a mine: of any of its points. */
export const ofAnyPoint = (is: PointCondition): PointTerm => ({
  kind: "point",
  is,
  of: null,
  atLeast: 1,
  remember: 0,
});
