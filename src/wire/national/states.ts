import type { Dialect } from "../config/dialect-file.ts";
import { quoted, type Wrong, wrong } from "./reasons.ts";
import { oneOf, type Read } from "./values.ts";

/** States and codes of the national files (domain.md §2.4). */

const MOST_BITS = 0xffff_ffff;

/** CDSS 测点状态: bit flags, a sum of 1 2 4 8 … 128; bits nobody has named yet go through as they are. */
export const stateBits: Read = (text, field, dialect) => {
  if (Object.hasOwn(dialect.states, text)) return dialect.states[text];
  const bits = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return bits <= MOST_BITS
    ? bits
    : wrong(
        "state",
        `${field}${quoted(text)}不是状态位之和(0正常 1报警 2断电 4标校 8超量程 16分站故障 32不巡检 64暂停 128断线)`,
      );
};

/** SSSJ of Sichuan: another table than the bits, in which 2 is an alarm and not a cut [F: KJ1031X; 0 I]. */
export const sichuanState: Read = (text, field, dialect) => {
  if (Object.hasOwn(dialect.states, text)) return dialect.states[text];
  return SICHUAN(text, field, dialect);
};

const SICHUAN = oneOf(
  { "0": [0, "正常"], "2": [1, "值报警"], "3": [2, "断电"], "4": [0, "复电"], "5": [16, "通信中断"] },
  ";其他的请在该矿方言 states 里写明",
);

/** Eight flags, one a character. Which end is bit 1 nobody says: only a row that reads the same both ways is plain. */
export const flagString: Read = (text, field, dialect) => {
  if (Object.hasOwn(dialect.states, text)) return dialect.states[text];
  if (!/^[01]{8}$/.test(text)) {
    return wrong("state", `${field}${quoted(text)}不是八个0或1`);
  }
  const bits = Number.parseInt(text, 2);
  const mirrored = Number.parseInt([...text].reverse().join(""), 2);
  if (bits === mirrored) return bits;
  return ordered(dialect, bits, mirrored) ?? unordered(text, field);
};

function ordered({ flags }: Dialect, bits: number, mirrored: number): number | null {
  if (flags === undefined) return null;
  return flags === "first-is-128" ? bits : mirrored;
}

const unordered = (text: string, field: string): Wrong =>
  wrong(
    "state",
    `${field}${quoted(text)}的位序没有公开规定,请在该矿方言里写 flags: first-is-1 或 first-is-128`,
  );

export const EVENT_KINDS: Readonly<Record<string, readonly [string, string]>> = {
  "001": ["001", "超限报警"],
  "002": ["002", "断电报警"],
  "003": ["003", "馈电异常"],
  "004": ["004", "传感器断线"],
  "005": ["005", "分站断电"],
  "006": ["006", "分站不通"],
  "007": ["007", "标校"],
  "008": ["008", "超量程"],
  "009": ["009", "超上限预警"],
  "010": ["010", "超下限预警"],
};

/** YCBJ 异常类型. */
export const eventKind: Read = (text, field, dialect) =>
  Object.hasOwn(dialect.eventKinds, text) ? dialect.eventKinds[text] : KIND(text, field, dialect);
const KIND = oneOf(EVENT_KINDS, ";另有对照表的请在该矿方言 eventKinds 里写明");

/** 数值类型 of CDDY. */
export const pointKind = oneOf(
  {
    MN: ["analog", "模拟量"],
    KG: ["switch", "开关量"],
    LJ: ["total", "累计量"],
    DT: ["state", "多态量"],
  },
  "",
);

/** FZSS and JZSS 运行状态, as contract §3 has it. */
export const RUN_STATES = { "0": "ok", "1": "lost", "2": "fault", "9": "unknown" } as const;
export const SUPPLY_STATES = { "1": "battery", "2": "mains", "9": "fault" } as const;
export const runState = oneOf(
  { "0": [0, "通讯正常"], "1": [1, "通讯中断"], "2": [2, "故障"], "9": [9, "未知"] },
  "",
);

const AREA_KINDS = oneOf(
  {
    重点: ["key", "重点"],
    重点区域: ["key", "重点区域"],
    限制: ["restricted", "限制"],
    限制区域: ["restricted", "限制区域"],
    一般: ["normal", "一般"],
    一般区域: ["normal", "一般区域"],
    普通区域: ["normal", "普通区域"],
  },
  ";代码的含义没有公开规定,请在该矿方言 areaKinds 里写明",
);

/** RYQY 区域类型: the codes are in no public text, plain words say what they mean. */
export const areaKind: Read = (text, field, dialect) =>
  Object.hasOwn(dialect.areaKinds, text) ? dialect.areaKinds[text] : AREA_KINDS(text, field, dialect);

/** RYSS 出入井标志: 1 underground, 2 out; what 0 means is unclear (domain.md §2.6). */
export const inOut: Read = (text, field, dialect) =>
  Object.hasOwn(dialect.inOut, text) ? dialect.inOut[text] : IN_OUT(text, field, dialect);
const IN_OUT = oneOf(
  { "0": ["unclear", "含义不明"], "1": ["underground", "在井下"], "2": ["out", "已出井"] },
  "",
);

export const capacityKind = oneOf({ 矿井: ["mine", "矿井"], 区域: ["area", "区域"] }, "");
