import type { Fault } from "./yaml-source.ts";

/** `rules/methane.yaml:12:5 CH4-01: what; did you mean …? (allowed: …)`; `file` where it is named otherwise. */
export function faultWords(fault: Fault, file = fault.file): string {
  const { line, column, rule, what, near, allowed } = fault;
  const of = rule === undefined ? "" : `${rule}: `;
  const guess = near === undefined ? "" : `; did you mean ${near}?`;
  return `${file}:${line}:${column} ${of}${what}${guess}${allowed === null ? "" : ` (allowed: ${allowed})`}`;
}
