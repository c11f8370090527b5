import type { TransitionEntry } from "../../app/replay/deck.ts";
import type { Change, Compared, Occurrence } from "../../app/replay/difference.ts";
import type { Millis } from "../../model/time.ts";
import { iso } from "../../wire/time.ts";

/** `2026-03-01 08:00:00.000`, China Standard Time. */
const clock = (t: number): string => iso(t).slice(0, 23).replace("T", " ");

/** One transition as a line for people. */
export function transitionLine({ t, transition, alarm }: TransitionEntry): string {
  const { what } = transition;
  const value = measured(alarm.value, alarm.unit, alarm.limit);
  const quality = alarm.quality === "good" ? "" : ` (${alarm.quality})`;
  const late = alarm.retrospective ? ` 补传 ${clock(alarm.raisedAt)}` : "";
  return `${clock(t)}  ${what.padEnd(11)} ${alarm.level.padEnd(6)} ${alarm.rule.padEnd(8)} ${alarm.subject.id}  ${alarm.subject.name}  ${alarm.title}${value}${quality}${late}`;
}

function measured(value: number | null, unit: string | null, limit: number | null): string {
  if (value === null) return "";
  const of = limit === null ? "" : ` / ${limit}`;
  return `  ${value}${of}${unit === null ? "" : ` ${unit}`}`;
}

const SIGNS: Readonly<Record<Change["what"], string>> = {
  added: "+",
  lost: "-",
  earlier: "<",
  later: ">",
  higher: "^",
  lower: "v",
};
const KINDS = Object.keys(SIGNS) as Change["what"][];

/** By rule what other rules would have told, then how much it is in all. */
export function comparedLines({ changes, same }: Compared): string[] {
  const rules = new Map<string, Change[]>();
  for (const change of changes) {
    const name = `${change.one.rule}  ${change.one.title}`;
    rules.set(name, [...(rules.get(name) ?? []), change]);
  }
  const byRule = [...rules].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...byRule.flatMap(([name, own]) => [
      `${name}: ${counted(own)}`,
      ...own.map((one) => `  ${changeLine(one)}`),
    ]),
    `${changes.length === 0 ? "no difference" : counted(changes)}; ${same} the same`,
  ];
}

function counted(changes: readonly Change[]): string {
  const counts = countsOf(changes);
  return KINDS.filter((kind) => counts[kind] > 0)
    .map((kind) => `${counts[kind]} ${kind}`)
    .join(", ");
}

export function countsOf(changes: readonly Change[]): Record<Change["what"], number> {
  const counts = { added: 0, lost: 0, earlier: 0, later: 0, higher: 0, lower: 0 };
  for (const { what } of changes) counts[what]++;
  return counts;
}

function changeLine(change: Change): string {
  const { what, one } = change;
  const how =
    "by" in change
      ? `${length(change.by)} (was ${clock(change.was.told)})`
      : "was" in change
        ? `${one.level} instead of ${change.was.level}`
        : lasted(one);
  const value = measured(one.value, one.unit, one.limit);
  return `${SIGNS[what]} ${what.padEnd(7)} ${clock(one.told)}  ${one.level.padEnd(6)} ${one.subject}  ${one.name}${value}  ${how}`;
}

const lasted = ({ raisedAt, over }: Occurrence): string =>
  over === null ? "open at the end" : `for ${length(over - raisedAt)}`;

/** `12.0 s`, `4 min 12 s`, `3 h 05 min`. */
export function length(ms: Millis): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${(ms / 1_000).toFixed(1)} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${String(Math.floor((seconds % 3_600) / 60)).padStart(2, "0")} min`;
}
