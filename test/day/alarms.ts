import type { Alarm, JournalEntry } from "../../src/model/alarm.ts";
import { levelRank } from "../../src/model/rule.ts";
import type { Instant } from "../../src/model/time.ts";

/** One alarm of the day, as the desk knew it. */
export interface DayAlarm {
  readonly id: string;
  /** The rule of its highest step. */
  rule: string;
  level: Alarm["level"];
  /** It asked for somebody: acknowledgement required, not folded, not retrospective, not suppressed. */
  desk: boolean;
  readonly alarm: Alarm;
  /** Each step that was reached, and when the gateway said so. */
  readonly steps: { readonly rule: string; readonly at: Instant; readonly onDesk: boolean }[];
}

const asks = ({ ack, parent, retrospective, suppression }: Alarm): boolean =>
  ack === "required" && parent === null && !retrospective && suppression.kind === "none";

export function createAlarms() {
  const alarms = new Map<string, DayAlarm>();
  return {
    all: () => [...alarms.values()],
    take(entry: JournalEntry): void {
      if (entry.type !== "transition") return;
      const { alarm, transition, t } = entry;
      const onDesk = asks(alarm);
      const known = alarms.get(alarm.id);
      const one = known ?? {
        id: alarm.id,
        rule: alarm.rule,
        level: alarm.level,
        desk: false,
        alarm,
        steps: [],
      };
      if (known === undefined) alarms.set(alarm.id, one);
      if (transition.what === "raise" || transition.what === "step-up") {
        one.steps.push({ rule: alarm.rule, at: t, onDesk });
      }
      one.rule = alarm.rule;
      if (levelRank(alarm.level) > levelRank(one.level)) one.level = alarm.level;
      one.desk ||= onDesk;
    },
  };
}
