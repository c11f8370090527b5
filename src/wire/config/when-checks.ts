import type { RuleEntry } from "./rule-file.ts";
import type { LimitForm } from "./when-limit.ts";
import type { Fault, Path, YamlSource } from "./yaml-source.ts";

/** What is wrong with a condition although each of its words is right. */
export function whenFaults(source: YamlSource, path: Path, when: RuleEntry["when"]): Fault[] {
  if ("lasting" in when) return limitFaults(source, [...path, "lasting"], when.lasting);
  if ("people" in when) return [];
  return "high" in when || "low" in when || "above" in when || "below" in when
    ? limitFaults(source, path, when)
    : [];
}

/** A release on the far side of the limit would end an alarm that still stands. */
function limitFaults(source: YamlSource, path: Path, form: LimitForm): Fault[] {
  const upper = "high" in form ? form.high : "above" in form ? form.above : null;
  const lower = "low" in form ? form.low : "below" in form ? form.below : null;
  const { clear } = form;
  if (typeof clear !== "number") return [];
  if (typeof upper === "number" && clear > upper) {
    return [source.at([...path, "clear"], "releases above the limit it raises at", `at most ${upper}`)];
  }
  if (typeof lower === "number" && clear < lower) {
    return [source.at([...path, "clear"], "releases below the limit it raises at", `at least ${lower}`)];
  }
  return [];
}
