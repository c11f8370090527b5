import type { AlarmClass } from "./rule.ts";
import { HOUR, MINUTE, type Millis } from "./time.ts";

/** 接警 核实 处置 反馈 归档: the closed loop of one case, gone through in this order (domain.md §7.2). */
export const STAGES = ["received", "verified", "handled", "fed-back", "archived"] as const;
export type Stage = (typeof STAGES)[number];

/**
 * How long after a stage the next one is due. No document names minutes for a county (domain.md §7.3): 3 min to
 * verify is twice what was observed, 30 min to a feedback is a province's rule for faults, the others are ours
 * (unverified). A rule's own `response.within` counts instead of `verified`'s.
 */
export const STAGE_WITHIN: Readonly<Record<Exclude<Stage, "archived">, Millis>> = {
  received: 3 * MINUTE,
  verified: 30 * MINUTE,
  handled: 30 * MINUTE,
  "fed-back": 24 * HOUR,
};

/** What made an alarm, from a list, so that causes can be counted (domain.md §7.4). The text says the rest. */
export const CAUSE_CODES = [
  "gas-emission",
  "roof-or-face-work",
  "blasting",
  "ventilation-change",
  "fan-stopped",
  "power-off",
  "power-fault",
  "water-inflow",
  "fire-or-heating",
  "exhaust-gas",
  "equipment-fault",
  "sensor-fault",
  "sensor-moved",
  "sensor-removed",
  "calibration",
  "cable-or-line",
  "upload-fault",
  "people-management",
  "planned-work",
  "wrong-setting",
  "weather",
  "test",
  "false-alarm",
  "other",
] as const;
export type CauseCode = (typeof CAUSE_CODES)[number];

/** The list as people read it. */
export const CAUSE_WORDS: Readonly<Record<CauseCode, { readonly zh: string; readonly en: string }>> = {
  "gas-emission": { zh: "瓦斯涌出异常", en: "gas emission" },
  "roof-or-face-work": { zh: "采掘作业影响（割煤、放顶）", en: "cutting or caving at the face" },
  blasting: { zh: "放炮", en: "blasting" },
  "ventilation-change": { zh: "通风系统调整或局部通风不良", en: "ventilation changed or poor" },
  "fan-stopped": { zh: "风机停运或切换", en: "fan stopped or changed over" },
  "power-off": { zh: "计划停电检修", en: "power off for maintenance" },
  "power-fault": { zh: "供电故障", en: "power failure" },
  "water-inflow": { zh: "涌水或水位变化", en: "water inflow" },
  "fire-or-heating": { zh: "自然发火或外因火灾", en: "fire or spontaneous heating" },
  "exhaust-gas": { zh: "车辆尾气或炮烟", en: "vehicle exhaust or blast fumes" },
  "equipment-fault": { zh: "设备故障", en: "equipment failure" },
  "sensor-fault": { zh: "传感器故障", en: "sensor failure" },
  "sensor-moved": { zh: "传感器移动或位置不当", en: "sensor moved or badly placed" },
  "sensor-removed": { zh: "传感器拆除未销号", en: "sensor removed without notice" },
  calibration: { zh: "标校", en: "calibration" },
  "cable-or-line": { zh: "线缆或网络中断", en: "cable or network interrupted" },
  "upload-fault": { zh: "上传软件或前置机故障", en: "upload software or its computer failed" },
  "people-management": { zh: "人员管理（超员、超时、误入）", en: "people: over quota, overtime, strayed" },
  "planned-work": { zh: "已报备作业", en: "work that was announced" },
  "wrong-setting": { zh: "门限或测点定义错误", en: "wrong limit or point definition" },
  weather: { zh: "雷电、暴雨等天气", en: "weather" },
  test: { zh: "试验或演练", en: "test or drill" },
  "false-alarm": { zh: "误报", en: "false alarm" },
  other: { zh: "其他（见说明）", en: "other, as told" },
};

/** What of a handling record may be corrected: by a new record that keeps what was said before. */
export const CORRECTABLE = ["cause-code", "cause-text", "measure", "feedback", "acknowledge-note"] as const;
export type Correctable = (typeof CORRECTABLE)[number];

/**
 * How long an alarm may be shelved, by class: short where lives hang on the next value, a shift where an instrument
 * or a line is being mended (unverified; ISA-18.2 asks only that there is an end). Zero = never; red never.
 */
export const SHELVE_CAP: Readonly<Record<AlarmClass, Millis>> = {
  "over-limit": HOUR,
  cut: HOUR,
  "feed-anomaly": HOUR,
  fan: HOUR,
  person: HOUR,
  logic: 2 * HOUR,
  gateway: 4 * HOUR,
  "sensor-fault": 8 * HOUR,
  calibration: 8 * HOUR,
  link: 8 * HOUR,
  ring: 8 * HOUR,
  "mine-system": 8 * HOUR,
  test: 0,
};

/** What is asked of a second person and not answered by then is off. */
export const REQUEST_LASTS: Millis = 30 * MINUTE;

/** Out of service has an end, too: no longer than this. */
export const SERVICE_CAP: Millis = 30 * 24 * HOUR;
