import type { Alarm, EvidenceSample } from "../../model/alarm.ts";
import type { LimitCondition } from "../../model/condition.ts";
import { STATE } from "../../model/reading.ts";
import type { Condition, Level, Rule } from "../../model/rule.ts";
import { SECOND } from "../../model/time.ts";
import { iso } from "../../wire/time.ts";
import type { TransitionRecord } from "./record.ts";
import type { Rerun } from "./rerun.ts";

const LEVELS: Readonly<Record<Level, string>> = {
  red: "红色 red",
  orange: "橙色 orange",
  yellow: "黄色 yellow",
  blue: "蓝色 blue",
  none: "仅列示 listed only",
};
const QUALITY: Readonly<Record<Alarm["quality"], string>> = {
  good: "正常 good",
  unknown: "数据缺失 unknown",
  suspect: "存疑 suspect",
};
const STATES: Readonly<Record<keyof typeof STATE, string>> = {
  alarm: "报警 alarm",
  cut: "断电 cut",
  calibrating: "标校 calibrating",
  overRange: "超量程 over range",
  substationFault: "分站故障 substation fault",
  notPolled: "未巡检 not polled",
  paused: "暂停 paused",
  fault: "断线 fault",
};

/** `2026-03-01 08:00:00.000`, China Standard Time. */
const clock = (t: number): string => iso(t).slice(0, 23).replace("T", " ");

/** What rang, why, and whether judging the stored inputs again gives the same. */
export function explained(
  records: readonly TransitionRecord[],
  rule: Rule | null,
  again: Rerun | { readonly why: string },
): string[] {
  const raised = records[0] as TransitionRecord;
  const { alarm, evidence } = raised;
  const unit = alarm.unit === null ? "" : ` ${alarm.unit}`;
  const lines: [string, string][] = [
    ["报警 Alarm", alarm.id],
    ["标题 Title", `${alarm.title} / ${alarm.titleEn}`],
    ["级别 Level", LEVELS[alarm.level]],
    ["煤矿 Mine", `${alarm.mine} ${alarm.mineName}`],
    [
      "对象 Subject",
      `${alarm.subject.id} ${alarm.subject.name}${alarm.loc === null ? "" : ` (${alarm.loc})`}`,
    ],
    ["规则 Rule", `${alarm.rule}${rule === null ? "" : ` (${rule.source})`}`],
    ["依据 Clause", alarm.basis ?? "未注明条款 no clause (unverified)"],
    ["条件 Condition", rule === null ? "当时的配置已不在 its configuration is gone" : conditionWords(rule)],
    ["限值 Limit", limitWords(alarm, evidence?.origin ?? null, unit)],
    ["数据质量 Quality", QUALITY[evidence?.quality ?? alarm.quality]],
    ["起始 Onset", clock(alarm.raisedAt)],
    ["判定 Judged", `${clock(raised.t)}${alarm.retrospective ? " (补传 from late data)" : ""}`],
    ["结论 Decision", decision(alarm, rule, unit)],
    ["输入 Inputs", inputWords(raised)],
  ];
  return [
    ...lines.map(([name, text]) => `${padded(name)} ${text}`),
    "",
    "样本 Samples",
    ...(evidence?.samples ?? []).map((sample) => sampleLine(sample, alarm)),
    "",
    "经过 Transitions",
    ...records.map(
      ({ seq, t, transition, alarm: then }) =>
        `  ${clock(t)}  ${transition.what.padEnd(11)} ${then.state.padEnd(14)} ${then.rule.padEnd(8)} ${then.level.padEnd(6)} #${seq}`,
    ),
    "",
    rerunLine(again),
    ...("why" in again ? [] : again.differences.map((line) => `  ${line}`)),
  ];
}

/** Han characters take two columns of a terminal. */
const padded = (name: string): string =>
  name + " ".repeat(Math.max(1, 20 - [...name].reduce((n, c) => n + (/\p{Script=Han}/u.test(c) ? 2 : 1), 0)));

function limitWords({ limit }: Alarm, origin: string | null, unit: string): string {
  if (limit === null) return origin ?? "–";
  return `${limit}${unit}${origin === null ? "" : `, ${origin}`}`;
}

function inputWords(raised: TransitionRecord): string {
  const span = raised.evidence?.spool ?? { from: raised.inputs[0], to: raised.inputs.at(-1) };
  const config = raised.evidence?.configHash.slice(0, 12) ?? "?";
  return `spool ${span.from}–${span.to}, configuration ${config}, rule ${raised.alarm.ruleHash}`;
}

function sampleLine({ t, v, s, p }: EvidenceSample, { raisedAt, unit }: Alarm): string {
  const states = (Object.keys(STATE) as (keyof typeof STATE)[]).filter((key) => (s & STATE[key]) !== 0);
  const mark = t === raisedAt ? "●" : " ";
  const value = v === null ? "–" : `${v}${unit === null ? "" : ` ${unit}`}`;
  const flags = states.map((key) => STATES[key]).join(", ");
  return `  ${mark} ${clock(t)}  ${value}${flags === "" ? "" : `  ${flags}`}${p === undefined ? "" : `  ${p}`}`;
}

function decision(alarm: Alarm, rule: Rule | null, unit: string): string {
  const delay =
    rule === null || rule.onDelay === 0 ? "无延时 at once" : `延时 after ${seconds(rule.onDelay)}`;
  const bound = rule === null ? null : boundOf(rule.when);
  const reason =
    bound !== null && alarm.value !== null && alarm.limit !== null
      ? `${alarm.value} ${bound} ${alarm.limit}${unit}`
      : rule === null
        ? alarm.titleEn
        : conditionWords(rule);
  return `${reason}, ${delay} → ${LEVELS[alarm.level]}`;
}

const seconds = (ms: number): string => (ms % SECOND === 0 ? `${ms / SECOND} s` : `${ms} ms`);

function boundOf(when: Condition): string | null {
  if (when.kind === "lasting") return boundOf(when.of);
  if (when.kind !== "high" && when.kind !== "low") return null;
  const strict = when.strict === true;
  return when.kind === "high" ? (strict ? ">" : "≥") : strict ? "<" : "≤";
}

/** The condition as an engineer says it; forms that need a drawing are shown as they are written. */
function conditionWords({ when }: Rule): string {
  switch (when.kind) {
    case "high":
    case "low":
      return limitCondition(when);
    case "lasting":
      return `${limitCondition(when.of)} 持续 lasting`;
    case "bits": {
      const names = (Object.keys(STATE) as (keyof typeof STATE)[]).filter(
        (key) => (when.mask & STATE[key]) !== 0,
      );
      return `状态位 state: ${names.map((key) => STATES[key]).join(" | ")}`;
    }
    case "silence":
      return when.of === "point"
        ? "测点超时无数据 no sample within the point's time"
        : `系统无数据 no data of the system for ${seconds(when.after ?? 0)}`;
    case "link":
      return when.down === "mine" ? "全矿断线 all links down" : "系统断线 link down";
    case "state":
      return `开关量 switch: ${when.is.join(" | ")}`;
    case "set":
      return `整组均为 every machine of the set: ${when.all.join(" | ")}`;
    default:
      return JSON.stringify(when);
  }
}

const name = (limit: LimitCondition["limit"]): string =>
  typeof limit === "object" ? `${limit.of} × ${limit.times}` : String(limit);

function limitCondition(when: LimitCondition): string {
  const release =
    when.kind === "high" ? (when.strict === true ? "≤" : "<") : when.strict === true ? "≥" : ">";
  return `值 value ${boundOf(when)} ${name(when.limit)}, 解除 released ${release} ${name(when.clear)}`;
}

function rerunLine(again: Rerun | { readonly why: string }): string {
  if ("why" in again) return `重演 Re-run: 不能 not possible: ${again.why}`;
  const { inputs, after, differences } = again;
  const from = after === 0 ? "从头 from the first record" : `自快照 from the snapshot at record ${after}`;
  const verdict =
    differences.length === 0
      ? "得到同一报警 the same alarm came out"
      : "与记录不同 differs from what was recorded";
  return `重演 Re-run: ${from}, ${inputs} inputs: ${verdict}`;
}
