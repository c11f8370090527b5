import { levelRank } from "../../src/model/rule.ts";
import { type Instant, MINUTE, SECOND } from "../../src/model/time.ts";
import { iso } from "../../src/wire/time.ts";
import type { DayAlarm } from "./alarms.ts";
import type { Outcome } from "./danger.ts";
import type { DayCounts } from "./day.ts";

export interface Totals {
  readonly raised: number;
  readonly desk: number;
  readonly red: number;
}

const totals = (alarms: readonly DayAlarm[]): Totals => ({
  raised: alarms.length,
  desk: alarms.filter(({ desk }) => desk).length,
  red: alarms.filter(({ desk, level }) => desk && level === "red").length,
});

export interface DayResult {
  readonly alarms: readonly DayAlarm[];
  /** Those that no planted danger explains. */
  readonly everyday: readonly DayAlarm[];
  readonly outcomes: readonly Outcome[];
  readonly counts: DayCounts;
}

export const DESK_MOST = 300;
export const RED_MOST = 10;

/** The desk's bound is for all that it sees, the dangers included; the other for what is red without a danger. */
export const summary = ({ alarms, everyday, outcomes }: DayResult) => ({
  desk: totals(alarms).desk,
  red: totals(everyday).red,
  missed: outcomes
    .filter(({ missed }) => missed !== null)
    .map(({ danger, missed }) => `${danger.id}: ${missed}`),
});

/** The table by rule, the dangers with their delays, and the verdict on the bounds. */
export function report(result: DayResult): string {
  const { counts, outcomes } = result;
  const { desk, red, missed } = summary(result);
  const all = totals(result.alarms);
  const everyday = totals(result.everyday);
  return [
    `${counts.readings} readings in ${counts.messages} messages, ${counts.rejected} of them rejected`,
    "",
    ...ruleTable(result.alarms),
    "",
    ...outcomes.map(outcomeLine),
    "",
    `with the dangers: raised ${all.raised}, on the desk ${desk} (bound ${DESK_MOST}), red ${all.red}`,
    `the normal day alone: raised ${everyday.raised}, on the desk ${everyday.desk}, red ${red} (bound ${RED_MOST})`,
    `dangers raised in time ${outcomes.length - missed.length} of ${outcomes.length}`,
  ].join("\n");
}

function ruleTable(alarms: readonly DayAlarm[]): string[] {
  const byRule = new Map<string, DayAlarm[]>();
  for (const one of alarms) byRule.set(one.rule, [...(byRule.get(one.rule) ?? []), one]);
  const rows = [...byRule].sort(([a], [b]) => (a < b ? -1 : 1));
  const line = (
    rule: string,
    level: string,
    { raised, desk, red }: Record<keyof Totals, number | string>,
    title: string,
  ) =>
    `${rule.padEnd(10)} ${level.padEnd(7)} ${String(raised).padStart(7)} ${String(desk).padStart(8)} ${String(red).padStart(5)}  ${title}`;
  return [
    line("rule", "level", { raised: "raised", desk: "on desk", red: "red" }, ""),
    ...rows.map(([rule, own]) => {
      const top = own.reduce((most, one) => (levelRank(one.level) > levelRank(most.level) ? one : most));
      return line(rule, top.level, totals(own), top.alarm.title);
    }),
    line("all", "", totals(alarms), ""),
  ];
}

function outcomeLine({ danger, onset, raised, missed }: Outcome): string {
  const clock = (at: Instant | null) => (at === null ? "--:--:--" : iso(at).slice(11, 19));
  const delay = onset === null || raised === null ? "" : seconds(raised.at - onset);
  const verdict = missed === null ? "" : `  MISSED: ${missed}`;
  return `${danger.id} mine ${String(danger.mine).padStart(2)} ${clock(onset)} → ${clock(raised?.at ?? null)} ${delay.padStart(8)} of ${seconds(danger.within).padStart(8)}  ${(raised?.rule ?? danger.rules.join("/")).padEnd(9)} ${danger.what}${verdict}`;
}

const seconds = (ms: number): string =>
  ms >= 10 * MINUTE ? `${(ms / MINUTE).toFixed(1)} min` : `${(ms / SECOND).toFixed(0)} s`;

/** Each alarm of a rule: when, where, and whether it came to the desk. */
export const occurrences = ({ alarms }: DayResult, wanted: string): string[] =>
  alarms
    .filter(({ rule }) => rule === wanted)
    .map(
      ({ alarm, desk }) =>
        `${iso(alarm.detectedAt).slice(11, 19)} ${alarm.subject.id} ${desk ? "on the desk" : ""}`,
    );
