import type { Alarm, JournalRecord, Transition } from "../../src/model/alarm.ts";
import { clockWords } from "../../src/model/calendar.ts";
import type { EffectiveConfig } from "../../src/model/config.ts";
import type { DutyEvent } from "../../src/model/duty.ts";

/** One stored record in two languages. */
export interface Row {
  readonly time: string;
  readonly seq: number;
  readonly zh: string;
  readonly en: string;
}

const LEVELS = { red: "红", orange: "橙", yellow: "黄", blue: "蓝", none: "未分级" } as const;
const STAGES = {
  received: "接警",
  verified: "核实",
  handled: "处置",
  "fed-back": "反馈",
  archived: "归档",
} as const;
const WHY = {
  raise: "首次呼叫",
  "step-up": "升级后呼叫",
  "not-delivered": "未送达",
  "not-acknowledged": "未确认",
  "no-call": "无电话记录",
  "no-feedback": "无反馈",
} as const;
const RUNGS: Record<string, string> = { delivered: "已送达", rendered: "已显示", seen: "已看到" };

/** The records that tell of alarms and of the duty, as people read them. */
export function timeline(records: readonly JournalRecord[], config: EffectiveConfig): Row[] {
  const nameOf = (user: string) =>
    config.duty?.people.find((person) => person.id === user || person.user === user)?.name ??
    (user === "mine" ? "矿方" : user);
  return records.flatMap((record) => {
    const told =
      record.type === "transition"
        ? alarmWords(record.transition, record.alarm, nameOf)
        : record.type === "duty"
          ? dutyWords(record.duty, nameOf(record.by?.user ?? "网关"), record.by?.user ?? "gateway", nameOf)
          : null;
    return told === null ? [] : [{ time: timeOf(record.t), seq: record.seq, ...told }];
  });
}

type Words = { readonly zh: string; readonly en: string };
type NameOf = (user: string) => string;

function alarmWords(transition: Transition, alarm: Alarm, nameOf: NameOf): Words {
  const { what, by = "", note = "" } = transition;
  switch (what) {
    case "raise": {
      const first = callWords(transition, alarm, nameOf);
      return {
        zh: `${LEVELS[alarm.level]}色报警：${alarm.title}（${alarm.mineName} ${alarm.place}）；${first.zh}`,
        en: `${alarm.level} alarm: ${alarm.titleEn}; ${first.en}`,
      };
    }
    case "escalate":
      return callWords(transition, alarm, nameOf);
    case "receipt": {
      const [rung = "", device = ""] = note.split(" ");
      return {
        zh: `回执：${nameOf(by)} ${RUNGS[rung] ?? rung}（${device}）`,
        en: `receipt: ${rung} on ${by}'s ${device}`,
      };
    }
    case "acknowledge":
      return { zh: `${nameOf(by)}确认`, en: `acknowledged by ${by}` };
    case "call": {
      const call = alarm.calls.at(-1);
      const answered = call?.answered ?? "无人接听";
      return {
        zh: `${nameOf(by)}电话核实：${call?.called}，接听 ${answered}${call?.note ? `（${call.note}）` : ""}`,
        en: `call recorded by ${by}: ${call?.called}, answered by ${answered}`,
      };
    }
    case "stage":
      return {
        zh: `${nameOf(by)}：${STAGES[alarm.handling.stage]}${note === "" ? "" : `（${note}）`}`,
        en: `stage ${alarm.handling.stage}, by ${by}`,
      };
    case "feedback":
      return { zh: `${nameOf(by)}反馈：${note}`, en: `feedback by ${by}` };
    case "cause":
      return {
        zh: `${nameOf(by)}填报原因：${alarm.cause?.text}`,
        en: `cause by ${by}: ${alarm.cause?.code}`,
      };
    case "return":
      return { zh: "恢复正常，尚未确认", en: "returned, not acknowledged" };
    case "end":
      return { zh: "恢复正常", en: "back to normal" };
    default:
      return { zh: what, en: what };
  }
}

function callWords(
  { calls = [], why = "raise", note = "" }: Transition,
  alarm: Alarm,
  nameOf: NameOf,
): Words {
  const step = alarm.escalation?.step ?? 0;
  const whom = calls.map(({ person, channel }) => `${nameOf(person)}（${channel}）`).join("、");
  const whomEn = calls.map(({ person, channel }) => `${person} by ${channel}`).join(", ");
  return {
    zh: `第${step}步呼叫，因${WHY[why]}：${whom || note}`,
    en: `step ${step}, ${why}: calls ${whomEn || note}`,
  };
}

function dutyWords(event: DutyEvent, by: string, who: string, nameOf: NameOf): Words {
  switch (event.what) {
    case "handover": {
      const from = event.of.map(nameOf).join("、");
      const n = event.alarms.length;
      return {
        zh: `交接班：${nameOf(event.person)}接${from === "" ? "" : `${from}的`}班（${event.day} ${event.shift}），接收未结束报警 ${n} 条`,
        en: `handover: ${event.person} takes over${event.of.length === 0 ? "" : ` from ${event.of.join(", ")}`}, ${n} open ${n === 1 ? "alarm" : "alarms"} by name`,
      };
    }
    case "note":
      return { zh: `值班日志：${event.text}`, en: `duty log, by ${who}` };
    default:
      return { zh: `${by} ${event.what}`, en: `${event.what}, by ${who}` };
  }
}

function timeOf(t: number): string {
  const seconds = Math.floor(t / 1_000) + 8 * 3_600;
  const minutes = Math.floor(seconds / 60) % 1_440;
  return `${clockWords(minutes)}:${String(seconds % 60).padStart(2, "0")}`;
}
