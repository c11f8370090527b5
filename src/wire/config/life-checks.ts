import type { Rule } from "../../model/rule.ts";

/** What a rule says of its alarms' lives and can never come about: the key, why, and what it would need. */
export function lifeFaults(rule: Rule): { key: string; what: string; allowed: string }[] {
  const { worsens, because, when, ack, unless } = rule;
  const measured = when.kind === "high" || when.kind === "low" || when.kind === "lasting";
  return [
    ...(worsens !== undefined && !measured
      ? [
          {
            key: "worsens",
            what: "can never come about: no value is held against a limit",
            allowed: "high, low",
          },
        ]
      : []),
    ...(worsens !== undefined && ack === "none"
      ? [{ key: "worsens", what: "can never come about: nobody acknowledges it", allowed: "ack: required" }]
      : []),
    ...(because !== undefined && unless === undefined
      ? [{ key: "because", what: "says why of nothing: there is no unless", allowed: "with when.unless" }]
      : []),
  ];
}
