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
  readonly outcomes: readonly Outcome[];
  readonly counts: DayCounts;
}

export const DESK_MOST = 300;
export const RED_MOST = 10;

export const summary = ({ alarms, outcomes }: DayResult) => ({
  ...totals(alarms),
  missed: outcomes
    .filter(({ missed }) => missed !== null)
    .map(({ danger, missed }) => `${danger.id}: ${missed}`),
});

/** The table by rule, the dangers with their delays, and the verdict on the bounds. */
export function report(result: DayResult): string {
  const { counts, outcomes } = result;
  const { raised, desk, red, missed } = summary(result);
  return [
    `${counts.readings} readings in ${counts.messages} messages, ${counts.rejected} of them rejected`,
    "",
    ...ruleTable(result.alarms),
    "",
    ...outcomes.map(outcomeLine),
    "",
    `alarms raised ${raised}, on the desk ${desk} (bound ${DESK_MOST}), red ${red} (bound ${RED_MOST})`,
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
